"""The film's title card and end card, drawn over a blurred picture."""

from domain import MAX_TITLE_LENGTH, Size
from orchestration.media.lettering.ass import ass_font, ass_script, ass_text, ass_time
from orchestration.media.lettering.typefaces import EM_HEIGHT, Lettering
from orchestration.media.lettering.typesetting import (
    base_direction,
    clean_text,
    is_wide,
    measure_em,
    with_direction,
    wrap_evenly,
)

TITLE_SECONDS = 3.0
END_SECONDS = 3.25
CARD_DISSOLVE_SECONDS = 1.0
"""From the title into the first picture, and from the last one to the end."""

_FONT_HEIGHTS = (0.15, 0.13, 0.11, 0.095, 0.08)
"""Of the film's shorter side: the largest that needs few lines is used."""
_FEW_LINES, _MOST_LINES = 2, 4
_TEXT_WIDTH = 0.8
_WIDE_SPACING, _NARROW_SPACING = 0.12, 0.02
"""Between letters, of the font's height; Chinese titles need space."""
_FADE_IN_MS, _FADE_OUT_MS = 700, 600
_TITLE_UNTIL_S = 0.1
"""Before the card's end."""
_END_FROM_S = 0.7
_END_WORDS = {
    "zh": "完",
    "ja": "終",
    "ko": "끝",
    "de": "Ende",  # codespell:ignore ende
    "es": "Fin",
    "fr": "Fin",
    "it": "Fine",
    "pt": "Fim",
    "ru": "Конец",
}
_THE_END = "The End"


def end_words(title: str, language: str | None) -> str:
    """The text of the end card, in the language (a BCP 47 tag), else in that of the title."""
    if language:
        return _END_WORDS.get(language.partition("-")[0].lower(), _THE_END)
    return _END_WORDS["zh"] if any(map(is_wide, title)) else _THE_END


def title_words(title: str) -> str:
    """The title as one clean line, at most as long as a title may be."""
    return clean_text(title)[:MAX_TITLE_LENGTH]


def title_track(title: str, lettering: Lettering, *, size: Size, language: str | None) -> str:
    """An ASS script of the title in the middle of its card, gone before the first shot begins.

    It is there from the first frame, which many programs show as the film's preview.
    """
    fade = f"\\fad(0,{_FADE_OUT_MS})"
    times = f"{ass_time(0)},{ass_time(TITLE_SECONDS - _TITLE_UNTIL_S)}"
    return _track(title, lettering, times, fade, size=size, language=language)


def end_track(title: str, lettering: Lettering, *, size: Size, language: str | None) -> str:
    """An ASS script of the end card's text, which disappears with the picture."""
    fade = f"\\fad({_FADE_IN_MS},0)"
    words = end_words(title, language)
    times = f"{ass_time(_END_FROM_S)},{ass_time(END_SECONDS + 1)}"
    return _track(words, lettering, times, fade, size=size, language=language)


def _track(
    words: str, lettering: Lettering, times: str, fade: str, *, size: Size, language: str | None
) -> str:
    words = lettering.drawable(words)
    font, lines = _fit(words, size)
    spacing = font * _spacing_of(words)
    side = round(size.width * (1 - _TEXT_WIDTH) / 2)
    place = f"{spacing:.1f},5,{side},{side},0"
    shadow = font * 0.02
    face = ass_font(lettering.faces[0], font)
    styles = (
        f"Halo,{face},&HFF000000,&H80000000,&HFF000000,1,{font * 0.08:.1f},0,{place}",
        f"Words,{face},&H00F4FAFF,&H00101010,&H90000000,1,0,{shadow:.1f},{place}",
    )
    text = ass_text(lines, lettering, height=font)
    rule = _rule(size, font * len(lines), font)
    events = (
        f"0,{times},Halo,{{{fade}\\blur{font * 0.2:.1f}}}{text}",
        f"1,{times},Words,{{{fade}}}{rule}",
        f"1,{times},Words,{{{fade}}}{text}",
    )
    return ass_script(styles, events if text else (), size=size, language=language)


def _rule(size: Size, text_height: float, font: int) -> str:
    """A fine line below the words."""
    width, thickness = round(font * 1.1), max(2, round(font * 0.022))
    top = round(size.height / 2 + text_height / 2 + font * 0.22)
    left = round((size.width - width) / 2)
    return (
        f"{{\\an7\\pos({left},{top})\\shad0\\alpha&H50&\\p1}}"
        f"m 0 0 l {width} 0 {width} {thickness} 0 {thickness}"
    )


def _fit(words: str, size: Size) -> tuple[int, list[str]]:
    """The font's height and the lines: large for a short title, smaller for a long one."""
    font, lines = 0, [words]
    for share in _FONT_HEIGHTS:
        font = round(min(size.width, size.height) * share)
        em = font * (EM_HEIGHT + _spacing_of(words))
        lines = wrap_evenly(words, size.width * _TEXT_WIDTH / em)
        if len(lines) <= _FEW_LINES:
            break
    if len(lines) > _MOST_LINES:
        lines = [*lines[: _MOST_LINES - 1], lines[_MOST_LINES - 1].rstrip() + "…"]
    direction = base_direction(words)
    return font, [with_direction(line, direction) for line in lines]


def _spacing_of(words: str) -> float:
    is_mostly_wide = sum(map(is_wide, words)) * 2 > measure_em(words)
    return _WIDE_SPACING if is_mostly_wide else _NARROW_SPACING
