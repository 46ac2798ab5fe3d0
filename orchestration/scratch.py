"""Working folders in the system's temporary folder, and the clean-up after killed processes.

The user of a folder holds the lock of a file in it, which the system releases with the process.
Nothing else in the temporary folder is ever touched.
"""

import contextlib
import fcntl
import os
import re
import shutil
import tempfile
import time
from collections.abc import Generator
from datetime import timedelta
from pathlib import Path

from orchestration.disk import check_room, full_disk_noticed, is_full_disk, no_room

_PREFIX = "ai-story-work-"
_NAME = re.compile(rf"{_PREFIX}(\d{{1,9}})-\w+")
_LOCK = ".lock"
_UNLOCKED = ".lock-to-be"
_ABANDONED_AFTER = timedelta(days=1)
"""For folders without the file, which are being created or deleted, by another container's process
perhaps."""
_SURELY_DEAD_AFTER = timedelta(seconds=5)
"""For the same where no process has the number in the name: it was killed at that moment."""


@contextlib.contextmanager
def scratch_folder() -> Generator[Path]:
    """An empty folder, deleted afterwards unless the process is killed.

    Raises:
        DiskFullError: There is no space for it, or for the files inside.
    """
    check_scratch_room()
    with (
        _new_folder() as folder,
        full_disk_noticed(Path(folder)),
        (Path(folder) / _UNLOCKED).open("w") as lock,
    ):
        fcntl.flock(lock, fcntl.LOCK_EX)
        # Nobody can find the file under its name without the lock, and delete the folder.
        Path(lock.name).rename(Path(folder) / _LOCK)
        yield Path(folder)


def check_scratch_room() -> None:
    """See that there is room for working folders.

    Raises:
        DiskFullError: There is not.
    """
    check_room(Path(tempfile.gettempdir()))


def _new_folder() -> tempfile.TemporaryDirectory[str]:
    try:
        return tempfile.TemporaryDirectory(prefix=f"{_PREFIX}{os.getpid()}-")
    except OSError as error:
        if is_full_disk(error):
            raise no_room() from error
        raise


def delete_abandoned_folders() -> None:
    """Delete our own user's folders that are no longer in use."""
    with contextlib.suppress(OSError), os.scandir(tempfile.gettempdir()) as entries:
        for entry in entries:
            if _NAME.fullmatch(entry.name) and _is_ours(entry) and _is_abandoned(Path(entry)):
                shutil.rmtree(entry.path, ignore_errors=True)


def _is_ours(entry: "os.DirEntry[str]") -> bool:
    with contextlib.suppress(FileNotFoundError):
        is_folder = entry.is_dir(follow_symlinks=False)
        return is_folder and entry.stat(follow_symlinks=False).st_uid == os.geteuid()
    return False


def _is_abandoned(folder: Path) -> bool:
    try:
        with (folder / _LOCK).open() as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
    except BlockingIOError:
        return False
    except FileNotFoundError:
        return _is_old(folder)


def _is_old(folder: Path) -> bool:
    """Whether nobody can be creating or deleting the folder any more."""
    name = _NAME.fullmatch(folder.name)
    is_dead = name is not None and not _is_running(int(name[1]))
    limit = _SURELY_DEAD_AFTER if is_dead else _ABANDONED_AFTER
    with contextlib.suppress(FileNotFoundError):
        return folder.stat().st_mtime < time.time() - limit.total_seconds()
    return False


def _is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # another user's
        pass
    return True
