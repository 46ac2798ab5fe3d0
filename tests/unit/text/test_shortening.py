"""Texts cut at a limit: in whole characters as people see them, and in whole words."""

from collections.abc import Callable

import pytest

from text.shortening import cut_characters, cut_words

FAMILY = "👨‍👩‍👧‍👦"
WHOLE = [FAMILY, "🇫🇷", "👍🏽", "1️⃣", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "❤️‍🔥", "e\u0301", "ก็", "क्षि", "각"]


@pytest.mark.parametrize("character", WHOLE)
@pytest.mark.parametrize("cut", [cut_characters, cut_words])
def test_what_is_seen_as_one_is_kept_or_dropped_whole(
    character: str, cut: Callable[[str, int], str]
) -> None:
    text = character * 40

    for limit in range(60):
        kept = cut(text, limit)

        assert len(kept) <= limit
        assert kept == character * (len(kept) // len(character))


def test_as_many_whole_characters_are_kept_as_fit() -> None:
    assert cut_characters(FAMILY * 3, len(FAMILY) * 2 - 1) == FAMILY
    assert cut_characters(FAMILY * 3, len(FAMILY) * 2) == FAMILY * 2
    assert cut_characters("a\ud800b" * 3, 4) == "a\ud800ba"
    assert cut_characters("fox", 3) == "fox"


@pytest.mark.parametrize(
    ("text", "limit", "kept"),
    [
        ("The fox and the moon", 12, "The fox and"),
        ("The fox and the moon", 11, "The fox and"),
        ("counted 1,250,000 coins", 14, "counted"),
        ("see https://example.org/a/b now", 20, "see"),
        ("a well-known fact", 8, "a"),
        ("a café-bar is open", 7, "a"),
        ("don't stop", 4, ""),
        ("看一看那边的大海吧我们一起去", 12, "看一看那边的大海吧我们"),
        ("สวัสดีชาวโลก", 8, "สวัสดี"),
        ("고양이가 그를 따라", 6, "고양이가"),
        ("naïve été", 7, "naïve"),
        ("incomprehensibilities", 20, ""),
    ],
)
def test_a_text_is_cut_after_a_word(text: str, limit: int, kept: str) -> None:
    assert cut_words(text, limit) == kept
