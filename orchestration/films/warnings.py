"""The warnings of a film, in sentences that say what to do."""

import unicodedata
from collections.abc import Collection, Mapping, Sequence
from itertools import chain

from db.rows import VideoWarning
from domain import WarningCode
from orchestration.films.speaking import Silence
from orchestration.media.lettering.typefaces import is_sequence, script_name, scripts_of
from text.breaks import split_characters

_COMMON = "Zyyy"
_CJK = "Noto Sans CJK (fonts-noto-cjk)"
_FONTS = {
    **dict.fromkeys(("Hani", "Hang", "Hira", "Kana", "Bopo"), _CJK),
    **dict.fromkeys((_COMMON, "Zinh", "Zzzz"), "Symbola (fonts-symbola)"),
}
"""By script, each with Debian's package; all others have a Noto font."""
_EXAMPLES = 6


def narration_lost(reasons: Mapping[int, Silence], *, of: int) -> VideoWarning:
    """Shots without a voice: the reason of each, by position; `of` shots have words."""
    positions = sorted(reasons)
    first = reasons[positions[0]]
    lost = "The narration" if len(positions) == of else f"The narration of {list_shots(positions)}"
    return VideoWarning(
        WarningCode.NARRATION_LOST,
        f"{lost} is not heard: {first.message.rstrip('.')} ({first.code}). "
        "Once that is mended, render the film again; what was spoken is kept.",
        tuple(positions),
    )


def clips_left_out(positions: Sequence[int]) -> VideoWarning:
    """Shots whose clip cannot be read."""
    return VideoWarning(
        WarningCode.CLIP_LEFT_OUT,
        f"The clip of {list_shots(positions)} cannot be read, so the picture is shown instead. "
        "Have the clip made again, then render the film again.",
        tuple(positions),
    )


def pictures_missing(positions: Sequence[int]) -> VideoWarning:
    """Shots whose picture is no longer in the media store."""
    return VideoWarning(
        WarningCode.MEDIA_MISSING,
        f"The picture of {list_shots(positions)} is missing from the media store, so a dark frame "
        "is shown instead. Draw what is missing again, then render the film again.",
        tuple(positions),
    )


def glyphs_missing(undrawn: Collection[str], burned: Mapping[int, str]) -> VideoWarning:
    """Characters that no available font has, so titles and burned-in subtitles lack them.

    `burned` are the narrations in the picture, by the positions of their shots.
    """
    found = frozenset(undrawn)
    lacking = (
        position
        for position, words in burned.items()
        if not found.isdisjoint(chain(words, split_characters(words)))
    )
    return VideoWarning(WarningCode.MISSING_GLYPHS, describe_missing(found), tuple(lacking))


def describe_missing(undrawn: Collection[str]) -> str:
    """Which letters the picture of a film will lack, and which fonts to install."""
    alone = [one for one in undrawn if not is_sequence(one)]
    scripts = scripts_of(alone)
    names = ["symbols and emoji" if code == _COMMON else script_name(code) for code in scripts]
    kinds = names or ["emoji made of several signs"]
    examples = " ".join(sorted(undrawn, key=_as_example)[:_EXAMPLES])
    told = f"No font here can draw the film's {_listed(kinds)} ({examples}): they are left out of "
    told += "its picture, and the subtitle file keeps them."
    if not scripts:
        return told
    fonts = _listed(list(dict.fromkeys(map(_font_for, scripts))))
    return f"{told} Install {fonts}, or put such fonts into the folder of AI_STORY_FONTS."


def _as_example(character: str) -> tuple[bool, str]:
    """Sort letters before marks, which are meaningless alone."""
    return unicodedata.category(character[0]).startswith("M"), character


def _font_for(script: str) -> str:
    return _FONTS.get(script, f"Noto Sans {script_name(script)} (fonts-noto-core)")


def list_shots(positions: Sequence[int]) -> str:
    """The shots at the positions, for a sentence: \"shots 2 and 3\"."""
    kind = "shot" if len(positions) == 1 else "shots"
    return f"{kind} {_listed(list(map(str, positions)))}"


def _listed(words: Sequence[str]) -> str:
    *others, last = words
    return f"{', '.join(others)} and {last}" if others else last
