"""Reads a story piece by piece: who is there and does what, and where and when it takes place.

The reader keeps context. A pronoun means a figure named before, "the girl" the only girl there is,
and a name always the same person. Whatever is quoted, denied or only used in a comparison is not
visible.
"""

import re
from collections.abc import Mapping
from enum import StrEnum

from studio.recall import Recall
from studio.scene import (
    INTERIORS,
    Place,
    Time,
    Weather,
)
from studio.sentence_reading import Reading, SentenceReader
from studio.whereabouts import STRONG
from text.sentences import blank_quotations, split_sentences

_SMALL_I = re.compile(r"\bi\b")
"""No narrator."""


class Reader(Recall):
    """Reads the pieces of one story in order; `names` are those of its people."""

    def read(self, text: str) -> Reading:
        """Read the next piece."""
        reading = Reading()
        tallies: dict[type[StrEnum], dict[StrEnum, float]] = {Place: {}, Time: {}, Weather: {}}
        reading.remembered = tuple(character.word for character in self._recent)
        for sentence in split_sentences(text):
            seen = _SMALL_I.sub("_", blank_quotations(sentence)).lower()
            SentenceReader(self, seen, reading, tallies).read()
        reading.companions = dict(self.companions)
        place = tallies[Place]
        if place:
            indoors = {concept: share for concept, share in place.items() if concept in INTERIORS}
            best = _strongest(place)
            if indoors and place[inside := _strongest(indoors)] >= place[best]:
                best = inside  # a cafe in Paris
            reading.place, reading.is_place_certain = Place(best), place[best] >= STRONG
        reading.time = Time(_strongest(tallies[Time])) if tallies[Time] else None
        reading.weather = Weather(_strongest(tallies[Weather])) if tallies[Weather] else None
        return reading


def _strongest(tally: Mapping[StrEnum, float]) -> StrEnum:
    """The strongest; of equally strong ones the last, where the story continues."""
    return max(reversed(list(tally)), key=lambda concept: tally[concept])
