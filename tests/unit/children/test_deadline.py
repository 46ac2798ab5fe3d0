"""Deadlines of a process that stands still for a while."""

import asyncio
import signal
import sys

import pytest

from children.deadline import Deadline

READS_UNDER_A_DEADLINE = """import asyncio, os, sys
from children.deadline import Deadline

async def main():
    pipe = asyncio.StreamReader()
    protocol = asyncio.StreamReaderProtocol(pipe)
    await asyncio.get_running_loop().connect_read_pipe(lambda: protocol, sys.stdin)
    print("reads", flush=True)
    try:
        async with Deadline(0.8):
            while line := await pipe.readline():
                print(line.decode().strip(), flush=True)
    except TimeoutError:
        print("too late", flush=True)

asyncio.run(main())"""


async def test_an_answer_that_came_while_the_process_stood_still_is_read() -> None:
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", READS_UNDER_A_DEADLINE),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert child.stdin is not None
    assert child.stdout is not None
    assert await child.stdout.readline() == b"reads\n"

    await asyncio.sleep(0.1)
    child.send_signal(signal.SIGSTOP)
    child.stdin.write(b"the answer\n")
    await asyncio.sleep(1.5)
    child.send_signal(signal.SIGCONT)

    assert await child.stdout.readline() == b"the answer\n"
    # The deadline goes on where it was, and ends what never comes.
    assert await child.stdout.readline() == b"too late\n"
    assert await child.wait() == 0


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
