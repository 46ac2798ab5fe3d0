"""Cuts a story into numbered passages, and these into parts that fit a model.

Coverage is checked by the numbers: each shot lists the passages that it covers.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from domain import MAX_SHOTS_PER_STORY
from text.sentences import (
    clean,
    is_chinese,
    join,
    split_long,
    split_sentences,
)

MAX_SHOTS_PER_PART = 16
"""With more in one answer, models stop early."""
FEWEST_SHOTS, MOST_SHOTS = 4, 80
"""Of a story without a requested number."""
CAST_PIECE_LENGTH = 24_000
"""Characters that are read for their cast in one call: a chapter of 20,000 is one."""
SHRINKS = (1, 1, 2, 4)
"""How much shorter than usual the parts of each cut are; from the second on, the cast is read part
by part too.
"""
MAX_GAP = 0.2
"""Of a part's text: a longer run without a shot is requested again."""


@dataclass(frozen=True, slots=True)
class _Measure:
    """Characters in a passage, in a part and in the text of one shot, by the kind of writing."""

    passage: int
    part: int
    shot: int


_LETTERS = _Measure(passage=240, part=6_000, shot=450)
_IDEOGRAPHS = _Measure(passage=80, part=2_500, shot=150)


@dataclass(frozen=True, slots=True)
class Passage:
    """A sentence or a few; numbered from 1 over the whole story."""

    number: int
    text: str


@dataclass(frozen=True, slots=True)
class Part:
    """Consecutive passages in one call, and the number of shots for them."""

    passages: tuple[Passage, ...]
    shots: int

    @property
    def length(self) -> int:
        """Characters of its text."""
        return sum(len(passage.text) for passage in self.passages)


@dataclass(frozen=True, slots=True)
class Cut:
    """The calls for a story: the parts that become shots, and the pieces read for its cast.

    A story of one part needs no pieces. `fineness` counts SHRINKS.
    """

    fineness: int
    parts: tuple[Part, ...]
    cast_pieces: tuple[Part, ...]


def list_cuts(content: str, *, shot_count: int | None, coarsest: int = 0) -> list[Cut]:
    """The possible cuts, each with shorter questions than the one before; at least one.

    The first needs the fewest calls; `coarsest` skips those known to be too long.
    """
    passages, wish, length = _read(content, shot_count)
    cuts: list[Cut] = []
    for fineness in range(coarsest, len(SHRINKS)):
        parts = tuple(_cut(passages, wish, length // SHRINKS[fineness]))
        pieces = parts
        if len(parts) == 1:
            pieces = ()
        elif fineness == 0:
            pieces = tuple(join_parts(parts, length=CAST_PIECE_LENGTH))
        if not cuts or (cuts[-1].parts, cuts[-1].cast_pieces) != (parts, pieces):
            cuts.append(Cut(fineness, parts, pieces))
    return cuts


def split_story(content: str, *, shot_count: int | None) -> list[Part]:
    """All of the story in order, in as few parts as the length of answers allows.

    `shot_count` is a preference for the whole; it is divided by length, at least one per part.
    """
    return _cut(*_read(content, shot_count))


def join_parts(parts: Sequence[Part], *, length: int) -> list[Part]:
    """Larger parts of about this many characters, for questions with short answers."""
    passages = [passage for part in parts for passage in part.passages]
    total = sum(part.length for part in parts)
    shots = sum(part.shots for part in parts)
    return _share_out(passages, count=math.ceil(total / length), shots=shots)


def find_gaps(part: Part, told: Sequence[tuple[int, int]]) -> list[Part]:
    """The long runs of the part's passages that no shot covers, in order.

    `told` are first and last passage numbers. If it is empty, coverage is unknown, and nothing is
    missing.
    """
    if not told:
        return []
    gaps: list[Part] = []

    def is_told(passage: Passage) -> bool:
        return any(first <= passage.number <= last for first, last in told)

    for is_covered, run in groupby(part.passages, key=is_told):
        passages = tuple(run)
        share = sum(len(passage.text) for passage in passages) / part.length
        if not is_covered and share > MAX_GAP:
            gaps.append(Part(passages, max(round(share * part.shots), 1)))
    return gaps


def _read(content: str, shot_count: int | None) -> tuple[list[Passage], int, int]:
    """The story's passages, its number of shots, and the usual length of its parts."""
    text = clean(content) or content
    measure = _IDEOGRAPHS if is_chinese(text) else _LETTERS
    passages = _number(text, measure.passage)
    total = sum(len(passage.text) for passage in passages)
    wish = shot_count or min(max(math.ceil(total / measure.shot), FEWEST_SHOTS), MOST_SHOTS)
    return passages, wish, measure.part


def _cut(passages: Sequence[Passage], wish: int, length: int) -> list[Part]:
    total = sum(len(passage.text) for passage in passages)
    count = max(math.ceil(total / length), math.ceil(wish / MAX_SHOTS_PER_PART))
    return _share_out(passages, count=min(count, wish), shots=min(wish, MAX_SHOTS_PER_STORY))


def _number(text: str, limit: int) -> list[Passage]:
    """Sentences combined up to the limit; a longer one is separate, or is cut."""
    texts: list[str] = []
    for sentence in split_sentences(text) or [text]:
        for piece in split_long(sentence, limit * 4):
            if texts and len(texts[-1]) + len(piece) <= limit:
                texts[-1] = join((texts[-1], piece))
            else:
                texts.append(piece)
    return [Passage(number, passage) for number, passage in enumerate(texts, start=1)]


def _share_out(passages: Sequence[Passage], *, count: int, shots: int) -> list[Part]:
    """Cut where the running length passes each share; the shots are divided in the same way."""
    total = sum(len(passage.text) for passage in passages) or 1
    groups: list[list[Passage]] = []
    so_far = 0
    for passage in passages:
        if not groups or so_far * count >= total * len(groups):
            groups.append([])
        groups[-1].append(passage)
        so_far += len(passage.text)
    parts: list[Part] = []
    told = given = 0
    for group in groups:
        told += sum(len(passage.text) for passage in group)
        due = max(round(shots * told / total) - given, 1)
        given += due
        parts.append(Part(tuple(group), due))
    return parts
