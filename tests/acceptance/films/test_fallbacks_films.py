"""Fallback providers for clips, voices and films."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import update

from db.models import Work
from db.rows import Failure, StoryRow
from domain import Action, Motion, ServiceKind, Status
from orchestration.queue.retries import RetryLaterError
from orchestration.recipes.next_steps import begin_clips_again, stop_clips
from orchestration.work import turns
from resolvers.stories import StoryWish, create_story
from resolvers.usage import read_usage
from tests.factories import add_clip, add_rows
from tests.fakes.openai import FakeOpenAI
from tests.fakes.origin import Behaviour, FakeOrigin, serving
from tests.fakes.vendors import FakeReplicate
from tests.journeys import leave_alone, settle, wait_for_clips
from tests.stage import Scene, Stage, hurried, open_stage
from tests.works import job_of, keep, newest_work

DOWN = Behaviour(status=503, body=b"{}", headers={"Retry-After": "0"})
BUSY = Behaviour(status=429, headers={"Retry-After": "100"})
NO_CREDIT = Behaviour(status=402, body=b"{}")
AWAY = pytest.mark.parametrize("answer", [DOWN, BUSY, NO_CREDIT], ids=["down", "busy", "no credit"])
PATIENCE = hurried(max_attempts=3)
OUTAGE_S = 60
TWO = "The keeper lit the lamp. A ship came home."


@pytest.fixture
async def animators() -> AsyncIterator[tuple[FakeReplicate, FakeReplicate]]:
    async with serving(FakeReplicate()) as first, serving(FakeReplicate()) as second:
        yield first, second


@pytest.fixture
async def speakers() -> AsyncIterator[tuple[FakeOpenAI, FakeOpenAI]]:
    async with serving(FakeOpenAI()) as first, serving(FakeOpenAI()) as second:
        yield first, second


async def charged(stage: Stage, story: StoryRow, kind: ServiceKind) -> dict[str, float | None]:
    """What each provider of the kind was paid for the story."""
    usage = await read_usage(stage.context(), story.id)
    return {line.provider: line.price for line in usage.lines if line.kind is kind}


@AWAY
async def test_the_next_animator_makes_the_clips_that_the_first_cannot(
    database_url: str,
    tmp_path: Path,
    origin: FakeOrigin,
    animators: tuple[FakeReplicate, FakeReplicate],
    answer: Behaviour,
) -> None:
    first, second = animators
    first.behave("/submit", answer, times=1_000)
    scene = Scene(animators=animators, patience=PATIENCE, outage_patience_s=OUTAGE_S)

    async with open_stage(database_url, tmp_path, origin, scene) as stage:
        wish = StoryWish(content="A gull cried. Who was awake?", motion=Motion.CLIP)
        story, _ = await settle(stage, await create_story(stage.context(), wish))
        made = await wait_for_clips(stage, story.id, count=2)
        paid = await charged(stage, story, ServiceKind.CLIP)

    assert [(clip.status, clip.provider) for clip in made] == [(Status.COMPLETED, "animator-2")] * 2
    assert first.calls["/submit"] <= 2
    assert second.calls["/submit"] == 2
    assert set(paid) == {"animator-2"}


async def test_a_clip_that_was_begun_stays_with_its_animator(
    database_url: str,
    tmp_path: Path,
    origin: FakeOrigin,
    animators: tuple[FakeReplicate, FakeReplicate],
) -> None:
    still = Scene(animators=animators, with_worker=False)
    async with open_stage(database_url, tmp_path, origin, still) as stage:
        rows = await add_rows(stage.database, shot=Status.COMPLETED)
        clip_id = await add_clip(
            stage.database, rows, status=Status.GENERATING, provider="animator"
        )
        job = await job_of(stage.database, clip_id)
        await keep(stage.production, job, is_submitting=True)
        await leave_alone(stage, ServiceKind.CLIP, "animator", seconds=100)

        with pytest.raises(RetryLaterError) as later:
            await turns.wait_turn(stage.production, job)

    assert later.value.delay_s > 90


async def test_a_clip_that_only_has_to_be_fetched_is_fetched_from_who_made_it(
    idle_stage: Stage,
) -> None:
    rows = await add_rows(idle_stage.database, shot=Status.COMPLETED)
    clip_id = await add_clip(idle_stage.database, rows, status=Status.FAILED, provider="second")
    failure = Failure.now(
        code="UPSTREAM_TIMEOUT", message="m", retryable=True, provider="second", attempt=1
    )
    made = update(Work).where(Work.subject_id == clip_id)
    begun: list[str] = []
    for providers in (["first", "second"], ["first"]):
        async with idle_stage.database.transaction() as session:
            await session.execute(
                made.values(
                    status=Status.FAILED,
                    result_url="https://clips.example/1.mp4",
                    failure=failure.to_json(),
                )
            )
            await begin_clips_again(
                session, rows.story, [rows.shot], providers=providers, action=Action.RETRY
            )
        begun.append((await newest_work(idle_stage.database, clip_id)).provider)
        async with idle_stage.database.transaction() as session:
            await stop_clips(session, rows.story, [rows.shot])

    assert begun == ["second", "first"]
