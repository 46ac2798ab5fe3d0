"""Where texts may be parted, held against Unicode's own test files for lines and for characters."""

import gzip
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from text.breaks import split_by_rules, split_characters

FOLDER = Path(__file__).parent / "unicode"

TAILORED = re.compile(r"[\u1100-\u11ff\u3040-\u30ff\uac00-\ud7af]")
"""Korean and Japanese are parted by words and phrases instead; test_breaks.py has them."""
LATER = {
    "13 and 25: a number may begin with its point or comma": {
        *("equals .35 cents", ",0", ",\u03080", "a.2 ", "a.2 \u0915", "a.2 \u672c"),
        *("a.2\u3000\u672c", "a.2\u30003", "a.2\u3000\u300c"),
    },
    "20a and 21a: a hyphen stays with the word that it begins, and with Hebrew before it": {
        f"-{mark}{letter}" for mark in ("", "\u0308") for letter in "#\u05d0\u00a7\U00050005\u0e01"
    }
    | {"\u05d0-\u05d0"},
    "14 and 15: quotation marks that open or close": {
        *(f'"{mark} {bracket}' for mark in ("", "\u0308") for bracket in "(\u2329"),
        *("ambigu(\u00ab \u0308 \u00bb)(e\u0308)", "ambigu{\u00ab \u0308 \u00bb}(e\u0308)"),
        *("ambigu\u00ab ( \u0308 ) \u00bb(e\u0308)", "ambigu\u00ab { \u0308 } \u00bb(e\u0308)"),
    },
}
"""By the rules of newer versions, which ICU follows, these texts are parted otherwise."""


def rows_of(name: str) -> Iterator[tuple[str, list[str]]]:
    """Each text of the file, and the pieces that it has to come apart in."""
    for line in gzip.decompress((FOLDER / f"{name}.txt.gz").read_bytes()).decode().splitlines():
        signs = line.partition("#")[0].split()
        if "D800" in signs or not signs:  # half a character is no text
            continue
        parted = "".join(sign if sign in "÷×" else chr(int(sign, 16)) for sign in signs)
        pieces = [piece.replace("×", "") for piece in parted.strip("÷×").split("÷")]
        yield "".join(pieces), pieces


def parted_otherwise(name: str, split: Callable[[str], Iterable[str]]) -> set[str]:
    """The texts of the file that do not come apart as it says."""
    return {text for text, pieces in rows_of(name) if list(split(text)) != pieces}


def test_lines_may_end_where_unicode_lets_them() -> None:
    found = parted_otherwise("LineBreakTest", split_by_rules)

    assert {text for text in found if not TAILORED.search(text)} == set().union(*LATER.values())


def test_characters_are_those_of_unicode() -> None:
    found = parted_otherwise("GraphemeBreakTest", split_characters)

    assert found == {"\u2701\u200d\u2701"}, "scissors that are no emoji any more"
