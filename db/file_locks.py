"""Locks between processes that share a folder. A lock ends with its process, even on kill -9.

`fcntl` is imported on use, because the module must be importable on Windows, which lacks it.
"""

import asyncio
import os
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import ParamSpec, TypeVar

from errors import SetupError

_POLL_S = 0.02
_TIMEOUT_S = 120.0

_Parameters = ParamSpec("_Parameters")
_Result = TypeVar("_Result")


class FileLock:
    """An open lock file: shared, exclusive or free; `close` frees it."""

    def __init__(self, path: Path) -> None:
        flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
        self._descriptor = os.open(path, flags, 0o600)

    def try_exclusive(self) -> bool:
        """Take the lock exclusively; if another process has it, return False and hold nothing."""
        import fcntl

        return self._try(fcntl.LOCK_EX)

    def try_shared(self) -> bool:
        """Take a shared lock; if it is held exclusively, return False and hold nothing."""
        import fcntl

        return self._try(fcntl.LOCK_SH)

    def close(self) -> None:
        """Free the lock."""
        os.close(self._descriptor)

    def _try(self, operation: int) -> bool:
        import fcntl

        try:
            fcntl.flock(self._descriptor, operation | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


@asynccontextmanager
async def exclusive_lock(path: Path) -> AsyncGenerator[None]:
    """Hold the lock file exclusively.

    Raises:
        SetupError: Another process has held it for two minutes.
        OSError: The file cannot be written.
    """
    lock = FileLock(path)
    try:
        await _wait_exclusive(lock, path)
        yield
    finally:
        lock.close()


async def finish_in_thread(
    function: Callable[_Parameters, _Result],
    *args: _Parameters.args,
    **kwargs: _Parameters.kwargs,
) -> _Result:
    """Call the function in a thread; on cancellation, wait for its end first.

    A thread cannot be stopped, and work under a lock must not outlive the lock.
    """
    work = asyncio.create_task(asyncio.to_thread(function, *args, **kwargs))
    try:
        return await asyncio.shield(work)
    except asyncio.CancelledError:
        await asyncio.wait([work])
        raise


async def _wait_exclusive(lock: FileLock, path: Path) -> None:
    """Poll for the lock, because a thread that waits for a lock cannot be cancelled."""
    try:
        async with asyncio.timeout(_TIMEOUT_S):
            while not lock.try_exclusive():  # noqa: ASYNC110 - another process frees it
                await asyncio.sleep(_POLL_S)
    except TimeoutError as error:
        raise SetupError(
            f"Another AI-Story process has locked {path} for {_TIMEOUT_S:.0f} s. If it hangs, stop "
            "it and start again."
        ) from error
