"""Characters that nobody sees: a text of them alone is empty."""

import re

_INVISIBLE = re.compile(
    r"[\s\x00-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f"
    r"\u202a-\u202e\u2060-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb"
    r"\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]*"
)
"""Spaces, controls, the blank pattern of Braille, and Unicode's Default_Ignorable_Code_Point:
zero-width spaces, soft hyphens, joiners, marks of direction, fillers, variation selectors, tags."""


def has_visible(text: str) -> bool:
    """Whether there is anything to see."""
    return _INVISIBLE.fullmatch(text) is None
