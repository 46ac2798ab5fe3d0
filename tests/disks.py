"""A small disk of its own, which can be full.

To mount one takes a privilege: root's, or that of a user namespace of one's own, as in
`unshare --user --mount --map-current-user --keep-caps python -m bench.chaos`.
"""

import asyncio
import ctypes
import errno
import os
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

_MIB = 2**20
_PIECES_BYTES = (_MIB, 4_096, 1)
_DETACH = 2  # MNT_DETACH of umount2(2)


@dataclass(frozen=True, slots=True)
class Disk:
    """A mounted folder, and the file that fills it up."""

    folder: Path
    _busy: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def _filler(self) -> Path:
        return self.folder / "filler"

    @asynccontextmanager
    async def filled(self) -> AsyncGenerator[None]:
        """Leave no room for a byte meanwhile; one after the other."""
        async with self._busy:
            try:
                await asyncio.to_thread(self._fill)
                yield
            finally:
                await asyncio.to_thread(self._filler.unlink)

    def _fill(self) -> None:
        with self._filler.open("wb", buffering=0) as file:
            for size in _PIECES_BYTES:
                piece = bytes(size)
                try:
                    while True:
                        file.write(piece)
                except OSError as error:
                    if error.errno != errno.ENOSPC:
                        raise


@contextmanager
def own_disk(folder: Path, *, size_kib: int = 128 * 1024) -> Generator[Disk]:
    """Mount one on the folder, which is made; the test skips where that is not allowed."""
    folder.mkdir(parents=True, exist_ok=True)
    with small_disk(folder, size_kib=size_kib) as disk:
        if disk is None:
            pytest.skip("to mount a small disk takes root's privilege")
        yield disk


@contextmanager
def small_disk(folder: Path, *, size_kib: int = 128 * 1024) -> Generator[Disk | None]:
    """Mount one on the folder; None where that is not allowed."""
    libc = ctypes.CDLL(None, use_errno=True)
    place, kind = os.fsencode(folder), b"tmpfs"
    options = f"size={size_kib}k,mode=755".encode()
    if libc.mount(kind, place, kind, 0, options) != 0:
        if (number := ctypes.get_errno()) not in (errno.EPERM, errno.EACCES):
            raise OSError(number, os.strerror(number), str(folder))
        yield None
        return
    try:
        yield Disk(folder)
    finally:
        libc.umount2(place, _DETACH)
