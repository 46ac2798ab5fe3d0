"""Reads plain text, and what is written with words alone: chapters, numbered lists, songs."""

import re

from text.formats.passages import Collector, StoryText
from text.headings import label_of, part_heading
from text.sentences import clean

_DIVIDER = re.compile(r"\s*(?:[*＊]\s*){1,7}|\s*[-–—_=~#·•]{3,}\s*|\s*[#⁂☙❦§]\s*")
"""A line of marks alone between two passages."""
_BLANK = re.compile(r"\n[ \t]*\n\s*")
_NUMBER = re.compile(r"[ \t]*(?:\(?\d{1,3}[.)]\s+|（\d{1,3}）\s*|\d{1,3}、\s*)")
_SECTION = re.compile(
    r"[\[【(（](?P<name>(?:(?:pre-?|post-?)?chorus|verse|bridge|intro|outro|hook|refrain|interlude|"
    r"instrumental|solo|coda|strophe|refrão|estribillo|couplet|主歌|副歌|间奏|間奏|前奏|尾奏|桥段|過門)"
    r"\b[^\]】)）\n]{0,30}|(?:主歌|副歌|间奏|前奏|尾奏)[^\]】\n]{0,10})[\]】)）]:?",
    re.IGNORECASE,
)


def read_plain(text: str) -> StoryText:
    """Paragraphs; a line of marks alone divides."""
    found = Collector()
    heading, body = part_heading(clean(text))
    if heading is not None:
        found.call(heading)
    _say_parted(found, body)
    return found.finish()


def read_chapters(text: str) -> StoryText:
    """A line such as "Chapter 3" or "第三章" begins a passage."""
    found = Collector()
    heading, body = part_heading(clean(text))
    if heading is None or label_of(heading):
        body = clean(text)
    else:
        found.call(heading)
    lines: list[str] = []
    for line in body.split("\n"):
        if label_of(line.strip()):
            _say_parted(found, "\n".join(lines))
            lines = []
            found.head(line)
        else:
            lines.append(line)
    _say_parted(found, "\n".join(lines))
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
    """One passage for each stanza; what stands in brackets names it, and is not sung."""
    found = Collector()
    heading, body = part_heading(clean(text))
    if heading is None or is_section_of_song(heading) or is_section_of_song(f"[{heading}]"):
        body = clean(text)
    else:
        found.call(heading)
    for stanza in _BLANK.split(body):
        found.divide()
        lines: list[str] = []
        for line in stanza.split("\n"):
            if section := _SECTION.fullmatch(line.strip()):
                found.say("\n".join(lines))
                lines = []
                found.head(section["name"].rstrip(": "))
            else:
                lines.append(line)
        found.say("\n".join(lines))
    return found.finish()


def is_section_of_song(line: str) -> bool:
    """Whether the line names a part of a song: [Chorus]."""
    return _SECTION.fullmatch(line) is not None


def _say_parted(found: Collector, text: str) -> None:
    lines: list[str] = []
    for line in text.split("\n"):
        if _DIVIDER.fullmatch(line):
            found.say("\n".join(lines))
            lines = []
            found.divide()
        else:
            lines.append(line)
    found.say("\n".join(lines))
