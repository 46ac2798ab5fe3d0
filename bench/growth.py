"""Every list, and every step of the worker, with the data of a service that was used for a year.

python -m bench.growth [--stories 200000] [--repeats 5] [--home FOLDER] [--only REGEX]

Each story has eight shots and twenty-five events, each second one a film, and all belong to one
owner. Lists are asked over the application's HTTP interface in this process, so that the longest
stall of the event loop is seen beside the time of each. Times are the median of the repeats; CPU
times are those of this process and PostgreSQL, which other programs on the machine change less.
PostgreSQL logs its slow statements; the slowest ten are printed. A `--home` is kept and used again.
"""

import argparse
import asyncio
import re
import sys
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import product
from math import inf
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
from sqlalchemy import text

from bench.grown import WORD, Size, grow
from bench.parts import (
    connection_to,
    context_of,
    home_folder,
    percentile,
    report,
)
from bench.timings import SLOWEST, Timings, slow_statements
from cli.backend import Backend, open_backend, web_options
from cli.logs import configure_logs
from cli.storage import open_database
from db.queries.retention import delete_old_events, delete_old_job_log, delete_old_keys
from db.queries.searches import BATCH, index_stories
from db.queries.work import claim_works, list_open_works
from db.session import AsyncSession
from orchestration.housekeeping import WORKS_AT_ONCE
from orchestration.work.sweep import LEFT_FOR, list_leftovers
from resolvers.stories import follow_story
from settings import LogFormat, Settings
from web.app import create_app

FULL = 200_000
BOUNDS_MS = {"worst_ms": 50.0, "search_p95_ms": 100.0, "stall_ms": 20.0}
_SLOW_MS = 5
_STORIES = """query ($first: Int, $after: String, $last: Int, $before: String,
    $filter: StoryFilter, $order: StoryOrder) {
  stories(first: $first, after: $after, last: $last, before: $before, filter: $filter,
      orderBy: $order) {
    nodes { id title status createdAt updatedAt } pageInfo { startCursor endCursor hasNextPage } }
}"""
_VIDEOS = """query ($first: Int, $after: String, $last: Int, $before: String,
    $filter: VideoFilter) {
  videos(first: $first, after: $after, last: $last, before: $before, filter: $filter) {
    nodes { id title status } pageInfo { startCursor endCursor hasNextPage } }
}"""
_COUNTS = {
    "stories": "query ($filter: StoryFilter) { stories(first: 1, filter: $filter) { totalCount } }",
    "videos": "query ($filter: VideoFilter) { videos(first: 1, filter: $filter) { totalCount } }",
}
_LISTS = {"stories": _STORIES, "videos": _VIDEOS}
_LOG = """query ($id: ID!) {
  storyEventLog(storyId: $id, first: 100) { events { seq type } endCursor }
}"""
_CHILDREN = """query ($filter: StoryFilter) { stories(first: 20, filter: $filter) {
  nodes { id shotCounts { total } shots { id status imageUrl } video { id } } } }"""
_FORGET_SOME = f"""UPDATE story SET is_indexed = false
    WHERE id IN (SELECT id FROM story ORDER BY id DESC LIMIT {BATCH})"""
_SEARCHES = {
    "a common word": "the",
    "a word of many": WORD,
    "a word in one": "xylograph",
    "no word": "nowhere to be found",
    "a part of no word": "qzxj",
    "two letters": "qz",
    "two characters": "的一",
    "two rare characters": "龘䶮",
    "one character": "e",
    "one rare character": "龘",
    "%": "%",
    "_": "_",
}
_COMMON = ("a common word", "a word of many", "two characters", "one character")
"""Their hits are counted by reading each, which takes as long as without an index."""


@dataclass(frozen=True, slots=True)
class Client:
    """Asks the application in this process."""

    http: httpx.AsyncClient

    async def ask(self, query: str, variables: Mapping[str, object]) -> Any:
        """The data of an operation that must not fail."""
        body = {"query": query, "variables": variables}
        answer = (await self.http.post("/graphql", json=body)).json()
        if "errors" in answer:
            raise RuntimeError(answer["errors"])
        return answer["data"]

    async def page(self, name: str, **variables: object) -> Any:
        """One page of a list."""
        return (await self.ask(_LISTS[name], variables))[name]


def _times() -> dict[str, dict[str, object]]:
    """Windows of creation: at the ends, in the middle, and empty."""
    now = datetime.now(UTC)
    middle, day = now - timedelta(days=183), timedelta(days=1)
    moments = {
        "createdAfter, today": {"createdAfter": now - day},
        "createdAfter, in the middle": {"createdAfter": middle},
        "createdAfter, in future": {"createdAfter": now + day},
        "createdBefore, in the middle": {"createdBefore": middle},
        "createdBefore, the first day": {"createdBefore": now - timedelta(days=364)},
        "createdBefore, before all": {"createdBefore": now - timedelta(days=800)},
        "one day in the middle": {"createdAfter": middle, "createdBefore": middle + day},
    }
    return {
        name: {key: moment.isoformat() for key, moment in window.items()}
        for name, window in moments.items()
    }


