"""Steps against what users and failures do at the same moment."""

import asyncio
import base64
from dataclasses import replace
from pathlib import Path
from uuid import UUID

from structlog.testing import capture_logs

from db.queries import stories
from db.queries.work import OpenWork, list_open_works
from domain import ServiceKind, Status
from orchestration.housekeeping import reconcile
from orchestration.recipes.next_steps import stop_film
from resolvers.shots import require_shot
from resolvers.videos import cancel_video, generate_video, get_video
from tests.factories import add_rows
from tests.fakes.origin import PICTURE, Behaviour, FakeOrigin
from tests.journeys import DEADLINE_S, drawn_story
from tests.locks import somebody_waits
from tests.stage import Scene, Stage, open_stage
from tests.works import do_work, job_of

_LONGER_THAN_DEADLOCK_TIMEOUT_S = 1.2


async def test_a_film_claimed_while_its_story_is_canceled_does_not_deadlock(
    idle_stage: Stage,
) -> None:
    rows = await add_rows(idle_stage.database, video=Status.PENDING)
    job = await job_of(idle_stage.database, rows.video)

    async with idle_stage.database.transaction() as session:
        await stories.lock_row(session, rows.story)
        rendering = asyncio.create_task(do_work(idle_stage.production, job))
        await somebody_waits(idle_stage.database)
        await asyncio.wait({rendering}, timeout=_LONGER_THAN_DEADLOCK_TIMEOUT_S)
        async with asyncio.timeout(1):
            moved = await stop_film(session, rows.story)
    await rendering
    video = await get_video(idle_stage.context(), str(rows.video))

    assert moved
    assert video is not None
    assert video.status is Status.CANCELED


async def test_a_film_canceled_while_it_is_being_submitted_is_stopped_at_the_service(
    database_url: str, tmp_path: Path, origin: FakeOrigin
) -> None:
    origin.latencies_s["/v1/videos"] = 0.5

    async with (
        open_stage(database_url, tmp_path, origin, Scene(videos=("videos",))) as stage,
        asyncio.timeout(DEADLINE_S),
    ):
        story, _ = await drawn_story(stage, "A boat.")
        video = await generate_video(stage.context(), str(story.id))
        while not origin.calls["/v1/videos"]:
            await asyncio.sleep(0.02)
        canceled = await cancel_video(stage.context(), str(video.id))
        while not origin.calls["/v1/videos/cancel"]:
            await asyncio.sleep(0.02)

    assert canceled.status is Status.CANCELED
    assert origin.calls["/v1/videos"] == 1
    assert origin.jobs == {}


async def test_a_picture_that_the_store_refuses_for_a_moment_is_not_drawn_again(
    database_url: str, tmp_path: Path, origin: FakeOrigin
) -> None:
    content = base64.b64encode(PICTURE).decode()
    body = f'{{"image_url": "data:image/png;base64,{content}"}}'.encode()
    origin.behave("/pic", Behaviour(body=body))
    async with open_stage(database_url, tmp_path, origin, Scene(with_worker=False)) as stage:
        rows = await add_rows(stage.database, shot=Status.PENDING)
        in_the_way = tmp_path / "media" / "stories" / str(rows.story)
        in_the_way.parent.mkdir(parents=True)
        in_the_way.touch()

        with capture_logs() as logs:
            job = await job_of(stage.database, rows.take)
            drawing = asyncio.create_task(do_work(stage.production, job))
            async with asyncio.timeout(DEADLINE_S):
                while not any(line["event"] == "result not stored yet" for line in logs):
                    await asyncio.sleep(0.01)
        in_the_way.unlink()
        await drawing
        shot = await require_shot(stage.context(), str(rows.shot))

    assert shot.status is Status.COMPLETED
    assert origin.calls["/pic"] == 1


async def test_an_open_take_whose_job_is_gone_gets_it_again_and_only_then(
    idle_stage: Stage,
) -> None:
    rows = await add_rows(idle_stage.database, shot=Status.GENERATING)

    async def open_works() -> list[OpenWork]:
        async with idle_stage.database.reading() as session:
            return await list_open_works(session, after=UUID(int=0), limit=10)

    before = await open_works()
    await reconcile(idle_stage.production)
    after = await open_works()

    found = OpenWork(rows.take, ServiceKind.IMAGE, rows.story, "origin", rows.take, has_job=False)
    assert found in before
    assert after == [replace(one, has_job=True) for one in before]


async def test_open_work_is_walked_in_pages_without_a_slip(idle_stage: Stage) -> None:
    for _ in range(5):
        await add_rows(idle_stage.database, shot=Status.GENERATING)

    seen: list[OpenWork] = []
    async with idle_stage.database.reading() as session:
        every = await list_open_works(session, after=UUID(int=0), limit=100)
        while page := await list_open_works(
            session, after=seen[-1].subject_id if seen else UUID(int=0), limit=2
        ):
            seen += page

    assert seen == every
    assert len(every) >= 5
