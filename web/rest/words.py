"""The vocabulary of REST: styles as free text, transitions by their display names."""

import difflib
import re
import unicodedata

from domain import Style, Transition
from errors import InvalidInputError

_STYLE_HINTS = (
    (Style.ANIMATION, re.compile("anim|cartoon|manga|comic|toon|动画|動畫|动漫|動漫|卡通|漫画")),
    (
        Style.REALISTIC,
        re.compile(r"realis|\breal\b|photo|docu|lifelike|写实|寫實|真实|真實|纪实|照片|摄影"),
    ),
    (Style.MOVIE, re.compile("movie|film|cinema|电影|電影")),
)
"""In this order: an "animated movie" is animated."""
_STYLE_NAMES = {style.lower(): style for style in Style}
_SEARCHED_LENGTH = 100


def nearest_style(text: str) -> Style:
    """The style closest to the words; the original service's default, MOVIE, if none matches."""
    folded = unicodedata.normalize("NFKC", text[:_SEARCHED_LENGTH]).casefold().strip()
    for style, hint in _STYLE_HINTS:
        if hint.search(folded):
            return style
    near = difflib.get_close_matches(folded, _STYLE_NAMES, n=1)
    return _STYLE_NAMES[near[0]] if near else Style.MOVIE


def transition_name(transition: Transition) -> str:
    """The display name used by the original service and its clients: Ken Burns."""
    return transition.replace("_", " ").title()


def parse_transition(text: str) -> Transition:
    """Parse a transition by its display name or its GraphQL name, case-insensitively.

    Raises:
        InvalidInputError: The name is unknown.
    """
    try:
        return Transition("_".join(text.replace("-", " ").replace("_", " ").upper().split()))
    except ValueError:
        names = ", ".join(map(transition_name, Transition))
        raise InvalidInputError(f"The transition must be one of {names}.") from None
