"""Parses a one-line idea: its hero, and what the hero wants, finds, seeks, meets or makes."""

import re
from enum import StrEnum

from studio.arc import Idea
from studio.arc_lines import Kind
from studio.characters import Character
from studio.scene import LIVING, PEOPLE, Place, Time, Weather
from studio.words import WORDS


class _Lead(StrEnum):
    """A lack or a fear becomes a wish: a hero who cannot fly wants to learn to fly."""

    LEARN = "learn"
    FACE = "face"
    SEE = "see"


_LEADS = {
    _Lead.LEARN: ("学会", "learn to "),
    _Lead.FACE: ("面对", "face "),
    _Lead.SEE: ("看见", "see "),
}
_PATTERNS: tuple[tuple[tuple[Kind | _Lead, re.Pattern[str]], ...], ...] = (
    (
        (
            Kind.WISH,
            re.compile(
                (
                    r"(?:想要|想|梦想着?|希望|渴望|盼望|盼着|决心要?|打算|立志|试图|学着"
                    r"|学习)(?![起念象法了])([^，。！？；]{2,16})"
                )
            ),
        ),
        (_Lead.LEARN, re.compile(r"(?:不会|不能)([^，。！？；]{1,10})")),
        (_Lead.FACE, re.compile(r"(?:害怕|怕)([^，。！？；]{1,10})")),
        (
            Kind.SEARCH,
            re.compile(r"(?:寻找|弄丢了|丢了|失去了?|找不到|丢失了)([^，。！？；]{1,14})"),
        ),
        (
            Kind.FIND,
            re.compile(
                r"(?:找到|发现|捡到|拾到|得到|收到|买到|打开|救了|捡起|听见"
                r"|听到)了?([^，。！？；]{1,14})"
            ),
        ),
        (Kind.WORK, re.compile(r"(?:种下|种|造出?|建造|画|写|织|做)了?(一[^，。！？；]{1,14})")),
        (
            Kind.MEETING,
            re.compile(r"(?:遇见|遇到|碰到|碰见|认识|爱上|结识|遇上)了?([^，。！？；]{1,14})"),
        ),
    ),
    (
        (
            Kind.WISH,
            re.compile(
                r"\b(?:wants?|wanted|wish(?:es)?|hop(?:es?|ing)|dreams?|longs?|tr(?:y|ies"
                r"|ying)|learn(?:s|ing)?|decides?"
                r"|must|needs?|sets? out|has|have) to ([^,.;!?:]+)"
            ),
        ),
        (_Lead.LEARN, re.compile(r"\b(?:cannot|can't|can’t|could not) ([^,.;!?:]+)")),
        (_Lead.FACE, re.compile(r"\b(?:afraid|scared) of ([^,.;!?:]+)")),
        (_Lead.SEE, re.compile(r"\bdreams? of ((?:an?|the|his|her)\b[^,.;!?:]+)")),
        (
            Kind.WISH,
            re.compile(
                r"\b(?:cross|travel|go|sail|walk|climb|ride|journey|leave|run|fl(?:y"
                r"|ie))\w* [^,.;!?:]*?"
                r"\bto ((?!the\b|an?\b|his\b|her\b)[^,.;!?:]+)"
            ),
        ),
        (
            Kind.SEARCH,
            re.compile(
                r"\b(?:look(?:s|ing)? for|search(?:es|ing)? for|loses?|lost|miss(?:es)?)"
                r" ((?:an?|the|his|her|their|its|one|some)\b[^,.;!?:]+)"
            ),
        ),
        (
            Kind.FIND,
            re.compile(
                r"\b(?:finds?|found|discover(?:s|ed)?|catch(?:es)?|caught|receives?|inherits?"
                r"|opens?|buys?"
                r"|picks up|digs up|hears?) ((?:an?|the|his|her|their|one|two|three"
                r"|some)\b[^,.;!?:]+)"
            ),
        ),
        (
            Kind.WORK,
            re.compile(
                r"\b(?:plants?|builds?|makes?|paints?|draws?|writes?|carves?|weaves?) ((?:an?"
                r"|the|his|her)\b[^,.;!?:]+)"
            ),
        ),
        (
            Kind.MEETING,
            re.compile(r"\band ((?:an?|the|his|her) (?:\w+ )?\w+) (?:become|meet|fall|make)\b"),
        ),
        (
            Kind.MEETING,
            re.compile(
                r"\b(?:meets?|met|befriends?|encounters?|falls? in love with) ((?:an?|the|his"
                r"|her|one|two)\b[^,.;!?:]+)"
            ),
        ),
    ),
)
_GOAL_ENDS = re.compile(
    r" (?:and|but|before|until|when|while|after|during|who|that|which|every"
    r"|because|so|where|the (?:night|day|morning)|one day)\b.*"
)
_PREPOSITION = re.compile(
    r" (?:in|on|at|by|under|behind|near|inside|from|beneath|beside|below|along|to|across|through) "
)
_CHINESE_ENDS = re.compile(r"(?:的时候|却|但|并|而|然后|可是).*$")
_LONG_PHRASE = 2
"""A longer phrase is used once; from then on its last word replaces it."""
_PLURAL = re.compile(
    r"\b(?:two|three|four|five|six|seven|some|many|several) | and |(?:children"
    r"|mice|wolves|men|people)$"
)


