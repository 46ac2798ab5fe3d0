"""Narration as subtitles: how it is split, timed and made harmless."""

import itertools
import re
from pathlib import Path

import pytest

from domain import AspectRatio, Size
from orchestration.media.lettering.subtitles import (
    Cue,
    ass_track,
    cues_of_shot,
    narration_seconds,
    srt_track,
)
from orchestration.media.lettering.typefaces import EM_HEIGHT, Lettering, Typefaces, bundled
from orchestration.media.lettering.typesetting import clean_text
from tests.case_files import CASES
from tests.fonts import EM, make_font

WIDE = AspectRatio.WIDE_16_9.size
TALL = AspectRatio.TALL_9_16.size
EXAMPLES = Path(__file__).parents[5] / "examples"
CHINESE = (EXAMPLES / "kong-yi-ji.zh.txt").read_text(encoding="utf-8")[:600]
ENGLISH = (EXAMPLES / "tortoise-and-hare.en.txt").read_text(encoding="utf-8")[:600]
NUMBERS = (CASES / "texts" / "number-across-cues.txt").read_text(encoding="utf-8")
HOSTILE = (EXAMPLES / "hostile.en.txt").read_text(encoding="utf-8")
JOINER = "\u2060"
LETTERING = Lettering((bundled(),))


def read_back(cues: tuple[Cue, ...]) -> str:
    return "".join("".join(cue.lines) for cue in cues).replace(" ", "")


@pytest.mark.parametrize("size", list(AspectRatio), ids=lambda ratio: ratio.name)
@pytest.mark.parametrize("text", [CHINESE, ENGLISH, HOSTILE], ids=["zh", "en", "hostile"])
def test_cues_keep_every_character_on_two_short_lines_and_fill_the_shot(
    text: str, size: AspectRatio
) -> None:
    cues = cues_of_shot(text, 12.0, size=size.size)

    assert read_back(cues) == clean_text(text).replace(" ", "")
    assert all(1 <= len(cue.lines) <= 2 and all(cue.lines) for cue in cues)
    assert (cues[0].start_s, cues[-1].end_s) == (0.0, pytest.approx(12.0))
    for one, following in itertools.pairwise(cues):
        assert one.start_s < one.end_s == following.start_s


def test_chinese_is_broken_between_characters_and_never_before_its_punctuation() -> None:
    cues = cues_of_shot(CHINESE, 60.0, size=TALL)

    lines = [line for cue in cues for line in cue.lines]
    assert max(map(len, lines)) <= 16
    assert not [line for line in lines if line[0] in "，。！？；：、”’）》"]
    assert not [line for line in lines if line[-1] in "“‘（《"]


def test_english_is_broken_between_words_and_an_endless_word_where_it_must() -> None:
    words = set(clean_text(ENGLISH).split())
    url = "https://films.example/" + "a" * 300

    cues, long_cues = (cues_of_shot(text, 9.0, size=TALL) for text in (ENGLISH, url))

    assert {word for cue in cues for line in cue.lines for word in line.split()} <= words
    assert read_back(long_cues) == url
    assert max(len(line) for cue in long_cues for line in cue.lines) < 40


ENGLISH_FACTS = """
At 5 p.m. Mr. Smith and J. R. R. Tolkien sold 4,000 copies at 1.2 times the price of No. 5,
and told all of it at https://example.org/a/b to Gen. Hill, who was 6 ft. tall.
"""
CHINESE_FACTS = """
他在二〇二六年十一月二十九日下午３点30分看见一百五十个人，
他们都在看https://example.org/x，其中有１，２５０个人说不出话来，谁也不知道那是为什么。
""".replace("\n", "")
THAI = "มีเด็กผู้หญิงคนหนึ่งอาศัยอยู่ริมแม่น้ำทุกเช้าเธอออกไปตักน้ำและร้องเพลงให้ปลาฟังวันหนึ่งเธอพบขวดแก้ว"


@pytest.mark.parametrize("size", [WIDE, TALL], ids=["wide", "tall"])
@pytest.mark.parametrize(
    ("text", "whole"),
    [
        (NUMBERS, "3.14159|1,250,000"),
        (
            ENGLISH_FACTS,
            "5 p.m.|Mr. Smith|J. R. R. Tolkien|4,000|1.2|No. 5|https://example.org/a/b|Gen. Hill",
        ),
        (
            CHINESE_FACTS,
            "二〇二六年|二十九日|３点|30分|一百五十个|１，２５０个|https://example.org/x",
        ),
        (THAI, "หญิง|อาศัย|แม่น้ำ|ร้อง|เพลง|ขวด|แก้ว"),
    ],
    ids=["numbers", "en", "zh", "th"],
)
def test_what_belongs_together_stands_on_one_line(text: str, whole: str, size: Size) -> None:
    lines = [line for cue in cues_of_shot(text, 30.0, size=size) for line in cue.lines]

    assert [one for one in whole.split("|") if not any(one in line for line in lines)] == []


