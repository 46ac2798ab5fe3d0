"""Reads HTML: the words alone, as a browser parses them. Pictures and tables are left out."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from selectolax.lexbor import LexborHTMLParser, LexborNode

from text.formats.passages import Collector, StoryText

_LEFT_OUT_TAGS = """head script style template noscript table img picture svg math video audio
    canvas object iframe form button select textarea nav"""
_DIVIDING_TAGS = """address article aside blockquote dd details dialog div dl dt fieldset figcaption
    figure footer header li main ol p pre section summary ul"""
_LEFT_OUT = frozenset(_LEFT_OUT_TAGS.split())
_DIVIDING = frozenset(_DIVIDING_TAGS.split())
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_SPACES = re.compile(r"\s+")


def read_html(text: str) -> StoryText:
    """A document or a fragment."""
    tree = LexborHTMLParser(text)
    has_blocks = tree.css_first(", ".join([*_DIVIDING, *_HEADINGS, "br"])) is not None
    page = _Page(keeps_lines=not has_blocks)
    if (title := tree.css_first("head > title")) is not None:
        page.found.call(title.text())
    if tree.body is not None:
        page.read(tree.body)
    return page.found.finish()


@dataclass(slots=True)
class _Open:
    """An element that is being read; `is_literal` keeps its spaces."""

    children: Iterator[LexborNode]
    divides: bool
    is_literal: bool


class _Page:
    """A walk through a document in its order, however deep it is nested."""

    def __init__(self, *, keeps_lines: bool) -> None:
        """`keeps_lines`: line breaks count, because no element divides the text."""
        self.found = Collector()
        self._keeps_lines = keeps_lines
        self._said = ""

    def read(self, body: LexborNode) -> None:
        """Read all of it."""
        path = [_Open(body.iter(include_text=True), divides=True, is_literal=self._keeps_lines)]
        while path:
            child = next(path[-1].children, None)
            if child is None:
                if path.pop().divides:
                    self._end_paragraph()
            elif inside := self._read_node(child, child.tag or "", path[-1]):
                path.append(inside)

    def _read_node(self, node: LexborNode, tag: str, parent: _Open) -> _Open | None:
        """Read the node, or return it if what is inside is to be read."""
        if tag == "-text":
            words = node.text_content or ""
            self._said += words if parent.is_literal else _SPACES.sub(" ", words)
        elif tag == "br":
            self._said += "\n"
        elif tag in _HEADINGS:
            self._end_paragraph()
            self.found.head(node.text(), _HEADINGS[tag])
        elif tag == "hr":
            self._end_paragraph()
            self.found.divide()
        elif tag not in _LEFT_OUT and "hidden" not in node.attributes:
            divides = tag in _DIVIDING
            if divides:
                self._end_paragraph()
            is_literal = parent.is_literal or tag == "pre"
            return _Open(node.iter(include_text=True), divides, is_literal)
        return None

    def _end_paragraph(self) -> None:
        self.found.say(self._said)
        self._said = ""
