"""The reader of each format."""

from collections.abc import Callable, Mapping

from domain import TextFormat
from text.formats.fountain import read_fountain
from text.formats.html import read_html
from text.formats.markdown import read_markdown
from text.formats.passages import StoryText
from text.formats.plain import read_chapters, read_list, read_lyrics, read_plain

_READERS: Mapping[TextFormat, Callable[[str], StoryText]] = {
    TextFormat.PLAIN: read_plain,
    TextFormat.MARKDOWN: read_markdown,
    TextFormat.HTML: read_html,
    TextFormat.FOUNTAIN: read_fountain,
    TextFormat.LIST: read_list,
    TextFormat.LYRICS: read_lyrics,
    TextFormat.CHAPTERS: read_chapters,
}


def read_text(text: str, text_format: TextFormat) -> StoryText:
    """The words of the text, and what divides them; any text can be read in any format.

    The longest one takes up to a second of CPU.
    """
    return _READERS[text_format](text)
