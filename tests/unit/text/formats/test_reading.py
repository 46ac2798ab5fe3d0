"""What is said of a text in each format, and what divides it."""

import re

import pytest

from domain import TextFormat
from tests.case_files import CASES
from tests.timing import least_cpu_s
from text.formats.passages import Passage
from text.formats.reading import read_text

_MARKS = re.compile(r"\*\*|^#|---|\||\]\(|https?:|<\w|&\w+;|`")


def said(text: str, text_format: TextFormat) -> list[tuple[str, str]]:
    """Heading and words of each passage."""
    return [(one.heading, one.text) for one in read_text(text, text_format).passages]


@pytest.mark.parametrize(
    ("name", "text_format", "title", "first"),
    [
        ("markdown", TextFormat.MARKDOWN, "The Lighthouse", "Anna lived in a lighthouse."),
        ("html", TextFormat.HTML, "The Fox", "The fox ran & jumped over the river."),
        ("numbered-list", TextFormat.LIST, "My recipe for a happy day", "Wake up early."),
    ],
)
def test_the_words_of_a_case_alone_are_said(
    name: str, text_format: TextFormat, title: str, first: str
) -> None:
    text = (CASES / "texts" / f"{name}.txt").read_text(encoding="utf-8")

    found = read_text(text, text_format)

    assert found.title == title
    assert found.passages[0].text.startswith(first)
    assert not _MARKS.search(found.words)
    assert "alert" not in found.words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A *fox* and a __bear__ ~~ran~~ `away`.", [("", "A fox and a bear ran away.")]),
        (
            "Fox\\* and 5 * 3 * 2, snake_case, C#, <3",
            [("", "Fox* and 5 * 3 * 2, snake_case, C#, <3")],
        ),
        ("# A\n\nOne.\n\n# B\n\nTwo.", [("A", "One."), ("B", "Two.")]),
        ("## A\n### B\nOne.", [("B", "One.")]),
        ("One.\n\n---\n\nTwo.", [("", "One."), ("", "Two.")]),
        ("- [ ] Wake up\n- [x] Sleep", [("", "Wake up\n\nSleep")]),
        ("![The sea](a.png)\n\nOne [link](b).", [("", "One link.")]),
        ("See <https://example.org/a>.", [("", "See .")]),
        ("Tom &amp; Jerry\\\nran.", [("", "Tom & Jerry\nran.")]),
        ("<div>One</div>\n\nTwo <b>three</b>.", [("", "One\n\nTwo three.")]),
        ("| a |\n|---|\n| 1 |\n\nOne.", [("", "One.")]),
        ("```text\nOnce.\n```", [("", "Once.")]),
        ("One.\n\n## The End", [("", "One."), ("", "The End")]),
        ("The fox[^1] ran.\n\n[^1]: A red one.\n    Of two.\n\nSo.", [("", "The fox ran.\n\nSo.")]),
        ("See [it][1].\n\n[1]: https://example.org/a", [("", "See it.")]),
    ],
)
def test_markdown(text: str, expected: list[tuple[str, str]]) -> None:
    assert said(text, TextFormat.MARKDOWN) == expected


def test_the_front_matter_of_markdown_gives_the_title_alone() -> None:
    found = read_text('---\ntitle: "The Fox"\ndate: 2026\n---\n\nIt ran.\n', TextFormat.MARKDOWN)

    assert (found.title, found.passages) == ("The Fox", (Passage("It ran."),))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<p>One\n two.<p>Three.", [("", "One two.\n\nThree.")]),
        ("<h2>A</h2>One.<h2>B</h2><div>Two.</div>", [("A", "One."), ("B", "Two.")]),
        ("One.<hr>Two.", [("", "One."), ("", "Two.")]),
        ("One.<br>Two.", [("", "One.\nTwo.")]),
        ("<ul><li>One</li><li>Two</li></ul>", [("", "One\n\nTwo")]),
        ("<style>p{}</style><p hidden>No</p><p>One.</p><!-- no -->", [("", "One.")]),
        ("<table><tr><td>1</td></tr></table>One.", [("", "One.")]),
        ("One.\n\nTom &amp; Jerry &lt;3", [("", "One.\n\nTom & Jerry <3")]),
        ("<pre>a\nb</pre>", [("", "a\nb")]),
        ("The <b>fox</b><i>es</i> ran", [("", "The foxes ran")]),
        ("<p>One<p", [("", "One")]),
        ("1 < 2 and <3", [("", "1 < 2 and <3")]),
        ("<script>alert(1)</script>", []),
    ],
)
def test_html(text: str, expected: list[tuple[str, str]]) -> None:
    assert said(text, TextFormat.HTML) == expected