MORE_FACTS = """
From 10:45 to 9:05 p.m. John F. Kennedy drove 60 km/h with the Wi-Fi password C++ in C:\\a\\b.mp4,
paid $1,250,000.50 at www.example.org, and was back by 12/31/2025.
"""


@pytest.mark.parametrize("shift", range(24))
def test_wherever_it_falls_what_belongs_together_stands_on_one_line(shift: int) -> None:
    text = "x" * shift + " " + MORE_FACTS
    lines = [line for cue in cues_of_shot(text, 30.0, size=TALL) for line in cue.lines]

    whole = (
        "10:45|9:05 p.m.|John F. Kennedy|60 km/h|C++|C:\\a\\b.mp4|$1,250,000.50"
        "|www.example.org|12/31/2025"
    )
    assert [one for one in whole.split("|") if not any(one in line for line in lines)] == []


def test_no_cue_begins_with_a_closing_quotation_mark_or_ends_with_an_opening_one() -> None:
    text = (
        '"Where are you going, my girl, so late?" asked the old man at the door. "To the sea," '
        'said she, "to the sea, and then, if I may, to the stars." “Well,” he said, “go.” '
        "«Non», dit-il. ‘No.’"
    )
    for size in (WIDE, TALL):
        lines = [line for cue in cues_of_shot(text, 30.0, size=size) for line in cue.lines]
        straight = 0
        for line in lines:
            assert line[0] not in "”’»"
            assert line[-1] not in "“‘«"
            assert not (line.startswith('"') and straight % 2)
            straight += line.count('"')
            assert not (line.endswith('"') and straight % 2)


def test_long_clauses_are_shared_out_evenly() -> None:
    cues = cues_of_shot(NUMBERS.splitlines()[0], 10.0, size=TALL)

    assert min(len(" ".join(cue.lines)) for cue in cues) > 12


ARABIC = "قالت سلمى: «مرحبا!» ثم ضحكت."


@pytest.mark.parametrize(
    ("text", "marked"),
    [
        (ARABIC, ""),
        ("iPhone هو هاتف (جديد) رقم 15، أليس كذلك؟", "\u200f"),
        ("Harry Potter הוא ספר על ילד קטן ואמיץ.", "\u200f"),
        ("12 – 15.", ""),
        ("مرحبا means hello, and this is English.", "\u200e"),
        ("A fox. 一只狐狸。", ""),
    ],
)
def test_lines_run_as_most_of_the_text_does(text: str, marked: str) -> None:
    cues = cues_of_shot(text, 5.0, size=WIDE)

    assert cues[0].lines[0][0] == marked or cues[0].lines[0][0] == text[0]
    assert cues[0].lines[0].startswith(marked)
    assert srt_track(cues).count("\u200f") + srt_track(cues).count("\u200e") == bool(marked)


def test_ass_lines_find_their_direction_themselves() -> None:
    track = ass_track([Cue(0.0, 2.0, (ARABIC,))], size=WIDE, lettering=LETTERING)

    styles = [line for line in track.splitlines() if line.startswith(("Format: Name", "Style:"))]
    assert styles[0].endswith("Encoding")
    assert {style.rsplit(",", 1)[1] for style in styles[1:]} == {"-1"}


def test_what_no_font_has_is_left_out_of_the_picture_and_kept_in_the_track() -> None:
    cues = [Cue(0.0, 2.0, ("Hello 🇨🇳 and 👨\u200d👩\u200d👧!", "🇭🇰")), Cue(2.0, 4.0, ("🇭🇰 ก",))]

    drawn = ass_track(cues, size=WIDE, lettering=LETTERING)

    events = [line for line in drawn.splitlines() if line.startswith("Dialogue")]
    assert [event.rpartition("}")[2].rpartition(",")[2] for event in events] == ["Hello and!"] * 2
    assert srt_track(cues).count("🇭🇰") == 2
    assert "👨\u200d👩\u200d👧" in srt_track(cues)


def test_letters_of_another_font_are_as_large(tmp_path: Path) -> None:
    make_font(tmp_path / "airy.ttf", "Airy", {"ก": 500}, height=2 * EM)
    lettering = Typefaces((tmp_path,)).letter(["你ก好"])

    track = ass_track([Cue(0.0, 2.0, ("你ก好",))], size=WIDE, lettering=lettering)

    size = int(re.findall(r"Style: Text,AI-Story Hei,(\d+)", track)[0])
    text = track.splitlines()[-1].partition("Text,")[2]
    airy, ours = re.findall(r"\\fn([^\\]+)\\fs([\d.]+)", text)
    assert re.sub(r"{[^}]*}", "|", text) == "你|ก|好"
    assert airy == ("Airy", f"{size * EM_HEIGHT * 2:.4g}")
    assert ours == ("AI-Story Hei", f"{size}")


def test_a_cue_lasts_as_long_as_its_share_of_the_text() -> None:
    cues = cues_of_shot("长" * 30 + "。" + "短" * 30 + "。" + "尾" * 30 + "。", 9.0, size=TALL)

    per_character = {round((cue.end_s - cue.start_s) / sum(map(len, cue.lines)), 3) for cue in cues}
    assert len(cues) > 1
    assert max(per_character) - min(per_character) < 0.01


