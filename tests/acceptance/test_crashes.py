"""Crashes lose no work: real processes, killed and frozen while they work."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from domain import Status
from resolvers.shots import regenerate_shot
from resolvers.stories import StoryWish, create_story
from resolvers.videos import generate_video, get_video
from tests.fakes.origin import Behaviour, FakeOrigin
from tests.films import until
from tests.journeys import follow_until, is_settled, read
from tests.processes import running
from tests.stage import Scene, Stage, open_stage

SHOTS = 20
READY = "worker is ready"


@pytest.fixture
async def stage(database_url: str, tmp_path: Path, origin: FakeOrigin) -> AsyncIterator[Stage]:
    """A backend that only writes to the queue: the work is done by processes."""
    origin.shots = SHOTS
    origin.latencies_s["/pic"] = 1.5
    async with open_stage(database_url, tmp_path, origin, Scene(with_worker=False)) as stage:
        yield stage


@pytest.fixture
def environment(database_url: str, tmp_path: Path, origin: FakeOrigin) -> dict[str, str]:
    """The settings of a worker on the test's database, services and media."""
    return {
        "AI_STORY_DATABASE_URL": database_url,
        "AI_STORY_HOME": str(tmp_path),
        "AI_STORY_SCRIPT_PROVIDER": "origin",
        "AI_STORY_SCRIPT_URL": origin.url,
        "AI_STORY_IMAGE_PROVIDER": "origin",
        "AI_STORY_IMAGE_URL": origin.url,
        "AI_STORY_DRAIN_S": "1",
    }


async def test_a_killed_worker_costs_at_most_the_calls_in_flight(
    stage: Stage, origin: FakeOrigin, environment: dict[str, str]
) -> None:
    story = await create_story(stage.context(), StoryWish(content="A story."))
    async with running("worker", environment=environment, ready=READY) as first:
        await follow_until(stage, story.id, lambda change: change.counts.generating == SHOTS)
        first.kill()
    in_flight = origin.calls["/pic"]

    async with running("worker", environment=environment, ready=READY):
        began = time.monotonic()
        await follow_until(stage, story.id, lambda _: origin.calls["/pic"] > in_flight)
        taken_over_s = time.monotonic() - began
        await follow_until(stage, story.id, is_settled)
    _, shots = await read(stage, story)

    assert {shot.status for shot in shots} == {Status.COMPLETED}
    assert origin.calls["/pic"] <= SHOTS + in_flight
    assert taken_over_s < 5


async def test_a_worker_that_stops_in_good_order_uses_up_no_attempt(
    stage: Stage, database_url: str, tmp_path: Path, origin: FakeOrigin
) -> None:
    origin.latencies_s["/llm"] = 60
    story = await create_story(stage.context(), StoryWish(content="A story."))
    restarts = stage.production.patience.max_attempts + 1
    for begun in range(1, restarts + 1):
        async with open_stage(database_url, tmp_path, origin), asyncio.timeout(20):
            while origin.calls["/llm"] < begun:
                await asyncio.sleep(0.01)

    origin.latencies_s["/llm"] = origin.latencies_s["/pic"] = 0
    async with open_stage(database_url, tmp_path, origin):
        await follow_until(stage, story.id, is_settled)
    kept, _ = await read(stage, story)

    assert kept.status is Status.COMPLETED
    assert kept.attempt == 1


async def test_another_worker_takes_over_what_a_killed_one_had(
    stage: Stage, origin: FakeOrigin, environment: dict[str, str]
) -> None:
    async with AsyncExitStack() as stack:
        first, _ = [
            await stack.enter_async_context(running("worker", environment=environment, ready=READY))
            for _ in range(2)
        ]
        story = await create_story(stage.context(), StoryWish(content="A story."))
        await follow_until(stage, story.id, lambda change: change.counts.generating == SHOTS)
        first.kill()
        killed_at = time.monotonic()
        await follow_until(stage, story.id, is_settled)
        seconds = time.monotonic() - killed_at
    _, shots = await read(stage, story)

    assert {shot.status for shot in shots} == {Status.COMPLETED}
    assert seconds < 5 + origin.latencies_s["/pic"] + 2
    assert max(origin.keys["/pic"].values()) <= 2


