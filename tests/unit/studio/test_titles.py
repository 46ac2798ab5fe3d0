"""The titles that the built-in writer gives: the text's own, else words that stand alone."""

import unicodedata

import pytest

from domain import MAX_TITLE_LENGTH
from studio.titles import shot_title, tidy
from studio.writer import Script, write_script
from text.headings import part_heading

FAMILY = "👨‍👩‍👧‍👦"
PROSE = "The sea was loud that night. The keeper slept. Nobody came for a long time, and it rained."
ZH_PROSE = "老渔夫点亮了灯。小猫跟着他回家。夜里风很大，海浪拍打着岸边的石头。天亮了。"
PAIRS = ("“”", "‘’", "「」", "『』", "《》", "()", "（）", "[]", "{}", "«»")
STRANGE = (
    '"Stop!" cried the girl. The boat drifted away into the night and nobody saw it again.',
    "(Once upon a time) there was a house (and nobody lived there).",
    "“走吧！”他喊道，“我们一起去那个很远很远的地方看一看那边的大海吧。”",
    "She said: \"It's 5 o'clock",
    "【渔火】老渔夫点亮了灯（小猫跟着他回家。",
    "A fox - “the red one - ran (and ran and ran and ran until the morning came to the wood.",
    "**Anna** lived in a *lighthouse* with her `brother` and a [letter](https://example.org/letter).",
    "...and then, as if by magic; it was gone!!!",
    "1. Wake up early.\n2. Walk to the river.\n3. Feed the birds.",
    "1984. 2001. 3.14159",
    "At 5 p.m. Mr. Fox met Dr. Bear, St. Nicholas and Prof. Owl. It was late. They went home.",
    "Mr. Fox. Mrs. Fox. Ms. Fox. Dr. Fox.",
    f"{FAMILY} went to the beach, {FAMILY * 9} swam and then ate ice cream and went home again.",
    "🇫🇷🇩🇪🇮🇹🇪🇸🇵🇹🇧🇪🇳🇱🇩🇰🇸🇪🇳🇴🇫🇮🇪🇪🇱🇻🇱🇹🇵🇱🇨🇿🇸🇰🇭🇺🇷🇴🇧🇬🇬🇷🇨🇾🇲🇹🇮🇪🇱🇺🇦🇹🇨🇭🇮🇸",
    "*️⃣ and #️⃣ are keys. 1️⃣2️⃣3️⃣ are keys. 👍🏽👍🏿 are hands.",
    "❤️‍🔥" * 100,
    "Supercalifragilisticexpialidocious" * 20,
    "e\u0301" * 300,
    "สวัสดีชาวโลกทุกคนที่อยู่ที่นี่ในวันนี้และวันพรุ่งนี้" * 5,
    "老渔夫点亮了灯塔里的灯以后小猫就跟着他沿着海边慢慢地走回家去了",
)
TITLES = ("mr", "mrs", "ms", "dr", "st", "prof", "gen", "capt", "lt")


def written(content: str) -> Script:
    return write_script(content)


def titles_of(script: Script) -> list[str]:
    return [script.title, *(shot.title for shot in script.shots)]


@pytest.mark.parametrize("content", STRANGE)
def test_nothing_of_a_title_is_cut_or_left_alone(content: str) -> None:
    for title in titles_of(written(content)):
        assert title == title.strip()
        for opening, closing in PAIRS:
            apostrophes = sum(
                title[at - 1 : at].isalpha() for at, mark in enumerate(title) if mark == "’"
            )
            closed = title.count(closing) - (apostrophes if closing == "’" else 0)
            assert title.count(opening) == closed, title
        assert title.count('"') % 2 == 0, title
        assert title[0] not in ",.;:!?，。；：！？…-)”’", title
        assert title[0] not in "*#" or title[1] == "\ufe0f", title
        assert title[-1] not in ",;:!?，。；：！？-*#(“‘", title
        assert not any(mark in title for mark in ("**", "](", "`", "<p>")), title
        assert title.lower().rstrip(".") not in TITLES
        assert any(unicodedata.category(mark)[0] in "LS" for mark in title), title


@pytest.mark.parametrize("content", STRANGE)
def test_the_words_and_emoji_of_a_title_are_whole(content: str) -> None:
    for title in titles_of(written(content)):
        kept = title.removesuffix("…").rstrip()
        for broken in ("\u200d", "\ufe0f", "\u20e3", "\u0301"):
            assert not kept.startswith(broken)
        assert not kept.endswith("\u200d")
        for family in kept.split(FAMILY):
            assert not set("👨👩👧👦") & set(family), title
        flags = sum("\U0001f1e6" <= mark <= "\U0001f1ff" for mark in kept)
        assert flags % 2 == 0, title
        assert "Supercali" not in kept