def filters(name: str) -> dict[str, dict[str, object]]:
    """Every filter of the list, by its name."""
    found: dict[str, dict[str, object]] = {
        "none": {},
        "status, most": {"status": ["COMPLETED"]},
        "status, few": {"status": ["FAILED"]},
        "status, none": {"status": ["PENDING"]},
        "status, two without hits": {"status": ["PENDING", "GENERATING"]},
        "status, two with few": {"status": ["FAILED", "CANCELED"]},
        **_times(),
        "status and time": {"status": ["FAILED"], **_times()["createdBefore, in the middle"]},
    }
    if name == "stories":
        found |= {
            "style, few": {"style": ["ANIMATION"]},
            "style, none": {"style": ["REALISTIC"]},
            "style and status, none": {"style": ["REALISTIC"], "status": ["FAILED"]},
        }
    return found


async def ask_lists(client: Client, timings: Timings) -> None:
    """Every list with each filter, from both ends, and its count."""
    for name in _LISTS:
        await ask_list(client, timings, name)


async def ask_list(client: Client, timings: Timings, name: str) -> None:
    """One list."""
    for label, wanted in filters(name).items():
        page = partial(client.page, name, filter=wanted)
        await timings.time(f"{name}: {label}", page)
        await timings.time(f"{name}: {label}, backward", partial(page, last=20))
        count = partial(client.ask, _COUNTS[name], {"filter": wanted})
        await timings.time(f"{name}: {label}, totalCount", count)
    for label, words in _SEARCHES.items():
        page = partial(client.page, name, filter={"search": words})
        await timings.time(f"{name}: search {label}", page)
        if label not in _COMMON:
            count = partial(client.ask, _COUNTS[name], {"filter": {"search": words}})
            await timings.time(f"{name}: search {label}, totalCount", count)


async def ask_orders(client: Client, timings: Timings) -> None:
    """Every order in both directions, at the ends and at deep cursors."""
    for order, direction in product(("CREATED_AT", "UPDATED_AT", "TITLE"), ("ASC", "DESC")):
        label = f"stories: {order} {direction}"
        page = partial(client.page, "stories", order={"field": order, "direction": direction})
        await timings.time(label, page)
        await timings.time(f"{label}, 100", partial(page, first=100))
        await timings.time(f"{label}, last", partial(page, last=20))
        for name, wanted in {
            "status none": {"status": ["PENDING"]},
            "status few": {"status": ["FAILED"]},
            "search of one": {"search": "xylograph"},
            "search of many": {"search": WORD},
        }.items():
            await timings.time(f"{label}, {name}", partial(page, filter=wanted))
        deep = (await page(last=100))["pageInfo"]["startCursor"]
        await timings.time(f"{label}, deep", partial(page, after=deep))
        await timings.time(f"{label}, before deep", partial(page, last=20, before=deep))


async def ask_rest(client: Client, timings: Timings) -> None:
    """The lists outside of the schema's connections, and what hangs on a story."""

    async def films(**parameters: str) -> Any:
        answer = await client.http.get("/api/story/all", params=parameters)
        return answer.raise_for_status().json()["data"]

    await timings.time("/api/story/all", films)
    await timings.time("/api/story/all, 20", lambda: films(limit="20"))
    last = (await client.page("videos", last=100))["nodes"][0]["id"]
    await timings.time("/api/story/all, before a deep one", lambda: films(before=last, limit="20"))
    story = (await client.page("stories", first=1))["nodes"][0]["id"]
    await timings.time("storyEventLog", lambda: client.ask(_LOG, {"id": story}))
    await timings.time("stories with their children", lambda: client.ask(_CHILDREN, {"filter": {}}))


async def take_steps(backend: Backend, timings: Timings) -> None:
    """The beginning of a subscription, and the statements of the worker."""
    services, database = backend.services, backend.services.production.database
    ids = text("SELECT dedupe_key::uuid FROM pgqueuer ORDER BY id LIMIT 10")
    newest = text("SELECT id::text FROM story ORDER BY id DESC LIMIT 1")
    async with database.reading() as session:
        waiting = list((await session.execute(ids)).scalars())
        story_id = str((await session.execute(newest)).scalar_one())

    async def begin_subscription() -> None:
        async with aclosing(follow_story(context_of(services), story_id)) as groups:
            await anext(groups)

    async def undone(step: Callable[[AsyncSession], Awaitable[object]]) -> None:
        async with database.engine.connect() as connection, AsyncSession(connection) as session:
            await step(session)
            await session.rollback()

    async def claim(session: AsyncSession) -> None:
        await claim_works(session, waiting, provider="origin")

    async def index_again(session: AsyncSession) -> None:
        await session.execute(text(_FORGET_SOME))
        await index_stories(session)

    await timings.time("the start of a subscription", begin_subscription)
    await timings.time("a claim of ten", partial(undone, claim))
    steps: dict[str, Callable[[AsyncSession], Awaitable[object]]] = {
        "reconciliation": partial(list_open_works, after=UUID(int=0), limit=WORKS_AT_ONCE),
        "retention of events": partial(delete_old_events, older_than=timedelta(days=7)),
        "retention of the job log": partial(delete_old_job_log, older_than=timedelta(hours=1)),
        "retention of keys": delete_old_keys,
        "indexing of texts": index_again,
        "leftovers": partial(list_leftovers, older_than=LEFT_FOR, limit=200),
    }
    for name, step in steps.items():
        await timings.time(name, partial(undone, step))


