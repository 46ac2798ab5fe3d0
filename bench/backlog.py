"""A backlog behind a limit: shots that wait for a service which takes so many calls at once.

python -m bench.backlog [--workers 1] [--polls] [--stories 100] [--shots 20] [--limit 100]

Beside it stand the same calls alone, through the same adapter, of which as many are made at once
as the limit allows. A call takes a second. `--polls` asks a service whose pictures are jobs that
are polled. With `--idle-seconds`, the calls then never end, and `idle_percent` is the CPU of a
worker and of PostgreSQL, of one core, while all other shots wait.
"""

import argparse
import asyncio
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from bench.parts import (
    connection_to,
    context_of,
    cpu_seconds,
    home_folder,
    job_server,
    model_server,
    origin_settings,
    picture_request,
    processes_of,
    program,
    report,
)
from cli.backend import open_backend
from cli.logs import configure_logs
from cli.running import run
from db.connections import Connection
from domain import ServiceKind
from orchestration.providers.jobs.vendor import SHIPPED
from orchestration.providers.ports import At, Call, RemoteJobs, Submitted
from orchestration.work.production import Production
from resolvers.stories import StoryWish, create_story
from service_settings import ServiceSettings, services_of
from settings import LogFormat, Settings
from web.services import Services

CALL_S = 1.0
POLLS = 3
POLL_EVERY_S = CALL_S / (POLLS - 1)
HELD_S = 3_600.0
VENDOR = "replicate"
_LOOK_EVERY_S = 0.05
_COUNT = "SELECT count(*) FROM shot WHERE status = $1"
_COUNT_JOBS = "SELECT count(*) FROM pgqueuer WHERE entrypoint LIKE 'image.%'"


@dataclass(frozen=True, slots=True, kw_only=True)
class Backlog:
    """How much is asked for, and of whom."""

    stories: int
    shots: int
    limit: int
    workers: int = 1
    polls: bool = False
    call_s: float = CALL_S

    @property
    def all_shots(self) -> int:
        """Of all stories."""
        return self.stories * self.shots


def image_settings(backlog: Backlog, home: Path, images_url: str) -> ServiceSettings:
    """The service of the pictures; the vendor's table is its own, with another pace of polls."""
    if not backlog.polls:
        return ServiceSettings(provider="origin", url=images_url, concurrency=backlog.limit)
    vendors = home / "vendors"
    vendors.mkdir()
    table = (SHIPPED / f"{VENDOR}.toml").read_text()
    (vendors / f"{VENDOR}.toml").write_text(f"poll_interval_s = {POLL_EVERY_S}\n{table}")
    return ServiceSettings(
        provider=VENDOR, url=images_url, model="owner/painter", concurrency=backlog.limit
    )


def worker_settings(image: ServiceSettings, home: Path, scripts_url: str) -> dict[str, str]:
    """The environment of a worker."""
    return origin_settings(
        scripts_url,
        image_provider=image.provider,
        image_url=str(image.url),
        image_model=image.model or "",
        image_concurrency=str(image.concurrency),
        vendors=str(home / "vendors") if image.provider == VENDOR else "",
    )


async def bare_calls(production: Production, backlog: Backlog) -> float:
    """Seconds for the calls alone, of which `limit` are made at once, and their downloads."""
    painter = production.line_up.image
    free = asyncio.Semaphore(backlog.limit)

    async def draw(number: int) -> None:
        call = Call(idempotency_key=str(uuid4()))
        async with free:
            begun = await painter.begin(picture_request(number), call)
            url = begun.url if isinstance(begun, At) else None
            if isinstance(begun, Submitted) and isinstance(painter, RemoteJobs):
                url = await finished(painter, begun.job_id)
        if url is not None:
            await painter.fetch(url)

    start = time.perf_counter()
    await asyncio.gather(*(draw(number) for number in range(backlog.all_shots)))
    return time.perf_counter() - start


async def finished(jobs: RemoteJobs, job_id: str) -> str:
    """The address of the job's result, once it is there."""
    while not isinstance(found := await jobs.poll(job_id), At):
        await asyncio.sleep(jobs.poll_interval_s)
    return found.url


async def create_stories(services: Services, stories: int) -> None:
    """Create them, a few at once."""
    free = asyncio.Semaphore(8)

    async def create() -> None:
        async with free:
            await create_story(context_of(services), StoryWish(content="A bench. Nothing else."))

    await asyncio.gather(*(create() for _ in range(stories)))


