"""The engine by itself: what a worker that stops begins, lets end and hands back."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from uuid import UUID, uuid4

import asyncpg
import pytest
from pgqueuer.domain.types import Channel
from sqlalchemy import text

from db.session import Database
from orchestration.queue.driver import LastingDriver
from orchestration.queue.engine import Engine, Entrypoint, changed_payload
from orchestration.queue.jobs import Job, Step, cancel_jobs, enqueue
from tests.engines import running_engine
from tests.locks import somebody_waits

QUEUE_CHANNEL = Channel("ch_pgqueuer")


def paid_job() -> Job:
    """A job of a service that is paid for."""
    return Job(step=Step.IMAGE, provider="paid", story_id=uuid4(), work_id=uuid4())


@asynccontextmanager
async def working(url: str, handler: Callable[[Job], Awaitable[None]]) -> AsyncGenerator[Engine]:
    """An engine that serves `paid_job` patiently; it is drained at the end at the latest."""
    paid = Entrypoint("image.paid", handler, limit=10, patient=True)
    async with running_engine(url, paid) as engine:
        yield engine


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


async def pick(database: Database, job: Job, owner: UUID) -> None:
    """Let the job be in the hands of that worker."""
    async with database.transaction() as session:
        await enqueue(session, [job])
        await session.execute(
            text(
                "UPDATE pgqueuer SET status = 'picked', queue_manager_id = :owner "
                "WHERE dedupe_key = :key"
            ),
            {"owner": owner, "key": job.key},
        )


async def test_jobs_are_taken_from_a_worker_without_its_lock_and_from_no_other(
    database: Database, database_url: str
) -> None:
    of_dead, of_living, living = paid_job(), paid_job(), uuid4()
    begun: list[UUID] = []
    any_began = asyncio.Event()

    async def work(job: Job) -> None:
        begun.append(job.work_id)
        any_began.set()

    holder = LastingDriver(database_url, worker_id=living)
    await holder.open()
    await pick(database, of_living, living)
    await pick(database, of_dead, uuid4())
    async with working(database_url, work), asyncio.timeout(10):
        await any_began.wait()
    await holder.close()

    assert begun == [of_dead.work_id]
    assert await list_statuses(database) == ["picked"]


async def test_running_jobs_stop_when_the_transaction_that_cancels_them_commits(
    database: Database, database_url: str
) -> None:
    job, began, stopped = paid_job(), asyncio.Event(), asyncio.Event()

    async def work(_job: Job) -> None:
        began.set()
        try:
            await asyncio.Event().wait()
        finally:
            stopped.set()

    async with working(database_url, work), asyncio.timeout(20):
        async with database.transaction() as session:
            await enqueue(session, [job])
        await began.wait()
        async with database.transaction() as session:
            await cancel_jobs(session, [job.key])
            await session.rollback()
        kept = await list_statuses(database)
        was_stopped = stopped.is_set()
        async with database.transaction() as session:
            await cancel_jobs(session, [job.key])
        await stopped.wait()

    assert (kept, was_stopped) == (["picked"], False)
    assert await list_statuses(database) == []


REFUSE_TO_DELETE = (
    """CREATE FUNCTION pg_temp.refuse() RETURNS trigger LANGUAGE plpgsql
    AS 'BEGIN RAISE EXCEPTION ''refused''; END'""",
    "CREATE TRIGGER refuse BEFORE DELETE ON pgqueuer EXECUTE FUNCTION pg_temp.refuse()",
)


async def cancel_in_vain(database: Database, job: Job) -> None:
    """Cancel the job where the queue's table lets no row go."""
    async with database.transaction() as session:
        for statement in REFUSE_TO_DELETE:
            await session.execute(text(statement))
        await cancel_jobs(session, [job.key])


async def test_a_cancellation_that_fails_leaves_its_connection_in_order(
    database: Database,
) -> None:
    job = paid_job()
    async with database.transaction() as session:
        await enqueue(session, [job])

    with pytest.raises(asyncpg.RaiseError, match="refused"):
        await cancel_in_vain(database, job)
    async with database.transaction() as session:
        await cancel_jobs(session, [job.key])

    assert await list_statuses(database) == []
