"""Tells the full stop of an abbreviation from the end of a sentence.

sentencex knows the abbreviations of many languages, and which words usually begin a sentence. This
module adds: a small letter continues a sentence, a title never ends one, and "etc." ends one before
a capital letter.
"""

import re
from collections.abc import Callable
from itertools import accumulate

import sentencex

_segment: Callable[[str, str], list[str]] = getattr(sentencex, "segment")  # noqa: B009 - untyped

_BEFORE, _AFTER = 60, 30
"""How many characters around a full stop are examined."""
_PAIRS = re.compile("[\"'“”‘’«»„‚‹›「」『』()\\[\\]]")
"""Blanks for sentencex: callers know where quotations end, and many of them take it long."""
_WORD = re.compile(r"[^\W\d_]+$")
_ITEM = re.compile(r"\s+\(?(?:\d{1,3}|[a-z]|[ivx]{1,4})\)\s")
"""The number of the next item: 2) or b)"""
_TITLES = frozenset({"Mr", "Mrs", "Ms", "Mx", "Dr", "Prof", "St"})
_GOES_ON = frozenset(",;:-–—")
_OF_NUMBERS = "it"
"""It knows what is numbered in most languages: vol. 3, ch. 5, Nr. 7, cap. 2."""
_SCRIPTS = {
    "ru": re.compile(r"[\u0400-\u052f]"),
    "el": re.compile(r"[\u0370-\u03ff]"),
    "hy": re.compile(r"[\u0531-\u058f]"),
    "hi": re.compile(r"[\u0900-\u097f]"),
    "ar": re.compile(r"[\u0600-\u06ff]"),
}


def is_abbreviated(text: str, stop: int, language: str = "") -> bool:
    """Whether the full stop at that position belongs to an abbreviation and ends no sentence.

    `language` is the text's BCP 47 tag, empty if unknown; letters that are not Latin overrule it.
    """
    start = max(0, stop - _BEFORE)
    window = _PAIRS.sub(" ", text[start : stop + _AFTER])
    following = window[stop - start + 1 :].lstrip()[:1]
    if not following or _ITEM.match(text, stop + 1):
        return False
    if following in _GOES_ON:
        return True
    if following.islower() and any(map(str.isupper, window)):  # some people type no capitals
        return True
    word = _WORD.search(window, 0, stop - start)
    if word is not None and following.isupper():
        if word[0] in _TITLES:
            return True
        if word[0] == "etc":
            return False
    languages = [_language_of(window) or language.partition("-")[0] or "en"]
    if following.isdecimal():
        languages.append(_OF_NUMBERS)
    return any(stop - start + 1 not in _ends(window, language) for language in languages)


def _language_of(text: str) -> str:
    """The tag that the letters suggest; empty for Latin ones."""
    return next((tag for tag, letters in _SCRIPTS.items() if letters.search(text)), "")


def _ends(text: str, language: str) -> set[int]:
    """Where the sentences of the text end."""
    sentences = _segment(language, text)
    starts = accumulate(map(len, sentences), initial=0)
    return {start + len(one.rstrip()) for start, one in zip(starts, sentences, strict=False)}
