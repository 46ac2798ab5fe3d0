"""What a crowd that never finishes its requests does to everybody else.

python -m bench.slow_clients [--heads 1500] [--bodies 600]

Half of a head, or of a body, is sent on each of many connections, and then a byte every two
seconds. They come from as few loopback addresses as may have so many connections, each as many as
one may; one more must be refused. The server is a process of its own with its usual bounds, of
which the greatest that applies is the bound here: `longest_open_s` is how long the server put up
with the one it waited for longest.

Meanwhile another process asks for `/healthz` again and again, and a client with an address of its
own asks GraphQL on a new connection each time: every one of its `answers` must be right. The
figures are the longest that either waited; those that end with `alone_ms` are from before the crowd
came. Linux: elsewhere 127.0.0.2 is no address of the machine.
"""

import argparse
import asyncio
import contextlib
import multiprocessing
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass, field

import aiohttp

from bench.create_story import Client
from bench.documents import longest_ms, probe
from bench.parts import home_folder, program, report
from cli.open_files import allow_sockets
from cli.protocols.clients import Bounds

USUAL = Bounds()
BOUNDS = {
    # late is who is so at a look, and the first look after the connection's begin starts the clock
    "longest_open_s": USUAL.patience_s + 2 * USUAL.look_s,
    "healthz_ms": 100.0,
    "slowest_answer_ms": 250.0,
}
HEAD = b"POST /graphql HTTP/1.1\r\nHost: localhost\r\nX-Slow: "
BODY = (
    b"POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    b'Content-Length: 1000\r\n\r\n{"query": "'
)
_PROPER_ADDRESS = "127.0.0.200"
_BYTE_EVERY_S = 2.0
_SLICES = 40
_ASK_EVERY_S = 0.1
_ALONE_S = 1.0
_AT_ONCE = 50
_DEADLINE_S = 120.0


@dataclass(slots=True)
class Crowd:
    """All slow clients, and what became of them."""

    open: set["Slow"] = field(default_factory=set["Slow"])
    lives_s: list[float] = field(default_factory=list[float])
    answers: dict[bytes, int] = field(default_factory=dict[bytes, int])
    """How many were told so, by the status; nothing where the connection was just closed."""
    gone: asyncio.Event = field(default_factory=asyncio.Event)

    async def trickle(self) -> None:
        """Send a byte on each, in turns, so that this process stays at its other work."""
        while True:
            for client in [slow for slow in self.open if slow.is_due()]:
                client.transport.write(b"x")
            await asyncio.sleep(_BYTE_EVERY_S / _SLICES)


class Slow(asyncio.Protocol):
    """A client that sends so much at once, and the rest by single bytes."""

    transport: asyncio.Transport

    def __init__(self, crowd: Crowd, start: bytes) -> None:
        self._crowd = crowd
        self._start = start
        self._came_at = self._sent_at = 0.0
        self._status = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin a request."""
        if not isinstance(transport, asyncio.Transport):
            raise TypeError
        self.transport = transport
        self._came_at = self._sent_at = time.perf_counter()
        self._crowd.open.add(self)
        transport.write(self._start)

    def data_received(self, data: bytes) -> None:
        """Record the server's response."""
        self._status = self._status or data.split(b" ", 2)[1]

    def connection_lost(self, exc: Exception | None) -> None:
        """Record how long the server waited for it."""
        super().connection_lost(exc)
        crowd = self._crowd
        crowd.open.discard(self)
        crowd.lives_s.append(time.perf_counter() - self._came_at)
        crowd.answers[self._status] = crowd.answers.get(self._status, 0) + 1
        if not crowd.open:
            crowd.gone.set()

    def is_due(self) -> bool:
        """Whether it is time for its next byte, which counts as sent then."""
        now = time.perf_counter()
        is_due = now - self._sent_at >= _BYTE_EVERY_S and not self.transport.is_closing()
        if is_due:
            self._sent_at = now
        return is_due


