"""Places at a service: how many jobs call it at once over all workers, and who is next."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from uuid import UUID, uuid4

from sqlalchemy import text

from db.session import Database
from orchestration.queue.driver import LastingDriver
from orchestration.queue.engine import Engine, Entrypoint
from orchestration.queue.jobs import Job, Step, enqueue
from orchestration.queue.places import NoPlaceError, Places
from orchestration.queue.retries import RetryLaterError
from tests.engines import running_engine

LIMIT = 2
AHEAD = 2


def jobs_of(number: int) -> list[Job]:
    return [
        Job(step=Step.IMAGE, provider="busy", story_id=uuid4(), work_id=uuid4())
        for _ in range(number)
    ]


async def queue_up(database: Database, jobs: list[Job]) -> None:
    async with database.transaction() as session:
        await enqueue(session, jobs)


@asynccontextmanager
async def working(url: str, handler: Callable[[Job], Awaitable[None]]) -> AsyncGenerator[Engine]:
    busy = Entrypoint("image.busy", handler, limit=LIMIT, ahead=AHEAD, patient=True)
    async with running_engine(url, busy) as engine:
        yield engine


async def list_jobs(database: Database) -> list[tuple[str, int | None]]:
    async with database.reading() as session:
        result = await session.execute(text("SELECT status::text, slot FROM pgqueuer ORDER BY id"))
        return [(row[0], row[1]) for row in result]


async def is_picked(database: Database, number: int) -> None:
    """Return when so many jobs are in the hands of workers."""
    while [status for status, _ in await list_jobs(database)].count("picked") < number:
        await asyncio.sleep(0.01)


class Service:
    """Counts how many jobs call it at once; each call lasts until it is answered."""

    def __init__(self) -> None:
        self.began: list[UUID] = []
        self.calling = self.most = 0
        self.answers: dict[UUID, asyncio.Event] = {}
        self.is_quick = False

    async def call(self, job: Job) -> None:
        await job.place.wait()
        self.began.append(job.work_id)
        self.calling += 1
        self.most = max(self.most, self.calling)
        answer = self.answers[job.work_id] = asyncio.Event()
        await (asyncio.sleep(0.02) if self.is_quick else answer.wait())
        self.calling -= 1

    async def has_begun(self, number: int) -> None:
        while len(self.began) < number:
            await asyncio.sleep(0.01)


async def test_workers_together_make_no_more_calls_than_the_limit(
    database: Database, database_url: str
) -> None:
    service, jobs = Service(), jobs_of(40)
    service.is_quick = True

    async def work(job: Job) -> None:
        await service.call(job)
        job.place.leave()
        await asyncio.sleep(0.03)  # stores the result

    await queue_up(database, jobs)
    async with AsyncExitStack() as stack, asyncio.timeout(30):
        for _ in range(3):
            await stack.enter_async_context(working(database_url, work))
        while await list_jobs(database):
            await asyncio.sleep(0.02)

    assert service.most == LIMIT
    assert sorted(service.began) == sorted(job.work_id for job in jobs)


async def test_the_next_call_begins_while_the_result_of_the_last_one_is_stored(
    database: Database, database_url: str
) -> None:
    service, jobs, may_end = Service(), jobs_of(3), asyncio.Event()

    async def work(job: Job) -> None:
        await service.call(job)
        job.place.leave()
        await may_end.wait()

    await queue_up(database, jobs)
    async with working(database_url, work), asyncio.timeout(10):
        await service.has_begun(LIMIT)
        await is_picked(database, 3)
        before = list(service.began)
        service.answers[jobs[0].work_id].set()
        await service.has_begun(LIMIT + 1)
        unfinished = len(await list_jobs(database))
        may_end.set()
        for answer in service.answers.values():
            answer.set()

    assert before == [job.work_id for job in jobs[:LIMIT]]
    assert (service.most, unfinished) == (LIMIT, 3)


async def pick(database: Database, job: Job, owner: UUID, *, slot: int) -> int:
    """Let the job be in the hands of that worker, with that slot; returns its ID."""
    await queue_up(database, [job])
    async with database.transaction() as session:
        picked = await session.execute(
            text(
                "UPDATE pgqueuer SET status = 'picked', queue_manager_id = :owner, slot = :slot "
                "WHERE dedupe_key = :key RETURNING id"
            ),
            {"owner": owner, "slot": slot, "key": job.key},
        )
        return int(picked.scalar_one())


async def test_a_place_goes_to_the_job_that_has_waited_longest_at_any_worker(
    database: Database, database_url: str
) -> None:
    async with AsyncExitStack() as stack, asyncio.timeout(10):
        here, there = uuid4(), uuid4()
        places: dict[UUID, Places] = {}
        for worker_id in (here, there):
            driver = LastingDriver(database_url, worker_id=worker_id)
            stack.push_async_callback(driver.close)
            await driver.open()
            places[worker_id] = Places(driver, worker_id)
            places[worker_id].limit("image.busy", 1)
            await places[worker_id].follow()
        owners = (here, there, here)
        held, next_one, last = [
            places[owner].of("image.busy", await pick(database, job, owner, slot=slot), slot=slot)
            for slot, (owner, job) in enumerate(zip(owners, jobs_of(3), strict=True))
        ]

        held.leave()
        await next_one.wait()
        slots = sorted(str(slot) for _, slot in await list_jobs(database))
        next_one.leave()
        await last.wait()

    assert slots == ["0", "2", "None"]


async def test_the_place_of_a_job_that_ended_without_it_is_taken_by_the_next(
    database: Database, database_url: str
) -> None:
    service, jobs = Service(), jobs_of(LIMIT + 1)

    await queue_up(database, jobs)
    async with working(database_url, service.call), asyncio.timeout(10):
        await service.has_begun(LIMIT)
        await is_picked(database, LIMIT + 1)
        async with database.transaction() as session:  # as after the death of its worker
            await session.execute(text("UPDATE pgqueuer SET slot = NULL WHERE slot = 0"))
        await service.has_begun(LIMIT + 1)
        for answer in service.answers.values():
            answer.set()


async def test_a_job_that_waits_when_the_worker_stops_goes_back_at_once(
    database: Database, database_url: str
) -> None:
    service, jobs = Service(), jobs_of(LIMIT + 1)

    async def work(job: Job) -> None:
        try:
            await service.call(job)
        except NoPlaceError as error:
            raise RetryLaterError(0) from error

    await queue_up(database, jobs)
    async with working(database_url, work) as engine, asyncio.timeout(20):
        await service.has_begun(LIMIT)
        await is_picked(database, LIMIT + 1)
        drained = asyncio.create_task(engine.drain(patience_s=10))
        while not any(status == "queued" for status, _ in await list_jobs(database)):
            await asyncio.sleep(0.01)
        service.answers[jobs[0].work_id].set()
        service.answers[jobs[1].work_id].set()
        await drained

    assert service.began == [job.work_id for job in jobs[:LIMIT]]
