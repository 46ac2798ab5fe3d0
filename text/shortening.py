"""Shortens texts without cutting a word, an emoji or an accented letter."""

import re
from collections.abc import Iterable, Iterator

from icu4py.breakers import WordBreaker

from text.breaks import split_characters

_SURROGATE = re.compile(r"[\ud800-\udfff]")
_LOOKED_AT = 64
"""Number of characters read beyond a limit, to see whether something continues there."""
_UNSPACED = re.compile(
    r"[\s\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u20e3\u2190-\u9fff\uac00-\ud7a3\uf900-\uffef"
    r"\U0001f000-\U0001faff\U000e0020-\U000e007f]"
)
"""Spaces, scripts that do without them, and emoji."""


def cut_characters(text: str, limit: int) -> str:
    """As many whole characters of the text's beginning as fit into `limit` code points."""
    if len(text) <= limit:
        return text
    pieces = split_characters(text[: limit + _LOOKED_AT])
    return text[: max((end for end in _ends(pieces) if end <= limit), default=0)]


def cut_words(text: str, limit: int) -> str:
    """As many whole words of the text's beginning as fit into `limit` code points; perhaps none."""
    if len(text) <= limit:
        return text
    pieces = WordBreaker(_SURROGATE.sub("\ufffd", text[: limit + _LOOKED_AT]), "und")
    ends = (end for end in _ends(pieces) if end <= limit and _ends_word(text, end))
    return text[: max(ends, default=0)].rstrip()


def _ends(pieces: Iterable[str]) -> Iterator[int]:
    end = 0
    for piece in pieces:
        end += len(piece)
        yield end


def _ends_word(text: str, at: int) -> bool:
    """Whether no address, number or hyphenated word continues there; ICU ends words inside them."""
    return bool(_UNSPACED.match(text[at]) or _UNSPACED.match(text[at - 1]))