async def test_a_worker_killed_while_composing_leaves_a_film_to_its_successor(
    stage: Stage, origin: FakeOrigin, environment: dict[str, str]
) -> None:
    origin.shots = 3
    origin.latencies_s.clear()
    story = await create_story(stage.context(), StoryWish(content="A story.", auto_render=True))
    async with running("worker", environment=environment, ready=READY) as first:
        await follow_until(
            stage,
            story.id,
            lambda c: c.video is not None and c.video.status is Status.GENERATING,
        )
        first.kill()
    async with running("worker", environment=environment, ready=READY):
        seen = await follow_until(
            stage, story.id, lambda c: c.video is not None and c.video.status is Status.COMPLETED
        )

    assert seen[-1].video is not None
    assert seen[-1].video.media_key is not None


async def test_a_remote_film_is_submitted_once_whoever_dies(
    database_url: str, tmp_path: Path, origin: FakeOrigin, environment: dict[str, str]
) -> None:
    origin.polls = 10_000
    remote = {
        **environment,
        "AI_STORY_VIDEO_PROVIDER": "videos",
        "AI_STORY_VIDEO_URL": origin.url,
        "AI_STORY_VIDEO_MODEL": "film-1",
    }
    scene = Scene(with_worker=False, videos=("videos",))
    async with open_stage(database_url, tmp_path, origin, scene) as stage:
        story = await create_story(stage.context(), StoryWish(content="A. B."))
        async with running("worker", environment=remote, ready=READY) as first:
            await follow_until(stage, story.id, is_settled)
            video = await generate_video(stage.context(), str(story.id))
            async with asyncio.timeout(30):
                while not origin.calls["/v1/videos/poll"]:
                    await asyncio.sleep(0.02)
            first.kill()
        origin.polls = 1
        async with running("worker", environment=remote, ready=READY):
            await follow_until(
                stage,
                story.id,
                lambda c: c.video is not None and c.video.status is Status.COMPLETED,
            )
        film = await get_video(stage.context(), str(video.id))

    assert film is not None
    assert film.media_key is not None
    assert origin.calls["/v1/videos"] == 1


async def test_a_frozen_worker_writes_nothing_twice(
    stage: Stage, origin: FakeOrigin, environment: dict[str, str]
) -> None:
    origin.shots = 3
    origin.behave("/pic", Behaviour(kind="hang"), times=3)
    impatient = {**environment, "AI_STORY_HEARTBEAT_S": "2"}
    async with AsyncExitStack() as stack:
        first = await stack.enter_async_context(
            running("worker", environment=impatient, ready=READY)
        )
        story = await create_story(stage.context(), StoryWish(content="A story."))
        await until(lambda: origin.calls["/pic"] == 3)  # claimed is not yet called
        first.freeze()
        stack.callback(first.thaw)
        await stack.enter_async_context(running("worker", environment=impatient, ready=READY))
        await follow_until(stage, story.id, is_settled)
        _, shots = await read(stage, story)
        fresh = await regenerate_shot(stage.context(), str(shots[0].id))
        origin.release()
        first.thaw()
        await follow_until(
            stage,
            story.id,
            lambda c: (
                c.shot is not None
                and c.shot.id == fresh.id
                and c.shot.status is Status.COMPLETED
                and c.shot.selected_take_id != shots[0].selected_take_id
            ),
        )
        settled, after = await read(stage, story)

    assert {shot.status for shot in after} == {Status.COMPLETED}
    assert [shot.selected_take_id for shot in after[1:]] == [s.selected_take_id for s in shots[1:]]
    assert settled.event_seq == (await read(stage, story))[0].event_seq


async def test_a_worker_that_stood_still_reads_the_answers_that_came_meanwhile(
    stage: Stage, origin: FakeOrigin, environment: dict[str, str]
) -> None:
    shots = 8  # so many calls in a row would count as an outage of the service
    origin.shots = shots
    origin.latencies_s = {"/pic": 0.5}
    impatient = {**environment, "AI_STORY_IMAGE_TIMEOUT_S": "2"}
    async with running("worker", environment=impatient, ready=READY) as worker:
        story = await create_story(stage.context(), StoryWish(content="A story."))
        await until(lambda: origin.calls["/pic"] == shots)
        worker.freeze()
        await asyncio.sleep(3)
        worker.thaw()
        await follow_until(stage, story.id, is_settled)
        _, drawn = await read(stage, story)

    assert {shot.status for shot in drawn} == {Status.COMPLETED}
    assert origin.calls["/pic"] == shots
