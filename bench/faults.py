"""Picture services that fail one call in five, and record the outcome of every call.

Pictures are identified by the number in their prompts ("Picture 17."), so the ledger needs nothing
from the adapter. Faults come from a shuffled bag: of every 25 calls of a route five fail, one of
each kind, so a run costs the same whatever the seed.
"""

import asyncio
import base64
import json
import random
import re
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum

from aiohttp import web

from tests.fakes.openai import FakeOpenAI
from tests.fakes.origin import PICTURE
from tests.fakes.service import Behaviour, FakeService, Handler
from tests.fakes.vendors import FakeReplicate

REFUSED_EVERY = 100
"""One picture in so many is refused for what it shows; another only ever gets garbage."""

_NUMBER = re.compile(r"Picture (\d+)")
_CALLS_PER_BAG = 25
_HOPELESS_AT = REFUSED_EVERY // 2


class Outcome(StrEnum):
    """What a call got. The five faults come first."""

    SLOW_DOWN = "429"
    ERROR = "500"
    RESET = "reset"
    HANG = "hang"
    GARBAGE = "wrong bytes"
    FOREIGN = "no picture"
    REJECTED = "rejected"
    DONE = "done"
    RUNNING = "running"


FAULTS = (Outcome.SLOW_DOWN, Outcome.ERROR, Outcome.RESET, Outcome.HANG, Outcome.GARBAGE)
CODES = {
    Outcome.SLOW_DOWN: "RATE_LIMITED",
    Outcome.ERROR: "UPSTREAM_UNAVAILABLE",
    Outcome.RESET: "UPSTREAM_UNAVAILABLE",
    Outcome.HANG: "UPSTREAM_TIMEOUT",
    Outcome.GARBAGE: "UPSTREAM_BAD_BODY",
    Outcome.FOREIGN: "UPSTREAM_BAD_BODY",
    Outcome.REJECTED: "CONTENT_REJECTED",
}
"""What a picture fails with whose last call got this."""
FINAL = (Outcome.FOREIGN, Outcome.REJECTED)
"""What is not tried again: an answer as promised, and what is in it is no picture, or a refusal."""

_ANSWERS = {
    Outcome.SLOW_DOWN: Behaviour(
        status=429, body=b'{"error": {"code": "rate_limited"}}', headers={"Retry-After": "1"}
    ),
    Outcome.ERROR: Behaviour(status=500, body=b'{"error": {"code": "server_error"}}'),
    Outcome.RESET: Behaviour(kind="reset"),
    Outcome.REJECTED: Behaviour(status=400, body=b'{"error": {"code": "moderation_blocked"}}'),
}


def _answer(content: bytes) -> Behaviour:
    data = {"b64_json": base64.b64encode(content).decode()}
    return Behaviour(body=json.dumps({"created": 1, "data": [data]}).encode())


