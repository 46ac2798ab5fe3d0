"""Writes ASS scripts, the format in which ffmpeg draws text into a film.

The text is untrusted: its control sequences are made inert. A word joiner (U+2060) breaks them up,
so the viewer still reads the original text.
"""

import re
from collections.abc import Sequence

from domain import Size
from orchestration.media.lettering.typefaces import EM_HEIGHT, Lettering, Typeface

WORD_JOINER = "\u2060"

_LANGUAGE_TAG = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*")
_STYLE_FIELDS = (
    "Name, Fontname, Fontsize, PrimaryColour, OutlineColour, BackColour, BorderStyle, Outline, "
    "Shadow, Spacing, Alignment, MarginL, MarginR, MarginV, Encoding"
)
_DIRECTION_BY_TEXT = -1
"""As an encoding: the direction of each line is that of its first letter."""


def ass_script(
    styles: Sequence[str], events: Sequence[str], *, size: Size, language: str | None
) -> str:
    """A script whose units are the film's pixels; one line per style and per event.

    A style lists name, font and size (by `ass_font`), colours of letters, outline and shadow,
    border style, outline, shadow, spacing, alignment, and the margins left, right and vertical.
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
            *(f"Style: {style},{_DIRECTION_BY_TEXT}" for style in styles),
            "",
            "[Events]",
            "Format: Layer, Start, End, Style, Text",
            *(f"Dialogue: {event}" for event in events),
            "",
        )
    )


def ass_font(face: Typeface, height: int) -> str:
    """Name and size of the face, with letters as large as the bundled font's of that height."""
    return ",".join(_font(face, height))


def ass_text(lines: Sequence[str], lettering: Lettering, *, height: int) -> str:
    """The lines as text of an event, drawn literally, in the faces that have the letters.

    The style's own is the first face, of that height. Characters without a glyph are left out, so
    the text may be empty.
    """
    current = lettering.faces[0]
    drawn: list[str] = []
    for line in filter(None, map(lettering.drawable, lines)):
        told = ""
        for face, run in lettering.runs(line):
            if face is not current:
                name, size = _font(face, height)
                told += f"{{\\fn{name}\\fs{size}}}"
                current = face
            told += _inert(run)
        drawn.append(told)
    return "\\N".join(drawn)


def _font(face: Typeface, height: int) -> tuple[str, str]:
    return face.family, f"{height * EM_HEIGHT / face.em_height:.4g}"


def ass_time(seconds: float) -> str:
    """A moment, to the hundredth of a second."""
    centiseconds = round(seconds * 100)
    minutes, centiseconds = divmod(centiseconds, 6_000)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{centiseconds // 100:02}.{centiseconds % 100:02}"


def _inert(line: str) -> str:
    # A joiner first: a character separated from its backslash is no command.
    return line.replace("\\", f"\\{WORD_JOINER}").replace("{", "\\{").replace("}", "\\}")
