"""Sets a text in lines: what may stand at a line's beginning and end, and what belongs together.

Written for Chinese, Japanese and Korean beside the Latin script; widths are in em.
"""

import math
import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache

FONT_FAMILY = "AI-Story Hei"
"""The bundled subset in `fonts/`; rarer characters come from the machine's own fonts."""
EM_HEIGHT = 0.85
"""An em of the bundled font in ASS units (ascent + descent): 2048 / (1918 + 483)."""

_MAX_LINES = 2
_JOINERS = "\u200c\u200d"
_NARROW_EM = 0.55
"""Width of a Latin letter; a CJK character is one em wide."""
_BREAK_BONUS = 0.25
"""Of a line: how much more uneven two lines may be to break after a punctuation mark."""
_CLOSERS = "”’」』》）〕】\"')]"
_SENTENCE = re.compile(
    rf"[^。！？；…!?.;]*(?:[。！？；…!?]+[{re.escape(_CLOSERS)}]*|[.;]+[{re.escape(_CLOSERS)}]*(?=\s|$)|[.;]|$)\s*"
)
_CLAUSE = re.compile(r"[^，、：,:—]*(?:[，、：,:—]+|$)\s*")
_NEVER_FIRST = "，。！？；：、…—～·,.!?;:%％" + _CLOSERS
_BREAKS = "，、：。！？；…—,.!?;:" + _CLOSERS
_NEVER_LAST = "“‘「『《（〔【([$￥"


def clean_text(text: str) -> str:
    """The text on one line: no control, format, private or unpaired characters, single spaces."""
    line = " ".join(text.split())
    if line.isprintable():  # nearly always, and a hundred times as quick
        return line
    kept = (
        character
        for character in line
        if character in _JOINERS
        or unicodedata.category(character) not in ("Cc", "Cf", "Cs", "Co", "Cn")
    )
    return " ".join("".join(kept).split())


def split_into_blocks(text: str, width_em: float) -> list[tuple[str, ...]]:
    """The text as blocks of at most two lines: whole sentences where they fit, else clauses."""
    blocks: list[tuple[str, ...]] = []
    pending = ""
    for piece in _pieces(text, width_em):
        if pending and len(wrap(pending + piece, width_em)) > _MAX_LINES:
            blocks += _blocks_of(pending.strip(), width_em)
            pending = ""
        pending += piece
    return blocks + _blocks_of(pending.strip(), width_em)


def _pieces(text: str, width_em: float) -> Iterator[str]:
    for sentence in filter(None, _SENTENCE.findall(text)):
        if len(wrap(sentence, width_em)) <= _MAX_LINES:
            yield sentence
        else:
            yield from filter(None, _CLAUSE.findall(sentence))


def _blocks_of(text: str, width_em: float) -> list[tuple[str, ...]]:
    lines = wrap(text, width_em)
    if len(lines) == _MAX_LINES:
        return [_split_in_two(text, width_em)]
    return [tuple(lines[at : at + _MAX_LINES]) for at in range(0, len(lines), _MAX_LINES)]


def _split_in_two(text: str, width_em: float) -> tuple[str, str]:
    """Two lines about equally long, parted after a punctuation mark when one is near."""
    atoms = _atoms(text, width_em)
    best, least_cost = tuple(wrap(text, width_em)), math.inf
    first_em, total_em = 0.0, measure_em(text)
    for at, atom in enumerate(atoms[:-1], start=1):
        first_em += measure_em(atom)
        longer_em = max(first_em, total_em - first_em)
        cost = longer_em - (width_em * _BREAK_BONUS if atom.rstrip()[-1:] in _BREAKS else 0.0)
        if longer_em <= width_em and cost < least_cost:
            best, least_cost = ("".join(atoms[:at]).rstrip(), "".join(atoms[at:])), cost
    return best[0], best[1]


def wrap(text: str, width_em: float) -> list[str]:
    """Fill lines up to the width: between words, and between CJK characters."""
    lines: list[str] = []
    line, room_em = "", width_em
    for atom in _atoms(text, width_em):
        needed_em = measure_em(atom.rstrip())
        if line and needed_em > room_em:
            lines.append(line.rstrip())
            line, room_em = "", width_em
        line += atom
        room_em -= measure_em(atom)
    return [*lines, line.rstrip()]


def _atoms(text: str, width_em: float) -> Sequence[str]:
    """What must stay on one line: a word with its space, a CJK character with its punctuation."""
    atoms: list[str] = []
    for character in text:
        last = atoms[-1] if atoms else ""
        if last and (_belongs_to(character, last) and measure_em(last + character) <= width_em):
            atoms[-1] = last + character
        else:
            atoms.append(character)
    return atoms


def _belongs_to(character: str, atom: str) -> bool:
    if character == " ":
        return True
    if atom.endswith(" "):
        return False
    if character in _NEVER_FIRST or atom[-1] in _NEVER_LAST:
        return True
    return not is_wide(character) and not is_wide(atom[-1])


def measure_em(text: str) -> float:
    """How wide the text is, about."""
    return sum(1.0 if is_wide(character) else _NARROW_EM for character in text)


@lru_cache(maxsize=8192)
def is_wide(character: str) -> bool:
    """Whether it is a full em wide: CJK characters and their punctuation."""
    return unicodedata.east_asian_width(character) in "WF"


def wrap_evenly(text: str, width_em: float) -> list[str]:
    """As few lines as the width asks for, each about as long as the others."""
    lines = wrap(text, width_em)
    if len(lines) == _MAX_LINES:
        return list(_split_in_two(text, width_em))
    narrowest_em = measure_em(text) / max(1, len(lines))
    while narrowest_em < width_em:
        narrower = wrap(text, narrowest_em)
        if len(narrower) == len(lines):
            return narrower
        narrowest_em += 0.5
    return lines
