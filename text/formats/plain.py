"""Reads plain text, and what is written with words alone: chapters, numbered lists, songs."""

import re
from collections.abc import Callable

from text.formats.passages import Collector, StoryText
from text.headings import label_of, part_heading
from text.sentences import clean

_DIVIDER = re.compile(r"\s*(?:[*＊]\s*){1,7}|\s*[-–—_=~#·•]{3,}\s*|\s*[#⁂☙❦§]\s*")
"""A line of marks alone between two passages."""
_BLANK = re.compile(r"\n[ \t]*\n\s*")
_NUMBER = re.compile(r"[ \t]*(?:\(?(\d{1,3})[.)]\s+|（(\d{1,3})）\s*|(\d{1,3})、\s*)")
"""Of an item: 1. or 2) or （3）or 4、"""
_SECTION = re.compile(
    r"[\[【(（](?P<name>(?:(?:pre-?|post-?)?chorus|verse|bridge|intro|outro|hook|refrain|interlude|"
    r"instrumental|solo|coda|strophe|refrão|estribillo|couplet|主歌|副歌|间奏|間奏|前奏|尾奏|桥段|過門)"
    r"\b[^\]】)）\n]{0,30}|(?:主歌|副歌|间奏|前奏|尾奏)[^\]】\n]{0,10})[\]】)）]:?",
    re.IGNORECASE,
)


def read_plain(text: str) -> StoryText:
    """Paragraphs; a line of marks alone divides."""
    found, body = _titled(text)
    _say_between(found, body, _is_divider, lambda _: found.divide())
    return found.finish()


def read_chapters(text: str) -> StoryText:
    """A line such as "Chapter 3" or "第三章" begins a passage."""
    found, body = _titled(text, is_part=lambda line: label_of(line) is not None)

    def is_border(line: str) -> bool:
        return _is_divider(line) or label_of(line.strip()) is not None

    def begin(line: str) -> None:
        if _is_divider(line):
            found.divide()
        else:
            found.head(line)

    _say_between(found, body, is_border, begin)
    return found.finish()


def read_list(text: str) -> StoryText:
    """One paragraph for each item, without its number."""
    found = Collector()
    text = clean(text)
    first, _, below = text.partition("\n")
    if not _NUMBER.match(first) and _NUMBER.match(below.lstrip()):
        found.call(first)
        text = below
    for line in text.split("\n"):
        found.say(_NUMBER.sub("", line, count=1))
    return found.finish()


def read_lyrics(text: str) -> StoryText:
    """One passage for each stanza; what is in brackets names it, and is not sung."""
    found, body = _titled(text, is_part=lambda line: is_section_of_song(f"[{line.strip('[]')}]"))

    def begin(line: str) -> None:
        if section := _SECTION.fullmatch(line.strip()):
            found.head(section["name"].rstrip(": "))

    for stanza in _BLANK.split(body):
        found.divide()
        _say_between(found, stanza, lambda line: is_section_of_song(line.strip()), begin)
    return found.finish()


def is_section_of_song(line: str) -> bool:
    """Whether the line names a part of a song: [Chorus]."""
    return _SECTION.fullmatch(line) is not None


def number_of_item(line: str) -> int | None:
    """The number of a list's item, if the line is one with words of its own."""
    item = _NUMBER.match(line)
    if item is None or not line[item.end() :].strip():
        return None
    return int(next(filter(None, item.groups())))


def _titled(
    text: str, *, is_part: Callable[[str], bool] = lambda _: False
) -> tuple[Collector, str]:
    """A collector that knows the text's title, and the text below it; a part's name is no title."""
    found, text = Collector(), clean(text)
    heading, below = part_heading(text)
    if heading is None or is_part(heading):
        return found, text
    found.call(heading)
    return found, below


def _say_between(
    found: Collector, text: str, is_border: Callable[[str], bool], begin: Callable[[str], None]
) -> None:
    """Say the lines between borders; each border begins something."""
    lines: list[str] = []
    for line in text.split("\n"):
        if is_border(line):
            found.say("\n".join(lines))
            lines = []
            begin(line)
        else:
            lines.append(line)
    found.say("\n".join(lines))


def _is_divider(line: str) -> bool:
    return _DIVIDER.fullmatch(line) is not None
