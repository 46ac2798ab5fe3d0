"""Unavailable databases, each in its own way."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress

from sqlalchemy.engine import URL, make_url


class Cable:
    """A connection to the database that can be cut: a relay on a port of loopback."""

    def __init__(self, url: URL) -> None:
        self._url = url
        self._is_cut = False
        self._cut_at: bytes | None = None
        self._writers: set[asyncio.StreamWriter] = set()

    def admit_nobody(self) -> None:
        """Accept no new connection; open ones continue."""
        self._is_cut = True

    def cut(self) -> None:
        """Drop every connection and accept none."""
        self.admit_nobody()
        for writer in self._writers:
            writer.transport.abort()

    def cut_at(self, statement: bytes) -> None:
        """Cut when these bytes are sent; the database never receives them."""
        self._cut_at = statement

    def mend(self) -> None:
        """Accept connections again."""
        self._is_cut = False
        self._cut_at = None

    async def relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Carry one connection."""
        if self._is_cut:
            writer.transport.abort()
            return
        far_reader, far_writer = await self._connect()
        pair = {writer, far_writer}
        self._writers |= pair
        await asyncio.gather(self._carry(reader, far_writer), self._carry(far_reader, writer))
        self._writers -= pair

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        host = str(self._url.query.get("host") or self._url.host or "127.0.0.1")
        port = int(str(self._url.query.get("port") or self._url.port or 5432))
        if host.startswith("/"):
            return await asyncio.open_unix_connection(f"{host}/.s.PGSQL.{port}")
        return await asyncio.open_connection(host, port)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await reader.read(65_536):
                if self._cut_at is not None and self._cut_at in data:
                    self.cut()
                    break
                writer.write(data)
                await writer.drain()
        writer.transport.abort()


@asynccontextmanager
async def cable_to(database_url: str) -> AsyncGenerator[tuple[Cable, str]]:
    """A cable to the database, and the database's address at its near end."""
    url = make_url(database_url)
    cable = Cable(url)
    server = await asyncio.start_server(cable.relay, "127.0.0.1", 0)
    query = {name: value for name, value in url.query.items() if name not in ("host", "port")}
    near = url.set(host="127.0.0.1", port=server.sockets[0].getsockname()[1], query=query)
    yield cable, near.render_as_string(hide_password=False)
    server.close()


class FakeServer:
    """Implements just enough of PostgreSQL's protocol to reject all clients with a code."""

    def __init__(self, code: str) -> None:
        self._code = code

    async def refuse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer a connection's first message with the error, or without TLS first."""
        with suppress(asyncio.IncompleteReadError, OSError):
            length = int.from_bytes(await reader.readexactly(4))
            content = await reader.readexactly(length - 4)
            if content == (80877103).to_bytes(4):  # "may I use TLS?"
                writer.write(b"N")
                length = int.from_bytes(await reader.readexactly(4))
                await reader.readexactly(length - 4)
            fields = f"SFATAL\0VFATAL\0C{self._code}\0Mnot now\0\0".encode()
            writer.write(b"E" + (len(fields) + 4).to_bytes(4) + fields)
            await writer.drain()
        writer.close()


@asynccontextmanager
async def refusing(code: str) -> AsyncGenerator[str]:
    """The address of a database that rejects all clients with this SQLSTATE."""
    server = await asyncio.start_server(FakeServer(code).refuse, "127.0.0.1", 0)
    async with server:
        yield f"postgresql://nobody@127.0.0.1:{server.sockets[0].getsockname()[1]}/none"
