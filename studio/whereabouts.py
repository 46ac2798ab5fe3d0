"""Decides whether the name of a place says where the story is, or only mentions the place."""

import re

from studio.figure_words import PRONOUNS
from studio.lexicon import Found
from studio.scene import Figure
from studio.scenery_words import FAINT

STRONG, WEAK, SLIGHT = 3.0, 1.0, 0.4
"""The weight of a mention; from STRONG on it is certain."""
_IS_THERE = re.compile(
    r"(?:^|[,;:] ?|\b(?:in|into|at|to|on|onto|through|across|over|under|near|along"
    r"|beside|by|past|around|outside|inside"
    r"|up|down|reached?|reaches|entere?[ds]?|towards?|within|behind|beneath|among"
    r"|amid|crosse[sd]) )"
    r"(?:(?:and|then|soon|where|when) )?(?:the |a |an |his |her |its |their |this "
    r"|that |my |our )?(?:[\w-]+ ){0,2}$"
)
_LEFT_BEHIND = re.compile(
    r"(?:\b(?:from|of|left|leaving|for) (?:the |a |an )?(?:\w+ )?|离开|来自)$"
)
_AT = re.compile(r"[在到进入往去回过出于至登上下渡穿越向经沿来住隔][^，。！？；：]{0,4}$")
_IN = re.compile(r"[里上中边旁下外前口畔内间]|深处|之[南北东西滨尾]")


def place_weight(text: str, found: Found, following: Found | None) -> float:
    """How surely a word moves the story to its place: to the sea; a sea captain does not."""
    if found.word in FAINT:
        return SLIGHT
    if following and following.start - found.end <= 1 and _is_somebody(following):
        return SLIGHT  # a sea captain
    before = text[max(0, found.start - 40) : found.start]
    if _LEFT_BEHIND.search(before):
        return WEAK
    if found.word.isascii():
        clause = re.split(r"[,.;:!?]", before)[-1].lstrip()
        return STRONG if _IS_THERE.search(clause) else WEAK
    is_there = _IN.search(found.word[-1]) or _IN.match(text, found.end)
    is_first = len(found.word) > 1 and (not before or before[-1] in "，。！？；：、 ")
    return STRONG if is_there or is_first or _AT.search(before) else WEAK


def _is_somebody(found: Found) -> bool:
    return found.word not in PRONOUNS and any(
        isinstance(concept, Figure) for concept in found.concepts
    )
