"""A deadline of a call that counts only the time in which this process runs.

A process may stand still: the machine sleeps, or something stops it. When it goes on, its timers
are due before it has read what arrived meanwhile, and an `asyncio.timeout` would discard an answer
that came in time and may be paid for.
"""

import asyncio
from types import TracebackType
from typing import Self

_LOOK_EVERY_S = 0.2
_STANDSTILL_S = 0.1
"""A busy event loop is late by less."""


class _RunningTime:
    """A clock that stands still while this process does; it has one timer, while it is asked."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._users = 0
        self._lost_s = 0.0
        self._due_s = 0.0

    def begin(self) -> None:
        """Watch the time, until `end`."""
        loop = asyncio.get_running_loop()
        if loop is not self._loop:
            self._loop, self._users = loop, 0
            self._look_later(loop)
        self._users += 1

    def end(self, loop: asyncio.AbstractEventLoop) -> None:
        """One user less; without any, the timer ends."""
        if loop is self._loop:
            self._users -= 1

    def now(self, loop: asyncio.AbstractEventLoop) -> float:
        """Seconds for which it has run."""
        return loop.time() - self._lost_s - self._late_s(loop)

    def _late_s(self, loop: asyncio.AbstractEventLoop) -> float:
        """The standstill that has not been counted yet."""
        late_s = loop.time() - self._due_s
        return late_s if late_s > _STANDSTILL_S else 0.0

    def _look_later(self, loop: asyncio.AbstractEventLoop) -> None:
        self._due_s = loop.time() + _LOOK_EVERY_S
        loop.call_at(self._due_s, self._look, loop)

    def _look(self, loop: asyncio.AbstractEventLoop) -> None:
        if loop is not self._loop:
            return
        self._lost_s += self._late_s(loop)
        if self._users:
            self._look_later(loop)
        else:
            self._loop = None


_clock = _RunningTime()


class Deadline:
    """An `asyncio.timeout` in seconds for which this process runs. Enter it once."""

    def __init__(self, timeout_s: float) -> None:
        """It begins when it is entered."""
        self._timeout_s = timeout_s
        self._limit = asyncio.timeout(None)
        self._is_left = False
        self._end_s = 0.0
        self._timer: asyncio.TimerHandle | None = None

    async def __aenter__(self) -> Self:
        await self._limit.__aenter__()
        self._loop = asyncio.get_running_loop()
        _clock.begin()
        self._move(self.now_s + self._timeout_s)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Leave it.

        Raises:
            TimeoutError: The deadline has passed.
        """
        self._is_left = True
        if self._timer is not None:
            self._timer.cancel()
        _clock.end(self._loop)
        await self._limit.__aexit__(kind, error, traceback)

    @property
    def now_s(self) -> float:
        """The time by the clock of the deadline."""
        return _clock.now(self._loop)

    @property
    def is_over(self) -> bool:
        """Whether it has passed, or was left."""
        return self._is_left or self._limit.expired()

    def _move(self, end_s: float) -> None:
        """Let it end at this time by its clock."""
        self._end_s = end_s
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._loop.call_later(end_s - self.now_s, self._look)

    def _look(self) -> None:
        left_s = self._end_s - self.now_s
        if left_s > 0.001:  # a timer may be early by its resolution
            self._timer = self._loop.call_later(left_s, self._look)
        else:
            self._limit.reschedule(self._loop.time())
