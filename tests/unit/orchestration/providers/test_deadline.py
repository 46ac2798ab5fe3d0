"""A deadline that progress moves, and an end that nothing moves."""

import asyncio
import time
from collections.abc import Sequence

import pytest

from orchestration.providers.deadline import LONGEST, MovingDeadline


async def no_report(_progress: float) -> None:
    return None


async def work(
    deadline: MovingDeadline, progress: Sequence[float] = (), every_s: float = 0
) -> None:
    """Tell this progress inside the deadline, then never end."""
    report = deadline.watch(no_report)
    async with deadline:
        for value in progress:
            await report(value)
            await asyncio.sleep(every_s)
        await asyncio.Event().wait()


async def outlived(deadline_s: float, progress: Sequence[float] = (), every_s: float = 0) -> float:
    """How many seconds the deadline lets the work go on."""
    started = time.monotonic()
    with pytest.raises(TimeoutError):
        await work(MovingDeadline(deadline_s), progress, every_s)
    return time.monotonic() - started


async def test_without_progress_it_is_plain() -> None:
    assert 0.2 <= await outlived(0.2) < 2


async def test_it_counts_from_the_last_progress_that_moved() -> None:
    lasted_s = await outlived(0.2, [0.1, 0.2, *[0.3] * 10], every_s=0.15)

    assert 0.5 <= lasted_s < 1.5  # it moved last after 0.3 s, and was told for 1.8 s


async def test_it_ends_however_far_the_work_gets() -> None:
    lasted_s = await outlived(0.1, [n / 100 for n in range(1, 101)], every_s=0.02)

    assert LONGEST * 0.1 <= lasted_s < 1.5  # it would be told for 2 s


async def test_what_is_told_after_the_deadline_is_told_all_the_same() -> None:
    told = list[float]()

    async def report(progress: float) -> None:
        told.append(progress)

    deadline = MovingDeadline(0.01)
    with pytest.raises(TimeoutError):
        await work(deadline)
    await deadline.watch(report)(0.7)

    assert told == [0.7]
