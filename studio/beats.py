"""Groups sentences into beats. Each beat is a piece of the story that gets one shot, in order."""

from collections.abc import Sequence
from dataclasses import dataclass

from domain import MAX_SHOTS_PER_STORY
from text.formats.passages import Passage
from text.sentences import (
    has_words,
    is_chinese,
    join,
    split_in_two,
    split_long,
    split_sentences,
)

MIN_BEATS = 4
MAX_BEATS = 12
IDEA_BEATS = 6
"""The number of shots of a film made from one line."""


@dataclass(frozen=True, slots=True)
class Measure:
    """The amount of text that suits one shot, in characters."""

    beat: int
    narration: int
    clause: int
    idea: int


CHINESE_MEASURE = Measure(beat=45, narration=200, clause=5, idea=60)
ENGLISH_MEASURE = Measure(beat=90, narration=320, clause=18, idea=160)


@dataclass(frozen=True, slots=True)
class Plan:
    """The pieces of the text in order, and the number of shots that must still be added.

    `headings` are those of the passages that the pieces begin, else empty.
    """

    beats: tuple[str, ...]
    headings: tuple[str, ...]
    missing: int
    is_idea: bool


def measure_of(text: str) -> Measure:
    """The measure for the script of the text."""
    return CHINESE_MEASURE if is_chinese(text) else ENGLISH_MEASURE


def split_beats(passages: Sequence[Passage], *, wished: int | None, language: str = "") -> Plan:
    """Four to twelve beats that cover the text in order, or the requested number.

    Each passage has beats of its own, unless fewer are requested than there are passages.
    """
    measure = measure_of("\n".join(passage.text for passage in passages))
    parts = [_sentences(passage.text, measure, language) for passage in passages]
    sentences = [sentence for part in parts for sentence in part]
    is_idea = len(sentences) == 1 and len(sentences[0]) <= measure.idea
    natural = max(_natural_count(sentences, measure), min(len(parts), MAX_SHOTS_PER_STORY))
    count = wished or (IDEA_BEATS if is_idea else natural)
    if count < len(parts):
        parts, passages = [sentences], [Passage("")]
    beats: list[str] = []
    headings: list[str] = []
    for part, share, passage in zip(parts, _shares(parts, count), passages, strict=True):
        pieces = part if is_idea or len(part) >= share else _at_least(part, share, measure)
        told = _grouped(pieces, min(share, len(pieces)))
        beats += told
        headings += [passage.heading, *("" for _ in told[1:])]
    return Plan(tuple(beats), tuple(headings), missing=count - len(beats), is_idea=is_idea)


def _sentences(text: str, measure: Measure, language: str) -> list[str]:
    pieces = [
        piece
        for sentence in split_sentences(text, language)
        for piece in split_long(sentence, measure.narration)
    ]
    return _whole(pieces, measure)


def _shares(parts: Sequence[Sequence[str]], count: int) -> list[int]:
    """How many beats each part gets: one, and the others by its length."""
    lengths = [sum(map(len, part)) for part in parts]
    shares = [1] * len(parts)
    for _ in range(count - len(parts)):
        longest = max(range(len(parts)), key=lambda at: lengths[at] / shares[at])
        shares[longest] += 1
    return shares


def narration_of(beat: str) -> str:
    """The leading sentences of a beat, as many as suit one shot."""
    limit = measure_of(beat).narration
    if len(beat) <= limit:
        return beat
    told = ""
    for sentence in split_sentences(beat[: 4 * limit]):
        longer = join((told, sentence)) if told else sentence
        if len(longer) > limit:
            break
        told = longer
    return told or next(split_long(beat, limit - 1)) + "…"


def _whole(sentences: list[str], measure: Measure) -> list[str]:
    """The sentences without cuts at semicolons, unless that leaves too few."""
    whole: list[str] = []
    for sentence in sentences:
        is_half = bool(whole) and whole[-1][-1] in "；;"
        if is_half and len(whole[-1]) + len(sentence) <= measure.narration * 2 // 3:
            whole[-1] = join((whole[-1], sentence))
        else:
            whole.append(sentence)
    return whole if len(whole) >= MIN_BEATS else sentences


def _natural_count(sentences: list[str], measure: Measure) -> int:
    length = sum(map(len, sentences))
    return max(MIN_BEATS, min(MAX_BEATS, round(length / measure.beat), len(sentences)))


def _at_least(sentences: list[str], count: int, measure: Measure) -> list[str]:
    """Split the longest sentences at their clauses until there are enough, if possible."""
    pieces = list(sentences)
    settled: set[str] = set()
    while len(pieces) < count:
        candidates = [piece for piece in pieces if piece not in settled]
        if not candidates:
            break
        longest = max(candidates, key=len)
        halves = split_in_two(longest, measure.clause)
        if halves is None or not all(map(has_words, halves)):
            settled.add(longest)
        else:
            index = pieces.index(longest)
            pieces[index : index + 1] = halves
    return pieces


def _grouped(pieces: list[str], count: int) -> list[str]:
    """`count` runs of pieces of about the same length."""
    beats: list[str] = []
    total = sum(map(len, pieces))
    start, length = 0, 0
    for index, piece in enumerate(pieces):
        length += len(piece)
        left_over = len(pieces) - index - 1
        missing = count - len(beats) - 1
        following = len(pieces[index + 1]) if left_over else 0
        is_full = length + following / 2 >= total * (len(beats) + 1) / count
        if left_over == missing or (is_full and missing > 0) or left_over == 0:
            beats.append(join(tuple(pieces[start : index + 1])))
            start = index + 1
    return beats
