"""Turns narration into timed subtitles: an SRT sidecar and an ASS track to burn in.

The text is a stranger's: control sequences of either format are made inert, never obeyed. A word
joiner (U+2060) breaks them up, so that the viewer still reads what was written.
"""

import math
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from domain import Size

FONT_FAMILY = "AI-Story Hei"
"""The bundled subset in `fonts/`; rarer characters come from the machine's own fonts."""
MIN_NARRATION_SECONDS = 2.5
MAX_NARRATION_SECONDS = 20.0

_MAX_LINES = 2
_WORD_JOINER = "\u2060"
_JOINERS = "\u200c\u200d"
_FONT_HEIGHT = 0.068
"""Of the film's shorter side, in ASS units (ascent + descent of the font)."""
_EM_HEIGHT = 0.85
"""An em of the bundled font in ASS units: 2048 / (1918 + 483)."""
_TEXT_WIDTH = 0.86
"""Of the film's width; the rest is margin."""
_NARROW_EM = 0.55
"""Width of a Latin letter; a CJK character is one em wide."""
_BREAK_BONUS = 0.25
"""Of a line: how much more uneven two lines may be to break after a punctuation mark."""

_LANGUAGE_TAG = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*")
_WORDS_PER_S = 2.6
_WIDE_PER_S = {"zh": 4.2, "ja": 6.5, "ko": 5.0}
_SENTENCE_PAUSE_S = 0.45
_CLAUSE_PAUSE_S = 0.25
_SETTLE_S = 0.8
"""A breath before the first word and after the last."""

_SRT_CONTROL = re.compile(r"(?<=[<{])(?=\S)|(?<=-)(?=->)|(?<=&)(?=[#\w])|(?<=\\)(?=[Nnh])")
"""Players obey tags, entities and ASS overrides in SubRip too, and `-->` begins a cue."""

_CLOSERS = "”’」』》）〕】\"')]"
_SENTENCE = re.compile(
    rf"[^。！？；…!?.;]*(?:[。！？；…!?]+[{re.escape(_CLOSERS)}]*|[.;]+[{re.escape(_CLOSERS)}]*(?=\s|$)|[.;]|$)\s*"
)
_SENTENCE_END = re.compile(r"[。！？；…!?]+|[.;]+(?=\s|$)")
_CLAUSE_END = re.compile(r"[，、：—,:]+")
_CLAUSE = re.compile(r"[^，、：,:—]*(?:[，、：,:—]+|$)\s*")
_WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")
_NEVER_FIRST = "，。！？；：、…—～·,.!?;:%％" + _CLOSERS
_BREAKS = "，、：。！？；…—,.!?;:" + _CLOSERS
_NEVER_LAST = "“‘「『《（〔【([$￥"


@dataclass(frozen=True, slots=True)
class Cue:
    """One subtitle: at most two lines, shown from `start_s` up to `end_s`."""

    start_s: float
    end_s: float
    lines: tuple[str, ...]

    def shifted(self, seconds: float) -> "Cue":
        """The same cue, later by so many seconds."""
        return Cue(self.start_s + seconds, self.end_s + seconds, self.lines)


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


def narration_seconds(text: str, language: str | None = None) -> float:
    """How long a viewer needs to hear or read the narration, within 2.5 to 20 seconds.

    `language` is a BCP 47 tag; it sets the pace of wide (CJK) characters, 4.2 a second unless it
    is Japanese or Korean.
    """
    text = clean_text(text)
    primary = (language or "zh").partition("-")[0].lower()
    wide, narrow = 0, text
    if not text.isascii():
        wide = sum(_is_wide(character) and character.isalpha() for character in text)
        narrow = "".join(" " if _is_wide(character) else character for character in text)
    seconds = (
        _SETTLE_S
        + wide / _WIDE_PER_S.get(primary, _WIDE_PER_S["zh"])
        + len(_WORD.findall(narrow)) / _WORDS_PER_S
        + len(_SENTENCE_END.findall(text)) * _SENTENCE_PAUSE_S
        + len(_CLAUSE_END.findall(text)) * _CLAUSE_PAUSE_S
    )
    return min(max(seconds, MIN_NARRATION_SECONDS), MAX_NARRATION_SECONDS)


def cues_of_shot(narration: str, duration_s: float, *, size: Size) -> tuple[Cue, ...]:
    """The shot's narration as cues that fill the shot, each as long as its share of the text."""
    text = clean_text(narration)
    if not text:
        return ()
    blocks = _split_into_blocks(text, _line_width_em(size))
    weights = [sum(map(_width_em, lines)) for lines in blocks]
    ends_s = [0.0]
    for weight in weights:
        ends_s.append(ends_s[-1] + duration_s * weight / sum(weights))
    return tuple(
        Cue(start, end, lines) for (start, end), lines in zip(pairwise(ends_s), blocks, strict=True)
    )


def srt_track(cues: Iterable[Cue]) -> str:
    """The cues as SubRip text."""
    return "".join(
        f"{number}\n{_srt_time(cue.start_s)} --> {_srt_time(cue.end_s)}\n"
        + "\n".join(_srt_text(line) for line in cue.lines)
        + "\n\n"
        for number, cue in enumerate(cues, start=1)
    )


