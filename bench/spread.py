"""Many stories with one subscriber each: opening, waiting, and when changes come.

python -m bench.spread [--stories 2000] [--per-s 500] [--seconds 10] [--idle-seconds 10]

Each subscriber is a WebSocket of its own that follows a story of its own. The clients and the
writer are in this process, the server is a process of its own. A change is one statement, as the
program would write it; its delay is from the answer of the commit to the receipt. `idle_percent`
is the CPU of the server, of one core, while nothing happens.
"""

import argparse
import asyncio
import random
import sys
import time
from contextlib import AsyncExitStack

import psutil

from bench.parts import connection_to, home_folder, percentile, program, report
from bench.sockets import (
    Receipts,
    RefusedError,
    Subscriber,
    allow_sockets,
    connect,
    settings_for,
)
from db.connections import Connection

AT_ONCE = 100
LAST_S = 3.0
BOUNDS = {"missing": 0.0, "open_s": 6.0, "p50_ms": 10.0, "p99_ms": 40.0, "idle_percent": 2.0}
_FOLLOW = """subscription ($id: ID!) { storyEvents(storyId: $id) {
  seq type cursor occurredAt story { id revision status progress shotCounts { completed } }
} }"""
_STORIES = """
    INSERT INTO story (id, owner_id, content, style, aspect_ratio, language, status, title,
        auto_render, attempt, event_seq, revision)
    SELECT gen_random_uuid(), 'local', 'One. Two.', 'MOVIE', 'WIDE_16_9', 'en', 'COMPLETED',
        'Title ' || n, false, 0, 0, 1
    FROM generate_series(1, $1) AS n RETURNING id::text
"""
_CHANGE = """
    WITH moved AS (
        UPDATE story SET event_seq = event_seq + 1, revision = revision + 1, updated_at = now()
        WHERE id = $1::text::uuid RETURNING id, event_seq
    ), logged AS (
        INSERT INTO event (story_id, seq, type, occurred_at)
        SELECT id, event_seq, 'STORY_UPDATED', now() FROM moved
    )
    SELECT pg_notify('ai_story_doorbell', id::text) FROM moved
"""


class Watcher(Subscriber):
    """Follows one story, and knows when it heard of each change."""

    def __init__(self, receipts: Receipts, story_id: str) -> None:
        super().__init__(receipts, {"query": _FOLLOW, "variables": {"id": story_id}})
        self.heard_at: list[float] = []

    def data_received(self, data: bytes) -> None:
        """Note the moment."""
        before = self.receipts.received
        super().data_received(data)
        self.heard_at += [time.perf_counter()] * (self.receipts.received - before)


async def open_watchers(url: str, story_ids: list[str], receipts: Receipts) -> list[Watcher]:
    """One for each story, each of which has received its snapshot."""
    free = asyncio.Semaphore(AT_ONCE)
    receipts.expect(2 * len(story_ids))  # the handshake's and the snapshot

    async def open_one(story_id: str) -> Watcher:
        async with free:
            return await connect(url, Watcher(receipts, story_id))

    opened = await asyncio.gather(*map(open_one, story_ids))
    await receipts.all_in()
    return opened


async def change(
    connection: Connection, watchers: dict[str, Watcher], *, per_s: float, seconds: float
) -> list[float]:
    """Seconds from each commit to its receipt; the missing ones count as infinitely late."""
    committed: dict[str, list[float]] = {}
    for watcher in watchers.values():
        watcher.heard_at.clear()
    chosen, began = list(watchers), time.perf_counter()
    for number in range(round(per_s * seconds)):
        await asyncio.sleep(max(0.0, began + number / per_s - time.perf_counter()))
        story_id = random.choice(chosen)
        await connection.execute(_CHANGE, story_id)
        committed.setdefault(story_id, []).append(time.perf_counter())
    await asyncio.sleep(LAST_S)
    delays: list[float] = []
    for story_id, moments in committed.items():
        heard_at = watchers[story_id].heard_at
        missing = len(moments) - len(heard_at)
        delays += [float("inf")] * max(missing, 0)
        delays += [max(0.0, heard - at) for at, heard in zip(moments, heard_at, strict=False)]
    return delays


async def measure(stories: int, per_s: float, seconds: float, idle_s: float) -> dict[str, float]:
    """One server, all subscribers."""
    async with AsyncExitStack() as stack:
        home = await stack.enter_async_context(home_folder())
        server = await stack.enter_async_context(
            program(
                "serve", "--no-worker", "--port", "0", home=home, settings=settings_for(stories)
            )
        )
        connection = await stack.enter_async_context(connection_to(home))
        rows = await connection.fetch(_STORIES, stories)
        story_ids = [str(row["id"]) for row in rows]  # pyright: ignore[reportIndexIssue, reportUnknownArgumentType]
        process, receipts = psutil.Process(server.process.pid), Receipts()

        before = process.memory_info().rss
        began = time.perf_counter()
        opened = await open_watchers(server.url, story_ids, receipts)
        open_s = time.perf_counter() - began
        watchers = dict(zip(story_ids, opened, strict=True))
        used = process.memory_info().rss - before
        await asyncio.sleep(2)
        cpu = sum(process.cpu_times()[:2])
        await asyncio.sleep(idle_s)
        idle = sum(process.cpu_times()[:2]) - cpu
        await change(connection, watchers, per_s=per_s, seconds=2)  # warm
        cpu = sum(process.cpu_times()[:2])
        delays = await change(connection, watchers, per_s=per_s, seconds=seconds)
        cpu = sum(process.cpu_times()[:2]) - cpu
        for watcher in opened:
            watcher.close()
    lost = sum(delay == float("inf") for delay in delays)
    return {
        "open_s": round(open_s, 2),
        "idle_percent": round(idle / idle_s * 100, 1),
        "p50_ms": round(percentile(delays, 0.5) * 1000, 1),
        "p99_ms": round(percentile(delays, 0.99) * 1000, 1),
        "missing": lost,
        "cpu_per_change_ms": round(cpu / len(delays) * 1000, 2),
        "watcher_kb": round(used / stories / 1000, 1),
    }


def main() -> None:
    """Print the figures as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stories", type=int, default=2_000)
    parser.add_argument("--per-s", type=float, default=500)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--idle-seconds", type=float, default=10)
    options = parser.parse_args()
    try:
        allow_sockets(options.stories)
        figures = asyncio.run(
            measure(options.stories, options.per_s, options.seconds, options.idle_seconds)
        )
    except RefusedError as error:
        sys.exit(f"spread: {error}")
    report(f"{options.stories} stories with a subscriber each", figures, bounds=BOUNDS)


if __name__ == "__main__":
    main()
