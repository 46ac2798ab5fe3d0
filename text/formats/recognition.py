"""Recognizes the format of a text by its marks.

Marks that prose has, too, are not enough: 5 * 3 * 2, <3, C#, snake_case.
"""

import re
from itertools import pairwise

from domain import TextFormat
from text.formats.plain import is_section_of_song, number_of_item
from text.headings import label_of

_EXAMINED = 20_000
"""Characters; a text that begins in one format goes on in it."""

_TAGS = "html head body main article section div p br hr h[1-6] ul ol li dl table blockquote pre"
_INLINE = "a b i u s em strong span small sub sup q cite code font mark abbr"
_BLOCK_TAG = re.compile(rf"<({'|'.join(_TAGS.split())})\b[^<>]*>", re.IGNORECASE)
_PAIR = re.compile(rf"<({'|'.join(_INLINE.split())})\b[^<>]*>[^<>]*</\1\s*>", re.IGNORECASE)
_DOCTYPE = re.compile(r"\s*<!doctype html", re.IGNORECASE)
_ENTITY = re.compile(r"&(?:[a-z]{2,8}|[A-Z][a-z]{2,7}|#\d{2,6}|#x[0-9a-fA-F]{2,6});")

_SCENE = re.compile(r"(?:^|\n\s*\n)[ \t]*(?:INT|EXT|EST|INT\.?/EXT|I/E)[. ][^\n]+(?=\n\s*\n|\s*$)")
_FORCED_SCENE = re.compile(r"^\.[A-Z0-9][^\n]*[A-Z]", re.MULTILINE)
_CUE = re.compile(r"\n[ \t]*\n[ \t]*[A-Z][A-Z0-9 .'’-]{0,38}(?: \([^()\n]*\))?\^?\n[ \t]*[^\s]")

_STRONG = re.compile(
    r"^ {0,3}#{1,6} +\S"  # a heading
    r"|!?\[[^\]\n]*\]\((?:<[^<>\n]*>|[^\s()]+)(?: \"[^\"\n]*\")?\)"  # a link, a picture
    r"|^ {0,3}\|?(?: *:?-{3,}:? *\|)+ *(?::?-{3,}:?)? *$"  # the second line of a table
    r"|^ {0,3}(?:```|~~~)\w*\s*$"  # a block of code
    r"|^ {0,3}\[\^[^\]\n]{1,60}\]:[ \t]+\S"  # a footnote
    r"|^ {0,3}\[[^\]\n]{1,60}\]:[ \t]+<?(?:https?://|mailto:|[./#])\S"  # the address of a link
    r"|(?<![\w*])\*\*(?=\S)[^*\n]{1,300}(?<=\S)\*\*(?![\w*])"  # strong
    r"|(?<![\w_])__(?=\S)[^_\n]{1,300}(?<=\S)__(?![\w_])",
    re.MULTILINE,
)
_WEAK = (
    re.compile(r"(?<![\w*])\*(?=[^\s*])[^*\n]{1,300}(?<=[^\s*])\*(?![\w*])"),  # emphasis
    re.compile(r"(?<![\w_])_(?=[^\s_])[^_\n]{1,300}(?<=[^\s_])_(?![\w_])"),
    re.compile(r"^ {0,3}> ?\S", re.MULTILINE),  # a quotation
    re.compile(r"(?:^ {0,3}[-*+] +\S.*\n\s*){2}", re.MULTILINE),  # a list
    re.compile(r"(?<!`)`[^`\n]+`(?!`)"),  # code
    re.compile(r"^\S.*\n(?:={3,}|-{3,})\s*$", re.MULTILINE),  # an underlined heading
)
_SPACES = re.compile(r"[^\S\n\r\v\f\x1c-\x1e\x85\u2028\u2029]{4,}")
_ENOUGH_WEAK = 2
_FEWEST_ITEMS, _FEWEST_LABELS = 2, 2


def recognize(text: str) -> TextFormat:
    """The format of the text; PLAIN if none of the others is likely."""
    text = _without_long_gaps(text[:_EXAMINED])
    if _is_html(text):
        return TextFormat.HTML
    if _is_screenplay(text):
        return TextFormat.FOUNTAIN
    if _STRONG.search(text) or sum(bool(mark.search(text)) for mark in _WEAK) >= _ENOUGH_WEAK:
        return TextFormat.MARKDOWN
    lines = [line.strip() for line in text.split("\n") if line.strip()]
    if any(map(is_section_of_song, lines)):
        return TextFormat.LYRICS
    if sum(label_of(line) is not None for line in lines) >= _FEWEST_LABELS:
        return TextFormat.CHAPTERS
    return TextFormat.LIST if _is_list(lines) else TextFormat.PLAIN


def _without_long_gaps(text: str) -> str:
    """The text with at most four spaces and one blank line in a row: patterns need no more."""
    lines = [line.rstrip() for line in _SPACES.sub("    ", text).splitlines()]
    return "\n".join(line for before, line in pairwise(["", *lines]) if before or line)


def _is_html(text: str) -> bool:
    return any(mark.search(text) for mark in (_BLOCK_TAG, _PAIR, _DOCTYPE, _ENTITY))


def _is_screenplay(text: str) -> bool:
    scenes = len(_SCENE.findall(text)) + len(_FORCED_SCENE.findall(text))
    return scenes > 1 or (scenes == 1 and _CUE.search(text) is not None)


def _is_list(lines: list[str]) -> bool:
    """Whether at least half of the lines are items, numbered in order."""
    numbers = [number for line in lines if (number := number_of_item(line)) is not None]
    is_counted = numbers == list(range(numbers[0], numbers[0] + len(numbers))) if numbers else False
    return is_counted and len(numbers) >= max(_FEWEST_ITEMS, len(lines) / 2)
