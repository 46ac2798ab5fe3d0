"""Deadlines of a process, also of one that stands still for a while."""

import asyncio

import pytest

from children.deadline import Deadline
from tests.standstill import told_after_a_standstill

READS_TWO_LINES = """
async def main():
    pipe = await open_pipe()
    try:
        async with Deadline(0.8):
            while True:
                tell(await pipe.readline())
                await asyncio.sleep(0.2)
                pipe = asyncio.StreamReader()  # says nothing more
    except TimeoutError:
        tell(b"")

asyncio.run(main())"""


async def test_an_answer_that_came_while_the_process_stood_still_is_read() -> None:
    told = await told_after_a_standstill(READS_TWO_LINES, seconds=1.5)

    assert told == ["the answer", "too late"]  # the deadline goes on where it was


async def test_without_a_standstill_it_is_a_timeout() -> None:
    loop = asyncio.get_running_loop()
    began_s = loop.time()
    with pytest.raises(TimeoutError):
        async with Deadline(0.3):
            await asyncio.Event().wait()
    assert 0.29 <= loop.time() - began_s < 1.5


async def test_what_ends_in_time_ends_nothing_later() -> None:
    async with Deadline(0.05) as deadline:
        pass
    await asyncio.sleep(0.1)

    assert deadline.is_over
