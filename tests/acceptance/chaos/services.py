"""Model services that write down every call: which work it was for, when it came, what it got."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

import aiohttp
from aiohttp import web
from yarl import URL

from tests.fakes.comfyui import FakeComfyUI
from tests.fakes.origin import FakeOrigin
from tests.fakes.service import FakeService, Handler, serving
from tests.fakes.vendors import FakeReplicate

WEBHOOK_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
CLIP_S = 2.0
_CALLS_BACK_AFTER_S = 1.0


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

    routes: tuple[str, ...]
    """What may go wrong with it."""

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

    routes = ("/llm", "/pic", "/files", "/v1/videos", "/v1/videos/poll", "/v1/videos/content")


class Animator(_Remembering, FakeReplicate):
    """Makes pictures and clips in jobs, and calls back when one has ended, if told where."""

    routes = ("/submit", "/poll", "/files")

    def remember(self) -> None:
        """Begin the ledger, and that of the calls back; before it serves."""
        super().remember()
        self.called_back: Counter[int | None] = Counter()
        """How often with which status; None where nobody answered."""
        self._calling: set[asyncio.Task[None]] = set()

    async def _submit(self, request: web.Request) -> web.Response:
        answer = await super()._submit(request)
        job_id = f"job-{len(self.jobs)}"
        if job_id in self.webhooks:
            task = asyncio.create_task(self._end_and_tell(job_id))
            self._calling.add(task)
            task.add_done_callback(self._calling.discard)
        return answer

    async def _end_and_tell(self, job_id: str) -> None:
        """Once, as a service that does not try again: who misses it has to poll."""
        await asyncio.sleep(_CALLS_BACK_AFTER_S)
        at = str(URL(self.webhooks[job_id]).origin())
        status: int | None = None
        with suppress(aiohttp.ClientError, TimeoutError):
            status = await self.call_back(job_id, at=at, secret=WEBHOOK_SECRET)
        self.called_back[status] += 1

    async def hang_up(self) -> None:
        """End the calls back."""
        for task in self._calling:
            task.cancel()
        await asyncio.gather(*self._calling, return_exceptions=True)


class Painter(_Remembering, FakeComfyUI):
    """Draws pictures one after the other, in jobs whose ids are given to it."""

    routes = ("/prompt", "/queue", "/history", "/view")


Service = Origin | Animator | Painter


@dataclass(frozen=True, slots=True)
class Services:
    """Everything that is asked, and what is not asked in this world."""

    origin: Origin
    animator: Animator
    painter: Painter

    def __iter__(self) -> Iterator[Service]:
        yield from (self.origin, self.animator, self.painter)

    def calls(self) -> list[Call]:
        """Every call that cost money, in the order in which they came."""
        calls = [call for service in self for call in service.ledger]
        return sorted(calls, key=lambda call: call.began)

    def calm_down(self) -> None:
        """Answer as ever, and let go of what hangs."""
        for service in self:
            service.forget()
            service.let_go()


@asynccontextmanager
async def open_services() -> AsyncGenerator[Services]:
    """Serve all of them in this process."""
    origin = Origin(polls=4, latencies_s={"/llm": 0.3, "/pic": 1.5, "/v1/videos": 0.8})
    animator = Animator(polls=5, latency_s=0.8, seconds=CLIP_S)
    painter = Painter(steps=4, step_s=0.05)
    services = Services(origin, animator, painter)
    for service in services:
        service.remember()
    async with serving(origin), serving(animator), serving(painter):
        try:
            yield services
        finally:
            await animator.hang_up()