def read_idea(line: str, hero: Character | None, *, in_chinese: bool) -> Idea:
    """The subject of the line; without a figure in it, only its place."""
    if hero is None or hero.figure not in LIVING:
        return Idea(Kind.PLACE)
    phrase = _whole_word(line, hero.word) if in_chinese else _noun_phrase(line, hero.word)
    if phrase.count(" ") > _LONG_PHRASE and phrase.startswith("the "):
        phrase = f"the {hero.word}"
    is_plural = not in_chinese and _PLURAL.search(phrase) is not None
    pronoun = _pronoun(hero, is_plural=is_plural, in_chinese=in_chinese)
    for kind, pattern in _PATTERNS[0 if in_chinese else 1]:
        if match := pattern.search(line):
            lead = ""
            if isinstance(kind, _Lead):
                lead, kind = _LEADS[kind][0 if in_chinese else 1], Kind.WISH
            if goal := _goal(match[1], kind, hero.word, in_chinese=in_chinese):
                return Idea(kind, phrase, lead + goal, pronoun, is_plural)
    return Idea(Kind.JOURNEY, phrase, "", pronoun, is_plural)


def _goal(told: str, kind: Kind, hero: str, *, in_chinese: bool) -> str:
    if in_chinese:
        goal = _CHINESE_ENDS.sub("", told).removesuffix(f"的{hero}").strip()
        return (
            goal
            if kind is Kind.WISH
            else re.sub(
                r"^一(?=[个只位名条封把座本枚颗张扇艘块朵棵株匹头间片件首支束盏幅台])", "那", goal
            )
        )
    goal = _GOAL_ENDS.sub("", told)
    if kind is not Kind.WISH:
        goal = re.sub(r"^an? ", "the ", _without_scenery(goal))
    return goal.strip()


def _whole_word(line: str, word: str) -> str:
    """The hero with a possessor: 守塔人的女儿."""
    match = re.match(rf"[^一两三，。的]{{1,4}}的{word}", line)
    return match.group() if match else word


def _without_scenery(goal: str) -> str:
    """The object without place and time: their dog in a snowstorm; but a message in a bottle."""
    for match in _PREPOSITION.finditer(goal):
        found_words = WORDS.find(goal[match.end() :])
        scenery = (c for found in found_words for c in found.concepts)
        if any(isinstance(concept, Place | Time | Weather) for concept in scenery):
            return goal[: match.start()]
    return goal


def _noun_phrase(line: str, word: str) -> str:
    """The hero of the line, later with a definite article: a small fox, the small fox."""
    if word[:1].isupper():
        return word
    match = re.search(
        r"\b(an?|the|one|my|his|her|(?=(?:two|three|four|five)\b)) ?"
        rf"((?:[\w'’-]+ ){{0,4}}?{re.escape(word)})\b",
        line,
        re.IGNORECASE,
    )
    if match is None:
        return f"the {word}"
    article, noun = match[1].lower(), match[2][:1].lower() + match[2][1:]
    return f"{article} {noun}" if article in {"my", "his", "her"} else f"the {noun}"


def _pronoun(hero: Character, *, is_plural: bool, in_chinese: bool) -> str:
    if in_chinese:
        if hero.figure not in PEOPLE:
            return "它"
        return "她" if hero.is_female else "他"
    if is_plural:
        return "they"
    if hero.is_female is not None:
        return "she" if hero.is_female else "he"
    return "they" if hero.figure in PEOPLE else "it"
