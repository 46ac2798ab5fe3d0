"""A model service for tests: it counts and stores requests, and misbehaves on request.

Subclasses implement protocols: each names its routes, and `counted` wraps them.
"""

import asyncio
import json
import signal
import ssl
import sys
from abc import ABC, abstractmethod
from collections import Counter, defaultdict, deque
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar

from aiohttp import web

KEPT_REQUESTS = 100

Handler = Callable[[web.Request], Awaitable[web.Response]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Behaviour:
    """One exceptional answer.

    `answer` sends status, headers and body; `trickle` does so one byte at a time and never ends;
    `hang` never answers, and `hold` answers normally once it is released; `reset` cuts the
    connection; `truncate` cuts it in the middle of the body.
    """

    kind: Literal["answer", "trickle", "hang", "hold", "reset", "truncate"] = "answer"
    status: int = 200
    body: bytes = b""
    media_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True)
class Received:
    """One request as it came."""

    route: str
    method: str
    headers: Mapping[str, str]
    body: dict[str, Any]


class FakeService(ABC):
    """Calls take `latency_s`, or the route's value in `latencies_s`, on the routes that `costs`."""

    costs: tuple[str, ...] = ()
    """The routes whose calls cost money; they take the latency."""

    def __init__(
        self, *, latency_s: float = 0.0, latencies_s: Mapping[str, float] | None = None
    ) -> None:
        self.latency_s = latency_s
        self.latencies_s = dict(latencies_s or {})
        self.url = ""
        self.calls: Counter[str] = Counter()
        self.keys: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self.peaks: Counter[str] = Counter()
        self.received: deque[Received] = deque(maxlen=KEPT_REQUESTS)
        self._running: Counter[str] = Counter()
        self._behaviours: defaultdict[str, deque[Behaviour]] = defaultdict(deque)
        self._released = asyncio.Event()

    def behave(self, route: str, behaviour: Behaviour, *, times: int = 1) -> None:
        """Answer the route's next calls like this; later calls queue up behind earlier ones.

        A route ends where an id begins.
        """
        self._behaviours[route].extend([behaviour] * times)

    def forget(self) -> None:
        """From now on answer normally, and drop the queued behaviours."""
        self._behaviours.clear()

    def release(self) -> None:
        """Release every call that hangs or is held."""
        self._released.set()

    def counts(self) -> dict[str, Any]:
        """Calls per route, calls per route and idempotency key, and the most at once per route."""
        return {
            "calls": dict(self.calls),
            "keys": {route: dict(keys) for route, keys in self.keys.items()},
            "peaks": dict(self.peaks),
        }

    @abstractmethod
    def application(self) -> web.Application:
        """The routes."""

    def counted(
        self, route: str, handler: Handler
    ) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        """The handler, counted under its route and made to misbehave."""

        async def handle(request: web.Request) -> web.StreamResponse:
            self.calls[route] += 1
            key = request.headers.get("Idempotency-Key")
            if key is not None:
                self.keys[route][key] += 1
            self._running[route] += 1
            self.peaks[route] = max(self.peaks[route], self._running[route])
            try:
                await self._note(route, request)
                unusual = self._behaviours[route].popleft() if self._behaviours[route] else None
                if unusual is not None and unusual.kind == "hold":
                    await self._released.wait()
                elif unusual is not None:
                    return await self._misbehave(request, unusual)
                elif route in self.costs:
                    await asyncio.sleep(self.latencies_s.get(route, self.latency_s))
                return await handler(request)
            finally:
                self._running[route] -= 1

        return handle

    async def _note(self, route: str, request: web.Request) -> None:
        body = await request.read()
        self.received.append(
            Received(route, request.method, request.headers, json.loads(body) if body else {})
        )

    async def _misbehave(self, request: web.Request, behaviour: Behaviour) -> web.StreamResponse:
        if behaviour.kind == "hang":
            await self._released.wait()
        if behaviour.kind in ("hang", "reset"):
            return self._cut(request)
        headers = {"Content-Type": behaviour.media_type, **behaviour.headers}
        if behaviour.kind == "answer":
            return web.Response(status=behaviour.status, body=behaviour.body, headers=headers)
        response = web.StreamResponse(status=behaviour.status, headers=headers)
        if behaviour.kind == "truncate":
            response.content_length = len(behaviour.body) + 1_000
        await response.prepare(request)
        if behaviour.kind == "truncate":
            await response.write(behaviour.body)
            self._cut(request)
            return response
        while not self._released.is_set():
            await response.write(b" ")
            await asyncio.sleep(0.02)
        return response

    def _cut(self, request: web.Request) -> web.Response:
        if request.transport is not None:
            request.transport.abort()
        return web.Response()


S = TypeVar("S", bound=FakeService)


@asynccontextmanager
async def serving(
    service: S, *, port: int = 0, tls: ssl.SSLContext | None = None
) -> AsyncGenerator[S]:
    """Serve on loopback in this event loop; `service.url` is set while it lasts."""
    runner = web.AppRunner(service.application(), access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", port, backlog=4_096, ssl_context=tls)
        await site.start()
        place = "https://localhost" if tls else "http://127.0.0.1"
        service.url = f"{place}:{runner.addresses[0][1]}"
        yield service
    finally:
        service.release()
        await runner.cleanup()


async def serve_until_terminated(service: FakeService, *, port: int) -> None:
    """Serve until SIGTERM; the first line of output is the port."""
    ended = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    async with serving(service, port=port):
        sys.stdout.write(service.url.rpartition(":")[2] + "\n")
        sys.stdout.flush()
        await ended.wait()
