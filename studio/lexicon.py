"""Finds the known words of a Chinese or English text and marks those that are not meant.

Chinese has no spaces: at every position the longest known word wins. A word without a concept only
prevents a match inside it (马上 is no horse). English words are known in all their forms (hare,
hares; laugh, laughed, laughing).
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

_PART = re.compile(r"[\u3400-\u9fff]+|[a-z]+")
_CLAUSE_MARK = re.compile(r"[，。！？；：,.!?;:\n“”\"「」『』()（）—]")
_LOOK_BACK = 48
_DENIED = re.compile(
    r"(?:\b(?:no|not|never|without|nor|neither|cannot|no longer|nothing like)"
    r"|n['’]t)[ -]+(?:\w+ ){0,2}$"
    r"|(?:没有|没|无|不是|并非|不见|未|不|毫无|别|莫|勿|非)"
    r"(?:一[个只条艘片丝点]|任何|看见|见到|见|再|有|曾|敢|能|会|肯|可|想)*$"
    r"|冀.{0,3}$|[为被].{1,4}$"
)
_COMPARED = re.compile(
    r"\b(?:like|as if|as though) (?:\w+ ){0,4}$"
    r"|\bas (?!soon|long|well|far|much)\w+ as (?:\w+ ){0,3}$"
    r"|(?:(?<![想图画雕偶])像|如同|仿佛|犹如|宛如|好似).{0,5}$"
)


Row: TypeAlias = tuple[tuple[StrEnum, ...], str, str]
"""Concepts, and the Chinese and the English words that mean them."""


@dataclass(frozen=True, slots=True)
class Found:
    """A known word in a text: its position, its spelling in lower case, its meanings."""

    start: int
    end: int
    word: str
    concepts: tuple[StrEnum, ...]


class Lexicon:
    """Words and their meanings, from rows of concepts, Chinese words and English words.

    Words are separated by spaces; an English phrase is written with hyphens (straw-hat). A word in
    several rows means all of them. The words of `nouns` have only the plural as another form:
    "trained" is not a train.
    """

    def __init__(self, rows: Iterable[Row], *, nouns: Iterable[Row] = ()) -> None:
        self._meanings: dict[str, tuple[StrEnum, ...]] = {}
        self._nouns = _add(nouns, self._meanings)
        self._nouns -= _add(rows, self._meanings)
        self._chinese_lengths = _longest_by_head(w for w in self._meanings if not w.isascii())
        self._phrase_lengths = _longest_by_head(w.split() for w in self._meanings if " " in w)

    def concepts(self, word: str) -> tuple[StrEnum, ...] | None:
        """The meanings of a single word or phrase; None if it is unknown."""
        for form, is_verb in _forms(word):
            found = self._meanings.get(form)
            if found is not None and not (is_verb and form in self._nouns):
                return found
        return None

    def find(self, text: str) -> Iterator[Found]:
        """The known words in order. They do not overlap, and guards are left out."""
        text = text.lower().replace("é", "e")
        parts = list(_PART.finditer(text))
        index = 0
        while index < len(parts):
            part = parts[index]
            if not part.group().isascii():
                yield from self._find_chinese(part.group(), part.start())
                index += 1
                continue
            length, concepts = self._longest_phrase(parts, index)
            end = parts[index + length - 1].end()
            if concepts:
                yield Found(part.start(), end, text[part.start() : end], concepts)
            index += length

    def _find_chinese(self, run: str, offset: int) -> Iterator[Found]:
        position = 0
        while position < len(run):
            longest = min(self._chinese_lengths.get(run[position], 0), len(run) - position)
            for length in range(longest, 0, -1):
                word = run[position : position + length]
                concepts = self._meanings.get(word)
                if concepts is not None:
                    if concepts:
                        start = offset + position
                        yield Found(start, start + length, word, concepts)
                    position += length
                    break
            else:
                position += 1

    def _longest_phrase(
        self, parts: list[re.Match[str]], index: int
    ) -> tuple[int, tuple[StrEnum, ...]]:
        word = parts[index].group()
        for length in range(self._phrase_lengths.get(word, 1), 1, -1):
            words = [part.group() for part in parts[index : index + length]]
            if len(words) == length and (found := self.concepts(" ".join(words))) is not None:
                return length, found
        return 1, self.concepts(word) or ()


def is_meant(text: str, start: int) -> bool:
    """Whether the word is neither denied nor only used in a comparison."""
    window = text[max(0, start - _LOOK_BACK) : start].lower()
    clause = _CLAUSE_MARK.split(window)[-1]
    return not (_DENIED.search(clause) or _COMPARED.search(clause))


def _add(rows: Iterable[Row], meanings: dict[str, tuple[StrEnum, ...]]) -> set[str]:
    words: set[str] = set()
    for concepts, chinese, english in rows:
        for word in (*chinese.split(), *english.split()):
            spelled = word.replace("-", " ")
            meanings[spelled] = meanings.get(spelled, ()) + concepts
            words.add(spelled)
    return words


def _longest_by_head(words: Iterable[str] | Iterable[list[str]]) -> dict[str, int]:
    lengths: dict[str, int] = {}
    for word in words:
        lengths[word[0]] = max(lengths.get(word[0], 0), len(word))
    return lengths


def _forms(word: str) -> Iterator[tuple[str, bool]]:
    """The word, then its possible base forms, and whether only a verb has that form."""
    yield word, False
    for ending, stems in _ENDINGS:
        if word.endswith(ending) and len(word) > len(ending) + 2:
            stem = word.removesuffix(ending)
            for addition in stems:
                yield stem + addition, ending in _VERB_ENDINGS
            if ending in _VERB_ENDINGS and stem[-1] == stem[-2]:
                yield stem[:-1], True


_VERB_ENDINGS = frozenset({"ied", "ed", "ing"})
_ENDINGS = (
    ("ies", ("y",)),
    ("ves", ("f", "fe")),
    ("s", ("",)),
    ("es", ("",)),
    ("ied", ("y",)),
    ("ed", ("", "e")),
    ("ing", ("", "e")),
)
