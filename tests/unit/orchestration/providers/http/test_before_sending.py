"""What is done before a request leaves is done when its connection stands, and not before."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import closing

import httpx
import pytest
from aiohttp.test_utils import unused_port

from orchestration.providers.http.exchange import open_client
from orchestration.providers.http.transport import before_sending

DEADLINE_S = 10


class Listener:
    """A server that answers anything with 204, and counts connections and bytes."""

    def __init__(self) -> None:
        self.connections = 0
        self.received = b""
        self.url = ""

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        with closing(writer):
            while b"\r\n\r\n" not in self.received:
                piece = await reader.read(65_536)
                if not piece:
                    return
                self.received += piece
            writer.write(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")
            await writer.drain()


@pytest.fixture
async def listener() -> AsyncIterator[Listener]:
    listener = Listener()
    server = await asyncio.start_server(listener.handle, "127.0.0.1", 0)
    async with server:
        listener.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        yield listener


@pytest.fixture(params=[True, False], ids=["kept open", "opened anew"])
async def client(request: pytest.FixtureRequest) -> AsyncIterator[httpx.AsyncClient]:
    async with open_client(reuse_connections=request.param) as client:
        yield client


async def test_it_is_done_between_the_connection_and_the_first_byte(
    client: httpx.AsyncClient, listener: Listener
) -> None:
    seen: list[tuple[int, bytes]] = []

    async def note() -> None:
        async with asyncio.timeout(DEADLINE_S):
            while not listener.connections:
                await asyncio.sleep(0.01)
        await asyncio.sleep(0.05)  # bytes that had left would be there
        seen.append((listener.connections, listener.received))

    with before_sending(note):
        answer = await client.post(f"{listener.url}/jobs", json={"prompt": "A fox"})
    await client.post(f"{listener.url}/jobs")  # outside: nothing is noted

    assert answer.status_code == 204
    assert seen == [(1, b"")]


async def test_what_it_raises_is_raised_and_nothing_is_sent(
    client: httpx.AsyncClient, listener: Listener
) -> None:
    async def refuse() -> None:
        raise LookupError("the work was canceled")

    with before_sending(refuse), pytest.raises(LookupError):
        await client.post(f"{listener.url}/jobs", json={"prompt": "A fox"})

    assert listener.received == b""


async def test_without_a_connection_it_is_not_done(client: httpx.AsyncClient) -> None:
    done: list[bool] = []

    async def note() -> None:
        done.append(True)

    with before_sending(note), pytest.raises(httpx.TransportError):
        await client.post(f"http://127.0.0.1:{unused_port()}/jobs")

    assert done == []
