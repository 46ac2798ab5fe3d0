"""Sets a text in lines: where each ends, and which sentences are shown together.

A text is divided into pieces that are not split as long as they fit on a line; widths are in em.
"""

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import accumulate, groupby, pairwise
from operator import itemgetter

from text.abbreviations import is_abbreviated
from text.breaks import split_by_rules, split_characters, split_lines

_MAX_LINES = 2
_SPLITS = (split_lines, split_by_rules, split_characters)
"""From the coarsest to the finest: a piece that does not fit on a line is split by the next."""
_BREAKING_SPACES = re.compile(r"[^\S\u00a0\u2007\u202f]+")
_NO_BREAK_SPACE = "\u00a0"
_INVISIBLE = ("Cc", "Cf", "Cs", "Co", "Cn")
_KEPT = frozenset(map(chr, (0x200C, 0x200D, *range(0xE0020, 0xE0080))))
"""Joiners, and the tags that make a flag of England."""
_NARROW_EM = 0.55
"""Width of a Latin letter; a CJK character is one em wide."""
_BREAK_BONUS = 0.25
"""Of a line: how much more uneven two lines may be to break after a punctuation mark."""
_CLOSERS = "”’」』》）〕】»\"')]"
_SENTENCE_MARKS = "。！？；…!?.;｡؟۔।॥։።។။"
_CLAUSE_MARKS = "，、：—,:،؛၊"
_SENTENCE_END = re.compile(rf"[{_SENTENCE_MARKS}]+[{re.escape(_CLOSERS)}]*\s*$")
_CLAUSE_END = re.compile(
    rf"[{_CLAUSE_MARKS};；{re.escape(_CLOSERS)}]\s*$|[\u0e00-\u0eff\u1780-\u17ff]\s+$"
)
"""Thai, Lao and Khmer have a space there, and none between words."""
_LONGEST_END = 24
_LEFT_TO_RIGHT, _RIGHT_TO_LEFT = "\u200e", "\u200f"


def clean_text(text: str) -> str:
    """The text on one line: no control, format, private or unpaired characters, single spaces.

    A no-break space remains one.
    """
    line = _BREAKING_SPACES.sub(" ", text).strip()
    if line.isprintable():  # nearly always, and a hundred times faster
        return line
    kept = (
        _NO_BREAK_SPACE if character.isspace() and character != " " else character
        for character in line
        if character in _KEPT or not _is_invisible(character)
    )
    return _BREAKING_SPACES.sub(" ", "".join(kept)).strip()


def _is_invisible(character: str) -> bool:
    # Emoji and ideographs newer than this Python's tables are unassigned in it, but fonts draw
    # them.
    category = unicodedata.category(character)
    is_noncharacter = ord(character) & 0xFFFE == 0xFFFE or "\ufdd0" <= character <= "\ufdef"
    return category in _INVISIBLE and (category != "Cn" or is_noncharacter)


def split_into_blocks(text: str, width_em: float) -> list[tuple[str, ...]]:
    """The text as blocks of at most two lines: whole sentences where they fit, else clauses."""
    blocks: list[tuple[str, ...]] = []
    pending: list[str] = []
    for phrase in _phrases(_pieces(text, width_em), width_em):
        if pending and len(_fill([*pending, *phrase], width_em)) > _MAX_LINES:
            blocks += _blocks_of(pending, width_em)
            pending = []
        pending += phrase
    return blocks + _blocks_of(pending, width_em)


def _phrases(pieces: Sequence[str], width_em: float) -> Iterator[list[str]]:
    for sentence in _runs(pieces, _ends_sentence):
        if len(_fill(sentence, width_em)) <= _MAX_LINES:
            yield sentence
        else:
            yield from _runs(sentence, _ends_clause)


def _runs(pieces: Sequence[str], is_last: Callable[[str, str], bool]) -> Iterator[list[str]]:
    """The pieces in runs;

    `ends` decides from a piece and the next whether it is the last of a run.
    """
    run: list[str] = []
    for piece, following in zip(pieces, [*pieces[1:], ""], strict=True):
        run.append(piece)
        if is_last(piece[-_LONGEST_END:], following):
            yield run
            run = []
    if run:
        yield run


def _ends_sentence(piece: str, following: str) -> bool:
    end = _SENTENCE_END.search(piece)
    return end is not None and not (
        piece[end.start()] == "." and is_abbreviated(piece + following, end.start())
    )


def _ends_clause(piece: str, following: str) -> bool:
    return _CLAUSE_END.search(piece) is not None or _ends_sentence(piece, following)


