"""Work that is cut off: what no service has seen is sent again, and nothing else is."""

import asyncio
import signal
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any, NoReturn

import pytest
from aiohttp.test_utils import unused_port
from sqlalchemy import update

from db.models import Work
from db.queries import stories
from db.rows import Failure
from domain import ServiceKind, Status
from orchestration.providers.images.worker_pool import WorkerPool
from orchestration.providers.jobs.image_provider import TableImageProvider
from orchestration.providers.jobs.service import JobService
from orchestration.providers.jobs.vendor import read_vendor
from orchestration.providers.ports import Call, ImageRequest
from orchestration.providers.studio import StudioImageProvider
from orchestration.queue.retries import RetryLaterError
from orchestration.work.landing import Failed, ToClaim
from orchestration.work.production import Production
from orchestration.work.run import MAX_INTERRUPTIONS
from orchestration.work.turns import release
from resolvers.shots import require_shot
from resolvers.videos import get_video
from tests.factories import Rows, add_rows, add_shot
from tests.fakes.origin import FakeOrigin
from tests.fakes.service import Behaviour, serving
from tests.fakes.vendors import FakeReplicate
from tests.films import until
from tests.model_services import Tools, open_tools
from tests.stage import Scene, Stage, hurried, open_stage
from tests.usages import usage_of
from tests.works import claim, do_work, job_of, keep, newest_work

FAILURE = Failure.now(code="X", message="x", retryable=True, provider=None, attempt=1)
SCENE = Scene(with_worker=False, patience=hurried(max_attempts=3))
SLOW_PER_S = 0.01
TIMEOUT_S = 1.0


@pytest.fixture
async def stage(database_url: str, tmp_path: Path, origin: FakeOrigin) -> AsyncIterator[Stage]:
    async with open_stage(database_url, tmp_path, origin, SCENE) as stage:
        yield stage


@pytest.fixture
async def replicate() -> AsyncIterator[FakeReplicate]:
    async with serving(FakeReplicate()) as running:
        yield running


@pytest.fixture
async def tools(replicate: FakeReplicate) -> AsyncIterator[Tools]:
    async with open_tools(ServiceKind.IMAGE, replicate.url) as tools:
        yield tools


def painter(tools: Tools, *, per_s: float | None = None) -> TableImageProvider:
    """The adapter of the service, which takes so many submissions a second."""
    table = read_vendor("replicate").model_copy(update={"submissions_per_s": per_s})
    jobs = JobService(
        tools.client, tools.endpoint, table, submit_client=tools.client, model="owner/painter"
    )
    return TableImageProvider(jobs, pictures=tools.pictures, poll_interval_s=0.01)


def painted_by(stage: Stage, *painters: Any) -> Production:
    line_up = replace(stage.production.line_up, images=painters)
    return replace(stage.production, line_up=line_up)


async def work_of(stage: Stage, rows: Rows) -> Work:
    return await newest_work(stage.database, rows.take)


async def test_a_worker_that_dies_before_its_turn_has_come_leaves_nothing_in_doubt(
    stage: Stage, tools: Tools, replicate: FakeReplicate
) -> None:
    first = await add_rows(stage.database, shot=Status.PENDING)
    second = await add_shot(stage.database, first.story, position=2, status=Status.PENDING)
    production = painted_by(stage, painter(tools, per_s=SLOW_PER_S))
    await do_work(production, await job_of(stage.database, first.take, provider="tested"))
    job = await job_of(stage.database, second.take, provider="tested")

    waiting = asyncio.create_task(do_work(production, job))
    async with asyncio.timeout(10):
        while (await work_of(stage, second)).status is not Status.GENERATING:
            await asyncio.sleep(0.01)
    await asyncio.wait({waiting}, timeout=0.2)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    cut_off = await work_of(stage, second)
    await do_work(painted_by(stage, painter(tools)), job)
    shot = await require_shot(stage.context(), str(second.shot))

    assert cut_off.submitted_at is None
    assert shot.status is Status.COMPLETED
    assert shot.attempt == 1
    assert replicate.calls["/submit"] == 2


async def test_a_service_that_is_not_reached_has_seen_nothing(stage: Stage) -> None:
    rows = await add_rows(stage.database, shot=Status.PENDING)
    job = await job_of(stage.database, rows.take, provider="tested")

    async with open_tools(ServiceKind.IMAGE, f"http://127.0.0.1:{unused_port()}") as tools:
        with pytest.raises(RetryLaterError):
            await do_work(painted_by(stage, painter(tools)), job)
    work = await work_of(stage, rows)

    assert (work.status, work.attempt, work.submitted_at) == (Status.PENDING, 1, None)
    assert work.failure is not None
    assert work.failure["code"] == "UPSTREAM_UNAVAILABLE"