def test_cues_follow_the_voice_from_just_before_it_until_just_after() -> None:
    text = "长" * 40 + "。" + "短" * 40 + "。"

    cues = cues_of_shot(text, 12.0, size=WIDE, speech_s=(0.5, 9.0))

    assert len(cues) > 1
    assert 0.2 < cues[0].start_s < 0.5
    assert 9.0 < cues[-1].end_s < 9.6
    assert cues[0].end_s == pytest.approx(0.5 + 8.5 / len(cues), abs=0.3)
    assert cues_of_shot("话", 1.0, size=WIDE, speech_s=(0.5, 0.9))[-1].end_s == 1.0


@pytest.mark.parametrize("text", ["", " \n\t ", "\x00\x1b\u202e"])
def test_a_silent_shot_has_no_cues(text: str) -> None:
    assert cues_of_shot(text, 4.0, size=WIDE) == ()


def test_control_characters_and_unpaired_surrogates_are_dropped() -> None:
    assert clean_text("a\x00b\x1b[31m\r\n\u202ec\ud800 \ufeff d") == "ab[31m c d"


def test_spaces_that_hold_words_together_and_new_emoji_and_flags_of_tags_are_kept() -> None:
    text = "10\u202f000\u00a0 fois\u2007! \U0001fae9 🏴\U000e0067\U000e007f \ufdd0\U0001ffff"

    assert clean_text(text) == "10\u00a0000\u00a0 fois\u00a0! \U0001fae9 🏴\U000e0067\U000e007f"


def test_ass_commands_in_the_text_are_drawn_and_not_obeyed() -> None:
    cue = Cue(0.0, 2.0, (r"{\pos(0,0)}{\fs200}BIG", r"a\Nb\hc \{ }"))

    track = ass_track([cue], size=WIDE, lettering=LETTERING)

    text = track.splitlines()[-1]
    body = text.partition("Text,")[2]
    assert body.count(r"\N") == 1
    assert re.sub(r"\\[{}]", "", body).count("{") == 0
    assert not re.search(r"\\(?![{}N\u2060])", body)


def test_a_hostile_story_adds_no_line_or_style_to_the_track() -> None:
    text = HOSTILE + "\nDialogue: 0,0:00:00.00,9:00:00.00,Text,owned\n[Fonts]\nfontname: x"
    cues = cues_of_shot(text, 8.0, size=WIDE)

    track = ass_track(cues, size=WIDE, lettering=LETTERING, language="en\n[Fonts]")

    events = track.partition("[Events]")[2].strip().splitlines()
    assert len(events) == 1 + 2 * len(cues)
    assert re.findall(r"^\[(.*)\]$", track, re.MULTILINE) == [
        "Script Info",
        "V4+ Styles",
        "Events",
    ]


def test_srt_numbers_its_cues_and_survives_arrows_tags_and_overrides() -> None:
    cues = cues_of_shot(HOSTILE, 3_725.5, size=WIDE)

    blocks = srt_track(cues).strip().split("\n\n")

    assert len(blocks) == len(cues)
    for number, block in enumerate(blocks, start=1):
        head, times, *lines = block.split("\n")
        assert head == str(number)
        assert re.fullmatch(r"\d\d:\d\d:\d\d,\d{3} --> \d\d:\d\d:\d\d,\d{3}", times)
        assert not re.search(r"-->|<[\w/]|\{\\", "\n".join(lines))
    assert "01:02:05,500" in blocks[-1]
    assert srt_track(cues).replace(JOINER, "").count("<script>") == 1


def test_a_joined_word_keeps_its_hyphen_in_srt() -> None:
    assert JOINER not in srt_track([Cue(0.0, 1.0, ("a well-known cat & dog",))])


@pytest.mark.parametrize(
    ("text", "language", "seconds"),
    [
        ("", None, 2.5),
        ("孔乙己是站着喝酒而穿长衫的唯一的人。", "zh", 5.3),
        ("The hare laughed at the tortoise, and lay down to sleep.", "en", 5.7),
        ("字" * 500, "zh-CN", 119.8),
        ("word " * 536, "en", 207.0),
    ],
)
def test_the_narration_says_how_long_a_shot_is(
    text: str, language: str | None, seconds: float
) -> None:
    assert narration_seconds(text, language) == pytest.approx(seconds, abs=0.3)


def test_japanese_is_read_faster_than_chinese() -> None:
    text = "吾輩は猫である。名前はまだ無い。どこで生れたかとんと見当がつかぬ。"

    assert narration_seconds(text, "ja") < narration_seconds(text, "zh")


def test_the_longest_narration_loses_no_character() -> None:
    cues = cues_of_shot("龘" * 4_000, 60.0, size=Size(320, 180))

    assert sum(len(line) for cue in cues for line in cue.lines) == 4_000