def _blocks_of(pieces: Sequence[str], width_em: float) -> list[tuple[str, ...]]:
    lines = _fill(pieces, width_em)
    if len(lines) == _MAX_LINES:
        return [_split_in_two(pieces, width_em)]
    if len(lines) < _MAX_LINES:
        return [tuple(lines)]
    shares = _shares(pieces, math.ceil(len(lines) / _MAX_LINES))
    if all(len(_fill(share, width_em)) <= _MAX_LINES for share in shares):
        return [block for share in shares for block in _blocks_of(share, width_em)]
    return [tuple(lines[at : at + _MAX_LINES]) for at in range(0, len(lines), _MAX_LINES)]


def _shares(pieces: Sequence[str], count: int) -> list[list[str]]:
    """The pieces in this many runs, each about as long as the others."""
    ends_em = list(accumulate(map(measure_em, pieces)))
    middles_em = ((start + end) / 2 for start, end in pairwise((0.0, *ends_em)))
    numbered = zip((int(em * count / ends_em[-1]) for em in middles_em), pieces, strict=True)
    return [[piece for _, piece in run] for _, run in groupby(numbered, key=itemgetter(0))]


def _split_in_two(pieces: Sequence[str], width_em: float) -> tuple[str, ...]:
    """Two lines of about equal length, split after a punctuation mark if one is near."""
    best, least_cost = tuple(_fill(pieces, width_em)), math.inf
    first_em, total_em = 0.0, measure_em("".join(pieces).rstrip())
    for at, (piece, following) in enumerate(pairwise(pieces), start=1):
        first_em += measure_em(piece)
        longer_em = max(first_em, total_em - first_em)
        bonus = width_em * _BREAK_BONUS if _ends_clause(piece[-_LONGEST_END:], following) else 0.0
        if longer_em <= width_em and longer_em - bonus < least_cost:
            least_cost = longer_em - bonus
            best = ("".join(pieces[:at]).rstrip(), "".join(pieces[at:]).rstrip())
    return best


def _fill(pieces: Iterable[str], width_em: float) -> list[str]:
    """Lines filled up to the width."""
    lines: list[str] = []
    line, room_em = "", width_em
    for piece in pieces:
        if line and measure_em(piece.rstrip()) > room_em:
            lines.append(line.rstrip())
            line, room_em = "", width_em
        line += piece
        room_em -= measure_em(piece)
    return [*lines, line.rstrip()] if line else lines


def _pieces(text: str, width_em: float) -> list[str]:
    """The text in pieces as coarse as the width allows."""

    def fitting(piece: str, fineness: int) -> Iterator[str]:
        if fineness == len(_SPLITS) or (fineness and measure_em(piece.rstrip()) <= width_em):
            yield piece
        else:
            for part in _SPLITS[fineness](piece):
                yield from fitting(part, fineness + 1)

    return list(fitting(text, 0))


def base_direction(text: str) -> str:
    """The mark of the direction of most of the text's letters."""
    kinds = Counter(map(unicodedata.bidirectional, text))
    return _RIGHT_TO_LEFT if kinds["R"] + kinds["AL"] > kinds["L"] else _LEFT_TO_RIGHT


def with_direction(line: str, direction: str) -> str:
    """The line with a direction mark, if needed by players that use its first letter."""
    kinds = map(unicodedata.bidirectional, line)
    first = next((kind for kind in kinds if kind in ("L", "R", "AL")), "L")
    return line if (first == "L") == (direction == _LEFT_TO_RIGHT) else direction + line


def measure_em(text: str) -> float:
    """The approximate width of the text."""
    return sum(map(_character_em, text))


@lru_cache(maxsize=8192)
def _character_em(character: str) -> float:
    if is_wide(character):
        return 1.0
    return 0.0 if unicodedata.category(character) in ("Mn", "Me", "Cf") else _NARROW_EM


@lru_cache(maxsize=8192)
def is_wide(character: str) -> bool:
    """Whether it is a full em wide: CJK characters and their punctuation."""
    return unicodedata.east_asian_width(character) in "WF"


def wrap_evenly(text: str, width_em: float) -> list[str]:
    """As few lines as the width allows, each about as long as the others."""
    pieces = _pieces(text, width_em)
    lines = _fill(pieces, width_em)
    if len(lines) == _MAX_LINES:
        return list(_split_in_two(pieces, width_em))
    narrowest_em = measure_em(text) / max(1, len(lines))
    while narrowest_em < width_em:
        narrower = _fill(pieces, narrowest_em)
        if len(narrower) == len(lines):
            return narrower
        narrowest_em += 0.5
    return lines