_NO_PICTURE = _answer(b"no picture" * 100)
_HALF = PICTURE[: len(PICTURE) // 2]
_GARBAGE = (
    _answer(_HALF),
    Behaviour(body=b"<html>Bad gateway</html>", media_type="text/html"),
    Behaviour(body=b'{"created": 1, "data": [{"b64_json": "iVBOR'),
)
_RAW_GARBAGE = (Behaviour(body=_HALF, media_type="image/png"), *_GARBAGE[1:])
"""Where bytes are downloaded instead of read out of JSON."""


def is_rejected(number: int) -> bool:
    """Whether the service refuses this picture for what it shows."""
    return number % REFUSED_EVERY == 0


def is_hopeless(number: int) -> bool:
    """Whether the service never answers this picture with anything but garbage."""
    return number % REFUSED_EVERY == _HOPELESS_AT


@dataclass(slots=True)
class Call:
    """One paid call for a picture, by this machine's monotonic clock."""

    began: float
    outcome: Outcome = Outcome.RUNNING
    ended: float = float("inf")

    def is_cut_by(self, kills: list[float], *, landing_s: float = 0.0) -> bool:
        """Whether a kill fell between its begin and its end, or so soon afterwards."""
        return any(self.began <= kill <= self.ended + landing_s for kill in kills)


class _Unreliable(FakeService):
    """Deals faults on `faulty` routes, and keeps the ledger of the paid ones."""

    faulty: tuple[str, ...] = ()
    sends_foreign = False

    def __init__(self, *, latency_s: float, hang_s: float, seed: int) -> None:
        super().__init__(latency_s=latency_s)
        self.hang_s = hang_s
        self.ledger: defaultdict[int, list[Call]] = defaultdict(list)
        self.dealt: defaultdict[Outcome, int] = defaultdict(int)
        self._random = random.Random(seed)
        self._bags: defaultdict[str, list[Outcome]] = defaultdict(list)

    def counted(
        self, route: str, handler: Handler
    ) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        """The handler with faults, and with its calls in the ledger where they are paid for."""
        answer = super().counted(route, handler)
        if route not in self.faulty:
            return answer

        async def handle(request: web.Request) -> web.StreamResponse:
            call = Call(began=time.monotonic())
            number = await self._number(request) if route in self.costs else None
            if number is not None:
                self.ledger[number].append(call)
            outcome = self._deal(route, number)
            response = await self._give(outcome, route, request, answer)
            call.outcome, call.ended = outcome, time.monotonic()
            return response

        return handle

    async def _give(
        self,
        outcome: Outcome,
        route: str,
        request: web.Request,
        answer: Callable[[web.Request], Awaitable[web.StreamResponse]],
    ) -> web.StreamResponse:
        match outcome:
            case Outcome.DONE:
                return await answer(request)
            case Outcome.HANG:
                await asyncio.sleep(self.hang_s)
                return self._cut(request)
            case Outcome.GARBAGE:
                kinds = _RAW_GARBAGE if route == "/files" else _GARBAGE
                return await self._misbehave(request, self._random.choice(kinds))
            case Outcome.FOREIGN:
                return await self._misbehave(request, _NO_PICTURE)
            case _:
                return await self._misbehave(request, _ANSWERS[outcome])

    async def _number(self, request: web.Request) -> int:
        found = _NUMBER.search((await request.read()).decode())
        if found is None:
            raise web.HTTPUnprocessableEntity
        return int(found[1])

    def _deal(self, route: str, number: int | None) -> Outcome:
        if number is not None and self.refuses(number):
            return Outcome.REJECTED if is_rejected(number) else Outcome.GARBAGE
        bag = self._bags[route]
        if not bag:
            bag += [*FAULTS, *[Outcome.DONE] * (_CALLS_PER_BAG - len(FAULTS))]
            self._random.shuffle(bag)
        outcome = bag.pop()
        self.dealt[outcome] += 1
        is_every_fourth = self.dealt[outcome] % 4 == 0
        if outcome is Outcome.GARBAGE and is_every_fourth and self.sends_foreign:
            return Outcome.FOREIGN
        return outcome

    def refuses(self, number: int) -> bool:
        """Whether the picture can never be made."""
        return is_rejected(number) or is_hopeless(number)


class UnreliableOpenAI(_Unreliable, FakeOpenAI):
    """Answers small pictures at once: in the same call, or never."""

    faulty = ("/images",)
    sends_foreign = True

    async def _draw(self, request: web.Request) -> web.Response:
        await request.read()
        data = {"b64_json": base64.b64encode(PICTURE).decode()}
        return web.json_response({"created": 1, "data": [data]})


class UnreliableReplicate(_Unreliable, FakeReplicate):
    """Fails one submission, one poll and one download in five."""

    faulty = ("/submit", "/poll", "/files")

    def refuses(self, number: int) -> bool:  # noqa: ARG002 - its faults are told by their routes
        """None: the jobs themselves all succeed."""
        return False
