"""Writes ASS scripts, the form in which ffmpeg draws text into a film.

The text is a stranger's: its control sequences are made inert, never obeyed. A word joiner (U+2060)
breaks them up, so that the viewer still reads what was written.
"""

import re
from collections.abc import Sequence

from domain import Size

WORD_JOINER = "\u2060"

_LANGUAGE_TAG = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*")
_STYLE_FIELDS = (
    "Name, Fontname, Fontsize, PrimaryColour, OutlineColour, BackColour, BorderStyle, Outline, "
    "Shadow, Spacing, Alignment, MarginL, MarginR, MarginV"
)


def ass_script(
    styles: Sequence[str], events: Sequence[str], *, size: Size, language: str | None
) -> str:
    """A script whose units are the film's pixels; one line per style and per event.

    A style lists name, font, size, colours of letters, outline and shadow, border style, outline,
    shadow, spacing, alignment, and the margins left, right and vertical.
    """
    tag = language if language and _LANGUAGE_TAG.fullmatch(language) else ""
    return "\n".join(
        (
            "[Script Info]",
            "ScriptType: v4.00+",
            f"PlayResX: {size.width}",
            f"PlayResY: {size.height}",
            "WrapStyle: 2",
            "ScaledBorderAndShadow: yes",
            f"Language: {tag}",
            "",
            "[V4+ Styles]",
            f"Format: {_STYLE_FIELDS}",
            *(f"Style: {style}" for style in styles),
            "",
            "[Events]",
            "Format: Layer, Start, End, Style, Text",
            *(f"Dialogue: {event}" for event in events),
            "",
        )
    )


def ass_text(lines: Sequence[str]) -> str:
    """The lines as text of an event, drawn as they are written."""
    return "\\N".join(map(_inert, lines))


def ass_time(seconds: float) -> str:
    """A moment, to the hundredth of a second."""
    centiseconds = round(seconds * 100)
    minutes, centiseconds = divmod(centiseconds, 6_000)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{centiseconds // 100:02}.{centiseconds % 100:02}"


def _inert(line: str) -> str:
    # A joiner first: what it parts from its backslash can no longer be a command.
    return line.replace("\\", f"\\{WORD_JOINER}").replace("{", "\\{").replace("}", "\\}")
