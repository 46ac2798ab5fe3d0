"""Many subscribers of one story: from a commit to the last receipt, and what each of them costs.

python -m bench.subscribers [--subscribers 1000] [--changes 30]

Each subscriber is a WebSocket of its own that follows the same story with the same document. A
shot's title changes again and again, the next time when everybody has heard of the last; the
median and the worst of those moments are told. The clients are in this process and only count
frames, so that the CPU and the memory are those of the server, which is a process of its own. The
commit is taken from the database's own ring, as in bench.push. `per_message_us` is the CPU of
everything that the server does meanwhile, the change itself included; `beside_bare_sends` is how
many bare `send` calls of as many bytes cost the same here and now, because machines differ.
"""

import argparse
import asyncio
import base64
import json
import socket
import statistics
import struct
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from uuid import UUID

import aiohttp
import psutil

from bench.create_story import Client
from bench.parts import home_folder, program, report
from bench.push import Rings
from db.connections import connect
from db.embedded import EmbeddedPostgres
from db.queries.events import DOORBELL_CHANNEL
from db.session import Database
from tests.factories import Rows, add_rows
from tests.graphql_client import PROTOCOL

WARM_CHANGES = 5
AT_ONCE = 50
BOUNDS = {"last_receipt_ms": 120.0, "beside_bare_sends": 25.0, "subscriber_kb": 65.0}
_DEADLINE_S = 60.0
_SHORT, _MEDIUM = 126, 127
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


@dataclass(slots=True)
class Receipts:
    """How many frames all subscribers have received, and when the last one came."""

    awaited: int = 0
    received: int = 0
    last_at: float = 0.0
    complete: asyncio.Event = field(default_factory=asyncio.Event)

    def expect(self, count: int) -> None:
        """Begin anew."""
        self.awaited, self.received = count, 0
        self.complete.clear()

    def note(self, frames: int) -> None:
        """So many have come."""
        self.received += frames
        if self.received >= self.awaited:
            self.last_at = time.perf_counter()
            self.complete.set()

    async def all_in(self) -> float:
        """When the last one came."""
        async with asyncio.timeout(_DEADLINE_S):
            await self.complete.wait()
        return self.last_at


