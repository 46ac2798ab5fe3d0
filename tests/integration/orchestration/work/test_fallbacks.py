"""The next provider in the order answers while the one before it is down or over quota."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import text

from db.queries.takes import list_takes_by_id
from db.rows import ShotRow
from domain import ServiceKind, Status
from orchestration.queue.jobs import Job, enqueue
from orchestration.queue.retries import RetryLaterError
from orchestration.work import turns
from resolvers.usage import read_usage
from resolvers.waiting import waits_for
from tests.factories import add_rows
from tests.fakes.openai import FakeOpenAI
from tests.fakes.origin import Behaviour, FakeOrigin, serving
from tests.journeys import drawn_story, leave_alone, start_story
from tests.stage import Scene, Stage, hurried, open_stage
from tests.works import claim, do_work, job_of, keep

EIGHT = "One. Two. Three. Four. Five. Six. Seven. Eight."
DOWN = Behaviour(status=503, body=b"{}")
BUSY = Behaviour(status=429, headers={"Retry-After": "100"})
NO_CREDIT = Behaviour(status=402, body=b"{}")
REJECTED = Behaviour(
    status=400,
    body=b'{"error": {"code": "content_policy_violation", "message": "no"}}',
)


@pytest.fixture
async def second() -> AsyncIterator[FakeOpenAI]:
    async with serving(FakeOpenAI()) as service:
        yield service


def scene(second: FakeOpenAI, *, max_attempts: int = 3, outage_patience_s: float = 60) -> Scene:
    return Scene(
        next_in_line=second,
        patience=hurried(max_attempts=max_attempts),
        outage_patience_s=outage_patience_s,
    )


async def painters(stage: Stage, shots: list[ShotRow]) -> set[str]:
    ids = [shot.selected_take_id for shot in shots if shot.selected_take_id is not None]
    async with stage.database.reading() as session:
        takes = await list_takes_by_id(session, ids)
    return {take.provider for take in takes.values()}


async def test_while_the_first_answers_the_next_is_not_asked(
    database_url: str, tmp_path: Path, origin: FakeOrigin, second: FakeOpenAI
) -> None:
    async with open_stage(database_url, tmp_path, origin, scene(second)) as stage:
        _, shots = await drawn_story(stage)
        names = await painters(stage, shots)

    assert names == {"origin"}
    assert not second.calls


@pytest.mark.parametrize("answer", [DOWN, BUSY, NO_CREDIT], ids=["down", "busy", "no credit"])
async def test_the_next_painter_draws_what_the_first_cannot(
    database_url: str, tmp_path: Path, origin: FakeOrigin, second: FakeOpenAI, answer: Behaviour
) -> None:
    origin.behave("/pic", answer, times=1_000)

    async with open_stage(database_url, tmp_path, origin, scene(second)) as stage:
        story, shots = await drawn_story(stage, EIGHT)
        names = await painters(stage, shots)
        usage = await read_usage(stage.context(), story.id)

    assert [shot.status for shot in shots] == [Status.COMPLETED] * 8
    assert names == {"next"}
    assert origin.calls["/pic"] <= 8
    assert second.calls["/images"] == 8
    assert {line.provider for line in usage.lines if line.kind == "IMAGE"} == {"next"}


async def test_a_painter_that_is_left_alone_is_not_asked_by_later_stories(
    database_url: str, tmp_path: Path, origin: FakeOrigin, second: FakeOpenAI
) -> None:
    origin.behave("/pic", BUSY, times=1_000)

    async with open_stage(database_url, tmp_path, origin, scene(second)) as stage:
        await drawn_story(stage)
        asked = origin.calls["/pic"]
        _, shots = await drawn_story(stage, EIGHT)

    assert origin.calls["/pic"] == asked
    assert {(shot.status, shot.attempt) for shot in shots} == {(Status.COMPLETED, 1)}


async def test_the_next_writer_writes_what_the_first_cannot(
    database_url: str, tmp_path: Path, origin: FakeOrigin, second: FakeOpenAI
) -> None:
    origin.behave("/llm", DOWN, times=1_000)

    async with open_stage(database_url, tmp_path, origin, scene(second)) as stage:
        story, shots = await drawn_story(stage)
        usage = await read_usage(stage.context(), story.id)
        names = await painters(stage, shots)

    assert story.status is Status.COMPLETED
    assert origin.calls["/llm"] == 1
    assert [line.provider for line in usage.lines if line.kind == "SCRIPT"] == ["next"]
    assert names == {"origin"}


async def test_what_is_refused_for_its_content_is_asked_of_nobody_else(
    database_url: str, tmp_path: Path, origin: FakeOrigin, second: FakeOpenAI
) -> None:
    origin.behave("/pic", REJECTED, times=1_000)

    async with open_stage(database_url, tmp_path, origin, scene(second)) as stage:
        _, shots = await drawn_story(stage)

    assert {shot.failure.code for shot in shots if shot.failure} == {"CONTENT_REJECTED"}
    assert not second.calls


async def test_when_nobody_answers_attempts_end(
    database_url: str, tmp_path: Path, origin: FakeOrigin, second: FakeOpenAI
) -> None:
    origin.behave("/pic", DOWN, times=1_000)
    second.behave("/images", DOWN, times=1_000)

    away = scene(second, max_attempts=4, outage_patience_s=0)
    async with open_stage(database_url, tmp_path, origin, away) as stage:
        _, shots = await drawn_story(stage)

    assert {shot.failure.code for shot in shots if shot.failure} == {"UPSTREAM_UNAVAILABLE"}
    assert {shot.attempt for shot in shots} == {4}
    assert origin.calls["/pic"] + second.calls["/images"] == 4 * 4
    assert min(origin.calls["/pic"], second.calls["/images"]) >= 4


async def test_a_story_waits_only_while_everybody_is_left_alone(
    database_url: str, tmp_path: Path, origin: FakeOrigin, second: FakeOpenAI
) -> None:
    async with open_stage(database_url, tmp_path, origin, scene(second)) as stage:
        pauses = stage.production.pauses
        origin.behave("/llm", Behaviour(kind="hang"))
        story = await start_story(stage)

        await leave_alone(stage, ServiceKind.SCRIPT, "origin", seconds=100)
        free = await waits_for(stage.context(), story)
        await leave_alone(stage, ServiceKind.SCRIPT, "next", seconds=50)
        held = await waits_for(stage.context(), story)

        assert free is None
        assert held == pauses.current(ServiceKind.SCRIPT, "next")


async def test_a_picture_that_was_begun_stays_with_its_painter(
    database_url: str, tmp_path: Path, origin: FakeOrigin, second: FakeOpenAI
) -> None:
    still = Scene(next_in_line=second, with_worker=False)
    async with open_stage(database_url, tmp_path, origin, still) as stage:
        rows = await add_rows(stage.database, shot=Status.PENDING)
        job = await job_of(stage.database, rows.take)
        await claim(stage.production, job)
        await keep(stage.production, job, is_submitting=True)
        await leave_alone(stage, ServiceKind.IMAGE, "origin", seconds=100)

        with pytest.raises(RetryLaterError) as later:
            await do_work(stage.production, job)

    assert later.value.delay_s > 90


async def test_of_two_that_are_left_alone_the_first_to_be_free_is_waited_for(
    database_url: str, tmp_path: Path, origin: FakeOrigin, second: FakeOpenAI
) -> None:
    still = Scene(next_in_line=second, with_worker=False)
    async with open_stage(database_url, tmp_path, origin, still) as stage:
        rows = await add_rows(stage.database, shot=Status.PENDING)
        job = await job_of(stage.database, rows.take)
        await leave_alone(stage, ServiceKind.IMAGE, "origin", seconds=100)
        await leave_alone(stage, ServiceKind.IMAGE, "next", seconds=20)

        with pytest.raises(RetryLaterError) as later:
            await turns.wait_turn(stage.production, job)

    assert 19 < later.value.delay_s < 26


async def test_a_rate_limit_of_a_moment_is_waited_out(
    database_url: str, tmp_path: Path, origin: FakeOrigin, second: FakeOpenAI
) -> None:
    origin.behave("/pic", Behaviour(status=429, headers={"Retry-After": "1"}), times=4)

    async with open_stage(database_url, tmp_path, origin, scene(second)) as stage:
        _, shots = await drawn_story(stage)
        names = await painters(stage, shots)

    assert names == {"origin"}
    assert not second.calls


async def provider_of(stage: Stage, job: Job) -> str:
    """Where the job stands in the queue."""
    async with stage.database.reading() as session:
        found = await session.execute(
            text("SELECT entrypoint FROM pgqueuer WHERE dedupe_key = :key"), {"key": job.key}
        )
        return found.scalar_one().partition(".")[2]


async def test_who_waits_at_the_next_one_goes_back_when_the_first_is_free(
    database_url: str, tmp_path: Path, origin: FakeOrigin, second: FakeOpenAI
) -> None:
    still = Scene(next_in_line=second, with_worker=False)
    async with open_stage(database_url, tmp_path, origin, still) as stage:
        rows = await add_rows(stage.database, shot=Status.PENDING)
        job = await job_of(stage.database, rows.take)
        async with stage.database.transaction() as session:
            await enqueue(session, [job])
        await leave_alone(stage, ServiceKind.IMAGE, "origin", seconds=6)

        with pytest.raises(RetryLaterError):
            await turns.wait_turn(stage.production, job)
        at_first = await provider_of(stage, job)
        guest = replace(job, provider="next", detail="guest")
        await turns.wait_turn(stage.production, guest)  # the first is not free: it begins here
        async with asyncio.timeout(20):
            while not stage.production.pauses.is_free(ServiceKind.IMAGE, "origin"):
                await asyncio.sleep(0.1)
        with pytest.raises(RetryLaterError):
            await turns.wait_turn(stage.production, guest)
        at_last = await provider_of(stage, job)
        sent_away = replace(job, provider="next")
        await turns.wait_turn(stage.production, sent_away)  # the first could not do it

    assert (at_first, at_last) == ("next", "origin")
