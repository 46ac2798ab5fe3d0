"""Many subscribers of one story: from a commit to the last receipt, and what each of them costs.

python -m bench.subscribers [--subscribers 1000] [--changes 30] [--rounds 2] [--alone]

Each subscriber is a WebSocket of its own that follows the same story with the same document. A
shot's title changes again and again, the next time when everybody has heard of the last; the
median and the worst of those moments are told. The clients are in this process and only count
messages, so that the CPU and the memory are those of the server, which is a process of its own. The
commit is taken from the database's own ring, as in bench.push. `per_message_us` is the CPU of
everything that the server does meanwhile, the change itself included; `beside_bare_sends` is how
many bare `send` calls of as many bytes cost the same here and now, because machines differ.

npm's graphql-ws answers the same subscriptions beside it, in turns, about a story in its memory;
without Node it is left out. Printed is the best of the rounds.
"""

import argparse
import asyncio
import socket
import statistics
import sys
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import psutil

from bench.create_story import Client
from bench.parts import home_folder, program, report
from bench.peers.servers import install, peer
from bench.push import Rings
from bench.sockets import (
    RefusedError,
    Subscriber,
    allow_sockets,
    open_subscribers,
    settings_for,
)
from db.connections import connect
from db.embedded import EmbeddedPostgres
from db.queries.events import DOORBELL_CHANNEL
from db.session import Database
from tests.factories import add_rows

WARM_CHANGES = 5
AT_ONCE = 50
BOUNDS = {"last_receipt_ms": 80.0, "beside_bare_sends": 15.0, "subscriber_kb": 30.0}
PEER = "graphql_ws"
_MESSAGE_BYTES = 600
_PAIRS, _SENDS = 100, 200
_FOLLOW = """subscription ($id: ID!) { storyEvents(storyId: $id) {
  seq type cursor occurredAt
  story { id revision status progress shotCounts { completed } }
  shot { id revision position status progress imageUrl title }
} }"""
_RETITLE = """mutation ($id: ID!, $title: String!) {
  updateShot(input: {id: $id, title: $title}) { userErrors { code } }
}"""


@dataclass(frozen=True, slots=True)
class Scene:
    """A server, the story that is followed, and how its shot's title is changed.

    `change` returns when the change was committed.
    """

    url: str
    process: psutil.Process
    story_id: str
    change: Callable[[str], Awaitable[float]]


@asynccontextmanager
async def our_scene(subscribers: int) -> AsyncGenerator[Scene]:
    """Our server, with a story in PostgreSQL."""
    async with AsyncExitStack() as stack:
        home = await stack.enter_async_context(home_folder())
        server = await stack.enter_async_context(
            program(
                *("serve", "--no-worker", "--port", "0"),
                home=home,
                settings=settings_for(subscribers),
            )
        )
        postgres = await EmbeddedPostgres.start(home)
        stack.push_async_callback(postgres.stop)
        database = await stack.enter_async_context(Database(postgres.url))
        listening = await connect(postgres.url)
        stack.push_async_callback(listening.close, timeout=5)
        await listening.add_listener(DOORBELL_CHANNEL, (rings := Rings()).hear)
        session = await stack.enter_async_context(aiohttp.ClientSession())
        rows, client = await add_rows(database), Client(session, server.url)

        async def change(title: str) -> float:
            rings.heard_at.clear()
            await client.ask(_RETITLE, {"id": str(rows.shot), "title": title})
            while str(rows.story) not in rings.heard_at:
                await asyncio.sleep(0)
            return rings.heard_at[str(rows.story)][0]

        process = psutil.Process(server.process.pid)
        yield Scene(server.url, process, str(rows.story), change)


@asynccontextmanager
async def peers_scene(folder: Path) -> AsyncGenerator[Scene]:
    """npm's graphql-ws."""
    async with peer(PEER, folder, {}) as server, aiohttp.ClientSession() as session:
        client = Client(session, server.url)

        async def change(title: str) -> float:
            return float((await client.ask(_RETITLE, {"title": title}))["at"])

        yield Scene(server.url, server.processes[0], "any", change)


