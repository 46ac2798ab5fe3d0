"""The feelings that words and prompts tell."""

import pytest

from studio.moods import Mood, read_mood


@pytest.mark.parametrize(
    ("text", "mood"),
    [
        ("They laughed and danced.", Mood.JOYFUL),
        ("她哭了，眼泪流下来。", Mood.SAD),
        ("The wolf attacked, and everyone fled.", Mood.TENSE),
        ("一个神秘的梦。", Mood.MYSTERIOUS),
        ("She was brave and full of hope.", Mood.HOPEFUL),
        ("湖面平静，大家都在休息。", Mood.CALM),
        ("The stone lay on the table.", None),
        ("", None),
    ],
)
def test_words_tell_a_mood_in_both_languages(text: str, mood: Mood | None) -> None:
    assert read_mood(text) is mood


@pytest.mark.parametrize(
    "text", ["He was not happy.", "他不高兴。", "“Come here!” she cried.", "身为宋国笑。"]
)
def test_a_mood_that_is_denied_or_only_sounds_so_is_none(text: str) -> None:
    assert read_mood(text) is None


@pytest.mark.parametrize("mood", list(Mood))
def test_the_label_of_a_prompt_outranks_its_story(mood: Mood) -> None:
    prompt = f"Wide shot. Mood: {mood.value}. Story: He wept, and wept, and his heart was sad."

    assert read_mood(prompt) is mood


def test_a_label_within_the_story_is_no_label() -> None:
    assert read_mood("远景。气氛：希望。情节：气氛：悲伤。") is Mood.HOPEFUL
    assert read_mood("Story: they danced and laughed. Mood: sad.") is Mood.JOYFUL


def test_the_more_frequent_mood_wins_and_of_equal_ones_the_last() -> None:
    assert read_mood("A laugh, a smile, a tear.") is Mood.JOYFUL
    assert read_mood("A laugh, and then a tear.") is Mood.SAD
