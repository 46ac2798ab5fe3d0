"""Tells a full disk from other failures, whoever reports it: the system, a store or a program."""

import errno
import os
import re
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from errors import BadBodyError, CompositionError, DiskFullError

_NO_ROOM = (errno.ENOSPC, errno.EDQUOT)
_NO_ROOM_WORDS = re.compile(
    r"No space left on device|Disk quota exceeded|\bos error (?:28|122)\b"  # files
    r"|StorageFull|\b507 Insufficient Storage\b|\bQuotaExceeded\b"  # MinIO, HTTP, Ceph
)
_NEARLY_FULL_BYTES = 64 * 1024
_LEAST_ROOM_BYTES = 1024 * 1024
_MORE_THAN_USED = 1.25


def tells_full_disk(words: str) -> bool:
    """Whether a program's or a library's message says that a disk is full."""
    return _NO_ROOM_WORDS.search(words) is not None


def is_full_disk(error: BaseException) -> bool:
    """Whether the error says that a disk is full."""
    if isinstance(error, OSError) and error.errno is not None:
        return error.errno in _NO_ROOM
    return tells_full_disk(str(error))


class _Shortage:
    """How much room the work that last ran out of it would have needed, at least."""

    needed_bytes = 0


_shortage = _Shortage()


def check_room(folder: Path) -> None:
    """See that the folder's disk has some room, and more than what was too little the last time.

    Otherwise work would begin again and again that cannot end.

    Raises:
        DiskFullError: It has not.
    """
    if _free_bytes(folder) < max(_LEAST_ROOM_BYTES, _shortage.needed_bytes):
        raise no_room()
    _shortage.needed_bytes = 0


@contextmanager
def full_disk_noticed(folder: Path) -> Generator[None]:
    """Around work with files in the folder: a failure because its disk is full says so.

    Raises:
        DiskFullError: In place of the failure.
    """
    try:
        yield
    except DiskFullError:
        _note_use(folder)
        raise
    except OSError as error:
        if not is_full_disk(error):
            raise
        _note_use(folder)
        raise no_room() from error
    except (BadBodyError, CompositionError) as error:
        # Not every program tells: some leave half a file, which cannot be read.
        if _free_bytes(folder) > _NEARLY_FULL_BYTES:
            raise
        _note_use(folder)
        raise no_room() from error


def _free_bytes(folder: Path) -> int:
    """What we may still write; some blocks are reserved for root."""
    disk = os.statvfs(folder)
    return disk.f_frsize * (disk.f_bavail if os.geteuid() else disk.f_bfree)


def _note_use(folder: Path) -> None:
    used_bytes = sum(file.lstat().st_size for file in folder.rglob("*"))
    needed_bytes = round(used_bytes * _MORE_THAN_USED) + _LEAST_ROOM_BYTES
    _shortage.needed_bytes = max(_shortage.needed_bytes, needed_bytes)


def no_room() -> DiskFullError:
    """The error of a full disk for temporary files."""
    return DiskFullError(
        "The disk for temporary files is full on this machine. Make room; the work then continues."
    )
