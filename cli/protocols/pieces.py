"""Parses received data a piece at a time, and lets other tasks run between two pieces.

One packet may hold 40,000 of the smallest frames or chunks, which take half a second to parse.
"""

import asyncio
from collections.abc import Callable

_PIECE_BYTES = 4_096


class Pieces:
    """Received bytes that are not parsed yet; while there are any, no more are received."""

    __slots__ = ("_held", "_is_due", "_is_over", "_is_paused", "_read", "_transport")

    def __init__(
        self,
        transport: asyncio.Transport,
        *,
        read: Callable[[bytes], None],
        is_paused: Callable[[], bool],
    ) -> None:
        """`is_paused` returns whether the reader is paused; `go_on` must be called after that."""
        self._transport = transport
        self._read = read
        self._is_paused = is_paused
        self._held = bytearray()
        self._is_due = False
        self._is_over = False

    def __bool__(self) -> bool:
        return bool(self._held)

    def add(self, data: bytes) -> None:
        """Parse the first piece at once, and the others later."""
        if len(data) <= _PIECE_BYTES and not (self._held or self._is_paused()):
            self._read(data)
            return
        self._held += data
        if not self._is_due:
            self._read_one()

    def go_on(self) -> None:
        """Make sure that buffered data will be parsed, and that more is received after it."""
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
        """Stop parsing: another protocol owns the transport and the buffered data now."""
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