async def change(scene: Scene, opened: list[Subscriber], times: int) -> list[float]:
    """Seconds from each commit to the last receipt."""
    receipts, seconds = opened[0].receipts, list[float]()
    for number in range(times):
        receipts.expect(len(opened))
        committed_at = await scene.change(f"Title {number}")
        seconds.append(await receipts.all_in() - committed_at)
    return seconds


def bare_send_us() -> float:
    """The CPU of writing a message's bytes to one of many sockets, and nothing else."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        ends = [socket.create_connection(listener.getsockname()) for _ in range(_PAIRS)]
        others = [listener.accept()[0] for _ in range(_PAIRS)]
    message, cpu_s = b"x" * _MESSAGE_BYTES, 0.0
    for _ in range(_SENDS):
        began = time.process_time()
        for end in ends:
            end.send(message)
        cpu_s += time.process_time() - began
        for other in others:
            other.recv(_MESSAGE_BYTES)
    for end in (*ends, *others):
        end.close()
    return cpu_s / _SENDS / _PAIRS * 1e6


async def measure(scene: Scene, subscribers: int, changes: int) -> dict[str, float]:
    """All subscribers, one change after the other."""
    process = scene.process
    follow = {"query": _FOLLOW, "variables": {"id": scene.story_id}}
    warm = await open_subscribers(scene.url, [follow] * AT_ONCE, at_once=AT_ONCE)
    await change(scene, warm, WARM_CHANGES)
    before, began = process.memory_info().rss, time.perf_counter()
    opened = await open_subscribers(scene.url, [follow] * (subscribers - AT_ONCE), at_once=AT_ONCE)
    open_s = time.perf_counter() - began
    opened += warm
    for subscriber in opened:
        subscriber.receipts = opened[0].receipts
    await change(scene, opened, WARM_CHANGES)
    used, cpu = process.memory_info().rss, sum(process.cpu_times()[:2])
    seconds = await change(scene, opened, changes)
    cpu = sum(process.cpu_times()[:2]) - cpu
    for subscriber in opened:
        subscriber.close()
    return {
        "last_receipt_ms": statistics.median(seconds) * 1000,
        "worst_last_receipt_ms": max(seconds) * 1000,
        "per_message_us": cpu / changes / subscribers * 1e6,
        "subscriber_kb": (used - before) / (subscribers - AT_ONCE) / 1000,
        "open_s": open_s,
    }


def best_of(rounds: list[Mapping[str, float]]) -> dict[str, float]:
    """The least of each figure."""
    return {key: round(min(one[key] for one in rounds), 2) for key in rounds[0]}


async def measure_all(
    subscribers: int, changes: int, rounds: int, *, is_alone: bool
) -> dict[str, float]:
    """Ours and the peer in turns."""
    ours, theirs, bare_us = list[Mapping[str, float]](), list[Mapping[str, float]](), list[float]()
    async with home_folder() as home:
        folder = home / "peers"
        has_peer = not is_alone and await install(folder)
        for _ in range(rounds):
            async with our_scene(subscribers) as scene:
                ours.append(await measure(scene, subscribers, changes))
            bare_us.append(bare_send_us())
            if has_peer:
                async with peers_scene(folder) as scene:
                    theirs.append(await measure(scene, subscribers, changes))
    figures = best_of(ours)
    figures["beside_bare_sends"] = round(figures["per_message_us"] / min(bare_us), 1)
    if theirs:
        beside = best_of(theirs)
        figures |= {f"{PEER} {key}": value for key, value in beside.items()}
        figures |= {
            f"ratio of {key}": round(figures[key] / value, 2) for key, value in beside.items()
        }
    return figures


def main() -> None:
    """Print the figures as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--subscribers", type=int, default=1_000)
    parser.add_argument("--changes", type=int, default=30)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--alone", action="store_true", help="without the peer")
    options = parser.parse_args()
    try:
        allow_sockets(options.subscribers)
        figures = asyncio.run(
            measure_all(
                options.subscribers, options.changes, options.rounds, is_alone=options.alone
            )
        )
    except RefusedError as error:
        sys.exit(f"subscribers: {error}")
    report(f"{options.subscribers} subscribers of one story", figures, bounds=BOUNDS)


if __name__ == "__main__":
    main()
