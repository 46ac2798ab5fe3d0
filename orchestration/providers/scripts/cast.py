"""The characters of a story, described once and repeated verbatim in every prompt.

An image model has no memory between pictures: only the same words give the same face.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from domain import MAX_PROMPT_LENGTH

MAX_CAST = 40
MAX_NAME_LENGTH = 60
MAX_APPEARANCE_LENGTH = 400
MAX_CHARACTERS_PER_PROMPT = 5
"""A picture cannot distinguish more faces, and their descriptions would bury the scene's."""

_LATIN = re.compile(r"[\w .'’-]*", re.ASCII)


@dataclass(frozen=True, slots=True)
class Character:
    """A character of the story, with the same looks in every picture."""

    name: str
    appearance: str


def merge_casts(known: Iterable[Character], more: Iterable[Character]) -> tuple[Character, ...]:
    """Both together, at most MAX_CAST; known characters keep the first description."""
    by_name: dict[str, Character] = {}
    for character in (*known, *more):
        if character.name and character.appearance:
            by_name.setdefault(character.name.casefold(), character)
    return tuple(by_name.values())[:MAX_CAST]


def with_appearances(prompt: str, names: Iterable[str], cast: Iterable[Character]) -> str:
    """The prompt with the looks of the listed or mentioned characters; within the limit."""
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
    """Whether the name occurs; as a whole word, in scripts with spaces."""
    if not _LATIN.fullmatch(name):
        return name in prompt
    return re.search(rf"(?<!\w){re.escape(name)}(?!\w)", prompt, re.IGNORECASE) is not None
