"""Excessive frames, before a client is authenticated and after."""

import asyncio
import json
import logging
import struct
from collections.abc import AsyncIterator, Iterator

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus
from websockets.typing import Origin

from cli.protocols.websocket import MAX_EARLY_FRAMES, MAX_MESSAGE_FRAMES
from tests.graphql_client import DEADLINE_S, PROTOCOL, Socket, open_socket, serving_stage
from tests.owners import add_owner, asking_for_keys
from tests.raw_client import raw_client
from tests.stage import Stage
from web.graphql.websocket import MAX_MESSAGE_BYTES

TEXT, PING, PONG = 0x1, 0x9, 0xA
FIN = 0x80
MANY = 100_000
PROTOCOL_ERROR = 1002


def frame(opcode: int, payload: bytes = b"", *, is_last: bool = True) -> bytes:
    """One frame of a client, masked with zeros."""
    length = len(payload)
    head = struct.pack("!B", opcode | (FIN if is_last else 0))
    if length < 126:
        head += struct.pack("!B", 0x80 | length)
    elif length < 65_536:
        head += struct.pack("!BH", 0x80 | 126, length)
    else:
        head += struct.pack("!BQ", 0x80 | 127, length)
    return head + b"\0\0\0\0" + payload


CRUMB = frame(0x0, is_last=False)
START = frame(TEXT, is_last=False)
MESSAGE = frame(TEXT, b'{"type":"ping"}')
LONG = frame(TEXT, json.dumps({"type": "pong"}).ljust(MAX_MESSAGE_BYTES // 3).encode())


@pytest.fixture(scope="module")
async def url(idle_stage: Stage) -> AsyncIterator[str]:
    """The application, without a worker."""
    async with serving_stage(idle_stage) as url:
        yield url


@pytest.fixture(autouse=True)
def no_error_lines(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """No input of an unauthenticated client is logged as an error."""
    yield
    records = caplog.get_records("call")
    assert [record for record in records if record.levelno >= logging.ERROR] == []


async def code_after(socket: Socket, frames: bytes) -> int | None:
    """With which code the server closes a socket on which these are sent."""
    socket.connection.transport.write(frames)
    async with asyncio.timeout(DEADLINE_S):
        await socket.connection.wait_closed()
    return socket.connection.close_code


EARLY: dict[str, bytes] = {
    "empty continuations": START + CRUMB * MANY,
    "pings": frame(PING) * MANY,
    "pongs": frame(PONG) * MANY,
    "pings with a payload": frame(PING, b"x" * 125) * MANY,
    "messages": frame(TEXT, b'{"type":"pong"}') * (MAX_EARLY_FRAMES + 1),
    "bytes in few frames": LONG * 4,
}


@pytest.mark.parametrize("frames", EARLY.values(), ids=EARLY)
async def test_a_stranger_sends_little(url: str, frames: bytes) -> None:
    async with connect(f"{url}/graphql".replace("http", "ws"), subprotocols=[PROTOCOL]) as raw:
        assert await code_after(Socket(raw), frames) == PROTOCOL_ERROR


async def test_who_knocks_may_say_as_much_as_one_message_holds(url: str) -> None:
    init = json.dumps({"type": "connection_init", "payload": {}}).ljust(MAX_MESSAGE_BYTES)
    async with connect(f"{url}/graphql".replace("http", "ws"), subprotocols=[PROTOCOL]) as raw:
        await raw.send(init)

        assert await Socket(raw).receive() == {"type": "connection_ack"}


async def test_credentials_that_are_none_leave_a_client_a_stranger(idle_stage: Stage) -> None:
    owner = await add_owner(idle_stage, "knocks")
    async with serving_stage(asking_for_keys(idle_stage)) as url:
        async with open_socket(url, owner.headers) as socket:
            socket.connection.transport.write(frame(PONG) * 2 * MAX_EARLY_FRAMES)
            await socket.send({"type": "ping"})
            answer = await socket.receive()
        async with connect(f"{url}/graphql".replace("http", "ws"), subprotocols=[PROTOCOL]) as raw:
            await raw.send(json.dumps({"type": "connection_init"}))
            refused = await code_after(Socket(raw), b"")

    assert answer == {"type": "pong"}
    assert refused == 4401


async def test_a_message_comes_in_so_many_frames_and_no_more(url: str) -> None:
    pieces = [b'{"type":', *[b""] * (MAX_MESSAGE_FRAMES - 2), b' "ping"}']
    first, *others, last = pieces
    whole = frame(TEXT, first, is_last=False) + CRUMB * len(others) + frame(0x0, last)
    async with open_socket(url) as socket:
        for _ in range(2):
            socket.connection.transport.write(whole)

            assert await socket.receive() == {"type": "pong"}
        assert await code_after(socket, START + CRUMB * MAX_MESSAGE_FRAMES) == PROTOCOL_ERROR


async def test_pings_between_its_frames_do_not_make_a_message_longer(url: str) -> None:
    halves = frame(TEXT, b'{"type":', is_last=False), frame(0x0, b' "ping"}')
    async with open_socket(url) as socket:
        socket.connection.transport.write(halves[0] + frame(PING) * MANY + halves[1])

        assert await socket.receive() == {"type": "pong"}


@pytest.mark.parametrize("flood", [frame(PING) * MANY, frame(PONG) * MANY], ids=["pings", "pongs"])
async def test_between_the_frames_of_a_flood_others_have_their_turn(url: str, flood: bytes) -> None:
    passes = 0

    async def count() -> None:
        nonlocal passes
        while True:
            passes += 1
            await asyncio.sleep(0)

    async with open_socket(url) as socket:
        counting = asyncio.create_task(count())
        socket.connection.transport.write(flood + MESSAGE)
        answer = await socket.receive()
        counting.cancel()

    assert answer == {"type": "pong"}
    assert passes >= len(flood) / 4_096


async def test_messages_that_come_at_once_are_all_answered(url: str) -> None:
    async with open_socket(url) as socket:
        socket.connection.transport.write(MESSAGE * 2_000)

        assert [await socket.receive() for _ in range(2_000)] == [{"type": "pong"}] * 2_000


async def test_a_page_of_another_site_is_refused_without_an_error_line(url: str) -> None:
    with pytest.raises(InvalidStatus) as refused:
        await connect(f"{url}/graphql".replace("http", "ws"), origin=Origin("https://evil.example"))

    assert refused.value.response.status_code == 403
    assert b"AI_STORY_CORS_ORIGINS" in (refused.value.response.body or b"")


HANDSHAKE = (
    b"GET /graphql HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: eHh4eHh4eHh4eHh4eHh4eA==\r\n"
)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        (b"A: " + b"x" * 9_000 + b"\r\n", b"431"),
        (b"".join(b"A%d: b\r\n" % n for n in range(200)), b"431"),
        (b"Sec-WebSocket-Key: x\r\n", b"400"),
        (b"Sec-WebSocket-Version: 12\r\n", b"400"),
        (b"A: \xff\xfe\r\n", b"101"),
    ],
)
async def test_a_handshake_that_is_none_is_answered_and_closed(
    url: str, headers: bytes, status: bytes
) -> None:
    async with raw_client(url) as client:
        client.send(HANDSHAKE + headers + b"\r\n")
        async with asyncio.timeout(DEADLINE_S):
            answer = await client.reader.readuntil(b"\r\n")

        assert answer.startswith(b"HTTP/1.1 " + status)
        assert status == b"101" or await client.rest()


SPOKEN = f"Sec-WebSocket-Protocol: {PROTOCOL}\r\n".encode()
BAD_FRAME = b"\xff" * 100


async def test_frames_that_come_with_the_head_are_read_when_it_has_been_answered(url: str) -> None:
    async with raw_client(url) as client:
        client.send(HANDSHAKE + SPOKEN + b"\r\n" + frame(PING, b"early") + BAD_FRAME)

        answer = await client.rest()

    assert answer.startswith(b"HTTP/1.1 101")
    assert b"\r\n\r\n\x8a\x05early" in answer, "the ping's answer"
    assert answer.endswith(b"invalid opcode")


async def test_early_frames_are_no_error_where_the_handshake_is_refused(url: str) -> None:
    async with raw_client(url) as client:
        client.send(HANDSHAKE + b"Origin: http://elsewhere\r\n\r\n" + frame(PING) * 10)

        assert (await client.rest()).startswith(b"HTTP/1.1 403")
