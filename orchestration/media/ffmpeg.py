"""Runs the bundled ffmpeg as a child process of low priority.

Arguments name files relative to the working folder, so nothing needs escaping in filters and no
message of ffmpeg contains a path.
"""

import shutil
from collections.abc import Awaitable, Callable, Sequence
from functools import cache
from pathlib import Path

import imageio_ffmpeg

from children.running import stops_held_back
from orchestration.media.processes import run_program

_COMMON = ("-hide_banner", "-nostdin", "-nostats", "-loglevel", "error", "-y")
_TALKATIVE = ("-loglevel", "info")
_REPORT = ("-progress", "pipe:1", "-stats_period", "0.25")
_MICROSECONDS = 1_000_000


async def run(
    arguments: Sequence[str],
    *,
    folder: Path,
    deadline_s: float,
    on_line: Callable[[str], Awaitable[None] | None] | None = None,
    on_log: Callable[[str], None] | None = None,
) -> None:
    """Run ffmpeg in the folder until it ends; `on_line` gets each line of its standard output.

    `on_log` gets each line of its log, which then also tells of what is no error.

    Raises:
        CompositionError: It failed, or the deadline passed.
    """
    await run_program(
        [_binary(), *_COMMON, *(_TALKATIVE if on_log else ()), *arguments],
        name="ffmpeg",
        folder=folder,
        deadline_s=deadline_s,
        on_line=on_line,
        on_log=on_log,
    )


async def run_reporting(
    arguments: Sequence[str],
    *,
    folder: Path,
    deadline_s: float,
    on_seconds: Callable[[float], Awaitable[None]],
) -> None:
    """Run ffmpeg; `on_seconds` gets the written length, about four times a second.

    Raises:
        CompositionError: It failed, or the deadline passed.
    """

    async def hear(line: str) -> None:
        name, _, value = line.partition("=")
        if name == "out_time_us" and value.isdigit():
            await on_seconds(int(value) / _MICROSECONDS)

    await run((*_REPORT, *arguments), folder=folder, deadline_s=deadline_s, on_line=hear)


@cache
def _binary() -> str:
    # It tries the program that it finds, and would take another one if that was stopped.
    with stops_held_back():
        found = imageio_ffmpeg.get_ffmpeg_exe()
    return shutil.which(found) or found
