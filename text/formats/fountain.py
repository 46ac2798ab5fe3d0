"""Reads screenplays in Fountain: scenes, action, and dialogue with its speakers.

The grammar is that of https://fountain.io/syntax.
"""

import re

from text.formats.passages import Collector, StoryText

_TITLE_PAGE = re.compile(r"\A(?:[A-Za-z][A-Za-z ]{0,30}:[^\n]*\n(?:[ \t]+[^\n]*\n)*)+(?=\s*\n|\Z)")
_TITLE = re.compile(r"^title:[ \t]*([^\n]*(?:\n[ \t]+[^\n]*)*)", re.MULTILINE | re.IGNORECASE)
_SCENE = re.compile(r"(?:\.(?=[^.\s])|(?:INT\.?/EXT|INT|EXT|EST|I/E)[. ]+)(.+)", re.IGNORECASE)
_SCENE_NUMBER = re.compile(r"\s*#[^#\n]+#\s*$")
_TRANSITION = re.compile(r"(?:>\s*[^<]+|[^a-z]+ TO:|FADE (?:IN|OUT)[.:]?)")
_CUE = re.compile(r"@.+|[^a-z]*[A-Z\u00c0-\u00de\u0400-\u042f\u3400-\u9fff][^a-z]*")
_EXTENSION = re.compile(r"\s*\([^()]*\)|\s*\^\s*$")
_EMPHASIS = re.compile(r"(?<!\\)(\*{1,3}|_)(?=\S)(.{1,300}?)(?<=\S)(?<!\\)\1")
_NESTED = 3
"""Bold, italics and underlines, each inside another."""
_LONGEST_CUE = 40


def read_fountain(text: str) -> StoryText:
    """A scene is a passage; its heading is the place and the time of day."""
    found = Collector()
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    text = _without(_without(text, "/*", "*/"), "[[", "]]")
    if page := _TITLE_PAGE.match(text):
        text = text[page.end() :]
        if title := _TITLE.search(page[0]):
            found.call(_plain(title[1]))
    lines = [line.strip() for line in text.split("\n")]
    at = 0
    while at < len(lines):
        line, following = lines[at], lines[at + 1] if at + 1 < len(lines) else ""
        is_alone = at == 0 or not lines[at - 1]
        if is_alone and (scene := _SCENE.fullmatch(line)):
            found.head(_in_sentence_case(_SCENE_NUMBER.sub("", scene[1])), 2)
        elif line.startswith("#"):
            found.head(_plain(line.lstrip("# ")), 1)
        elif is_alone and following and _is_cue(line):
            at = _say_dialogue(found, lines, at)
        elif line and not line.startswith("=") and not _is_transition(line):
            found.say(_plain(line.strip("><!~ ")))
        at += 1
    return found.finish()


def _is_cue(line: str) -> bool:
    return len(line) <= _LONGEST_CUE and _CUE.fullmatch(_EXTENSION.sub("", line)) is not None


def _is_transition(line: str) -> bool:
    return _TRANSITION.fullmatch(line) is not None and not line.endswith("<")


def _say_dialogue(found: Collector, lines: list[str], at: int) -> int:
    """Say what the speaker of this line says; returns the last line of it."""
    speaker = _in_title_case(_EXTENSION.sub("", lines[at]).lstrip("@").strip())
    said: list[str] = []
    while at + 1 < len(lines) and lines[at + 1]:
        at += 1
        if not (lines[at].startswith("(") and lines[at].endswith(")")):  # how it is said
            said.append(_plain(lines[at].lstrip("~ ")))
    if said:
        found.say(f"{speaker}: “{' '.join(said)}”")
    return at


def _without(text: str, start: str, end: str) -> str:
    """The text without what is between the marks: a comment, a note."""
    kept, position = "", 0
    while (opened := text.find(start, position)) >= 0:
        closed = text.find(end, opened + len(start))
        if closed < 0:
            break
        kept += text[position:opened]
        position = closed + len(end)
    return kept + text[position:]


def _plain(line: str) -> str:
    for _ in range(_NESTED):
        line = _EMPHASIS.sub(r"\2", line)
    return line.replace("\\*", "*").replace("\\_", "_")


def _in_title_case(name: str) -> str:
    return name.title() if name.isascii() and name.isupper() else name


def _in_sentence_case(heading: str) -> str:
    return _plain(heading).capitalize() if heading.isascii() and heading.isupper() else heading
