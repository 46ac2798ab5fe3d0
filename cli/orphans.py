"""Reaps the orphans that the system gives to this process if it is the first of a container.

Nobody waits for them, so they would stay zombies. Our own children become zombies too, but only for
a moment: whoever started them is waiting. So a child that stays one is an orphan, and no list of
our own children is needed.
"""

import asyncio
import contextlib
import ctypes
import os
import sys
from collections.abc import Iterator
from pathlib import Path

EVERY_S = 5.0
"""A child that stays a zombie for so long is an orphan."""
_PR_GET_CHILD_SUBREAPER = 37
_ZOMBIE = "Z"


def adopts_orphans() -> bool:
    """Whether this process is PID 1 of its namespace, or was made the reaper of its descendants."""
    if sys.platform != "linux":
        return False
    is_reaper = ctypes.c_int(0)
    ctypes.CDLL(None).prctl(_PR_GET_CHILD_SUBREAPER, ctypes.byref(is_reaper))
    return os.getpid() == 1 or bool(is_reaper.value)


async def reap_orphans() -> None:
    """Reap the children that have been zombies for `EVERY_S` seconds, for ever."""
    seen: set[tuple[int, str]] = set()
    while True:
        found = set(await asyncio.to_thread(lambda: list(_zombies())))
        for pid, _ in seen & found:
            _reap(pid)
        seen = found
        await asyncio.sleep(EVERY_S)


def _reap(pid: int) -> None:
    with contextlib.suppress(ChildProcessError):  # reaped at this moment
        os.waitpid(pid, os.WNOHANG)


def _zombies() -> Iterator[tuple[int, str]]:
    """The process ID and the start time of each child that has ended and was not waited for."""
    ours = str(os.getpid())
    for file in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            # The name in parentheses may contain anything; the start time is the 22nd field.
            fields = file.read_text(errors="replace").rpartition(")")[2].split()
            if fields[:2] == [_ZOMBIE, ours]:
                yield int(file.parent.name), fields[19]
