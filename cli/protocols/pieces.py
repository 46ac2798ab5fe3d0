"""What came is read a piece at a time, and between two pieces others have their turn.

One packet may hold 40,000 of the smallest frames or chunks: to read them takes half a second.
"""

import asyncio
from collections.abc import Callable

_PIECE_BYTES = 4_096


class Pieces:
    """Bytes that were received and not read yet; while there are any, no more are received."""

    def __init__(
        self,
        transport: asyncio.Transport,
        *,
        read: Callable[[bytes], None],
        is_paused: Callable[[], bool],
    ) -> None:
        """`is_paused` tells whether the reader wants nothing; `go_on` must be called after it."""
        self._transport = transport
        self._read = read
        self._is_paused = is_paused
        self._held = bytearray()
        self._is_due = False
        self._is_over = False

    def __bool__(self) -> bool:
        return bool(self._held)

    def add(self, data: bytes) -> None:
        """Read the first piece at once, and the others later."""
        self._held += data
        if not self._is_due:
            self._read_one()

    def go_on(self) -> None:
        """See to it that whatever is held will be read, and that more is received after it."""
        if self._is_over or self._transport.is_closing():
            self._held.clear()
        elif self._held:
            self._transport.pause_reading()
            if not (self._is_due or self._is_paused()):
                self._is_due = True
                asyncio.get_running_loop().call_soon(self._read_one)
        elif not self._is_paused():
            self._transport.resume_reading()

    def end(self) -> bytes:
        """Read no more: another has the transport now, and what was held."""
        self._is_over = True
        held = bytes(self._held)
        self._held.clear()
        return held

    def _read_one(self) -> None:
        self._is_due = False
        if self._held and not (self._is_paused() or self._transport.is_closing()):
            piece = bytes(self._held[:_PIECE_BYTES])
            del self._held[:_PIECE_BYTES]
            self._read(piece)
        self.go_on()
