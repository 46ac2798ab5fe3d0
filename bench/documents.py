"""The effect of the costliest documents of one client on all others.

python -m bench.documents [--rounds 3] [--only NAME]

Each document is sent alone, never twice the same, while another process requests `/healthz`
repeatedly. The figure is the longest of these responses, in the best round, because machines are
noisy. `nothing` is the same next to `{ __typename }`.
"""

import argparse
import asyncio
import json
import multiprocessing
import time
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from http.client import HTTPConnection
from multiprocessing.connection import Connection
from typing import Any

import aiohttp
from graphql import get_introspection_query

from bench.parts import home_folder, program, report
from db.embedded import EmbeddedPostgres
from db.session import Database
from domain import MAX_CONTENT_LENGTH, Status
from tests.factories import add_rows, add_shot

BOUNDS_MS = {"worst_ms": 100.0}
STORIES = 100
SHOTS = 10
_PROBE_EVERY_S = 0.002
_AFTERWARDS_S = 0.1
_DEADLINE_S = 120.0
_SENTENCE = "从前有一座山，山里有一座庙。The king rode on, and on. "
_TEXT = (_SENTENCE * (MAX_CONTENT_LENGTH // len(_SENTENCE) + 1))[:MAX_CONTENT_LENGTH]
_TYPE = "kind name description fields { name description args { name type { name } } }"
_SHOT = """id revision position title prompt narration transition durationSeconds status progress
    attempt imageUrl motion createdAt updatedAt"""

Body = Mapping[str, Any]


def _count(times: int, part: str) -> str:
    return " ".join(part.replace("#", str(number)) for number in range(times))


def _estimates(times: int, text: str) -> str:
    aliased = _count(times, "e#: estimateStory(input: {content: $text}) { total }")
    return f"query ($text: String!) {{ {aliased} }}".replace("$text)", f"{text})")


def _introspection_bomb() -> str:
    roots = _count(10, "s#: __schema { types { ...T } }")
    fragment = "fragment T on __Type { fields { type { fields { ...R } } } }"
    return f"{{ {roots} }} {fragment} fragment R on __Field {{ {_count(300, 'a#: name')} }}"


def _filtered(status: object) -> Body:
    query = "query ($filter: StoryFilter) { stories(filter: $filter) { totalCount } }"
    return {"query": query, "variables": {"filter": status}}


def _nested(depth: int) -> list[Any]:
    nested: list[Any] = []
    for _ in range(depth):
        nested = [nested]
    return nested


def _fragments() -> str:
    spreads = _count(50, "...F#")
    inside = "viewer { id name } server { version } " * 4
    return f"{{ {spreads} }} " + _count(50, f"fragment F# on Query {{ {inside} }}")


DOCUMENTS: dict[str, Callable[[], Body]] = {
    "nothing": lambda: {"query": "{ __typename }"},
    "a field 390 times": lambda: {"query": f"{{ {'viewer { id } ' * 390} }}"},
    "fields of 50 fragments": lambda: {"query": _fragments()},
    "650 unknown arguments": lambda: {
        "query": f"{{ stories({_count(650, 'firs#: 1')}) {{ totalCount }} }}"
    },
    "1,900 unknown fields": lambda: {"query": f"mutation {{ {_count(1_900, 'createStor#')} }}"},
    "650 unknown fields of an input": lambda: {
        "query": f"{{ estimateStory(input: {{ {_count(650, 'conten#: 1')} }}) {{ total }} }}"
    },
    "60,000 unknown fields in a variable": lambda: _filtered({f"s{n}": n for n in range(60_000)}),
    "80,000 values in a list": lambda: _filtered({"status": ["FAILED"] * 80_000}),
    "lists in lists": lambda: _filtered({"status": _nested(900)}),
    "a number of 900,000 digits": lambda: {
        "query": f"{{ stories(first: {'9' * 900_000}) {{ totalCount }} }}"
    },
    "a block string of 900 KB": lambda: {
        "query": '{ story(id: """' + "x\n " * 200_000 + '""") { id } }'
    },
    "selections 600 deep": lambda: {"query": "{ story " * 600 + "{ id }" + "}" * 600},
    "introspection that multiplies": lambda: {"query": _introspection_bomb()},
    "all introspection that is allowed": lambda: {
        "query": f"{{ __schema {{ {_count(20, f't#: types {{ {_TYPE} }}')} }} }}"
    },
    "introspection by tools": lambda: {"query": get_introspection_query()},
    "99 estimates of long texts": lambda: {
        "query": _estimates(99, "$text"),
        "variables": {"text": _TEXT},
    },
    "9 estimates of long texts": lambda: {
        "query": _estimates(9, "$text"),
        "variables": {"text": _TEXT},
    },
    "a page of 1,000 shots": lambda: {
        "query": f"{{ stories(first: 100) {{ nodes {{ id title shots {{ {_SHOT} }} }} }} }}"
    },
}
"""By name; a body is made anew for each round."""


def probe(url: str, pipe: Connection) -> None:
    """Ask for /healthz until told to stop; whenever told to, say how long the longest took."""
    host, _, port = url.rpartition("/")[2].partition(":")
    connection = HTTPConnection(host, int(port), timeout=_DEADLINE_S)
    longest_s = 0.0
    while True:
        start = time.perf_counter()
        connection.request("GET", "/healthz")
        connection.getresponse().read()
        longest_s = max(longest_s, time.perf_counter() - start)
        if pipe.poll(_PROBE_EVERY_S):
            if pipe.recv() is None:
                return
            pipe.send(longest_s)
            longest_s = 0.0


def longest_ms(pipe: Connection) -> float:
    """The longest since the last time."""
    pipe.send("how long?")
    return pipe.recv() * 1_000


async def add_stories(database: Database) -> None:
    """As many as one page holds."""
    await asyncio.gather(*(_add_story(database) for _ in range(STORIES)))


async def _add_story(database: Database) -> None:
    rows = await add_rows(database)
    for position in range(2, SHOTS + 1):
        await add_shot(database, rows.story, position=position, status=Status.COMPLETED)


async def send(session: aiohttp.ClientSession, url: str, body: Body, *, number: int) -> int:
    """Send the document in a form that was not sent before; returns the bytes of the response."""
    fresh = {**body, "query": f"{body['query']} # {number} {time.time_ns()}"}
    content = await asyncio.to_thread(json.dumps, fresh, ensure_ascii=False)
    headers = {"Content-Type": "application/json"}
    async with session.post(f"{url}/graphql", data=content, headers=headers) as response:
        return len(await response.read())


async def measure(rounds: int, only: str | None) -> dict[str, float]:
    """The longest answer of /healthz beside each document, in ms."""
    names = [name for name in DOCUMENTS if only is None or name == only]
    found: dict[str, list[float]] = {name: [] for name in names}
    async with AsyncExitStack() as stack:
        home = await stack.enter_async_context(home_folder())
        server = await stack.enter_async_context(
            program("serve", "--no-worker", "--port", "0", home=home)
        )
        postgres = await EmbeddedPostgres.start(home)
        stack.push_async_callback(postgres.stop)
        await add_stories(await stack.enter_async_context(Database(postgres.url)))
        session = await stack.enter_async_context(aiohttp.ClientSession())
        ours, theirs = multiprocessing.get_context("spawn").Pipe()
        prober = multiprocessing.get_context("spawn").Process(
            target=probe, args=(server.url, theirs), daemon=True
        )
        prober.start()
        await asyncio.to_thread(longest_ms, ours)
        for number in range(rounds):
            for name in names:
                await asyncio.to_thread(longest_ms, ours)
                await send(session, server.url, DOCUMENTS[name](), number=number)
                await asyncio.sleep(_AFTERWARDS_S)
                found[name].append(await asyncio.to_thread(longest_ms, ours))
        ours.send(None)
        prober.join(_DEADLINE_S)
    return {name: round(min(values), 1) for name, values in found.items()}


def main() -> None:
    """Print the figures as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", choices=DOCUMENTS)
    options = parser.parse_args()
    figures = asyncio.run(measure(options.rounds, options.only))
    figures["worst_ms"] = max(figures.values())
    report("the longest /healthz beside a document", figures, bounds=BOUNDS_MS)


if __name__ == "__main__":
    main()
