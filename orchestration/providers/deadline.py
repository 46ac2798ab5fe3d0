"""A deadline that moves on with the work: a slow service that gets ahead is not a dead one."""

import asyncio
from types import TracebackType
from typing import Self

from orchestration.providers.ports import ReportProgress

LONGEST = 4
"""However far the work gets, it ends after so many times the deadline."""


class MovingDeadline:
    """An `asyncio.timeout` that begins anew whenever the reported progress is the furthest so far.

    What only swings, or tells nothing, has the plain deadline. Enter it once.
    """

    def __init__(self, timeout_s: float) -> None:
        """`timeout_s` bounds the time without progress; LONGEST times as much bounds it all."""
        self._timeout_s = timeout_s
        self._limit = asyncio.timeout(None)
        self._end_s = 0.0
        self._furthest = 0.0

    async def __aenter__(self) -> Self:
        await self._limit.__aenter__()
        now_s = asyncio.get_running_loop().time()
        self._end_s = now_s + LONGEST * self._timeout_s
        self._limit.reschedule(now_s + self._timeout_s)
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Leave it.

        Raises:
            TimeoutError: The deadline has passed.
        """
        await self._limit.__aexit__(exc_type, exc, traceback)

    def watch(self, report: ReportProgress) -> ReportProgress:
        """The report, which moves the deadline as well; for the work inside it."""

        async def noted(progress: float) -> None:
            if progress > self._furthest and not self._limit.expired():
                self._furthest = progress
                now_s = asyncio.get_running_loop().time()
                self._limit.reschedule(min(now_s + self._timeout_s, self._end_s))
            await report(progress)

        return noted
