"""Runs the bundled ffmpeg as a child process: low priority, a deadline, and no orphan.

Arguments name files relative to the working folder, so that nothing needs escaping in filters and
no message of ffmpeg carries a path.
"""

import asyncio
import contextlib
import os
import re
import sys
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from functools import cache
from pathlib import Path

import imageio_ffmpeg

from errors import CompositionError

_LAUNCHER = Path(__file__).with_name("launch.py")
_COMMON = ("-hide_banner", "-nostdin", "-nostats", "-loglevel", "error", "-y")
_REPORT = ("-progress", "pipe:1", "-stats_period", "0.25")
_TAIL_BYTES = 2_000
_REASON_LENGTH = 160
_CONTEXT = re.compile(r"\[[^\]]* @ 0x[0-9a-f]+\]\s*")
_PATH = re.compile(r"\S*[/\\]\S*")


async def run(
    arguments: Sequence[str],
    *,
    folder: Path,
    deadline_s: float,
    on_line: Callable[[str], Awaitable[None] | None] | None = None,
) -> None:
    """Run ffmpeg in the folder until it ends; `on_line` hears each line of its standard output.

    Cancelling kills it at once and waits for its end. A file that it was writing is then short
    but playable: the caller throws it away.

    Raises:
        CompositionError: It failed, or the deadline passed.
    """
    async with _started(arguments, folder) as process:
        reason = asyncio.create_task(_tail(_pipe(process.stderr)))
        try:
            async with asyncio.timeout(deadline_s):
                async for line in _pipe(process.stdout):
                    heard = on_line and on_line(line.decode("utf-8", "replace").rstrip())
                    if heard:
                        await heard
                code = await process.wait()
                tail = await reason
        except TimeoutError as error:
            raise CompositionError(f"ffmpeg did not finish within {deadline_s:.0f} s.") from error
        finally:
            reason.cancel()
    if code != 0:
        raise CompositionError(f"ffmpeg failed: {_readable(tail) or f'exit code {code}'}")


async def run_reporting(
    arguments: Sequence[str],
    *,
    folder: Path,
    deadline_s: float,
    on_frames: Callable[[int], Awaitable[None]],
) -> None:
    """Run ffmpeg; `on_frames` hears how many frames it has written, about four times a second.

    Raises:
        CompositionError: It failed, or the deadline passed.
    """

    async def hear(line: str) -> None:
        name, _, value = line.partition("=")
        if name == "frame" and value.isdigit():
            await on_frames(int(value))

    await run((*_REPORT, *arguments), folder=folder, deadline_s=deadline_s, on_line=hear)


@contextlib.asynccontextmanager
async def _started(
    arguments: Sequence[str], folder: Path
) -> AsyncGenerator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-I",
        "-S",
        str(_LAUNCHER),
        str(os.getpid()),
        _binary(),
        *_COMMON,
        *arguments,
        cwd=folder,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        # Ctrl-C in a terminal is ours to answer: ffmpeg would finish a short film.
        start_new_session=True,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()


@cache
def _binary() -> str:
    return imageio_ffmpeg.get_ffmpeg_exe()


def _pipe(stream: asyncio.StreamReader | None) -> asyncio.StreamReader:
    if stream is None:
        raise CompositionError("ffmpeg started without its pipes.")
    return stream


async def _tail(stream: asyncio.StreamReader) -> str:
    tail = b""
    while chunk := await stream.read(_TAIL_BYTES):
        tail = (tail + chunk)[-_TAIL_BYTES:]
    return tail.decode("utf-8", "replace")


def _readable(tail: str) -> str:
    lines = [line for line in tail.splitlines() if line.strip()]
    if not lines:
        return ""
    return _PATH.sub("…", _CONTEXT.sub("", lines[-1])).strip()[:_REASON_LENGTH]
