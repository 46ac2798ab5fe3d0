"""A process that stands still while it is answered."""

import asyncio
import signal
import sys

_PRELUDE = """import asyncio, sys
from children.deadline import Deadline
from orchestration.queue import retries

async def open_pipe():
    pipe = asyncio.StreamReader()
    protocol = asyncio.StreamReaderProtocol(pipe)
    await asyncio.get_running_loop().connect_read_pipe(lambda: protocol, sys.stdin)
    print("reads", flush=True)
    return pipe

def tell(line):
    print(line.decode().strip() if line else "too late", flush=True)
"""


async def told_after_a_standstill(program: str, *, seconds: float) -> list[str]:
    """What the program tells if it is stopped for these seconds just before it gets a line.

    It may use `open_pipe`, which gives its input, `tell`, `Deadline` and `retries`.
    """
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", _PRELUDE + program),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert child.stdin is not None
    assert child.stdout is not None
    assert await child.stdout.readline() == b"reads\n"
    await asyncio.sleep(0.1)
    child.send_signal(signal.SIGSTOP)
    child.stdin.write(b"the answer\n")
    await asyncio.sleep(seconds)
    child.send_signal(signal.SIGCONT)
    told = await child.stdout.read()
    assert await child.wait() == 0
    return told.decode().splitlines()
