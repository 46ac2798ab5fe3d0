"""Where a text may be split, and what stays on one line.

ICU has Unicode's line breaking rules (UAX 14) and a dictionary of Thai, Lao, Khmer and Burmese.
This module adds what they do not cover: a number with its unit, a name with its initials, an
address, a path.
"""

import re
from collections.abc import Iterator
from itertools import cycle

from icu4py.breakers import CharacterBreaker, LineBreaker

from text.abbreviations import is_abbreviated

_LONGEST_PIECE = 80
"""Longer pieces do not fit on a line, and cost more to examine."""

_NUMERALS = "〇零一二三四五六七八九十百千万萬亿億两兩"
_MEASURES = "年月日号號时時點点分秒个個岁歲歳元円圆圓米里斤度％%"
_TIME_UNITS = r"[ap]\.?m\b\.?|[AP]\.?M\b\.?|[oO]['’]clock\b|Uhr\b|hrs?\b|h\b|min\b"
_UNITS = (
    r"[kMGTcmµn]?(?:m[²³]?|g|s|l|L|B|b|W|Wh|V|A|J|N|Pa|Hz|cal|eV|bit)\b|[%‰€£$¥₹]|°[CF]?|Kč|zł"
    r"|(?:ft|yd|mi|mph|oz|lbs?|px|fps|dpi|ha|million|billion|Mio|Mrd)\b|[¼½¾⅓⅔⅛]"
)
_MONTHS = (
    "Januar|Februar|März|April|Mai|Juni|Juli"  # codespell:ignore
    "|August|September|Oktober|November|Dezember"  # codespell:ignore
)
_INITIAL = r"[^\W\d_a-z]\."
_NAME = r"\b[^\W\d_a-z][^\W\d_]"
_WHOLE = re.compile(
    rf"""
    # 1 250 000; 3 × 10, 16 : 9; 1 1/2; 5. 5. 2026; +49 30 12345, (030) 12345; $ 5, ± 5
      (?<!\S)[^\w\s]?\d{{1,3}}(?:[ ]\d{{3}})*[ ]÷\d{{3}}(?!\d)
    | \d[ ]÷[×:][ ] | \d[ ][×:][ ]÷\d
    | \d[ ]÷\d/\d
    | \b\d{{1,2}}\.[ ]÷\d | \b\d{{1,2}}\.[ ]÷(?:{_MONTHS})\b
    | \+\d[\d ()-]*[ ]÷[\d(] | \(\d+\)[ ]÷\d
    | [€£$¥№§±≈≤≥<>~][ ]÷\d
    # 5 p.m., 4 km; 10 h 45, 5 ft 11; km/h
    | \d[ ]÷(?:{_TIME_UNITS}|{_UNITS})
    | \d[ ](?:h|ft|min)[ ]÷\d
    | (?<!\w)[^\W\d_]{{0,3}}/÷\w{{1,3}}\b
    # 10–11; １，２５０; 3点, 三百五十个
    | \d–?÷\d | [０-９][，．：]÷[０-９]
    | \d÷[{_MEASURES}{_NUMERALS}] | [{_NUMERALS}]÷[{_NUMERALS}{_MEASURES}]
    # John F. Kennedy, J.-J. Rousseau; Henry VIII, Vol. II; Apollo 11
    | {_NAME}[^\W\d_]*[ ]÷{_INITIAL}[ ] | \.-÷{_INITIAL} | \.-{_INITIAL}[ ]÷[^\W\d_a-z]
    | (?:{_NAME}[^\W\d_]+|\b[^\W\d_]{{1,4}}\.)[ ]÷(?:[IVXLC]{{2,}}\b|\d)
    # addresses and paths; R2-D2; C++
    | (?:\w+://|www\.|\w@|\w\.[A-Za-z]{{2,}}/|(?<!\S)~?/|\b[A-Za-z]:)[!-~]*÷[!-~]
    | \d-÷\w
    | [!-~]÷[+\#*\\=&@^_]
    """,
    re.VERBOSE,
)
"""What stays on one line; ÷ is where Unicode's rules would end it."""

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
    if _WHOLE.search(f"{before}÷{after}"):
        return True
    return before[-1] == " " and _is_one_name(before, after)


def _is_one_name(before: str, after: str) -> bool:
    """Whether an abbreviation belongs to what follows: Mr. Smith, J. R. R. Tolkien, No. 5."""
    told = before.rstrip()
    is_name_or_number = after[0].isupper() or after[0].isdecimal()
    return is_name_or_number and told[-1:] == "." and is_abbreviated(before + after, len(told) - 1)


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
