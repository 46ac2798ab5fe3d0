"""A proxy over real sockets: CONNECT and plain requests, to names that only it resolves."""

import asyncio
import base64
import ssl
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from urllib.parse import urlsplit

_CHUNK_BYTES = 65_536


@dataclass
class FakeProxy:
    """Resolves every name to one port of loopback, and records the requests.

    With `login` it refuses other callers; with `refuses` all, with this status.
    """

    port: int
    """Where the names lead."""
    login: str | None = None
    refuses: int | None = None
    url: str = ""
    asked: list[str] = field(default_factory=list[str])
    """`CONNECT host:port` and `GET host:port`, one for each connection."""

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        with suppress(OSError, asyncio.IncompleteReadError):
            head = await reader.readuntil(b"\r\n\r\n")
            await self._pass_on(head, reader, writer)
        writer.close()

    async def _pass_on(
        self, head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        first, _, rest = head.partition(b"\r\n")
        method, target, version = first.decode().split()
        parts = urlsplit(target if "://" in target else f"//{target}")
        self.asked.append(f"{method} {parts.hostname}:{parts.port or 80}")
        if (status := self._refusal(rest)) is not None:
            writer.write(f"HTTP/1.1 {status} No\r\nContent-Length: 0\r\n\r\n".encode())
            await writer.drain()
            return
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self.port)
        if method == "CONNECT":
            writer.write(b"HTTP/1.1 200 Connected\r\n\r\n")
        else:
            path = target.partition("://")[2].partition("/")[2]
            far_writer.write(f"{method} /{path} {version}\r\n".encode() + rest)
        await asyncio.gather(_pump(reader, far_writer), _pump(far_reader, writer))

    def _refusal(self, headers: bytes) -> int | None:
        if self.login is not None:
            wanted = b"Basic " + base64.b64encode(self.login.encode())
            if wanted not in headers:
                return 407
        return self.refuses


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while chunk := await reader.read(_CHUNK_BYTES):
            writer.write(chunk)
            await writer.drain()
    writer.close()


@asynccontextmanager
async def proxying(
    proxy: FakeProxy, *, tls: ssl.SSLContext | None = None
) -> AsyncGenerator[FakeProxy]:
    """Serve on loopback; `proxy.url` is set while it lasts."""
    server = await asyncio.start_server(proxy.answer, "127.0.0.1", 0, ssl=tls)
    host, port = server.sockets[0].getsockname()
    scheme, name = ("https", "localhost") if tls else ("http", host)
    proxy.url = f"{scheme}://{name}:{port}"
    try:
        yield proxy
    finally:
        server.close()
