"""The engine by itself: what a worker that stops begins, lets end and hands back."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from uuid import uuid4

from sqlalchemy import text

from db.queries.jobs import changed_payload
from db.session import Database
from orchestration.queue.engine import Engine, Entrypoint
from orchestration.queue.jobs import Job, Step, enqueue
from tests.locks import somebody_waits

QUEUE_CHANNEL = "ch_pgqueuer"


def paid_job() -> Job:
    """A job of a service that is paid for."""
    return Job(step=Step.IMAGE, provider="paid", story_id=uuid4(), work_id=uuid4())


@asynccontextmanager
async def working(url: str, handler: Callable[[Job], Awaitable[None]]) -> AsyncGenerator[Engine]:
    """An engine that serves `paid_job` patiently; it is drained at the end at the latest."""
    engine = Engine(url)
    engine.serve(Entrypoint("image.paid", handler, limit=10, patient=True))
    await engine.driver.open()
    running = asyncio.create_task(engine.run())
    try:
        yield engine
    finally:
        await engine.drain(patience_s=0)
        await running
        await engine.driver.close()


async def list_statuses(database: Database) -> list[str]:
    async with database.reading() as session:
        result = await session.execute(text("SELECT status::text FROM pgqueuer"))
        return list(result.scalars())


async def test_a_job_picked_while_the_worker_stops_is_not_begun(
    database: Database, database_url: str
) -> None:
    begun: list[Job] = []
    first_began, may_end = asyncio.Event(), asyncio.Event()

    async def work(job: Job) -> None:
        begun.append(job)
        first_began.set()
        await may_end.wait()

    async with working(database_url, work) as engine, asyncio.timeout(20):
        async with database.transaction() as session:
            await enqueue(session, [paid_job()])
        await first_began.wait()
        async with database.transaction() as session:
            await session.execute(text("LOCK TABLE pgqueuer IN SHARE ROW EXCLUSIVE MODE"))
            await enqueue(session, [paid_job()])
            engine.driver.poke(QUEUE_CHANNEL, changed_payload(QUEUE_CHANNEL))
            await somebody_waits(database)  # the worker, with the second job almost in its hands
            drained = asyncio.create_task(engine.drain(patience_s=10))
        while "queued" not in await list_statuses(database):
            await asyncio.sleep(0.01)
        while (await list_statuses(database)).count("picked") > 1:
            await asyncio.sleep(0.01)
        may_end.set()
        await drained

    assert len(begun) == 1
    assert await list_statuses(database) == ["queued"]


async def test_a_step_that_something_inside_it_canceled_keeps_its_job(
    database: Database, database_url: str
) -> None:
    async def work(_job: Job) -> None:
        raise asyncio.CancelledError  # say, by a pool of processes that broke

    async with database.transaction() as session:
        await enqueue(session, [paid_job()])
    async with working(database_url, work), asyncio.timeout(20):
        while not await count_retries(database):
            await asyncio.sleep(0.01)

    assert await list_statuses(database) == ["queued"]


async def count_retries(database: Database) -> int:
    async with database.reading() as session:
        result = await session.execute(text("SELECT coalesce(sum(attempts), 0) FROM pgqueuer"))
        return int(result.scalar_one())