async def test_a_worker_that_wakes_after_another_has_claimed_its_work_ends_nothing(
    stage: Stage,
) -> None:
    rows = await add_rows(stage.database, shot=Status.PENDING)
    job = await job_of(stage.database, rows.take)
    landing = stage.production.landing
    frozen, working = [
        await landing.claim(rows.story, ToClaim(job.work_id, job.provider)) for _ in range(2)
    ]
    assert frozen is not None
    assert working is not None

    await release(stage.production, frozen, failure=FAILURE)
    is_failed = await landing.land(rows.story, Failed(frozen.work, FAILURE))
    work = await work_of(stage, rows)
    is_failed_by_its_own = await landing.land(rows.story, Failed(working.work, FAILURE))

    assert (is_failed, is_failed_by_its_own) == (False, True)
    assert (work.status, work.attempt, work.failure) == (Status.GENERATING, 0, None)


async def test_interruptions_use_no_attempt_up(stage: Stage, origin: FakeOrigin) -> None:
    rows = await add_rows(stage.database, shot=Status.PENDING)
    job = await job_of(stage.database, rows.take)
    for _ in range(stage.production.patience.max_attempts + 2):
        await claim(stage.production, job)

    await do_work(stage.production, job)
    shot = await require_shot(stage.context(), str(rows.shot))
    work = await work_of(stage, rows)

    assert (shot.status, shot.attempt) == (Status.COMPLETED, 1)
    assert (work.attempt, work.interruptions) == (0, 5)
    assert origin.calls["/pic"] == 1


async def test_a_database_that_is_slow_costs_no_second_picture(
    database_url: str, tmp_path: Path, origin: FakeOrigin
) -> None:
    scene = replace(
        SCENE, patience=hurried(max_attempts=3, timeouts_s={ServiceKind.IMAGE: TIMEOUT_S})
    )
    async with open_stage(database_url, tmp_path, origin, scene) as stage:
        rows = await add_rows(stage.database, shot=Status.PENDING)
        job = await job_of(stage.database, rows.take, provider="origin")
        origin.behave("/pic", Behaviour(kind="hold"))
        drawing = asyncio.create_task(do_work(stage.production, job))
        await until(lambda: origin.calls["/pic"] == 1)
        async with stage.database.transaction() as session:
            await stories.lock_row(session, rows.story)
            origin.release()
            await asyncio.wait({drawing}, timeout=2 * TIMEOUT_S)
        await asyncio.gather(drawing, return_exceptions=True)

        await do_work(stage.production, job)
        shot = await require_shot(stage.context(), str(rows.shot))

    assert shot.status is Status.COMPLETED
    assert origin.calls["/pic"] == 1


async def test_a_picture_that_lies_at_another_service_is_neither_taken_nor_charged(
    stage: Stage, origin: FakeOrigin
) -> None:
    rows = await add_rows(stage.database, shot=Status.PENDING)
    there = await job_of(stage.database, rows.take, provider="former")
    await claim(stage.production, there)
    await keep(stage.production, there, result_url=f"{origin.url}/files/1.png")

    await do_work(stage.production, replace(there, provider="origin"))
    shot = await require_shot(stage.context(), str(rows.shot))
    work = await work_of(stage, rows)

    assert shot.failure is not None
    assert shot.failure.code == "PROVIDER_CHANGED"
    assert work.provider == "former"
    assert (await usage_of(stage, rows.story)).lines == []
    assert not origin.calls


async def test_a_job_that_another_service_has_goes_on_there(
    stage: Stage, tools: Tools, replicate: FakeReplicate, origin: FakeOrigin
) -> None:
    rows = await add_rows(stage.database, shot=Status.PENDING)
    there = await job_of(stage.database, rows.take, provider="tested")
    await claim(stage.production, there)
    await keep(stage.production, there, is_submitting=True)
    await keep(stage.production, there, remote_job_id=replicate.begin())

    both = painted_by(stage, stage.production.line_up.image, painter(tools))
    await do_work(both, replace(there, provider="origin"))
    shot = await require_shot(stage.context(), str(rows.shot))
    [line] = (await usage_of(stage, rows.story)).lines

    assert shot.status is Status.COMPLETED
    assert line.provider == "tested"
    assert replicate.calls["/submit"] == 0
    assert not origin.calls


