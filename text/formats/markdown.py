"""Reads Markdown: the words alone. Pictures, tables and footnotes are left out."""

import re
from collections.abc import Iterable, Iterator

from markdown_it import MarkdownIt
from markdown_it.token import Token

from text.formats.html import read_html
from text.formats.passages import Collector, StoryText

_PARSER = MarkdownIt("commonmark").enable(["table", "strikethrough"])
_FRONT_MATTER = re.compile(r"\A---[ \t]*\n(.*?\n)(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
_TITLE = re.compile(r"^title:\s*[\"']?(.+?)[\"']?\s*$", re.MULTILINE | re.IGNORECASE)
_TASK = re.compile(r"\[[ xX]\]\s+")
_NOTE = re.compile(r"^ {0,3}\[\^[^\]\n]{1,60}\]:[^\n]*(?:\n(?: {2,}|\t)[^\n]*)*", re.MULTILINE)
_NOTE_MARK = re.compile(r" ?\[\^[^\]\s]{1,60}\]")
_ADDRESS = re.compile(r"(?:https?://|www\.|mailto:)\S+")


def read_markdown(text: str) -> StoryText:
    """CommonMark with tables; the front matter gives the title alone."""
    found = Collector()
    text = text.replace("\r\n", "\n").lstrip("\ufeff")
    if front := _FRONT_MATTER.match(text):
        text = text[front.end() :]
        if title := _TITLE.search(front[1]):
            found.call(title[1])
    text = _NOTE_MARK.sub("", _NOTE.sub("", text))
    heading: Token | None = None
    for token in _without_tables(_PARSER.parse(text)):
        match token.type:
            case "heading_open":
                heading = token
            case "inline" if heading is not None:
                found.head(_words(token.children or ()), int(heading.tag[1]))
                heading = None
            case "inline":
                found.say(_TASK.sub("", _words(token.children or ()), count=1))
            case "fence" | "code_block":
                found.say(token.content)
            case "html_block":
                found.say(read_html(token.content).words)
            case "hr":
                found.divide()
            case _:
                pass
    return found.finish()


def _without_tables(tokens: Iterable[Token]) -> Iterator[Token]:
    depth = 0
    for token in tokens:
        if token.type in ("table_open", "table_close"):
            depth += token.nesting
        elif not depth:
            yield token


def _words(tokens: Iterable[Token]) -> str:
    """What is said of a line; an address in place of a link's words is not."""
    said = ""
    for token in tokens:
        match token.type:
            case "text" if not _ADDRESS.fullmatch(token.content):
                said += token.content
            case "code_inline":
                said += token.content
            case "softbreak" | "hardbreak":
                said += "\n"
            case "html_inline" if token.content.lower().startswith("<br"):
                said += "\n"
            case _:
                pass
    return said
