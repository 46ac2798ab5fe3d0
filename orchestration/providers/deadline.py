"""A deadline that progress extends: a slow service that makes progress is not dead."""

import math
from typing import Self

from children.deadline import Deadline
from orchestration.providers.ports import ReportProgress

LONGEST = 4
"""Regardless of progress, it ends after this many times the deadline."""


class MovingDeadline(Deadline):
    """A `Deadline` that restarts whenever the reported progress is the furthest so far.

    Progress that goes up and down, or is not reported, has no effect. Enter it once.
    """

    def __init__(self, timeout_s: float, *, by_any_report: bool = False) -> None:
        """`timeout_s` bounds the time without progress; LONGEST times as much bounds the total.

        With `by_any_report` every report restarts it, without a limit: for work whose reports are
        answers, whose number is limited.
        """
        super().__init__(timeout_s)
        self._by_any_report = by_any_report
        self._longest_s = 0.0
        self._furthest = 0.0

    async def __aenter__(self) -> Self:
        await super().__aenter__()
        self._longest_s = (
            math.inf if self._by_any_report else self.now_s + LONGEST * self._timeout_s
        )
        return self

    def _moves(self, progress: float) -> bool:
        return self._by_any_report or progress > self._furthest

    def watch(self, report: ReportProgress) -> ReportProgress:
        """The report function for the work inside, which also restarts the deadline."""

        async def noted(progress: float) -> None:
            if self._moves(progress) and not self.is_over:
                self._furthest = progress
                self._move(min(self.now_s + self._timeout_s, self._longest_s))
            await report(progress)

        return noted
