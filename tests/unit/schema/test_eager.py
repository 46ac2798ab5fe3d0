"""Coroutines that begin at once."""

import asyncio
from collections.abc import Awaitable

import pytest

from schema.eager import begin


async def test_one_that_waits_for_nothing_has_its_result_at_once() -> None:
    async def work() -> int:
        return 4

    assert begin(work()) == 4


async def test_one_that_waits_is_awaited_by_whoever_began_it() -> None:
    opened = asyncio.Event()

    async def work() -> int:
        await opened.wait()
        await asyncio.sleep(0)
        return 4

    rest = begin(work())
    assert isinstance(rest, Awaitable)
    asyncio.get_running_loop().call_soon(opened.set)

    assert await rest == 4


@pytest.mark.parametrize("waits", [False, True])
async def test_it_fails_as_it_would_otherwise(waits: bool) -> None:
    async def work() -> int:
        if waits:
            await asyncio.sleep(0)
        raise ValueError("no")

    async def begin_and_wait() -> None:
        value = begin(work())
        await value if isinstance(value, Awaitable) else value

    with pytest.raises(ValueError, match="no"):
        await begin_and_wait()


async def test_it_hears_of_a_cancellation() -> None:
    heard: list[str] = []

    async def work() -> None:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            heard.append("cancelled")
            raise

    async def begin_and_wait() -> None:
        value = begin(work())
        await value if isinstance(value, Awaitable) else value

    task = asyncio.create_task(begin_and_wait())
    await asyncio.sleep(0)
    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task
    assert heard == ["cancelled"]
