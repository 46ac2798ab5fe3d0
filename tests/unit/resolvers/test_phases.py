"""The phase of a story, its next step and its progress, for every combination of what they say."""

from itertools import product

import pytest

from db.rows import ShotCounts, Standing
from domain import NextStepCode, Status, StoryPhase
from resolvers.phases import next_step_of, phase_of, progress_of

SHOTS = {
    "none": ShotCounts(),
    "pending": ShotCounts(total=6, pending=4, completed=2, drawn=2, done=2.0),
    "generating": ShotCounts(total=6, generating=4, completed=2, drawn=2, done=4.0),
    "clips": ShotCounts(total=6, completed=6, drawn=6, awaiting_clips=1, done=6.0),
    "drawn": ShotCounts(total=6, completed=6, drawn=6, done=6.0),
    "failed": ShotCounts(total=6, completed=2, failed=4, drawn=2, done=4.0),
    "failed anew": ShotCounts(total=6, completed=5, failed=1, drawn=6, done=6.0),
    "failed, some open": ShotCounts(total=6, pending=2, failed=4, done=1.0),
    "stopped": ShotCounts(total=6, completed=2, canceled=4, drawn=2, done=2.0),
    "stopped anew": ShotCounts(total=6, completed=5, canceled=1, drawn=6, done=6.0),
    "failed and stopped": ShotCounts(total=6, completed=1, failed=1, canceled=4, drawn=1, done=1.0),
}
FILMS = {
    "none": (None, False),
    "pending": (Status.PENDING, False),
    "generating": (Status.GENERATING, True),
    "completed": (Status.COMPLETED, True),
    "failed": (Status.FAILED, False),
    "failed anew": (Status.FAILED, True),
    "stopped": (Status.CANCELED, False),
    "stopped anew": (Status.CANCELED, True),
}
MEANINGS = {
    "WRITE": (StoryPhase.WRITING, None),
    "DRAW": (StoryPhase.DRAWING, None),
    "READY": (StoryPhase.READY, NextStepCode.MAKE_FILM),
    "FILM": (StoryPhase.RENDERING, None),
    "DONE": (StoryPhase.DONE, None),
    "DONE-": (StoryPhase.DONE, NextStepCode.RETRY_SHOTS),
    "!script": (StoryPhase.NEEDS_ATTENTION, NextStepCode.RETRY_SCRIPT),
    "!none": (StoryPhase.NEEDS_ATTENTION, NextStepCode.ADD_SHOTS),
    "!shots": (StoryPhase.NEEDS_ATTENTION, NextStepCode.RETRY_SHOTS),
    "!film": (StoryPhase.NEEDS_ATTENTION, NextStepCode.RETRY_FILM),
    "Xscript": (StoryPhase.CANCELED, NextStepCode.RETRY_SCRIPT),
    "Xshots": (StoryPhase.CANCELED, NextStepCode.RETRY_SHOTS),
}
# Shots downwards, films to the right, in the order of the two tables above.
WITH_SCRIPT = """
    none               | !none  FILM FILM DONE  !film !film !none  DONE
    pending            | DRAW   FILM FILM DRAW  DRAW  DRAW  DRAW   DRAW
    generating         | DRAW   FILM FILM DRAW  DRAW  DRAW  DRAW   DRAW
    clips              | DRAW   FILM FILM DRAW  DRAW  DRAW  DRAW   DRAW
    drawn              | READY  FILM FILM DONE  !film !film READY  DONE
    failed             | !shots FILM FILM DONE- !film !film !shots DONE-
    failed anew        | !shots FILM FILM DONE- !film !film !shots DONE-
    failed, some open  | DRAW   FILM FILM DRAW  DRAW  DRAW  DRAW   DRAW
    stopped            | Xshots FILM FILM DONE- !film !film Xshots DONE-
    stopped anew       | READY  FILM FILM DONE  !film !film READY  DONE
    failed and stopped | !shots FILM FILM DONE- !film !film !shots DONE-
"""
WITHOUT_SCRIPT = {
    Status.PENDING: "WRITE",
    Status.GENERATING: "WRITE",
    Status.FAILED: "!script",
    Status.CANCELED: "Xscript",
}
GRID = {
    (shots.strip(), film): told
    for shots, _, cells in (line.partition("|") for line in WITH_SCRIPT.strip().splitlines())
    for film, told in zip(FILMS, cells.split(), strict=True)
}
CASES = [
    (script, shots, film, WITHOUT_SCRIPT.get(script) or GRID[shots, film])
    for script, shots, film in product(Status, SHOTS, FILMS)
]


@pytest.mark.parametrize(("script", "shots", "film", "told"), CASES)
def test_every_combination_has_one_phase_and_says_what_to_do(
    script: Status, shots: str, film: str, told: str
) -> None:
    status, plays = FILMS[film]
    standing = Standing(SHOTS[shots], status, plays)

    step = next_step_of(script, standing)

    assert (phase_of(script, standing), step and step.code) == MEANINGS[told]
    assert step is None or step.message.endswith(".")


def test_the_sentence_counts_the_shots() -> None:
    many = next_step_of(Status.COMPLETED, Standing(SHOTS["stopped"]))
    one = next_step_of(Status.COMPLETED, Standing(SHOTS["failed anew"], Status.COMPLETED))

    assert many is not None
    assert many.message == ("4 of 6 shots were not drawn. Retry them, or make the film anyway.")
    assert one is not None
    assert one.message == "1 of 6 shots was not drawn. Retry it, then make the film again."


@pytest.mark.parametrize("shots", SHOTS)
def test_progress_is_one_only_where_a_film_would_lack_nothing(shots: str) -> None:
    progress = progress_of(Status.COMPLETED, SHOTS[shots])

    assert (progress == 1) == (shots in ("drawn", "failed anew", "stopped anew"))


def test_there_is_no_progress_before_the_script() -> None:
    assert progress_of(Status.GENERATING, ShotCounts()) == 0


def test_what_fails_at_its_very_end_is_not_done() -> None:
    at_the_end = ShotCounts(total=200, completed=199, failed=1, drawn=199, done=200.0)

    assert progress_of(Status.COMPLETED, at_the_end) == 0.99


def test_progress_keeps_what_a_failed_shot_had() -> None:
    drawing = ShotCounts(total=2, generating=1, completed=1, drawn=1, done=1.5)
    failed = ShotCounts(total=2, completed=1, failed=1, drawn=1, done=1.5)

    assert progress_of(Status.COMPLETED, drawing) == progress_of(Status.COMPLETED, failed) == 0.775
