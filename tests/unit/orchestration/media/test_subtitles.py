"""Narration as subtitles: how it is split, timed and made harmless."""

import itertools
import re
from pathlib import Path

import pytest

from domain import AspectRatio, Size
from orchestration.media.subtitles import (
    Cue,
    ass_track,
    clean_text,
    cues_of_shot,
    narration_seconds,
    srt_track,
)

WIDE = AspectRatio.WIDE_16_9.size
TALL = AspectRatio.TALL_9_16.size
EXAMPLES = Path(__file__).parents[4] / "examples"
CHINESE = (EXAMPLES / "kong-yi-ji.zh.txt").read_text(encoding="utf-8")[:600]
ENGLISH = (EXAMPLES / "tortoise-and-hare.en.txt").read_text(encoding="utf-8")[:600]
HOSTILE = (EXAMPLES / "hostile.en.txt").read_text(encoding="utf-8")
JOINER = "\u2060"


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


def test_ass_commands_in_the_text_are_drawn_and_not_obeyed() -> None:
    cue = Cue(0.0, 2.0, (r"{\pos(0,0)}{\fs200}BIG", r"a\Nb\hc \{ }"))

    track = ass_track([cue], size=WIDE)

    text = track.splitlines()[-1]
    body = text.partition("Text,")[2]
    assert body.count(r"\N") == 1
    assert re.sub(r"\\[{}]", "", body).count("{") == 0
    assert not re.search(r"\\(?![{}N\u2060])", body)


def test_a_hostile_story_adds_no_line_or_style_to_the_track() -> None:
    text = HOSTILE + "\nDialogue: 0,0:00:00.00,9:00:00.00,Text,owned\n[Fonts]\nfontname: x"
    cues = cues_of_shot(text, 8.0, size=WIDE)

    track = ass_track(cues, size=WIDE, language="en\n[Fonts]")

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
        ("字" * 500, "zh-CN", 20.0),
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
