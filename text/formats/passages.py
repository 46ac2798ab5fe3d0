"""What a reader makes of a text: its title, and its passages with their headings."""

from collections import Counter
from dataclasses import dataclass

from text.sentences import clean, has_words


@dataclass(frozen=True, slots=True)
class Passage:
    """A part of a text that no shot crosses, such as a chapter, a scene or a stanza.

    `text` has the words alone, with a blank line between paragraphs. `heading` is not said.
    """

    text: str
    heading: str = ""


@dataclass(frozen=True, slots=True)
class StoryText:
    """The words of a text; without words there are no passages."""

    title: str
    passages: tuple[Passage, ...]

    @property
    def words(self) -> str:
        """All of it as plain text, the title and the headings on lines of their own."""
        parts = [self.title]
        for passage in self.passages:
            parts += [passage.heading, passage.text]
        return "\n\n".join(filter(None, parts))


class Collector:
    """Collects what a reader finds, in order."""

    def __init__(self) -> None:
        self._passages: list[tuple[int, Passage]] = []
        self._level, self._headings = 0, list[str]()
        self._paragraphs: list[str] = []
        self._title = ""

    def call(self, title: str) -> None:
        """Note a title that the format itself names."""
        self._title = self._title or _on_one_line(title)

    def head(self, heading: str, level: int = 1) -> None:
        """Begin a passage with this heading; level 1 is the highest."""
        heading = _on_one_line(heading)
        if not has_words(heading):
            return
        if self._paragraphs:
            self.divide()
        if not self._headings:
            self._level = level
        elif not self._passages and self._level < level and not self._title:
            self._title, self._headings, self._level = self._headings[0], [], level
        self._headings.append(heading)

    def say(self, words: str) -> None:
        """Add a paragraph, or several."""
        words = clean(words)
        if has_words(words):
            self._paragraphs.append(words)

    def divide(self) -> None:
        """End the passage, if it has begun."""
        if self._paragraphs or self._headings:
            heading = ": ".join(self._headings)
            text = "\n\n".join(self._paragraphs)
            passage = Passage(text, heading) if text else Passage(heading)
            self._passages.append((self._level if heading else 0, passage))
        self._level, self._headings, self._paragraphs = 0, [], []

    def finish(self) -> StoryText:
        """The text; the first heading is its title if it is the only one of its level."""
        self.divide()
        passages = [passage for _, passage in self._passages]
        levels = Counter(level for level, _ in self._passages)
        first, level = (passages[0], self._passages[0][0]) if passages else (Passage(""), 0)
        if not self._title and first.heading and levels[level] == 1:
            self._title = first.heading
            passages[0] = Passage(first.text)
        return StoryText(self._title, tuple(passages))


def _on_one_line(words: str) -> str:
    return " ".join(clean(words).split())
