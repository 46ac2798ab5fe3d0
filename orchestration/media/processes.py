"""Runs a program as a child process with low priority and a deadline, never as an orphan."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from children.deadline import Deadline
from children.running import check_end, running
from errors import CompositionError, DiskFullError
from orchestration.disk import tells_full_disk

_TAIL_BYTES = 2_000
_REASON_LENGTH = 160
_CONTEXT = re.compile(r"\[[^\]]* @ 0x[0-9a-f]+\]\s*")
_PATH = re.compile(r"\S*[/\\]\S*")


async def run_program(
    command: Sequence[str],
    *,
    name: str,
    folder: Path,
    deadline_s: float,
    on_line: Callable[[str], Awaitable[None] | None] | None = None,
    on_log: Callable[[str], None] | None = None,
) -> None:
    """Run the program in the folder until it ends; `on_line` gets each line that it prints.

    `on_log` gets those of its standard error.

    Cancelling kills it at once and waits for its end. A file that it was writing is then
    incomplete, and the caller discards it. `name` begins the messages.

    Raises:
        CompositionError: It failed, or the deadline passed.
        DiskFullError: It had no room for its files.
        WorkInterruptedError: It was told to stop.
        ProcessKilledError: It was killed.
    """
    async with running(*command, cwd=folder) as process:
        reason = asyncio.create_task(_tail(_pipe(process.stderr), on_log))
        try:
            async with Deadline(deadline_s):
                async for line in _pipe(process.stdout):
                    heard = on_line and on_line(line.decode("utf-8", "replace").rstrip())
                    if heard:
                        await heard
                code = await process.wait()
                tail = await reason
        except TimeoutError as error:
            raise CompositionError(f"{name} did not finish within {deadline_s:.0f} s.") from error
        finally:
            reason.cancel()
    await check_end(code, name=name)
    if code != 0 and tells_full_disk(tail):
        raise DiskFullError(f"{name} had no room for its files. Make room; it then continues.")
    if code != 0:
        raise CompositionError(f"{name} failed: {_readable(tail) or f'exit code {code}'}")


def _pipe(stream: asyncio.StreamReader | None) -> asyncio.StreamReader:
    if stream is None:
        raise CompositionError("A program started without its pipes.")
    return stream


async def _tail(stream: asyncio.StreamReader, on_log: Callable[[str], None] | None) -> str:
    tail = rest = b""
    while chunk := await stream.read(_TAIL_BYTES):
        tail = (tail + chunk)[-_TAIL_BYTES:]
        if on_log:
            *lines, rest = (rest + chunk).split(b"\n")
            for line in lines:
                on_log(line.decode("utf-8", "replace"))
    return tail.decode("utf-8", "replace")


def _readable(tail: str) -> str:
    lines = [line for line in tail.splitlines() if line.strip()]
    if not lines:
        return ""
    return _PATH.sub("…", _CONTEXT.sub("", lines[-1])).strip()[:_REASON_LENGTH]