def ass_track(cues: Iterable[Cue], *, size: Size, language: str | None = None) -> str:
    """The cues as an ASS script for a film of this size.

    White letters with a dark outline, over a soft dark halo: readable on snow and at night.
    """
    font = round(min(size.width, size.height) * _FONT_HEIGHT)
    side = round(size.width * (1 - _TEXT_WIDTH) / 2)
    bottom = round(size.height * 0.055)
    tag = language if language and _LANGUAGE_TAG.fullmatch(language) else ""
    header = f"""[Script Info]
ScriptType: v4.00+
PlayResX: {size.width}
PlayResY: {size.height}
WrapStyle: 0
ScaledBorderAndShadow: yes
Language: {tag}

[V4+ Styles]
Format: Name, Fontname, Fontsize, PrimaryColour, OutlineColour, BackColour, BorderStyle, Outline, \
Shadow, Alignment, MarginL, MarginR, MarginV
Style: Halo,{FONT_FAMILY},{font},&HFF000000,&H70000000,&HFF000000,1,{font * 0.22:.1f},0,2,\
{side},{side},{bottom}
Style: Text,{FONT_FAMILY},{font},&H00FFFFFF,&H00101010,&H60000000,1,{font * 0.055:.1f},\
{font * 0.03:.1f},2,{side},{side},{bottom}

[Events]
Format: Layer, Start, End, Style, Text
"""
    blur = f"{{\\blur{font * 0.16:.1f}}}"
    return header + "".join(_ass_events(cue, blur) for cue in cues)


def _ass_events(cue: Cue, blur: str) -> str:
    times = f"{_ass_time(cue.start_s)},{_ass_time(cue.end_s)}"
    text = "\\N".join(map(_ass_text, cue.lines))
    return f"Dialogue: 0,{times},Halo,{blur}{text}\nDialogue: 1,{times},Text,{text}\n"


def _ass_text(line: str) -> str:
    # A joiner first: what it parts from its backslash can no longer be a command.
    return line.replace("\\", f"\\{_WORD_JOINER}").replace("{", "\\{").replace("}", "\\}")


def _srt_text(line: str) -> str:
    return _SRT_CONTROL.sub(_WORD_JOINER, line)


def _srt_time(seconds: float) -> str:
    milliseconds = round(seconds * 1000)
    minutes, milliseconds = divmod(milliseconds, 60_000)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02}:{minutes:02}:{milliseconds // 1000:02},{milliseconds % 1000:03}"


def _ass_time(seconds: float) -> str:
    centiseconds = round(seconds * 100)
    minutes, centiseconds = divmod(centiseconds, 6_000)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{centiseconds // 100:02}.{centiseconds % 100:02}"


def _line_width_em(size: Size) -> float:
    em = min(size.width, size.height) * _FONT_HEIGHT * _EM_HEIGHT
    return size.width * _TEXT_WIDTH / em


def _split_into_blocks(text: str, width_em: float) -> list[tuple[str, ...]]:
    """The text as blocks of at most two lines: whole sentences where they fit, else clauses."""
    blocks: list[tuple[str, ...]] = []
    pending = ""
    for piece in _pieces(text, width_em):
        if pending and len(_wrap(pending + piece, width_em)) > _MAX_LINES:
            blocks += _blocks_of(pending.strip(), width_em)
            pending = ""
        pending += piece
    return blocks + _blocks_of(pending.strip(), width_em)


def _pieces(text: str, width_em: float) -> Iterator[str]:
    for sentence in filter(None, _SENTENCE.findall(text)):
        if len(_wrap(sentence, width_em)) <= _MAX_LINES:
            yield sentence
        else:
            yield from filter(None, _CLAUSE.findall(sentence))


def _blocks_of(text: str, width_em: float) -> list[tuple[str, ...]]:
    lines = _wrap(text, width_em)
    if len(lines) == _MAX_LINES:
        return [_split_in_two(text, width_em)]
    return [tuple(lines[at : at + _MAX_LINES]) for at in range(0, len(lines), _MAX_LINES)]


def _split_in_two(text: str, width_em: float) -> tuple[str, str]:
    """Two lines about equally long, parted after a punctuation mark when one is near."""
    atoms = _atoms(text, width_em)
    best, least_cost = tuple(_wrap(text, width_em)), math.inf
    first_em, total_em = 0.0, _width_em(text)
    for at, atom in enumerate(atoms[:-1], start=1):
        first_em += _width_em(atom)
        longer_em = max(first_em, total_em - first_em)
        cost = longer_em - (width_em * _BREAK_BONUS if atom.rstrip()[-1:] in _BREAKS else 0.0)
        if longer_em <= width_em and cost < least_cost:
            best, least_cost = ("".join(atoms[:at]).rstrip(), "".join(atoms[at:])), cost
    return best[0], best[1]


def _wrap(text: str, width_em: float) -> list[str]:
    """Fill lines up to the width: between words, and between CJK characters."""
    lines: list[str] = []
    line, room_em = "", width_em
    for atom in _atoms(text, width_em):
        needed_em = _width_em(atom.rstrip())
        if line and needed_em > room_em:
            lines.append(line.rstrip())
            line, room_em = "", width_em
        line += atom
        room_em -= _width_em(atom)
    return [*lines, line.rstrip()]


def _atoms(text: str, width_em: float) -> Sequence[str]:
    """What must stay on one line: a word with its space, a CJK character with its punctuation."""
    atoms: list[str] = []
    for character in text:
        last = atoms[-1] if atoms else ""
        if last and (_belongs_to(character, last) and _width_em(last + character) <= width_em):
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
    return not _is_wide(character) and not _is_wide(atom[-1])


def _width_em(text: str) -> float:
    return sum(1.0 if _is_wide(character) else _NARROW_EM for character in text)


@lru_cache(maxsize=8192)
def _is_wide(character: str) -> bool:
    return unicodedata.east_asian_width(character) in "WF"