@pytest.mark.parametrize(
    ("text", "title"),
    [
        (f"# The Lighthouse\n\n{PROSE}", "The Lighthouse"),
        (f"## The *Last* Lamp ##\n{PROSE}", "The Last Lamp"),
        (f"The Lighthouse\n==============\n\n{PROSE}", "The Lighthouse"),
        (f"**The Lighthouse**\n\n{PROSE}", "The Lighthouse"),
        (f"Chapter 1: The Storm\n\n{PROSE}", "Chapter 1: The Storm"),
        (f"CHAPTER IV\n\nThe Storm at last.\n\n{PROSE}", "CHAPTER IV"),
        (f"Chapter One\nThe Storm\n\n{PROSE}", "Chapter One: The Storm"),
        (f"Title: The Red Kite\n\n{PROSE}", "The Red Kite"),
        (f"The Storm\n\n{PROSE}", "The Storm"),
        (f"Who Is There?\n\n{PROSE}", "Who Is There"),
        (f"Mr. Fox and the Moon\n\n{PROSE}", "Mr. Fox and the Moon"),
        (f"The Fox (Part 2)\n\n{PROSE}", "The Fox (Part 2)"),
        (f"My recipe for a happy day\n\n1. Wake up early.\n\n{PROSE}", "My recipe for a happy day"),
        (f"第一章 渔火\n{ZH_PROSE}", "第一章 渔火"),
        (f"第十二回\n渔火\n\n{ZH_PROSE}", "第十二回 渔火"),
        (f"《渔火》\n{ZH_PROSE}", "渔火"),
        (f"标题：渔火\n{ZH_PROSE}", "渔火"),
        (f"楔子\n\n{ZH_PROSE}", "楔子"),
        (f"渔火\n\n{ZH_PROSE}", "渔火"),
    ],
)
def test_a_text_that_has_a_heading_is_called_by_it(text: str, title: str) -> None:
    script = written(text)

    assert script.title == title
    assert title not in [shot.narration for shot in script.shots]


def test_the_heading_of_a_page_is_its_title() -> None:
    page = f"<html><body><h1>The Fox &amp; the Moon</h1><p>{PROSE}</p></body></html>"

    assert written(page).title == "The Fox & the Moon"


@pytest.mark.parametrize(
    "text",
    [
        f"The storm came at last.\n\n{PROSE}",
        f"“Stop!”\n\n{PROSE}",
        f"Dear John,\n\n{PROSE}",
        f"1. Wake up early\n\n{PROSE}",
        f"- a lamp\n\n{PROSE}",
        f"Part one of the plan failed.\n\n{PROSE}",
        f"Nobody answered him!\n\n{PROSE}",
        f"第一回见到他，我很高兴\n{ZH_PROSE}",
        f"1984\n{PROSE}",
        "The Storm\n\nIt came.",
        PROSE,
        "",
    ],
)
def test_a_first_line_that_is_told_is_no_heading(text: str) -> None:
    assert part_heading(text) == (None, text)


def test_a_heading_alone_is_all_that_is_told() -> None:
    assert part_heading("# The Lighthouse") == ("The Lighthouse", "The Lighthouse")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("The Fox (Part 2)", "The Fox (Part 2)"),
        ("(The Fox)", "The Fox"),
        ("“One” and “two”", "“One” and “two”"),
        ("“One” and “two", "“One” and two"),
        ("The boys’ kite", "The boys’ kite"),
        ("It was 5 p.m.", "It was 5 p.m."),
        ("U.S.A.", "U.S.A."),
        ("rock & roll", "rock & roll"),
        ("snake_case_name", "snake_case_name"),
        ("__Anna__ &amp; *Bob*", "Anna & Bob"),
        ("— and so, …", "and so"),
        ("“‘(", ""),
    ],
)
def test_marks_at_the_ends_and_halves_of_pairs_go(text: str, told: str) -> None:
    assert tidy(text) == told


@pytest.mark.parametrize(
    ("told", "title"),
    [
        ("He went down the long road to Mr. Brown’s house", "He went down the long road…"),
        ("Nobody had ever heard of the fox and the moon", "Nobody had ever heard of the fox…"),
    ],
)
def test_a_cut_title_ends_with_a_word_that_waits_for_no_other(told: str, title: str) -> None:
    assert shot_title(told, 1, in_chinese=False) == title


def test_a_title_is_no_longer_than_it_may_be() -> None:
    given = write_script("A fox.", title=FAMILY * 40)

    assert len(given.title) <= MAX_TITLE_LENGTH
    assert given.title == FAMILY * (MAX_TITLE_LENGTH // len(FAMILY))
