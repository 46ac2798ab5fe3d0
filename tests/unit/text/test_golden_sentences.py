"""Passages of many kinds are divided as a careful reader divides them."""

import pytest

from studio.writer import write_script
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


def test_the_writer_divides_a_text_by_the_language_that_it_is_given() -> None:
    text = "Am 3. Mai kam Dr. Weber in das Haus am See. Es regnete. Er blieb. Er schlief."

    script = write_script(text, language="de")

    assert script.shots[0].narration == "Am 3. Mai kam Dr. Weber in das Haus am See."
