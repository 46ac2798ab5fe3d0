"""The format of a text, and what only looks like one."""

import pytest

from domain import TextFormat
from tests.case_files import CASES
from text.formats.recognition import recognize

SONG = "[Verse 1]\nThe sea is wide\nThe night is long\n\n[Chorus]\nSail on, sail on\n"
SCREENPLAY = (
    "INT. KITCHEN - NIGHT\n\nAnna waits.\n\nANNA\nWho is there?\n\nEXT. GARDEN - DAY\n\nRain.\n"
)
CHAPTERS = "Chapter 1\n\nA fox woke up.\n\nChapter 2\n\nThe fox ran.\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("# The Fox\n\nThe fox ran.", TextFormat.MARKDOWN),
        ("The **fox** ran.", TextFormat.MARKDOWN),
        ("See [the letter](https://example.org/a).", TextFormat.MARKDOWN),
        ("![The sea](sea.png)\n\nThe sea.", TextFormat.MARKDOWN),
        ("A *fox* ran.\n\n> It was late.", TextFormat.MARKDOWN),
        ("| a | b |\n|---|---|\n| 1 | 2 |", TextFormat.MARKDOWN),
        ("```text\nThe fox ran.\n```", TextFormat.MARKDOWN),
        ("The fox[^1] ran.\n\n[^1]: A red one.", TextFormat.MARKDOWN),
        ("See [the letter][1].\n\n[1]: https://example.org/a", TextFormat.MARKDOWN),
        ("<p>The fox ran.</p>", TextFormat.HTML),
        ("The fox<br>ran.", TextFormat.HTML),
        ("The <i>fox</i> ran.", TextFormat.HTML),
        ("<!DOCTYPE html><title>Fox</title>The fox ran.", TextFormat.HTML),
        ("Tom &amp; Jerry &quot;ran&quot;.", TextFormat.HTML),
        ("Caf&#233; and tea", TextFormat.HTML),
        (SCREENPLAY, TextFormat.FOUNTAIN),
        (SONG, TextFormat.LYRICS),
        ("[主歌]\n海很宽\n\n[副歌]\n夜很长", TextFormat.LYRICS),
        ("1. Wake up.\n2. Walk.\n3. Sleep.", TextFormat.LIST),
        ("My day\n\n1) Wake up.\n2) Walk.\n", TextFormat.LIST),
        (CHAPTERS, TextFormat.CHAPTERS),
        ("第一章\n狐狸醒了。\n第二章\n狐狸跑了。", TextFormat.CHAPTERS),
        # What only looks like markup
        ("5 * 3 * 2 is 30. Then 2 * 2.", TextFormat.PLAIN),
        ("I <3 you, and 1 < 2 > 0.", TextFormat.PLAIN),
        ("She writes C# and F#. #1 fan!", TextFormat.PLAIN),
        ("The file snake_case_name is there.", TextFormat.PLAIN),
        ("AT&T and R&D; fish & chips;", TextFormat.PLAIN),
        ("He said [laughing] no. (See [1].)", TextFormat.PLAIN),
        ("[Anna]: I know. [Ben]: So do I.", TextFormat.PLAIN),
        ("*** It was late. ***", TextFormat.PLAIN),
        ("The fox ran.\n\n***\n\nThe bear slept.", TextFormat.PLAIN),
        ("- Who is there?\n- Me.\n", TextFormat.PLAIN),
        ("INT is a word. EXT. too.", TextFormat.PLAIN),
        ("He was born in 1999.\n2. May was cold.", TextFormat.PLAIN),
        ("Chapter 1 was dull, he said.", TextFormat.PLAIN),
        ("价格是5*3元，C#很难。", TextFormat.PLAIN),
        ("~~~ wave ~~~ and ^_^ and ¯\\_(ツ)_/¯", TextFormat.PLAIN),
        ("", TextFormat.PLAIN),
    ],
)
def test_a_format_is_recognized_by_its_own_marks(text: str, expected: TextFormat) -> None:
    assert recognize(text) is expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("markdown", TextFormat.MARKDOWN),
        ("html", TextFormat.HTML),
        ("numbered-list", TextFormat.LIST),
        ("abbreviations", TextFormat.PLAIN),
        ("number-across-cues", TextFormat.PLAIN),
    ],
)
def test_the_format_of_a_case(name: str, expected: TextFormat) -> None:
    text = (CASES / "texts" / f"{name}.txt").read_text(encoding="utf-8")

    assert recognize(text) is expected


def test_a_line_break_of_windows_is_one() -> None:
    assert recognize(SCREENPLAY.replace("\n", "\r\n")) is TextFormat.FOUNTAIN
