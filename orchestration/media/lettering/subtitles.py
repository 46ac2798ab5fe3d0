"""Turns narration into timed subtitles: SubRip next to and inside the film, ASS to burn in.

The text is untrusted: sequences that players would interpret are made inert.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from html import escape
from itertools import pairwise

from domain import Size
from orchestration.media.lettering.ass import WORD_JOINER, ass_font, ass_script, ass_text, ass_time
from orchestration.media.lettering.typefaces import EM_HEIGHT, Lettering
from orchestration.media.lettering.typesetting import (
    base_direction,
    clean_text,
    is_wide,
    measure_em,
    split_into_blocks,
    with_direction,
)

_MIN_NARRATION_SECONDS = 2.5

_FONT_HEIGHT = 0.068
"""Of the film's shorter side, in ASS units (ascent + descent of the font)."""
_TEXT_WIDTH = 0.86
"""Of the film's width; the rest is margin."""
_BOTTOM = 0.055
"""Margin below the text, of the film's height; tall films keep free the area of player controls."""
_BOTTOM_TALL = 0.12

_WORDS_PER_S = 2.6
_WIDE_PER_S = {"zh": 4.2, "ja": 6.5, "ko": 5.0}
_SENTENCE_PAUSE_S = 0.45
_CLAUSE_PAUSE_S = 0.25
_SETTLE_S = 0.8
"""A pause before the first word and after the last."""
_EARLY_S, _LATE_S = 0.15, 0.4
"""How long a subtitle is shown before and after its voice."""

_TIMES_AND_TEXT = 2
"""The content of a SubRip cue below its number."""
_SRT_CONTROL = re.compile(r"(?<=[<{])(?=\S)|(?<=-)(?=->)|(?<=&)(?=[#\w])|(?<=\\)(?=[Nnh])")
"""Players interpret tags, entities and ASS overrides in SubRip too, and `-->` begins a cue."""
_SENTENCE_END = re.compile(r"[。！？；…!?]+|[.;]+(?=\s|$)")
_CLAUSE_END = re.compile(r"[，、：—,:]+")
_WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")


@dataclass(frozen=True, slots=True)
class Cue:
    """One subtitle: at most two lines, shown from `start_s` up to `end_s`."""

    start_s: float
    end_s: float
    lines: tuple[str, ...]

    def shifted(self, seconds: float) -> "Cue":
        """The same cue, later by this many seconds."""
        return Cue(self.start_s + seconds, self.end_s + seconds, self.lines)


def narration_seconds(text: str, language: str | None = None) -> float:
    """The time to hear or read the narration, at least 2.5 seconds.

    `language` is a BCP 47 tag; it sets the pace of wide (CJK) characters, 4.2 a second unless it is
    Japanese or Korean.
    """
    text = clean_text(text)
    primary = (language or "zh").partition("-")[0].lower()
    wide, narrow = 0, text
    if not text.isascii():
        wide = sum(is_wide(character) and character.isalpha() for character in text)
        narrow = "".join(" " if is_wide(character) else character for character in text)
    seconds = (
        _SETTLE_S
        + wide / _WIDE_PER_S.get(primary, _WIDE_PER_S["zh"])
        + len(_WORD.findall(narrow)) / _WORDS_PER_S
        + len(_SENTENCE_END.findall(text)) * _SENTENCE_PAUSE_S
        + len(_CLAUSE_END.findall(text)) * _CLAUSE_PAUSE_S
    )
    return max(seconds, _MIN_NARRATION_SECONDS)


def cues_of_shot(
    narration: str,
    duration_s: float,
    *,
    size: Size,
    speech_s: tuple[float, float] | None = None,
) -> tuple[Cue, ...]:
    """The shot's narration as cues, each as long as its share of the text.

    They follow the voice, which is heard until `speech_s`; without one they fill the shot.
    """
    text = clean_text(narration)
    if not text:
        return ()
    blocks = split_into_blocks(text, _line_width_em(size))
    direction = base_direction(text)
    weights = [sum(map(measure_em, lines)) for lines in blocks]
    start_s, end_s = speech_s or (0.0, duration_s)
    moments_s = [start_s]
    for weight in weights:
        moments_s.append(moments_s[-1] + (end_s - start_s) * weight / sum(weights))
    if speech_s:
        moments_s[0] = max(0.0, start_s - _EARLY_S)
        moments_s[-1] = min(duration_s, end_s + _LATE_S)
    return tuple(
        Cue(start, end, tuple(with_direction(line, direction) for line in lines))
        for (start, end), lines in zip(pairwise(moments_s), blocks, strict=True)
    )


def srt_track(cues: Iterable[Cue]) -> str:
    """The cues as SubRip text."""
    return "".join(
        f"{number}\n{_srt_time(cue.start_s)} --> {_srt_time(cue.end_s)}\n"
        + "\n".join(_srt_text(line) for line in cue.lines)
        + "\n\n"
        for number, cue in enumerate(cues, start=1)
    )


def vtt_track(srt: str) -> str:
    """One of our SubRip tracks as WebVTT for browsers, with other timestamps and escaped text."""
    blocks = (block.split("\n", 2)[1:] for block in srt.strip().split("\n\n"))
    cues = (
        f"{times.replace(',', '.')}\n{escape(text, quote=False)}\n"
        for times, text in (block for block in blocks if len(block) == _TIMES_AND_TEXT)
    )
    return "\n".join(("WEBVTT\n", *cues))


def ass_track(
    cues: Iterable[Cue], *, size: Size, lettering: Lettering, language: str | None = None
) -> str:
    """The cues as an ASS script for a film of this size, without undrawable ones.

    White letters with a dark outline, over a soft dark halo: readable on snow and at night.
    """
    font = round(min(size.width, size.height) * _FONT_HEIGHT)
    side = round(size.width * (1 - _TEXT_WIDTH) / 2)
    is_tall = size.height > size.width
    bottom = round(size.height * (_BOTTOM_TALL if is_tall else _BOTTOM))
    place = f"0,2,{side},{side},{bottom}"
    edge, shadow = font * 0.055, font * 0.03
    face = ass_font(lettering.faces[0], font)
    styles = (
        f"Halo,{face},&HFF000000,&H70000000,&HFF000000,1,{font * 0.22:.1f},0,{place}",
        f"Text,{face},&H00FFFFFF,&H00101010,&H60000000,1,{edge:.1f},{shadow:.1f},{place}",
    )
    blur = f"{{\\blur{font * 0.16:.1f}}}"
    events: list[str] = []
    for cue in cues:
        text = ass_text(cue.lines, lettering, height=font)
        if not text:
            continue
        times = f"{ass_time(cue.start_s)},{ass_time(cue.end_s)}"
        events += [f"0,{times},Halo,{blur}{text}", f"1,{times},Text,{text}"]
    return ass_script(styles, events, size=size, language=language)


def _srt_text(line: str) -> str:
    return _SRT_CONTROL.sub(WORD_JOINER, line)


def _srt_time(seconds: float) -> str:
    milliseconds = round(seconds * 1000)
    minutes, milliseconds = divmod(milliseconds, 60_000)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02}:{minutes:02}:{milliseconds // 1000:02},{milliseconds % 1000:03}"


def _line_width_em(size: Size) -> float:
    em = min(size.width, size.height) * _FONT_HEIGHT * EM_HEIGHT
    return size.width * _TEXT_WIDTH / em
