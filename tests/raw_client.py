"""A client that sends raw bytes, complete or not."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from urllib.parse import urlsplit

DEADLINE_S = 20


class RawClient:
    """One connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    def send(self, data: bytes) -> None:
        """Send them, as far as they are accepted."""
        self.writer.write(data)

    async def answer(self) -> bytes:
        """One answer: its head, and as much as its Content-Length says."""
        async with asyncio.timeout(DEADLINE_S):
            head = await self.reader.readuntil(b"\r\n\r\n")
            _, _, length = head.lower().partition(b"content-length: ")
            return head + await self.reader.readexactly(int(length.partition(b"\r\n")[0] or 0))

    async def rest(self) -> bytes:
        """Everything until the server closes; nothing if it has reset the connection."""
        async with asyncio.timeout(DEADLINE_S):
            with suppress(ConnectionError):
                return await self.reader.read()
        return b""

    async def send_slowly(self, pieces: list[bytes], *, pause_s: float) -> bytes | None:
        """Send the pieces in turn; returns the response if the server closes before the end."""
        closing = asyncio.create_task(self.rest())
        for piece in pieces:
            self.send(piece)
            done, _ = await asyncio.wait({closing}, timeout=pause_s)
            if done:
                return closing.result()
        closing.cancel()
        await asyncio.wait({closing})
        return None


@asynccontextmanager
async def raw_client(url: str) -> AsyncGenerator[RawClient]:
    """A connection to this address on which nothing has been sent."""
    place = urlsplit(url)
    reader, writer = await asyncio.open_connection(place.hostname, place.port)
    try:
        yield RawClient(reader, writer)
    finally:
        writer.transport.abort()
