"""Finds titles: a story's heroes, an idea's own line, a shot's first clause.

A title is meaningful and never cuts or isolates a word, an emoji, a quotation mark or a bracket.
"""

import html
import re
import unicodedata
from collections.abc import Sequence

from studio.arc import Idea
from studio.arc_lines import Kind
from studio.characters import Character
from studio.names import FORMS_OF_ADDRESS
from studio.scene import LIVING, Figure
from text.sentences import split_sentences
from text.shortening import cut_words

_TITLE_LENGTHS = {True: 16, False: 60}
_SHOT_TITLE_LENGTHS = {True: 12, False: 36}
_CLAUSE_MARKS = re.compile(r"[，。！？；：、!?\n]|[,;:](?=\s|$)|——")
_ITEM = re.compile(r"\s*(?:[-+•·]|\(?\d{1,3}[.)](?=\s)|\d{1,3}[、）]|（\d{1,3}）)\s*")
_MARKUP = re.compile(
    r"!\[[^\]\n]*\]\([^)\n]*\)|<[^<>\n]{1,200}>|\*+(?!\ufe0f)|`+|~~|^\s*(?:#{1,6}|>)\s+|\|"
    r"|(?<!\w)_+|_+(?!\w)",
    re.MULTILINE,
)
_LINK = re.compile(r"\[([^\]\n]*)\]\([^)\n]*\)")
_EDGES = " \t\n'’‘-—–,，。.!！?？:：;；、…·"
_CLOSERS = {
    "“": "”", "‘": "’", "「": "」", "『": "』", "《": "》", "〈": "〉", "«": "»", "【": "】",
    "(": ")", "（": "）", "[": "]", "{": "}", "<": ">", '"': '"',
}  # fmt: skip
_SHORT_FORM = re.compile(r"(?:\w\.)+\w$")
"""Loses its last full stop at an edge, but needs it: p.m."""
_SMALL_WORDS_WORDS = "a an the and or of in on at to by for from with as into"
_SMALL_WORDS = frozenset(_SMALL_WORDS_WORDS.split())
_LEADING = _SMALL_WORDS | FORMS_OF_ADDRESS | {"&"}
_CLOSING = frozenset(_CLOSERS.values()) - {'"'}
_READ_LENGTH = 2_000
_RIVAL = 0.35
"""A second figure at least this important, relative to the first, shares the title."""
_NAMELESS = frozenset({"narrator", "叙述者", "person", "人物"})


def story_title(text: str, characters: Sequence[Character], *, in_chinese: bool) -> str:
    """The one or two main figures of the story, else its first clause."""
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
    whole = tidy(line)
    if len(whole) <= (12 if in_chinese else 50) or idea.kind is Kind.PLACE:
        if _says_something(whole) and len(whole) <= _TITLE_LENGTHS[in_chinese]:
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
    """The first clause of the narration, else the shot's number."""
    numbered = f"第 {number} 镜" if in_chinese else f"Shot {number}"
    return _first_clause(narration, _SHOT_TITLE_LENGTHS[in_chinese]) or numbered


def first_clause(text: str, *, in_chinese: bool) -> str:
    """The first clause with content."""
    clause = _first_clause(text[:_READ_LENGTH], _TITLE_LENGTHS[in_chinese])
    return clause or ("无题" if in_chinese else "Untitled")


def in_title_case(words: str) -> str:
    """English words as in a title: The Fox and the Moon."""
    parts = [
        word if index and word.lower() in _SMALL_WORDS else word[:1].upper() + word[1:]
        for index, word in enumerate(words.split())
    ]
    return " ".join(parts)


def tidy(text: str) -> str:
    """The words alone: without marks at either end, and without halves of pairs."""
    text, before = " ".join(_without_markup(text).split()), None
    while text != before:
        before = text
        text = _unwrapped(_in_pairs(text)).strip(_EDGES)
        if _SHORT_FORM.search(text) and before[before.find(text) + len(text) :].startswith("."):
            return f"{text}."
    return text


def _first_clause(text: str, limit: int) -> str:
    """The first clause with content, cut after a word if it is too long."""
    for sentence in split_sentences(_without_markup(text)):
        for part in _CLAUSE_MARKS.split(_ITEM.sub("", sentence, count=1)):
            clause = tidy(part)
            if not _says_something(clause):
                continue
            if len(clause) <= limit:
                return clause
            if shorter := _cut(clause, limit):
                return f"{shorter}…"
    return ""


def _without_markup(text: str) -> str:
    return _MARKUP.sub(" ", _LINK.sub(r"\1", html.unescape(text)))


def _cut(clause: str, limit: int) -> str:
    """The clause's first words, without words at their end that belong to what follows."""
    words = tidy(cut_words(clause, limit)).split()
    while words and words[-1].lower().rstrip(".") in _LEADING:
        words.pop()
    return " ".join(words).rstrip(".")


def _says_something(text: str) -> bool:
    """Whether there is a letter or an emoji: a number alone is no title."""
    kinds = {unicodedata.category(character) for character in text}
    return any(kind[0] == "L" for kind in kinds) or "So" in kinds


def _in_pairs(text: str) -> str:
    """The text without quotation marks and brackets whose other half is missing."""
    opened: list[tuple[int, str]] = []
    alone: set[int] = set()
    for index, mark in enumerate(text):
        if opened and mark == _CLOSERS[opened[-1][1]]:
            opened.pop()
        elif mark in _CLOSERS:
            opened.append((index, mark))
        elif mark in _CLOSING and not _is_apostrophe(text, index):
            alone.add(index)
    alone.update(index for index, _ in opened)
    return "".join(mark for index, mark in enumerate(text) if index not in alone)


def _is_apostrophe(text: str, index: int) -> bool:
    return text[index] == "’" and text[index - 1 : index].isalpha()


def _unwrapped(text: str) -> str:
    """The text without a pair of marks around all of it."""
    while text and _CLOSERS.get(text[0]) == text[-1] and len(text) > 1:
        inside = text[1:-1]
        if _in_pairs(inside) != inside:
            break  # “One” and “two”
        text = inside.strip()
    return text
