"""Texts from outside: what nobody sees is nothing."""

import pytest

from errors import InvalidInputError
from resolvers.texts import check_content, check_optional

INVISIBLE = {
    "zero-width space": "\u200b\u200b \u200b",
    "byte order mark": "\ufeff",
    "soft hyphens": "\u00ad\u00ad",
    "variation selectors": "\ufe0f\ufe0e\U000e0100",
    "joiners": "\u200d\u2060",
    "directions": "\u200e\u202e\u2066",
    "fillers": "\u3164\u115f\uffa0",
    "Braille blank": "\u2800",
    "tags": "\U000e0041",
    "spaces": " \t\n\u3000\u00a0\u2003",
    "Mongolian separator": "\u180e",
}


@pytest.mark.parametrize("text", INVISIBLE.values(), ids=INVISIBLE)
def test_a_text_that_nobody_sees_is_missing(text: str) -> None:
    with pytest.raises(InvalidInputError) as refused:
        check_content(text)

    assert refused.value.code == "REQUIRED"
    assert check_optional(text, field="title", limit=100) is None


@pytest.mark.parametrize("text", ["a", "…", "😀", "\u200bx", "👩\u200d🚀", "。", "\u0301a", "-"])
def test_a_text_with_anything_to_see_is_kept_as_it_is(text: str) -> None:
    assert check_content(text) == text
