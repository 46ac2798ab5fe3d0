"""The people of a story, described once and carried word for word into every prompt.

An image model remembers nothing from one picture to the next: only the same words give the same
face.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from domain import MAX_PROMPT_LENGTH

MAX_CAST = 40
MAX_NAME_LENGTH = 60
MAX_APPEARANCE_LENGTH = 400
MAX_CHARACTERS_PER_PROMPT = 5
"""More faces than that no picture tells apart, and their words would drown the scene's."""

_LATIN = re.compile(r"[\w .'’-]*", re.ASCII)


@dataclass(frozen=True, slots=True)
class Character:
    """Somebody in the story, and what he looks like in every picture."""

    name: str
    appearance: str


def merge_casts(known: Iterable[Character], more: Iterable[Character]) -> tuple[Character, ...]:
    """Both together, at most MAX_CAST; who is known keeps the first description."""
    by_name: dict[str, Character] = {}
    for character in (*known, *more):
        if character.name and character.appearance:
            by_name.setdefault(character.name.casefold(), character)
    return tuple(by_name.values())[:MAX_CAST]


def with_appearances(prompt: str, names: Iterable[str], cast: Iterable[Character]) -> str:
    """The prompt with the looks of those who are named, or whom it mentions; within the limit."""
    named = {name.casefold() for name in names}
    everybody = tuple(cast)
    listed = [character for character in everybody if character.name.casefold() in named]
    mentioned = [
        character
        for character in everybody
        if character not in listed and _mentions(prompt, character.name)
    ]
    looks = [
        f"{character.name}: {character.appearance}"
        for character in (*listed, *mentioned)[:MAX_CHARACTERS_PER_PROMPT]
        if character.appearance not in prompt
    ]
    if not looks:
        return prompt[:MAX_PROMPT_LENGTH]
    ending = "\n" + "\n".join(looks)
    return prompt[: MAX_PROMPT_LENGTH - len(ending)] + ending


def _mentions(prompt: str, name: str) -> bool:
    """Whether the name stands there; as a word of its own, in scripts that part words."""
    if not _LATIN.fullmatch(name):
        return name in prompt
    return re.search(rf"(?<!\w){re.escape(name)}(?!\w)", prompt, re.IGNORECASE) is not None