@asynccontextmanager
async def opened(home: Path) -> AsyncGenerator[tuple[Backend, Client]]:
    """The backend without a worker, and a client of its application."""
    settings = Settings(_env_file=None, home=home)  # pyright: ignore[reportCallIssue]
    async with AsyncExitStack() as stack:
        backend = await stack.enter_async_context(open_backend(settings, with_worker=False))
        app = create_app(open_nothing, options=web_options(settings), allowed_hosts=())
        app.state.services = backend.services
        http = httpx.AsyncClient(
            transport=httpx.ASGITransport(app), base_url="http://localhost", timeout=120
        )
        yield backend, Client(await stack.enter_async_context(http))


@asynccontextmanager
async def open_nothing() -> AsyncGenerator[Any]:
    """The lifespan is ours."""
    yield None


async def prepare(home: Path, size: Size) -> float:
    """Fill the home's database unless it is filled; returns the seconds that it took."""
    began = time.perf_counter()
    settings = Settings(_env_file=None, home=home)  # pyright: ignore[reportCallIssue]
    async with open_database(settings), connection_to(home) as connection:
        await connection.execute(
            f"ALTER DATABASE ai_story SET log_min_duration_statement = {_SLOW_MS}"
        )
        if not await connection.fetchval("SELECT EXISTS (SELECT FROM story)"):
            await grow(connection, size)
    return time.perf_counter() - began


async def measure(home: Path, size: Size, timings: Timings) -> dict[str, float]:
    """Make the data, and ask for everything."""
    configure_logs(level="warning", log_format=LogFormat.AUTO)
    grown_s = await prepare(home, size)
    timings.home = home
    log = home / "postgres" / "log"
    logged = log.stat().st_size
    async with opened(home) as (backend, client):
        watch = asyncio.create_task(timings.stalls.watch())
        await ask_lists(client, timings)
        await ask_orders(client, timings)
        await ask_rest(client, timings)
        await take_steps(backend, timings)
        watch.cancel()
    with log.open("rb") as file:
        file.seek(logged)
        slow = slow_statements(file.read().decode(errors="replace"))
    print("\n".join(slow), file=sys.stderr)
    return figures_of(timings) | {"grown_s": round(grown_s, 1)}


def figures_of(timings: Timings) -> dict[str, float]:
    """Each name's median, the worst stalls beside theirs, and what the bounds are for."""
    medians = {name: timings.median_ms(name) for name in timings.took_ms}
    searches = [
        took for name, all_ in timings.took_ms.items() if ": search " in name for took in all_
    ]
    busiest = sorted(timings.cpu_ms.items(), key=lambda item: -item[1])[:SLOWEST]
    stalled = sorted(timings.stall_ms.items(), key=lambda item: -item[1])[:SLOWEST]
    return {
        **dict(sorted(medians.items(), key=lambda item: -item[1])),
        **{f"stall_ms of {name}": round(stall, 1) for name, stall in stalled},
        **{f"cpu_ms of {name}": round(used, 1) for name, used in busiest},
        "worst_ms": max(
            (took for name, took in medians.items() if "search" not in name), default=0
        ),
        "search_p95_ms": round(percentile(searches or [0.0], 0.95), 1),
        "stall_ms": round(stalled[0][1], 1),
    }


async def run(stories: int, home: Path | None, timings: Timings) -> dict[str, float]:
    """On the home, or on one that is gone afterwards."""
    size = Size(
        stories=stories,
        shots=8 * stories,
        events=25 * stories,
        films=stories // 2,
        open_works=stories // 20,
    )
    if home is None:
        async with home_folder() as made:
            return await measure(made, size, timings)
    return await measure(home, size, timings)


def main() -> None:
    """Print the figures as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stories", type=int, default=FULL)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--home", type=Path)
    parser.add_argument("--only", default="", help="what to time, a regular expression")
    options = parser.parse_args()
    timings = Timings(options.repeats, re.compile(options.only))
    figures = asyncio.run(run(options.stories, options.home, timings))
    # A collection of garbage is a stall, too: CI measures on machines that are never quiet.
    bounds = BOUNDS_MS if options.stories >= FULL else {**BOUNDS_MS, "stall_ms": inf}
    report(f"growth to {options.stories} stories", figures, bounds=bounds)


if __name__ == "__main__":
    main()