async def open_crowd(url: str, *, heads: int, bodies: int) -> Crowd:
    """As many connections as one address may have from each address but the last."""
    host, _, port = url.rpartition("/")[2].partition(":")
    loop, crowd = asyncio.get_running_loop(), Crowd()
    starts = [HEAD] * heads + [BODY] * bodies

    async def add(number: int) -> None:
        address = f"127.0.0.{2 + number // USUAL.per_address}"
        await loop.create_connection(
            lambda: Slow(crowd, starts[number]), host, int(port), local_addr=(address, 0)
        )

    for first in range(0, len(starts), _AT_ONCE):
        numbers = range(first, min(first + _AT_ONCE, len(starts)))
        await asyncio.gather(*(add(number) for number in numbers))
    return crowd


async def refused_status(url: str) -> int:
    """What one more from the crowd's first address is answered."""
    connector = aiohttp.TCPConnector(local_addr=("127.0.0.2", 0))
    async with (
        aiohttp.ClientSession(connector=connector) as session,
        session.get(f"{url}/healthz") as response,
    ):
        return response.status


async def ask_on(client: Client, seconds: list[float]) -> None:
    """Ask GraphQL now and again until cancelled; notes how long each answer took."""
    while True:
        began = time.perf_counter()
        await client.ask("{ viewer { id } stories(first: 1) { totalCount } }")
        seconds.append(time.perf_counter() - began)
        await asyncio.sleep(_ASK_EVERY_S)


async def ask_alone(client: Client) -> float:
    """The slowest answer while nobody else is there."""
    seconds: list[float] = []
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_ALONE_S):
            await ask_on(client, seconds)
    return max(seconds)


async def meet(url: str, proper: Client, *, heads: int, bodies: int) -> tuple[Crowd, list[float]]:
    """Start and end the crowd; returns the waiting times of the normal client meanwhile."""
    seconds: list[float] = []
    async with asyncio.timeout(_DEADLINE_S), asyncio.TaskGroup() as group:
        asking = group.create_task(ask_on(proper, seconds))
        crowd = await open_crowd(url, heads=heads, bodies=bodies)
        trickling = group.create_task(crowd.trickle())
        if heads + bodies > USUAL.per_address and (status := await refused_status(url)) != 503:
            raise RuntimeError(f"one more from a full address is answered {status}")
        await crowd.gone.wait()
        trickling.cancel()
        asking.cancel()
    return crowd, seconds


async def measure(heads: int, bodies: int) -> dict[str, float]:
    """One server, one crowd."""
    allow_sockets(heads + bodies)
    async with AsyncExitStack() as stack:
        home = await stack.enter_async_context(home_folder())
        server = await stack.enter_async_context(
            program(
                *("serve", "--no-worker", "--port", "0"),
                home=home,
                settings={"FORWARDED_ALLOW_IPS": "127.0.0.1"},
            )
        )
        connector = aiohttp.TCPConnector(local_addr=(_PROPER_ADDRESS, 0), force_close=True)
        session = await stack.enter_async_context(aiohttp.ClientSession(connector=connector))
        proper = Client(session, server.url)
        await proper.ask("{ viewer { id } stories(first: 1) { totalCount } }")
        ours, theirs = multiprocessing.get_context("spawn").Pipe()
        prober = multiprocessing.get_context("spawn").Process(
            target=probe, args=(server.url, theirs), daemon=True
        )
        prober.start()
        await asyncio.to_thread(longest_ms, ours)
        slowest_alone_s = await ask_alone(proper)
        alone_ms = await asyncio.to_thread(longest_ms, ours)
        crowd, seconds = await meet(server.url, proper, heads=heads, bodies=bodies)
        healthz_ms = await asyncio.to_thread(longest_ms, ours)
        ours.send(None)
        prober.join(_DEADLINE_S)
    return {
        "longest_open_s": round(max(crowd.lives_s), 1),
        "told_why": crowd.answers.get(b"408", 0),
        "healthz_alone_ms": round(alone_ms, 1),
        "healthz_ms": round(healthz_ms, 1),
        "slowest_answer_alone_ms": round(slowest_alone_s * 1_000, 1),
        "answers": len(seconds),
        "slowest_answer_ms": round(max(seconds) * 1_000, 1),
    }


def main() -> None:
    """Print the figures as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--heads", type=int, default=1_500)
    parser.add_argument("--bodies", type=int, default=600)
    options = parser.parse_args()
    figures = asyncio.run(measure(options.heads, options.bodies))
    name = f"{options.heads} half heads and {options.bodies} half bodies"
    report(name, figures, bounds=BOUNDS)


if __name__ == "__main__":
    main()
