"""Runs a program as a child process, and decides what its end means.

A stop may be sent to this process and all its children at once: systemd does that, and so does a
closed terminal. The children do not react to it (see `launch`), and this process kills those whose
work is no longer wanted. What ends a child from outside is therefore no failure of its work.
"""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncGenerator, Generator, Mapping
from dataclasses import dataclass
from pathlib import Path

from children.launch import STOPS
from errors import ProcessKilledError, WorkInterruptedError

_LAUNCHER = Path(__file__).with_name("launch.py")
_STOP_REACHES_US_S = 0.3
"""Whatever ends all processes may end a child before this process knows."""


@dataclass(frozen=True, slots=True)
class Ended:
    """How a program ended by itself, and what it wrote."""

    code: int
    output: bytes
    errors: bytes


async def start(
    *command: str | Path,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    stdin: int = asyncio.subprocess.DEVNULL,
    stderr: int | None = asyncio.subprocess.PIPE,
) -> asyncio.subprocess.Process:
    """Start the program, given by its absolute path; whoever calls this kills it in the end."""
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-I",
        "-S",
        _LAUNCHER,
        str(os.getpid()),
        *command,
        cwd=cwd,
        env=env,
        stdin=stdin,
        stdout=asyncio.subprocess.PIPE,
        stderr=stderr,
        start_new_session=True,  # a Ctrl-C in the terminal is for this process only
    )


@contextlib.contextmanager
def stops_held_back() -> Generator[None]:
    """Protect the programs that a library starts in this block, in this thread, from a stop.

    The thread's own signals arrive afterwards.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, STOPS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextlib.asynccontextmanager
async def running(
    *command: str | Path, cwd: Path | None = None, stdin: int = asyncio.subprocess.DEVNULL
) -> AsyncGenerator[asyncio.subprocess.Process]:
    """The running program; if the block ends first, also by a cancellation, it is killed."""
    process = await start(*command, cwd=cwd, stdin=stdin)
    try:
        yield process
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()


async def ask(*command: str | Path, question: bytes, name: str) -> Ended:
    """Run the program with the question as its standard input, to its end.

    Raises:
        WorkInterruptedError: It was ended from outside, see `check_end`.
        ProcessKilledError: The same.
    """
    async with running(*command, stdin=asyncio.subprocess.PIPE) as process:
        pipe = process.stdin
        if pipe is not None and not pipe.is_closing():  # else it has ended already
            pipe.write(question)
            pipe.write_eof()
        output, errors = await process.communicate()
        code = await process.wait()
    await check_end(code, name=name)
    return Ended(code, output, errors)


async def check_end(code: int, *, name: str) -> None:
    """Distinguish a child that was ended from outside from one that ended by itself.

    `code` is as in `Process.returncode`, and `name` begins the message. This waits for a moment,
    in which a stop of the whole program cancels the caller.

    Raises:
        WorkInterruptedError: It was told to stop.
        ProcessKilledError: It was killed. That is an attempt, because a lack of memory would kill
            the next one too.
    """
    if -code in STOPS:
        await asyncio.sleep(_STOP_REACHES_US_S)
        raise WorkInterruptedError(f"{name} was interrupted by {signal.Signals(-code).name}.")
    if -code == signal.SIGKILL:
        await asyncio.sleep(_STOP_REACHES_US_S)
        raise ProcessKilledError(name)
