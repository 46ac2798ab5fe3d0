"""Real processes of the program, to be killed, frozen and started again."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import psutil

PROJECT = Path(__file__).parent.parent
DEADLINE_S = 60


@dataclass(slots=True)
class Program:
    """One running `main.py` with what it has printed."""

    process: asyncio.subprocess.Process

    @property
    def pid(self) -> int:
        return self.process.pid

    def kill(self) -> None:
        """kill -9, its children too: nothing is cleaned up."""
        for process in psutil.Process(self.pid).children(recursive=True):
            if "postgres" not in process.name():
                process.kill()
        self.process.kill()

    def freeze(self) -> None:
        """SIGSTOP: alive and unresponsive."""
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """SIGCONT: it continues."""
        self.process.send_signal(signal.SIGCONT)

    async def stop(self) -> int:
        """SIGTERM, and the exit code."""
        if self.process.returncode is None:
            self.process.terminate()
        async with asyncio.timeout(DEADLINE_S):
            return await self.process.wait()


@asynccontextmanager
async def running(
    *arguments: str, environment: Mapping[str, str], ready: str, log: IO[bytes] | None = None
) -> AsyncGenerator[Program]:
    """Run `main.py` with the arguments until the block ends; it has printed `ready` by then.

    Its log goes to `log`, else to where the tests' own output goes.
    """
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "main.py",
        *arguments,
        cwd=PROJECT,
        env={**os.environ, "AI_STORY_LOG_LEVEL": "warning", **environment},
        stdout=asyncio.subprocess.PIPE,
        stderr=log,
    )
    program = Program(process)
    reading: asyncio.Task[bytes] | None = None
    try:
        await _read_until(process, ready)
        if process.stdout is not None:
            reading = asyncio.create_task(process.stdout.read())
        yield program
    finally:
        await program.stop()
        if reading is not None:
            await reading


async def _read_until(process: asyncio.subprocess.Process, wanted: str) -> None:
    if process.stdout is None:
        raise RuntimeError("the program has no output")
    async with asyncio.timeout(DEADLINE_S):
        async for line in process.stdout:
            if wanted in line.decode():
                return
    raise RuntimeError(f"the program ended without saying {wanted!r}")
