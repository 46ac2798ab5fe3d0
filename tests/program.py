"""main.py as users run it: a separate process, on a separate home."""

import asyncio
import os
import re
import shutil
import signal
import subprocess
import sys
from asyncio.subprocess import Process
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from tests.databases import make_reachable_folder

PROJECT = Path(__file__).parent.parent
DEADLINE_S = 60
_URL = re.compile(r"http://\S+")
SMALL = "studio://?shrink=4"
"""The address of a studio whose pictures, or films, take a tenth of the CPU."""
SMALL_FILMS = {"AI_STORY_IMAGE_URL": SMALL, "AI_STORY_VIDEO_URL": SMALL}
"""The settings of tests that do not look at either."""


@contextmanager
def temporary_home(*, like: Path | None = None) -> Generator[Path]:
    """A folder that the database's account can enter; whatever still runs on it is killed.

    It begins as a copy of `like`, a home at rest.
    """
    folder = make_reachable_folder()
    try:
        if like is not None:
            subprocess.run(["cp", "-a", f"{like}/.", folder], check=True)  # with its owners
        yield folder
    finally:
        kill_all_on(folder)
        shutil.rmtree(folder)


def kill_all_on(home: Path) -> None:
    """End the processes left by a failed test."""
    for process in processes_on(home):
        process.kill()


def processes_on(home: Path) -> list[psutil.Process]:
    """Every process of ours and of PostgreSQL that uses the home."""
    return [process for process in psutil.process_iter() if _is_on(process, home)]


def _is_on(process: psutil.Process, home: Path) -> bool:
    try:
        named = any(str(home) in argument for argument in process.cmdline())
        return named or process.environ().get("AI_STORY_HOME") == str(home)
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return False


def environment(home: Path, settings: Mapping[str, str] | None = None) -> dict[str, str]:
    """Our environment for the home, without the developer's settings."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AI_STORY_")}
    return kept | {"AI_STORY_HOME": str(home)} | dict(settings or {})


@dataclass(frozen=True, slots=True)
class Ended:
    """The result of a command."""

    code: int
    output: str
    errors: str


class Program:
    """A running main.py."""

    def __init__(self, process: Process) -> None:
        self.process = process
        self.url = ""

    @classmethod
    async def start(
        cls, *arguments: str, home: Path, settings: Mapping[str, str] | None = None
    ) -> "Program":
        """Start it without waiting."""
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            PROJECT / "main.py",
            *arguments,
            cwd=home,  # a .env of the developer's stays out
            env=environment(home, settings),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        return cls(process)

    async def ready(self) -> "Program":
        """Wait for the ready line, and store the address in it."""
        stdout, stderr = self.process.stdout, self.process.stderr
        assert stdout is not None
        assert stderr is not None
        async with asyncio.timeout(DEADLINE_S):
            while line := (await stdout.readline()).decode():
                if "is ready" in line:
                    found = _URL.search(line)
                    self.url = found[0] if found else ""
                    return self
            raise AssertionError((await stderr.read()).decode())

    def tell(self, number: signal.Signals) -> None:
        """Send a signal."""
        self.process.send_signal(number)

    async def ended(self, text: str = "", *, deadline_s: float = DEADLINE_S) -> Ended:
        """Wait for its end; the text is its standard input."""
        async with asyncio.timeout(deadline_s):
            output, errors = await self.process.communicate(text.encode())
        return Ended(self.process.returncode or 0, output.decode(), errors.decode())

    async def stopped(self, number: signal.Signals = signal.SIGTERM) -> Ended:
        """Stop it, and wait for its end."""
        self.tell(number)
        return await self.ended()


async def run_program(
    *arguments: str,
    home: Path,
    settings: Mapping[str, str] | None = None,
    text: str = "",
    deadline_s: float = DEADLINE_S,
) -> Ended:
    """Run a command to its end."""
    program = await Program.start(*arguments, home=home, settings=settings)
    return await program.ended(text, deadline_s=deadline_s)