async def wait_for(connection: Connection, query: str, *values: object, least: int) -> None:
    """Return when the count has reached this number."""
    while int(str(await connection.fetchval(query, *values))) < least:
        await asyncio.sleep(_LOOK_EVERY_S)


@dataclass(frozen=True, slots=True)
class Bench:
    """Running workers, the services beside them, and what to look at."""

    services: Services
    connection: Connection
    workers: list[int]
    home: Path

    def cpu_s(self) -> float:
        """Of the workers and PostgreSQL so far."""
        found = {one.pid: one for pid in self.workers for one in processes_of(pid, self.home)}
        return cpu_seconds(list(found.values()))


async def open_bench(stack: AsyncExitStack, backlog: Backlog) -> Bench:
    """The services, a database and the workers."""
    configure_logs(level="warning", log_format=LogFormat.AUTO)
    enter = stack.enter_async_context
    scripts_url = await enter(model_server(latency_s=backlog.call_s, shots=backlog.shots))
    images_url = await enter(job_server(polls=POLLS)) if backlog.polls else scripts_url
    home = await enter(home_folder())
    image = image_settings(backlog, home, images_url)
    script = ServiceSettings(provider="origin", url=scripts_url)
    settings = Settings(
        _env_file=None,  # pyright: ignore[reportCallIssue]
        home=home,
        vendors=home / "vendors" if backlog.polls else None,
        services=services_of({ServiceKind.SCRIPT: [script], ServiceKind.IMAGE: [image]}),
    )
    opened = await enter(open_backend(settings, with_worker=False))
    environment = worker_settings(image, home, scripts_url)
    workers = [
        await enter(program("worker", home=home, settings=environment))
        for _ in range(backlog.workers)
    ]
    connection = await enter(connection_to(home))
    return Bench(opened.services, connection, [one.process.pid for one in workers], home)


async def measure(backlog: Backlog) -> dict[str, float]:
    """The calls alone, then the stories."""
    async with AsyncExitStack() as stack:
        bench = await open_bench(stack, backlog)
        bare_s = await bare_calls(bench.services.production, backlog)
        cpu_s, start = bench.cpu_s(), time.perf_counter()
        await create_stories(bench.services, backlog.stories)
        await wait_for(bench.connection, _COUNT, "COMPLETED", least=backlog.all_shots)
        ours_s = time.perf_counter() - start
        cpu_s = bench.cpu_s() - cpu_s
    return {
        "bare_s": round(bare_s, 2),
        "ai_story_s": round(ours_s, 2),
        "ratio": round(ours_s / bare_s, 3),
        "shots_per_s": round(backlog.all_shots / ours_s, 1),
        "cpu_s_per_1000_shots": round(cpu_s / backlog.all_shots * 1_000, 2),
    }


async def measure_idle(backlog: Backlog, seconds: float) -> dict[str, float]:
    """A worker whose calls never end, with everything else waiting behind them."""
    async with AsyncExitStack() as stack:
        bench = await open_bench(stack, backlog)
        await create_stories(bench.services, backlog.stories)
        await wait_for(bench.connection, _COUNT_JOBS, least=backlog.all_shots)
        await asyncio.sleep(2)
        cpu_s = bench.cpu_s()
        await asyncio.sleep(seconds)
        return {"idle_percent": round((bench.cpu_s() - cpu_s) / seconds * 100, 2)}


def main() -> None:
    """Print the figures as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--polls", action="store_true")
    parser.add_argument("--stories", type=int, default=100)
    parser.add_argument("--shots", type=int, default=20)
    parser.add_argument("--limit", type=int, default=100)
    parser.add_argument("--idle-seconds", type=float, default=0)
    options = parser.parse_args()
    backlog = Backlog(
        stories=options.stories,
        shots=options.shots,
        limit=options.limit,
        workers=options.workers,
        polls=options.polls,
        call_s=HELD_S if options.idle_seconds else CALL_S,
    )
    name = f"backlog of {backlog.all_shots} behind {backlog.limit}, {backlog.workers} workers"
    if options.idle_seconds:
        figures = run(measure_idle(backlog, options.idle_seconds))
        report(f"{name}, idle", figures, bounds={"idle_percent": 2.0})
        return
    figures = run(measure(backlog))
    report(name + ", polls" * backlog.polls, figures, bounds={"ratio": 1.04})


if __name__ == "__main__":
    main()
