"""Model services that write down every call: which work it was for, when it came, what it got."""

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from aiohttp import web

from tests.fakes.origin import FakeOrigin
from tests.fakes.service import FakeService, Handler, serving
from tests.fakes.vendors import FakeReplicate


@dataclass(slots=True)
class Call:
    """One call; `key` is its idempotency key, times are seconds since the epoch.

    `answered` is when the service had done what was asked, None when it refused or misbehaved.
    """

    route: str
    key: str
    began: float
    answered: float | None = None
    status: int | None = None
    """What it was answered with; None when the connection was cut instead."""

    @property
    def is_refused(self) -> bool:
        """Whether the caller can know that nothing was begun: it was told to come again."""
        return self.status in (429, 500, 503)


_CALL = web.RequestKey("call", Call)


class _Remembering(FakeService):
    """Keeps a ledger of the calls that cost money."""

    def remember(self) -> None:
        """Begin the ledger; before it serves."""
        self.ledger: list[Call] = []

    def let_go(self) -> None:
        """End the calls that hang; those that come later may hang again."""
        self._released.set()
        self._released = asyncio.Event()

    def counted(
        self, route: str, handler: Handler
    ) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        """The handler, with its calls in the ledger where they cost money."""
        if route not in self.costs:
            return super().counted(route, handler)

        async def serve(request: web.Request) -> web.Response:
            response = await handler(request)
            request[_CALL].answered = time.time()
            return response

        answer = super().counted(route, serve)

        async def handle(request: web.Request) -> web.StreamResponse:
            call = Call(route, request.headers.get("Idempotency-Key", ""), time.time())
            request[_CALL] = call
            self.ledger.append(call)
            response = await answer(request)
            is_cut = request.transport is None or request.transport.is_closing()
            call.status = None if is_cut and call.answered is None else response.status
            return response

        return handle


class Origin(_Remembering, FakeOrigin):
    """Writes scripts and draws pictures in one call each, and makes films in jobs."""


class Animator(_Remembering, FakeReplicate):
    """Makes clips in jobs."""


@dataclass(frozen=True, slots=True)
class Services:
    """Everything that is asked."""

    origin: Origin
    animator: Animator

    def __iter__(self) -> Iterator[Origin | Animator]:
        yield self.origin
        yield self.animator

    def calls(self) -> list[Call]:
        """Every call that cost money, in the order in which they came."""
        return sorted([*self.origin.ledger, *self.animator.ledger], key=lambda call: call.began)

    def calm_down(self) -> None:
        """Answer as ever, and let go of what hangs."""
        for service in self:
            service.forget()
            service.let_go()


@asynccontextmanager
async def open_services() -> AsyncGenerator[Services]:
    """Serve all of them in this process."""
    origin = Origin(polls=4, latencies_s={"/llm": 0.3, "/pic": 1.5, "/v1/videos": 0.8})
    animator = Animator(polls=5, latency_s=0.8)
    for service in (origin, animator):
        service.remember()
    async with serving(origin), serving(animator):
        yield Services(origin, animator)
