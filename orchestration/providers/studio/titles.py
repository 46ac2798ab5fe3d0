"""Finds titles: a story's heroes, an idea's own line, a shot's first clause."""

import re
from collections.abc import Sequence

from orchestration.providers.sentences import has_words, split_sentences
from orchestration.providers.studio.arc import Idea
from orchestration.providers.studio.arc_lines import Kind
from orchestration.providers.studio.characters import Character
from orchestration.providers.studio.scene import LIVING, Figure

_TITLE_LENGTHS = {True: 16, False: 60}
_SHOT_TITLE_LENGTHS = {True: 12, False: 36}
_CLAUSE_MARKS = re.compile(r"[，。！？；：、!?;:\n]|[.,](?:\s|$)")
_WRAPPING = " \t\"'“”‘’「」『』《》#*-—()（）[]{}<>,，。.!！?？:：;；、…"
_SMALL_WORDS_WORDS = "a an the and or of in on at to by for from with as into"
_SMALL_WORDS = frozenset(_SMALL_WORDS_WORDS.split())
_RIVAL = 0.35
"""A second figure this important, compared with the first, shares the title."""
_NAMELESS = frozenset({"narrator", "叙述者", "person", "人物"})


def story_title(text: str, characters: Sequence[Character], *, in_chinese: bool) -> str:
    """The one or two whom the story is about, else its first clause."""
    cast = [
        c
        for c in characters
        if c.figure in LIVING and c.figure is not Figure.CROWD and c.word not in _NAMELESS
    ]
    if not cast or cast[0].weight < 6:
        return first_clause(text, in_chinese=in_chinese)
    heroes = cast[:2] if len(cast) > 1 and cast[1].weight >= _RIVAL * cast[0].weight else cast[:1]
    if in_chinese:
        title = "与".join(hero.word for hero in heroes)
        return title if len(title) > 1 else first_clause(text, in_chinese=True)
    return " and ".join(
        hero.word if hero.word[:1].isupper() else f"The {in_title_case(hero.word)}"
        for hero in heroes
    ).replace(" and The ", " and the ")


def idea_title(line: str, idea: Idea, *, in_chinese: bool) -> str:
    """The line, if it is short; else its hero and what the hero finds, seeks or meets."""
    whole = line.strip(_WRAPPING)
    if len(whole) <= (12 if in_chinese else 50) or idea.kind is Kind.PLACE:
        if has_words(whole) and len(whole) <= _TITLE_LENGTHS[in_chinese]:
            return whole if in_chinese else in_title_case(whole)
        return first_clause(line, in_chinese=in_chinese)
    second = idea.goal if idea.kind in {Kind.FIND, Kind.SEARCH, Kind.MEETING} else ""
    joint = "与" if in_chinese else " and "
    if in_chinese:
        second = re.sub(r"^那.", "", second)
    title = joint.join(filter(None, (idea.hero, second)))
    if len(title) > _TITLE_LENGTHS[in_chinese] or not second:
        title = first_clause(line, in_chinese=in_chinese)
    return title if in_chinese else in_title_case(title)


def shot_title(narration: str, number: int, *, in_chinese: bool) -> str:
    """The first clause of what is told, else the shot's number."""
    numbered = f"第 {number} 镜" if in_chinese else f"Shot {number}"
    return _clause(narration, _SHOT_TITLE_LENGTHS[in_chinese]) or numbered


def first_clause(text: str, *, in_chinese: bool) -> str:
    """The first clause that says something."""
    first = next(filter(has_words, split_sentences(text[:2_000])), text)
    return _clause(first, _TITLE_LENGTHS[in_chinese]) or ("无题" if in_chinese else "Untitled")


def in_title_case(words: str) -> str:
    """English words as in a title: The Fox and the Moon."""
    parts = [
        word if index and word.lower() in _SMALL_WORDS else word[:1].upper() + word[1:]
        for index, word in enumerate(words.split())
    ]
    return " ".join(parts)


def _clause(sentence: str, limit: int) -> str:
    """The first clause that says something, cut at a word when it is too long."""
    for part in _CLAUSE_MARKS.split(sentence):
        clause = part.strip(_WRAPPING)
        if not has_words(clause):
            continue
        if len(clause) <= limit:
            return clause
        shorter = clause[:limit]
        return (shorter.rpartition(" ")[0] or shorter).rstrip(_WRAPPING) + "…"
    return ""
