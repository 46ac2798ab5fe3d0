"""A deadline that progress extends: a slow service that makes progress is not dead."""

import asyncio
import math
from types import TracebackType
from typing import Self

from orchestration.providers.ports import ReportProgress

LONGEST = 4
"""Regardless of progress, it ends after this many times the deadline."""


class MovingDeadline:
    """An `asyncio.timeout` that restarts whenever the reported progress is the furthest so far.

    Progress that goes up and down, or is not reported, has no effect. Enter it once.
    """

    def __init__(self, timeout_s: float, *, by_any_report: bool = False) -> None:
        """`timeout_s` bounds the time without progress; LONGEST times as much bounds the total.

        With `by_any_report` every report restarts it, without a limit: for work whose reports are
        answers, whose number is limited.
        """
        self._timeout_s = timeout_s
        self._by_any_report = by_any_report
        self._limit = asyncio.timeout(None)
        self._end_s = 0.0
        self._furthest = 0.0

    async def __aenter__(self) -> Self:
        await self._limit.__aenter__()
        now_s = asyncio.get_running_loop().time()
        self._end_s = math.inf if self._by_any_report else now_s + LONGEST * self._timeout_s
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

    def _moves(self, progress: float) -> bool:
        return self._by_any_report or progress > self._furthest

    def watch(self, report: ReportProgress) -> ReportProgress:
        """The report function for the work inside, which also restarts the deadline."""

        async def noted(progress: float) -> None:
            if self._moves(progress) and not self._limit.expired():
                self._furthest = progress
                now_s = asyncio.get_running_loop().time()
                self._limit.reschedule(min(now_s + self._timeout_s, self._end_s))
            await report(progress)

        return noted
