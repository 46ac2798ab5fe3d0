"""Finds the title that a text has given itself, on the line above it.

An explicit heading counts in a text of any length. A line that only looks like one must have much
more text below it.
"""

import html
import re

from text.sentences import has_words

_HEAD_LENGTH = 2_000
_LONGEST = 60
_FACTOR = 4
"""How many times longer than a line the text below it must be for the line to be a heading."""
_COUNT = r"[〇零一二三四五六七八九十百千两兩\d]{1,8}"
_NUMBER = r"(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|[ivxlc]+|\d{1,3})"
_LABEL = re.compile(
    rf"(?:第{_COUNT}[章回节節卷部集幕话話篇]|序[章言幕]|楔子|尾[声聲]"
    rf"|(?:chapter|part|book|act|scene|episode|canto) {_NUMBER}|prologue|epilogue)"
    r"(?:[\s:：.、—–-]+|$)",
    re.IGNORECASE,
)
_MARKED = re.compile(
    r"#{1,6}\s+(\S.*?)\s*#*$|《([^》]+)》$|【([^】]+)】$|\*\*([^*]+)\*\*$|__([^_]+)__$"
    r"|(?:title|标题|標題|题目|題目|书名|書名)\s*[:：]\s*(\S.*)$",
    re.IGNORECASE,
)
_UNDERLINE = re.compile(r"(?:={3,}|-{3,})$")
_TAGGED = re.compile(r"<(title|h1)\b[^<>]*>([^<]{1,200})</\1>", re.IGNORECASE)
_ITEM = re.compile(r"(?:[-*+•·]|\(?\d{1,3}[.)、）]|（\d{1,3}）)\s*(?=\D)")
_ENDS = tuple("。！？；.!?;,，、…")
_CALL = re.compile(r"(?:[A-Z0-9]\S*|[a-z]{1,4})(?: (?:[A-Z0-9]\S*|[a-z]{1,4}))*[?!]")
"""A title that is a question or an exclamation: Who Is There?"""
_ANY_MARK = re.compile(r"[，。！？；：、,.!?;:\"“”]")
_PROSE = re.compile(r".*[，,].*[。.！？!?]")
_LONGEST_ABOVE_PROSE = 40


def part_heading(text: str) -> tuple[str | None, str]:
    """The heading of a text, if it has one, and the text below it."""
    if tagged := _TAGGED.search(text[:_HEAD_LENGTH]):
        return html.unescape(tagged[2]).strip() or None, text
    first, _, below = text.partition("\n")
    first = first.strip()
    second, _, rest = below.partition("\n")
    if len(first) > _LONGEST or not has_words(first):
        return None, text
    if marked := _MARKED.fullmatch(first):
        heading = next(filter(None, marked.groups()))
    elif _UNDERLINE.match(second):
        heading, below = first, rest
    elif label := label_of(first):
        heading = first
        if label.end() == len(first) and _continues(second, rest):
            heading, below = f"{first}{': ' if first.isascii() else ' '}{second.strip()}", rest
    elif _stands_alone(first, below) and len(text) >= _FACTOR * len(first):
        heading = first
    else:
        return None, text
    return heading, below.strip() if has_words(below) else heading


def label_of(line: str) -> re.Match[str] | None:
    """The number of a part at the start of the line, unless the line is a sentence."""
    label = _LABEL.match(line)
    return None if line.endswith(_ENDS) or "，" in line else label


def _continues(line: str, rest: str) -> bool:
    """Whether the name of a part is below its number."""
    is_short = 0 < len(line.strip()) <= _LONGEST_ABOVE_PROSE
    return is_short and not _ANY_MARK.search(line) and has_words(rest)


def _stands_alone(line: str, below: str) -> bool:
    """Whether an unmarked line looks like a heading of the text that follows."""
    following = below.partition("\n")[0]
    if _ITEM.match(line) or line[0] in '“「『"' or not any(map(str.isalpha, line)):
        return False
    if not following.strip():
        return not line.endswith(_ENDS) or _CALL.fullmatch(line) is not None
    is_plain = len(line) <= _LONGEST_ABOVE_PROSE and not _ANY_MARK.search(line)
    return is_plain and _PROSE.match(following) is not None
