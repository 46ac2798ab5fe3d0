"""Passages of many kinds are divided as a careful reader divides them."""

import pytest

from tests.unit.text.golden_sentences import LANGUAGES, PASSAGES
from text.sentences import join, split_sentences


@pytest.mark.parametrize(
    ("sentences", "language"),
    [
        pytest.param(passage, LANGUAGES.get(kind, ""), id=f"{kind} {number}")
        for kind, passages in PASSAGES.items()
        for number, passage in enumerate(passages, start=1)
    ],
)
def test_a_passage_is_divided_into_its_sentences(sentences: tuple[str, ...], language: str) -> None:
    assert split_sentences(join(sentences), language) == list(sentences)
