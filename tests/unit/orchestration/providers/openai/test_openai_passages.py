"""Stories cut into numbered passages and parts: all of the text, in order, in sound sizes."""

import time

import pytest

from domain import MAX_CONTENT_LENGTH
from orchestration.providers.openai.passages import Part, Passage, find_gaps, split_story
from orchestration.providers.scripts.cast import Character, merge_casts, with_appearances

PROSE = "The hare ran up the long hill and laughed at the tortoise below. "
CHINESE = "兔子跑上长长的山坡，回头嘲笑下面的乌龟。"


def told(parts: list[Part]) -> str:
    texts = [passage.text for part in parts for passage in part.passages]
    return "".join("".join(texts).split())


@pytest.mark.parametrize(
    "content",
    [
        "A hare.",
        "守株待兔",
        PROSE * 300,
        CHINESE * 1_000,
        "no mark at all " * 3_000,
        "x" * 50_000,
        "“" * 3_000 + "。",
        "。" * 3_000,
        "One line\nafter the other\n" * 500,
    ],
)
@pytest.mark.parametrize("shot_count", [None, 1, 3, 200])
def test_every_part_has_its_turn_and_nothing_is_lost(content: str, shot_count: int | None) -> None:
    parts = split_story(content, shot_count=shot_count)

    assert told(parts) == "".join(content.split())
    numbers = [passage.number for part in parts for passage in part.passages]
    assert numbers == list(range(1, len(numbers) + 1))
    assert all(part.passages and part.shots >= 1 for part in parts)
    if shot_count is not None:
        assert len(parts) <= shot_count


def test_a_long_story_has_parts_of_about_equal_length_and_shots_by_length() -> None:
    parts = split_story(PROSE * 310, shot_count=40)

    lengths = [part.length for part in parts]
    assert len(parts) == 4
    assert max(lengths) - min(lengths) < 600
    assert sum(part.shots for part in parts) == 40
    assert max(part.shots for part in parts) <= 16


def test_without_a_wish_length_decides_how_many_shots() -> None:
    counts = [
        sum(part.shots for part in split_story(content, shot_count=None))
        for content in ("A hare.", PROSE * 40, PROSE * 310, CHINESE * 100, PROSE * 3_000)
    ]

    assert counts[0] == 4
    assert 4 < counts[1] < counts[2] < counts[4] == 80
    assert 10 <= counts[3] <= 16


def test_the_longest_story_is_split_soon() -> None:
    started = time.monotonic()

    for text in (PROSE, CHINESE, "x", "“", "a. "):
        split_story((text * MAX_CONTENT_LENGTH)[:MAX_CONTENT_LENGTH], shot_count=None)

    assert time.monotonic() - started < 5


PART = Part(tuple(Passage(number, "x" * 100) for number in range(11, 21)), 10)


@pytest.mark.parametrize(
    ("spans", "gaps"),
    [
        ([], []),
        ([(11, 20)], []),
        ([(11, 14), (17, 20)], []),  # two passages of ten: models may condense
        ([(11, 14)], [(15, 20, 6)]),
        ([(17, 20)], [(11, 16, 6)]),
        ([(11, 12), (16, 17)], [(13, 15, 3), (18, 20, 3)]),
        ([(1, 3)], [(11, 20, 10)]),
        ([(1, 100_000)], []),
    ],
)
def test_long_runs_that_no_shot_tells_are_gaps(
    spans: list[tuple[int, int]], gaps: list[tuple[int, int, int]]
) -> None:
    found = find_gaps(PART, spans)

    assert [(gap.passages[0].number, gap.passages[-1].number, gap.shots) for gap in found] == gaps


CAST = (
    Character("Hare", "a lean brown hare"),
    Character("Old Tom", "a bearded sailor"),
    Character("孔乙己", "a tall scholar in a torn gown"),
)


@pytest.mark.parametrize(
    ("prompt", "names", "looks"),
    [
        ("A field.", ["Hare"], [0]),
        ("A field.", ["HARE", "nobody"], [0]),
        ("The hare and old Tom meet.", [], [0, 1]),
        ("A shared chare, old Tommy.", [], []),
        ("孔乙己站着喝酒", [], [2]),
        ("The hare, a lean brown hare, sleeps.", ["Hare"], []),
        ("A field.", [], []),
    ],
)
def test_a_prompt_says_how_those_look_who_are_in_the_picture(
    prompt: str, names: list[str], looks: list[int]
) -> None:
    described = with_appearances(prompt, names, CAST)

    lines = [f"{CAST[at].name}: {CAST[at].appearance}" for at in looks]
    assert described == "\n".join([prompt, *lines])


def test_looks_are_kept_whole_when_a_prompt_is_too_long() -> None:
    described = with_appearances("p" * 20_000, ["Hare"], CAST)

    assert len(described) == 8_000
    assert described.endswith("\nHare: a lean brown hare")


def test_who_is_known_keeps_the_first_description() -> None:
    merged = merge_casts(
        CAST[:1], [Character("hare", "a white hare"), Character("Fox", ""), CAST[1]]
    )

    assert merged == CAST[:2]
