"""An unexpected exception ends a step with its own message, after at most one more try."""

from dataclasses import replace
from pathlib import Path
from typing import NoReturn

from sqlalchemy import text

from domain import ServiceKind, Status
from orchestration.providers.jobs.image_provider import TableImageProvider
from orchestration.providers.jobs.service import JobService
from orchestration.providers.jobs.vendor import read_vendor
from orchestration.queue.jobs import Job
from orchestration.queue.retries import RetryLaterError
from orchestration.work.production import Production
from tests.factories import add_clip, add_rows
from tests.fakes.origin import FakeOrigin
from tests.fakes.service import serving
from tests.fakes.vendors import FakeReplicate
from tests.model_services import open_tools, table_clip
from tests.stage import Scene, Stage, hurried, open_stage
from tests.works import do_work, job_of

TRIES = 6
SCENE = Scene(with_worker=False, patience=hurried(max_attempts=4))


class BrokenWriter:
    """An adapter with a fault that no port allows."""

    name = "broken"
    calls = 0

    async def begin(self, *_: object) -> NoReturn:
        self.calls += 1
        raise ZeroDivisionError("secret")

    async def count_shots(self, _: object) -> int:
        return 1


class BrokenPainter:
    """Another one, which makes pictures."""

    name = "broken"
    calls = 0

    async def begin(self, *_: object) -> NoReturn:
        self.calls += 1
        raise ZeroDivisionError("secret")

    async def fetch(self, *_: object) -> NoReturn:
        raise KeyError("url")


async def tries_until_the_end(production: Production, job: Job) -> int:
    """Do the work as the queue does."""
    for tries in range(1, TRIES):
        try:
            await do_work(production, job)
        except RetryLaterError:
            continue
        return tries
    raise AssertionError("the step never ends")


async def failure_in(stage: Stage, table: str) -> tuple[str, str]:
    """Code and message of the one failure there is."""
    async with stage.database.reading() as session:
        statement = f"SELECT failure->>'code', failure->>'message' FROM {table}"
        row = (await session.execute(text(statement))).one()
    return row[0], row[1]


async def test_a_writer_that_breaks_is_asked_once_more(
    database_url: str, tmp_path: Path, origin: FakeOrigin
) -> None:
    writer = BrokenWriter()
    async with open_stage(database_url, tmp_path, origin, SCENE) as stage:
        rows = await add_rows(stage.database, story=Status.PENDING)
        line_up = replace(stage.production.line_up, scripts=(writer,))
        job = await job_of(stage.database, rows.story, provider="broken")
        production = replace(stage.production, line_up=line_up)
        tries = await tries_until_the_end(production, job)
        code, message = await failure_in(stage, "story")

    assert (tries, writer.calls, code) == (2, 2, "INTERNAL")
    assert "ZeroDivisionError" in message
    assert "secret" not in message


async def test_a_painter_that_breaks_is_asked_once_more(
    database_url: str, tmp_path: Path, origin: FakeOrigin
) -> None:
    painter = BrokenPainter()
    async with open_stage(database_url, tmp_path, origin, SCENE) as stage:
        rows = await add_rows(stage.database, shot=Status.PENDING)
        line_up = replace(stage.production.line_up, images=(painter,))
        production = replace(stage.production, line_up=line_up)
        job = await job_of(stage.database, rows.take, provider="broken")
        tries = await tries_until_the_end(production, job)
        code, _ = await failure_in(stage, "take")

    assert (tries, painter.calls, code) == (2, 2, "INTERNAL")


async def test_a_film_whose_pictures_are_gone_from_the_store_says_so(
    database_url: str, tmp_path: Path, origin: FakeOrigin
) -> None:
    async with open_stage(database_url, tmp_path, origin, SCENE) as stage:
        rows = await add_rows(stage.database, video=Status.PENDING)
        async with stage.database.transaction() as session:
            await session.execute(text("UPDATE take SET media_key = 'stories/gone.png'"))
        job = await job_of(stage.database, rows.video)
        tries = await tries_until_the_end(stage.production, job)
        code, message = await failure_in(stage, "video")

    assert (tries, code) == (1, "MEDIA_MISSING")
    assert "shot 1" in message


async def test_a_clip_whose_picture_is_gone_from_the_store_is_not_submitted(
    database_url: str, tmp_path: Path, origin: FakeOrigin
) -> None:
    async with (
        serving(FakeReplicate()) as service,
        open_tools(ServiceKind.CLIP, service.url) as tools,
        open_stage(database_url, tmp_path, origin, SCENE) as stage,
    ):
        rows = await add_rows(stage.database)
        async with stage.database.transaction() as session:
            await session.execute(text("UPDATE take SET media_key = 'stories/gone.png'"))
        clip = await add_clip(stage.database, rows, status=Status.PENDING, provider="tested")
        line_up = replace(stage.production.line_up, clips=(table_clip(tools, "replicate"),))
        production = replace(stage.production, line_up=line_up)
        job = await job_of(stage.database, clip)
        tries = await tries_until_the_end(production, job)
        code, _ = await failure_in(stage, "clip")

    assert (tries, code) == (1, "MEDIA_MISSING")
    assert service.calls["/submit"] == 0


async def test_an_address_that_cannot_be_asked_ends_a_picture_at_the_second_poll(
    database_url: str, tmp_path: Path, origin: FakeOrigin
) -> None:
    table = read_vendor("replicate")
    poll = table.poll.model_copy(update={"path": "/v1/state?id={id}"})  # no table may say so
    async with (
        serving(FakeReplicate()) as service,
        open_tools(ServiceKind.IMAGE, service.url) as tools,
        open_stage(database_url, tmp_path, origin, SCENE) as stage,
    ):
        jobs = JobService(
            tools.client,
            tools.endpoint,
            table.model_copy(update={"poll": poll}),
            submit_client=tools.client,
            model="owner/painter",
        )
        image = TableImageProvider(jobs, pictures=tools.pictures)
        rows = await add_rows(stage.database, shot=Status.PENDING)
        line_up = replace(stage.production.line_up, images=(image,))
        production = replace(stage.production, line_up=line_up)
        job = await job_of(stage.database, rows.take, provider="tested")
        tries = await tries_until_the_end(production, job)
        code, message = await failure_in(stage, "take")

    assert (tries, code) == (2, "INTERNAL")
    assert "InvalidURL" in message
    assert service.calls["/submit"] == 1
