"""The switches of the studio's address."""

import pytest

from errors import SetupError
from studio.settings import StudioSettings


@pytest.mark.parametrize(
    "url",
    [
        "studio://?fail_shot=0",
        "studio://?fail_shot=three",
        "studio://?shrink=0",
        "studio://?shrink=3",
        "studio://?latency=-1",
        "studio://?latency=nan",
        "studio://?fail_code=sometimes",
        "studio://?fail_word=",
        "studio://?surprise=1",
        "studio://elsewhere?latency=1",
        "https://example.org",
    ],
)
def test_an_address_that_makes_no_sense_is_refused_at_start(url: str) -> None:
    with pytest.raises(SetupError):
        StudioSettings.from_url(url)


def test_an_address_without_switches_is_a_studio_that_never_fails() -> None:
    assert StudioSettings.from_url("studio://") == StudioSettings()
    assert StudioSettings.from_url("studio://?latency=0.5&fail_shot=3").latency_s == 0.5
