"""Shares the event loop: answers that take long let other tasks run now and then."""

import asyncio
from time import perf_counter

_TURN_S = 0.005
"""How long answers are processed before the event loop runs other tasks."""


class _Turn:
    """The present turn of the event loop, as long as answers are processed in it."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._ends_at = 0.0

    def is_over(self) -> bool:
        """Whether other tasks must run first."""
        loop = asyncio.get_running_loop()
        if loop is not self._loop:
            self._loop = loop
            self._ends_at = perf_counter() + _TURN_S
            loop.call_soon(self._end)
            return False
        return perf_counter() > self._ends_at

    async def take(self) -> None:
        """Return in a turn that is not over."""
        while self.is_over():  # noqa: ASYNC110 - nothing happens that would be waited for
            await asyncio.sleep(0)

    def _end(self) -> None:
        self._loop = None


turn = _Turn()
"""One for all operations, which share the event loop."""
