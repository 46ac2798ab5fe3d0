"""From the commit of a shot's COMPLETED to its receipt by a subscriber over WebSocket.

python -m bench.push [--shots 100] [--stories 3]

The server is one process; 100 pictures arrive at once. This process is the subscriber, and LISTENs
to the story's doorbell too. PostgreSQL delivers a notification when its transaction has committed,
and each transaction that logs events rings exactly once. A story's transactions commit one after
the other, for they lock its row; so the n-th ring is the commit of the n-th transaction (xmin) of
the log. Both moments are read from one clock, here. A ring reaches us a little after its commit:
`baseline`, a bare NOTIFY and LISTEN between two connections, is an upper bound of what is missing.
(`event.occurred_at` is no measure: it is when the transaction began.)
"""

import argparse
import asyncio
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import cast
from uuid import uuid4

import aiohttp

from bench.create_story import Client
from bench.parts import (
    connection_to,
    home_folder,
    model_server,
    origin_settings,
    percentile,
    program,
    report,
)
from db.connections import Connection
from db.queries.events import DOORBELL_CHANNEL
from tests.graphql_client import open_socket

LATENCY_S = 1.0
ROUND_TRIPS = 200
BOUNDS_MS = {"push_p50_ms": 25.0, "push_p99_ms": 100.0}
_CREATE = "mutation ($input: CreateStoryInput!) { createStory(input: $input) { story { id } } }"
_FOLLOW = """subscription ($id: ID!) { storyEvents(storyId: $id) {
  seq type cursor occurredAt
  story { id revision status progress shotCounts { completed } }
  shot { id revision position status progress imageUrl }
} }"""
# The last move of a shot is its COMPLETED; transactions are numbered in the order of their commits.
_COMPLETIONS = """
    SELECT DISTINCT ON (shot_id) seq, number
    FROM (
        SELECT seq, shot_id, type, dense_rank() OVER (ORDER BY first_seq) AS number
        FROM (SELECT *, min(seq) OVER (PARTITION BY xmin::text) AS first_seq FROM event
              WHERE story_id = $1::text::uuid) AS logged
    ) AS numbered
    WHERE type = 'SHOT_STATUS_CHANGED'
    ORDER BY shot_id, seq DESC
"""
_COUNT_TRANSACTIONS = "SELECT count(DISTINCT xmin::text) FROM event WHERE story_id = $1::text::uuid"


@dataclass(slots=True)
class Rings:
    """When each story's transactions were heard to commit."""

    heard_at: dict[str, list[float]] = field(default_factory=dict[str, list[float]])

    def hear(self, _connection: object, _pid: int, _channel: str, payload: str) -> None:
        """Note the ring; one with a hint is about progress and has no event."""
        story_id, _, hint = payload.partition(" ")
        if not hint:
            self.heard_at.setdefault(story_id, []).append(time.perf_counter())


async def round_trips_s(listening: Connection, sending: Connection) -> list[float]:
    """Seconds of a bare NOTIFY from one connection to another, over and over."""
    channel, heard = "ai_story_bench", asyncio.Event()

    def hear(_connection: object, _pid: int, _channel: str, _payload: str) -> None:
        heard.set()

    await listening.add_listener(channel, hear)
    seconds: list[float] = []
    for _ in range(ROUND_TRIPS):
        heard.clear()
        start = time.perf_counter()
        await sending.execute(f"NOTIFY {channel}, '{uuid4()}'")
        await heard.wait()
        seconds.append(time.perf_counter() - start)
    return seconds


async def receipts(client: Client, shots: int) -> tuple[str, dict[int, float]]:
    """Follow a new story to its last picture: its id, and when each event came, by seq."""
    content = {"input": {"content": "A bench. Nothing else."}}
    story_id = str((await client.ask(_CREATE, content))["createStory"]["story"]["id"])
    received_at: dict[int, float] = {}
    async with open_socket(client.url) as socket:
        async for data in socket.follow(_FOLLOW, {"id": story_id}):
            event = data["storyEvents"]
            if event["type"] == "SHOT_STATUS_CHANGED":
                received_at[event["seq"]] = time.perf_counter()
            if len(received_at) == 2 * shots:  # each begins, and each ends
                return story_id, received_at
    raise RuntimeError("the story ended early")


async def delays_s(connection: Connection, client: Client, rings: Rings, shots: int) -> list[float]:
    """Seconds from commit to receipt of each shot's COMPLETED of one story."""
    story_id, received_at = await receipts(client, shots)
    heard_at = rings.heard_at[story_id]
    if await connection.fetchval(_COUNT_TRANSACTIONS, story_id) != len(heard_at):
        raise RuntimeError("rings and transactions do not match")
    rows = cast("list[tuple[int, int]]", await connection.fetch(_COMPLETIONS, story_id))
    return [received_at[seq] - heard_at[number - 1] for seq, number in rows]


async def measure(stories: int, shots: int) -> dict[str, float]:
    """All delays of a few stories, one story after the other."""
    delays: list[float] = []
    async with AsyncExitStack() as stack:
        services_url = await stack.enter_async_context(
            model_server(latency_s=LATENCY_S, shots=shots)
        )
        home = await stack.enter_async_context(home_folder())
        settings = origin_settings(services_url, image_concurrency=str(max(shots, 100)))
        server = await stack.enter_async_context(
            program("serve", "--port", "0", home=home, settings=settings)
        )
        connection = await stack.enter_async_context(connection_to(home))
        sending = await stack.enter_async_context(connection_to(home))
        await connection.add_listener(DOORBELL_CHANNEL, (rings := Rings()).hear)
        session = await stack.enter_async_context(aiohttp.ClientSession())
        client = Client(session, server.url)
        await receipts(client, shots)  # warm
        for _ in range(stories):
            delays += await delays_s(connection, client, rings, shots)
        bare = await round_trips_s(connection, sending)
    return {
        "push_p50_ms": round(percentile(delays, 0.5) * 1000, 1),
        "push_p99_ms": round(percentile(delays, 0.99) * 1000, 1),
        "push_max_ms": round(max(delays) * 1000, 1),
        "baseline_p50_ms": round(percentile(bare, 0.5) * 1000, 2),
        "baseline_p99_ms": round(percentile(bare, 0.99) * 1000, 2),
        "samples": len(delays),
    }


def main() -> None:
    """Print the figures as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shots", type=int, default=100)
    parser.add_argument("--stories", type=int, default=3)
    options = parser.parse_args()
    figures = asyncio.run(measure(options.stories, options.shots))
    report(f"push of {options.shots} shots at once", figures, bounds=BOUNDS_MS)


if __name__ == "__main__":
    main()
