"""The delays between tries, with jitter or as the service asks; and steps that are not cut off."""

import asyncio
import random
from collections.abc import Coroutine
from contextlib import suppress
from typing import TypeVar

from children.deadline import Deadline

T = TypeVar("T")

_LAST_S = 60.0
LONGEST_ASKED_S = 120.0
LAST_WORD_S = 10.0
"""How much longer a submit may take once its step is canceled: it is, or may be, paid for."""


class RetryLaterError(Exception):
    """Raised by a step to be run again after `delay_s` seconds; the queue keeps the job."""

    def __init__(self, delay_s: float) -> None:
        super().__init__(f"again in {delay_s:.1f} s")
        self.delay_s = delay_s


def backoff_s(attempt: int, *, first_s: float, retry_after_s: float | None = None) -> float:
    """Seconds until the attempt after this one, with full jitter above the minimum.

    The minimum is `first_s` after the first attempt, and doubles. A delay requested by the service
    is respected up to two minutes.
    """
    ceiling = min(first_s * 2 ** min(attempt, 16), _LAST_S)
    wait = random.uniform(ceiling / 2, ceiling)  # noqa: S311 - jitter, not a secret
    return max(wait, min(retry_after_s or 0.0, LONGEST_ASKED_S))


async def to_its_end(work: Coroutine[None, None, T]) -> T:
    """Do the work; on cancellation, give it some more time to finish."""
    task = asyncio.create_task(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        with suppress(TimeoutError):
            async with Deadline(LAST_WORD_S):
                await asyncio.wait({task})
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        raise