class Subscriber(asyncio.Protocol):
    """A WebSocket client that counts the frames which it is sent, and answers pings never."""

    transport: asyncio.Transport

    def __init__(self, receipts: Receipts, *first: object) -> None:
        self.receipts = receipts
        self._first = first
        self._unread = b""
        self._is_open = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask for a WebSocket."""
        if not isinstance(transport, asyncio.Transport):
            raise TypeError
        self.transport = transport
        host, port = transport.get_extra_info("peername")
        key = base64.b64encode(b"x" * 16).decode()
        lines = (
            "GET /graphql HTTP/1.1",
            f"Host: {host}:{port}",
            "Connection: Upgrade",
            "Upgrade: websocket",
            "Sec-WebSocket-Version: 13",
            f"Sec-WebSocket-Key: {key}",
            f"Sec-WebSocket-Protocol: {PROTOCOL}",
        )
        transport.write("".join(f"{line}\r\n" for line in (*lines, "")).encode())

    def data_received(self, data: bytes) -> None:
        """Count the frames in it."""
        data = self._unread + data
        if not self._is_open:
            head, end, data = data.partition(b"\r\n\r\n")
            if not end or not head.startswith(b"HTTP/1.1 101"):
                raise RuntimeError(head.decode())
            self._is_open = True
            for message in self._first:
                self.send(message)
        frames = 0
        while (length := _frame_length(data)) is not None:
            frames += data[0] & 0x0F == 1
            data = data[length:]
        self._unread = data
        if frames:
            self.receipts.note(frames)

    def send(self, message: object) -> None:
        """Send one message in one frame, masked with zeros."""
        payload = json.dumps(message).encode()
        head = struct.pack("!BBH", 0x81, 0x80 | _SHORT, len(payload))
        self.transport.write(head + b"\0\0\0\0" + payload)


def _frame_length(data: bytes) -> int | None:
    """The length of the first frame, head included; None while it is not all there."""
    if len(data) < 2:
        return None
    head, length = 2, data[1]
    if length == _SHORT:
        head, length = 4, int.from_bytes(data[2:4])
    elif length == _MEDIUM:
        head, length = 10, int.from_bytes(data[2:10])
    return head + length if len(data) >= head + length else None


async def open_subscribers(url: str, story_id: UUID, count: int) -> list[Subscriber]:
    """As many clients, each of which has received its snapshot."""
    host, _, port = url.rpartition("/")[2].partition(":")
    loop, receipts = asyncio.get_running_loop(), Receipts()
    opened: list[Subscriber] = []
    follow = {"query": _FOLLOW, "variables": {"id": str(story_id)}}
    first = ({"type": "connection_init"}, {"id": "1", "type": "subscribe", "payload": follow})
    while len(opened) < count:
        group = min(AT_ONCE, count - len(opened))
        receipts.expect(2 * group)  # the handshake's and the snapshot
        for _ in range(group):
            _, client = await loop.create_connection(
                lambda: Subscriber(receipts, *first), host, int(port)
            )
            opened.append(client)
        await receipts.all_in()
    return opened


@dataclass(frozen=True, slots=True)
class Scene:
    """What a measurement works with."""

    client: Client
    rings: Rings
    receipts: Receipts
    subscribers: int


async def change(scene: Scene, rows: Rows, times: int) -> list[float]:
    """Seconds from each commit to the last receipt."""
    seconds: list[float] = []
    for number in range(times):
        scene.rings.heard_at.clear()
        scene.receipts.expect(scene.subscribers)
        await scene.client.ask(_RETITLE, {"id": str(rows.shot), "title": f"Title {number}"})
        last_at = await scene.receipts.all_in()
        seconds.append(last_at - scene.rings.heard_at[str(rows.story)][0])
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


async def measure(subscribers: int, changes: int) -> dict[str, float]:
    """One server, all subscribers, one change after the other."""
    async with AsyncExitStack() as stack:
        home = await stack.enter_async_context(home_folder())
        limits = {"AI_STORY_CONNECTIONS_PER_VIEWER": str(subscribers + 10)}
        server = await stack.enter_async_context(
            program("serve", "--no-worker", "--port", "0", home=home, settings=limits)
        )
        postgres = await EmbeddedPostgres.start(home)
        stack.push_async_callback(postgres.stop)
        database = await stack.enter_async_context(Database(postgres.url))
        listening = await connect(postgres.url)
        stack.push_async_callback(listening.close, timeout=5)
        await listening.add_listener(DOORBELL_CHANNEL, (rings := Rings()).hear)
        session = await stack.enter_async_context(aiohttp.ClientSession())
        process, rows = psutil.Process(server.process.pid), await add_rows(database)
        client = Client(session, server.url)

        warm = await open_subscribers(server.url, rows.story, AT_ONCE)
        await change(Scene(client, rings, warm[0].receipts, AT_ONCE), rows, WARM_CHANGES)
        before = process.memory_info().rss
        opened = await open_subscribers(server.url, rows.story, subscribers - AT_ONCE)
        receipts = warm[0].receipts
        for subscriber in opened:
            subscriber.receipts = receipts
        scene = Scene(client, rings, receipts, subscribers)
        await change(scene, rows, WARM_CHANGES)
        used, cpu = process.memory_info().rss, sum(process.cpu_times()[:2])
        seconds = await change(scene, rows, changes)
        cpu = sum(process.cpu_times()[:2]) - cpu
        for subscriber in (*warm, *opened):
            subscriber.transport.abort()
    per_message_us = cpu / changes / subscribers * 1e6
    return {
        "last_receipt_ms": round(statistics.median(seconds) * 1000, 1),
        "worst_last_receipt_ms": round(max(seconds) * 1000, 1),
        "per_message_us": round(per_message_us, 1),
        "beside_bare_sends": round(per_message_us / bare_send_us(), 1),
        "subscriber_kb": round((used - before) / len(opened) / 1000, 1),
    }


def main() -> None:
    """Print the figures as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--subscribers", type=int, default=1_000)
    parser.add_argument("--changes", type=int, default=30)
    options = parser.parse_args()
    figures = asyncio.run(measure(options.subscribers, options.changes))
    report(f"{options.subscribers} subscribers of one story", figures, bounds=BOUNDS)


if __name__ == "__main__":
    main()