async def test_a_film_that_another_service_may_have_is_not_composed_here(stage: Stage) -> None:
    rows = await add_rows(stage.database, video=Status.PENDING)
    there = await job_of(stage.database, rows.video, provider="videos")
    await claim(stage.production, there)
    await keep(stage.production, there, is_submitting=True)

    await do_work(stage.production, replace(there, provider="studio"))
    film = await get_video(stage.context(), str(rows.video))

    assert film is not None
    assert film.failure is not None
    assert film.failure.code == "PROVIDER_CHANGED"
    assert film.provider == "videos"


class BreaksBeforeSending(TableImageProvider):
    """An adapter whose request cannot be made."""

    async def begin(self, *_: Any, **__: Any) -> NoReturn:
        raise ZeroDivisionError


class BreaksAfterSending(TableImageProvider):
    """An adapter that cannot read what it is answered."""

    async def begin(self, request: ImageRequest, call: Call) -> NoReturn:
        await super().begin(request, call)
        raise ZeroDivisionError


@pytest.mark.parametrize(
    ("adapter", "tries", "submissions"), [(BreaksBeforeSending, 2, 0), (BreaksAfterSending, 1, 1)]
)
async def test_what_may_have_left_is_never_submitted_again(
    stage: Stage,
    tools: Tools,
    replicate: FakeReplicate,
    adapter: type[TableImageProvider],
    tries: int,
    submissions: int,
) -> None:
    rows = await add_rows(stage.database, shot=Status.PENDING)
    production = painted_by(stage, adapter(painter(tools).jobs, pictures=tools.pictures))
    job = await job_of(stage.database, rows.take, provider="tested")

    for _ in range(tries - 1):
        with pytest.raises(RetryLaterError):
            await do_work(production, job)
    await do_work(production, job)
    shot = await require_shot(stage.context(), str(rows.shot))

    assert shot.failure is not None
    assert shot.failure.code == "INTERNAL"
    assert replicate.calls["/submit"] == submissions


def end_by(number: signal.Signals) -> None:
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {number})
    signal.raise_signal(number)


class StoppedPainter(StudioImageProvider):
    """The built-in painter, whose process is ended from outside at each picture."""

    def __init__(self, pool: WorkerPool, number: signal.Signals) -> None:
        super().__init__(pool)
        self.helpers, self.number = pool, number

    async def begin(self, *_: Any, **__: Any) -> NoReturn:
        await self.helpers.run(end_by, self.number)
        raise AssertionError("it was not ended")


@pytest.fixture
async def pool() -> AsyncIterator[WorkerPool]:
    pool = WorkerPool(max_workers=1)
    yield pool
    await pool.aclose()


async def test_a_process_that_was_told_to_stop_costs_no_attempt_and_ends_some_day(
    stage: Stage, pool: WorkerPool
) -> None:
    rows = await add_rows(stage.database, shot=Status.PENDING)
    production = painted_by(stage, StoppedPainter(pool, signal.SIGTERM))
    job = await job_of(stage.database, rows.take, provider="studio")

    for _ in range(4):
        with pytest.raises(RetryLaterError):
            await do_work(production, job)
    before = await work_of(stage, rows)
    async with stage.database.transaction() as session:
        await session.execute(update(Work).values(interruptions=MAX_INTERRUPTIONS))
    await do_work(production, job)
    shot = await require_shot(stage.context(), str(rows.shot))

    assert (before.status, before.attempt, before.interruptions) == (Status.GENERATING, 0, 3)
    assert shot.failure is not None
    assert shot.failure.code == "INTERRUPTED"


async def test_a_process_that_is_killed_each_time_fails_after_the_attempts(
    stage: Stage, pool: WorkerPool
) -> None:
    rows = await add_rows(stage.database, shot=Status.PENDING)
    production = painted_by(stage, StoppedPainter(pool, signal.SIGKILL))
    job = await job_of(stage.database, rows.take, provider="studio")

    for _ in range(stage.production.patience.max_attempts - 1):
        with pytest.raises(RetryLaterError):
            await do_work(production, job)
    await do_work(production, job)
    shot = await require_shot(stage.context(), str(rows.shot))

    assert shot.failure is not None
    assert (shot.failure.code, shot.attempt) == ("PROCESS_KILLED", 3)
    assert "memory" in shot.failure.message
