"""Prose as sentences, and long ones in pieces that a voice can speak."""

import pytest

from tests.case_files import CASES
from text.sentences import split_long, split_sentences


def test_no_sentence_ends_after_an_abbreviation() -> None:
    text = (CASES / "texts" / "abbreviations.txt").read_text(encoding="utf-8")

    assert split_sentences(text) == [
        "At 5 p.m. the train left the old station.",
        "Gen. Hill met Capt. Ahab and Lt. Brown on the bridge.",
        "He was 6 ft. tall and carried a lamp.",
        "It was 11 p.m. when they slept.",
    ]


@pytest.mark.parametrize(
    "sentences",
    [
        ["It cost $4,000.50, or 1.2 times more.", "He paid."],
        [
            "“At 6 a.m.” said J. R. R. Tolkien.",
            "No. 5 was there.",
            "Did he go?",
            "No.",
            "He stayed.",
        ],
        ["They came at 5 p.m.", "Then they left, etc.", "Nobody saw them."],
        ["See https://example.org/a.b for more.", "Good."],
    ],
)
def test_sentences_end_at_their_own_full_stops(sentences: list[str]) -> None:
    assert split_sentences(" ".join(sentences)) == sentences


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("he told them of 1,250,000 coins " * 4, "1,250,000"),
        ("and then came Mr. J. R. R. Tolkien " * 4, "Mr. J. R. R. Tolkien"),
        ("เด็กผู้หญิงคนหนึ่งอาศัยอยู่ริมแม่น้ำ" * 4, "แม่น้ำ"),
        ("👨\u200d👩\u200d👧" * 20, "👨\u200d👩\u200d👧"),
    ],
)
def test_long_sentences_are_parted_where_a_line_may_end(text: str, whole: str) -> None:
    pieces = list(split_long(text, 45))

    assert "".join(pieces).replace(" ", "") == text.replace(" ", "")
    assert max(map(len, pieces)) <= 45
    assert sum(piece.count(whole) for piece in pieces) == text.count(whole)