SCREENPLAY = """Title: _**THE FOX**_
Credit: written by

INT. KITCHEN - NIGHT #1#

Anna waits. /* not yet */ [[ a note ]]

ANNA (V.O.)
(softly)
Who is there?
Speak!

CUT TO:

.GARDEN

It rains.

@McFOX ^
Me.

> THE END <

= A synopsis
===
"""


def test_fountain() -> None:
    found = read_text(SCREENPLAY, TextFormat.FOUNTAIN)

    assert found.title == "THE FOX"
    assert found.passages == (
        Passage("Anna waits.\n\nAnna: “Who is there? Speak!”", "Kitchen - night"),
        Passage("It rains.\n\nMcFOX: “Me.”\n\nTHE END", "Garden"),
    )


def test_stanzas_divide_a_song_and_its_labels_are_not_sung() -> None:
    text = "The Sea\n\n[Verse 1]\nThe sea is wide\nThe night is long\n\n[Chorus]\nSail on\n\nHome"

    found = read_text(text, TextFormat.LYRICS)

    assert found.title == "The Sea"
    assert found.passages == (
        Passage("The sea is wide\nThe night is long", "Verse 1"),
        Passage("Sail on", "Chorus"),
        Passage("Home"),
    )


@pytest.mark.parametrize(
    ("text", "title", "passages"),
    [
        (
            "The Fox\n\nChapter 1\n\nIt woke.\n\nChapter 2: The Run\n\nIt ran.",
            "The Fox",
            (Passage("It woke.", "Chapter 1"), Passage("It ran.", "Chapter 2: The Run")),
        ),
        (
            "第一章\n狐狸醒了。\n第二章\n狐狸跑了。",
            "",
            (Passage("狐狸醒了。", "第一章"), Passage("狐狸跑了。", "第二章")),
        ),
        (
            "Prologue\nIt slept.\nChapter 1\nIt woke.",
            "",
            (Passage("It slept.", "Prologue"), Passage("It woke.", "Chapter 1")),
        ),
    ],
)
def test_chapters(text: str, title: str, passages: tuple[Passage, ...]) -> None:
    found = read_text(text, TextFormat.CHAPTERS)

    assert (found.title, found.passages) == (title, passages)


@pytest.mark.parametrize("divider", ["***", "* * *", "---", "~~~", "⁂", "#", "* * * * *"])
def test_a_line_of_marks_divides_plain_text_and_is_not_said(divider: str) -> None:
    text = f"It was late when the fox came home.\n\n{divider}\n\nThe bear slept."

    assert said(text, TextFormat.PLAIN) == [
        ("", "It was late when the fox came home."),
        ("", "The bear slept."),
    ]


def test_items_keep_their_words_and_lose_their_numbers() -> None:
    text = "1. Wake up at 5. Wash.\n2) Walk 2. 5 km.\n（3）睡觉。\n4、起床。"

    assert said(text, TextFormat.LIST) == [
        ("", "Wake up at 5. Wash.\n\nWalk 2. 5 km.\n\n睡觉。\n\n起床。")
    ]


@pytest.mark.parametrize("text_format", TextFormat)
@pytest.mark.parametrize("text", ["", " ", "***", "<>", "\x00", "#", "[[", "a" * 9, "\u200b"])
def test_any_text_can_be_read_in_any_format(text_format: TextFormat, text: str) -> None:
    found = read_text(text, text_format)

    assert all(passage.text for passage in found.passages)


@pytest.mark.parametrize("text_format", TextFormat)
@pytest.mark.parametrize(
    "unit",
    [
        "The fox ran home. ",
        "*a ",
        "<b>",
        "[a](",
        "# a\n",
        "A\n\n",
        "> ",
        "&a;",
        "1. a\n",
        "\\*",
        "[[ ",
    ],
)
def test_the_longest_text_takes_no_longer_than_its_length(
    text_format: TextFormat, unit: str
) -> None:
    text = unit * 4_000
    eighth = text[: len(text) // 8]

    whole_s = least_cpu_s(lambda: read_text(text, text_format))
    eighth_s = least_cpu_s(lambda: read_text(eighth, text_format))

    assert whole_s < 0.02 or whole_s < 20 * eighth_s
