"""Where a text may be split, and what stays on one line.

ICU has Unicode's line breaking rules (UAX 14) and a dictionary of Thai, Lao, Khmer and Burmese.
This module adds what they do not cover: a number with its unit, a name with its initials, an
address.
"""

import re
from collections.abc import Iterator
from itertools import cycle

from icu4py.breakers import CharacterBreaker, LineBreaker

from text.abbreviations import is_abbreviated

_UNIT_WORDS = (
    "a.m p.m am pm A.M P.M AM PM o'clock o’clock km m cm mm kg g mg ft mi mph lb lbs oz % ‰ € £ °C "
    "°F million billion"
)
_LONGEST_PIECE = 80
"""Longer pieces do not fit on a line, and cost more to examine."""

_UNITS = frozenset(_UNIT_WORDS.split())
_AFTER_WORDS = ".,;:!?…)]”’\"' "
_NUMERALS = frozenset("〇零一二三四五六七八九十百千万萬亿億两兩")
_MEASURES = frozenset("年月日号號时時点點分秒个個岁歲歳元円圆圓米里斤度％%")
_ADDRESS = re.compile(r"(?:\w+://|www\.|\w@|\w\.[A-Za-z]{2,}/)[!-~]*$")
_GROUPS = re.compile(r"(?<!\S)[^\w\s]?\d{1,3}(?: \d{3})* $")
_GROUP = re.compile(r"\d{3}(?!\d)")
_OPEN_NUMBER = re.compile(r"\d[ \u00a0]?$|\d–$|[０-９][，．：]$|[€£$¥№] $")

_WIDE = re.compile(r"[\u1100-\u11ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff]")
_KANA = re.compile(r"[\u3040-\u30ff]")
_HANGUL = re.compile(r"[\u1100-\u11ff\uac00-\ud7af]")
_SURROGATE = re.compile(r"[\ud800-\udfff]")


def split_lines(text: str) -> list[str]:
    """All of the text in pieces that should not be split, each with the spaces after it."""
    pieces: list[str] = []
    for piece in split_by_rules(text):
        if pieces and _belong_together(pieces[-1][-_LONGEST_PIECE:], piece):
            pieces[-1] += piece
        else:
            pieces.append(piece)
    return pieces


def split_by_rules(text: str) -> Iterator[str]:
    """All of the text, split wherever Unicode allows a line to end."""
    start = 0
    for piece in LineBreaker(_quotes_told_apart(_SURROGATE.sub("\ufffd", text)), _locale(text)):
        yield text[start : start + len(piece)]
        start += len(piece)


def split_characters(text: str) -> Iterator[str]:
    """All of the text in user-perceived characters: an emoji, a letter with its accents."""
    start = 0
    for character in CharacterBreaker(_SURROGATE.sub("\ufffd", text), "und"):
        yield text[start : start + len(character)]
        start += len(character)


def _belong_together(before: str, after: str) -> bool:
    if len(before) >= _LONGEST_PIECE:
        return False
    if before[-1] == " ":
        return _is_one_name(before, after) or _is_one_number(before, after)
    if before[-1] in _NUMERALS and after[0] in _NUMERALS | _MEASURES:
        return True
    if _ADDRESS.search(before):
        return after[0].isascii()
    is_open = _OPEN_NUMBER.search(before) is not None
    return is_open and (after[0].isdecimal() or after[0] in _MEASURES | _NUMERALS)


def _is_one_name(before: str, after: str) -> bool:
    """Whether an abbreviation belongs to what follows: Mr. Smith, J. R. R. Tolkien, No. 5."""
    told = before.rstrip()
    is_name_or_number = after[0].isupper() or after[0].isdecimal()
    return is_name_or_number and told[-1:] == "." and is_abbreviated(before + after, len(told) - 1)


def _is_one_number(before: str, after: str) -> bool:
    if _GROUPS.search(before) and _GROUP.match(after):
        return True
    if _OPEN_NUMBER.search(before) is None:
        return False
    return after.rstrip(_AFTER_WORDS) in _UNITS or not before[-2].isdecimal()


def _locale(text: str) -> str:
    """The locale whose phrases ICU knows; they are not split in Japanese and Korean."""
    wide = len(_WIDE.findall(text))
    if wide and len(_HANGUL.findall(text)) * 2 > wide:
        return "ko@lw=phrase"
    if wide and len(_KANA.findall(text)) * 5 > wide:
        return "ja@lb=strict;lw=phrase"
    return "zh@lb=strict"


def _quotes_told_apart(text: str) -> str:
    """Chinese between plain quotation marks would not be split next to them."""
    if text.count('"') % 2 or not _WIDE.search(text):
        return text
    marks = cycle("“”")
    return re.sub('"', lambda _: next(marks), text)
