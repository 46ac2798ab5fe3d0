"""An input under an idempotency key is recognized, also by the next version of the program."""

from dataclasses import dataclass

import pytest

from domain import Motion
from resolvers.idempotency import digest_of
from resolvers.shots import ShotEdit
from resolvers.stories import StoryWish

WISH = StoryWish(content="A fox. 🦊", title="Fox", shot_count=3, idempotency_key="a key")


@dataclass(frozen=True)
class Wish:
    """An input of today."""

    content: str
    is_long: bool = True


@dataclass(frozen=True)
class LaterWish(Wish):
    """The same input once it has a field more."""

    synopsis: str | None = None


def test_a_field_that_came_later_changes_no_digest() -> None:
    assert digest_of("create", Wish("A fox.")) == digest_of("create", LaterWish("A fox."))


@pytest.mark.parametrize(
    "other",
    [Wish("A hare."), Wish("A fox.", is_long=False), LaterWish("A fox.", synopsis="Short.")],
)
def test_another_input_has_another_digest(other: Wish) -> None:
    assert digest_of("create", Wish("A fox.")) != digest_of("create", other)


def test_zero_and_nothing_are_told_apart() -> None:
    assert digest_of("regenerateShot", id="1", seed=0) != digest_of("regenerateShot", id="1")


def test_what_names_another_thing_or_mutation_differs() -> None:
    edit = ShotEdit(motion=Motion.CLIP, duration_seconds=2.5)
    digests = {
        digest_of("updateShot", edit, id="1"),
        digest_of("updateShot", edit, id="2"),
        digest_of("addShot", edit, id="1"),
        digest_of("updateShot", id="1"),
    }

    assert len(digests) == 4


def test_digests_that_are_stored_already_stay_what_they_are() -> None:
    assert digest_of("createStory", WISH) == (
        "3b3338a3bd2fbf7aa65ecaa9bfb9eaa9cd58581baaa70b79a5cf72c23411fab5"
    )
