"""Folders for one piece of work in the system's temporary folder, and what killed processes left.

A folder's name carries the number of the process that works in it. Nothing else in the temporary
folder is ever touched.
"""

import contextlib
import errno
import os
import re
import shutil
import tempfile
import time
from collections.abc import Generator
from datetime import timedelta
from pathlib import Path

from errors import DiskFullError

_PREFIX = "ai-story-work-"
_NAME = re.compile(rf"{_PREFIX}(\d{{1,9}})-\w+")
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT)
_ABANDONED_AFTER = timedelta(days=1)
"""A process of another container may share the folder and not be seen: so also by age."""


@contextlib.contextmanager
def scratch_folder() -> Generator[Path]:
    """An empty folder, gone afterwards unless the process is killed.

    Raises:
        DiskFullError: There is no room for it, or for what was written inside.
    """
    try:
        with tempfile.TemporaryDirectory(prefix=f"{_PREFIX}{os.getpid()}-") as folder:
            yield Path(folder)
    except OSError as error:
        if error.errno not in _NO_ROOM:
            raise
        raise DiskFullError(
            "The disk for temporary files is full on this machine; make room, then try again."
        ) from error


def delete_abandoned_folders() -> None:
    """Delete our own user's folders that are a day old and whose process has gone."""
    oldest_s = time.time() - _ABANDONED_AFTER.total_seconds()
    with contextlib.suppress(OSError), os.scandir(tempfile.gettempdir()) as entries:
        for entry in entries:
            name = _NAME.fullmatch(entry.name)
            if name and _is_ours(entry, oldest_s) and not _is_running(int(name[1])):
                shutil.rmtree(entry.path, ignore_errors=True)


def _is_ours(entry: "os.DirEntry[str]", changed_before_s: float) -> bool:
    with contextlib.suppress(FileNotFoundError):
        facts = entry.stat(follow_symlinks=False)
        is_folder = entry.is_dir(follow_symlinks=False)
        return is_folder and facts.st_uid == os.geteuid() and facts.st_mtime < changed_before_s
    return False


def _is_running(process_id: int) -> bool:
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True
