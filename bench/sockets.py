"""WebSocket clients of the benches: they count frames, and take as little CPU as possible.

A client that is refused fails the bench with the server's own words.
"""

import asyncio
import base64
import json
import resource
import struct
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from tests.graphql_client import PROTOCOL

_DEADLINE_S = 60.0
_MEDIUM, _LONG = 126, 127
"""Lengths of payloads that are stated in 2 or 8 bytes after the head."""
_TEXT, _CLOSE, _PING, _PONG = 0x1, 0x8, 0x9, 0xA
_FINAL, _MASKED, _OPCODE = 0x80, 0x80, 0x0F
_ERROR, _KIND_BYTES = b'"type":"error"', 64
_FOR_OURSELVES = 512
"""Open files besides the sockets: pipes, the database's connections, files being read."""


class RefusedError(Exception):
    """The server does not serve a subscriber."""


def allow_sockets(count: int) -> None:
    """Let this process, and those that it starts, open this many sockets.

    Raises:
        RefusedError: The system permits fewer.
    """
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    if most != resource.RLIM_INFINITY and most < count + _FOR_OURSELVES:
        raise RefusedError(
            f"{count} sockets need `ulimit -Hn {count + _FOR_OURSELVES}`, not {most}"
        )
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def settings_for(subscribers: int) -> dict[str, str]:
    """The environment of a server for so many subscribers of one viewer, from one address."""
    most = str(subscribers + 100)
    return {
        "AI_STORY_CONNECTIONS": most,
        "AI_STORY_CONNECTIONS_PER_VIEWER": most,
        "AI_STORY_CONNECTIONS_PER_ADDRESS": most,
    }


@dataclass(slots=True)
class Receipts:
    """How many messages all subscribers have received, and when the last one came."""

    awaited: int = 0
    received: int = 0
    last_at: float = 0.0
    refusal: str = ""
    complete: asyncio.Event = field(default_factory=asyncio.Event)

    def expect(self, count: int) -> None:
        """Begin anew."""
        self.awaited, self.received = count, 0
        if not self.refusal:
            self.complete.clear()

    def note(self, messages: int) -> None:
        """So many have come."""
        self.received += messages
        if self.received >= self.awaited:
            self.last_at = time.perf_counter()
            self.complete.set()

    def refuse(self, reason: str) -> None:
        """A subscriber was not served: the others are not waited for."""
        self.refusal = self.refusal or reason
        self.complete.set()

    async def all_in(self) -> float:
        """When the last one came.

        Raises:
            RefusedError: A subscriber was not served, or messages are missing.
        """
        try:
            async with asyncio.timeout(_DEADLINE_S):
                await self.complete.wait()
        except TimeoutError:
            counts = f"{self.received} of {self.awaited} messages"
            raise RefusedError(f"only {counts} came within {_DEADLINE_S:.0f} s") from None
        if self.refusal:
            raise RefusedError(f"a subscriber was refused: {self.refusal}")
        return self.last_at


class Subscriber(asyncio.Protocol):
    """A WebSocket client that counts the messages which it is sent."""

    transport: asyncio.Transport

    def __init__(self, receipts: Receipts, payload: Mapping[str, object]) -> None:
        self.receipts = receipts
        subscribe = {"id": "1", "type": "subscribe", "payload": payload}
        self._first: list[object] = [{"type": "connection_init"}, subscribe]
        self._unread = b""
        self._is_open = False
        self._is_over = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask for a WebSocket."""
        if not isinstance(transport, asyncio.Transport):
            raise TypeError
        self.transport = transport
        host, port = transport.get_extra_info("peername")
        key = base64.b64encode(b"x" * 16).decode()
        lines = (
            "GET /graphql HTTP/1.1",
            f"Host: {host}:{port}",
            "Connection: Upgrade",
            "Upgrade: websocket",
            "Sec-WebSocket-Version: 13",
            f"Sec-WebSocket-Key: {key}",
            f"Sec-WebSocket-Protocol: {PROTOCOL}",
        )
        transport.write("".join(f"{line}\r\n" for line in (*lines, "")).encode())

    def data_received(self, data: bytes) -> None:
        """Count the messages in it, and answer pings."""
        data = self._unread + data
        if not self._is_open:
            head, end, rest = data.partition(b"\r\n\r\n")
            if not end:
                self._unread = data
                return
            if not head.startswith(b"HTTP/1.1 101"):
                self._refuse(head.partition(b"\r\n")[0] + b" " + rest)
                return
            self._is_open, data = True, rest
            self._go_on()
        messages = 0
        while (frame := _first_frame(data)) is not None:
            opcode, start, end = frame
            if opcode == _TEXT and _ERROR not in data[start : start + _KIND_BYTES]:
                messages += 1
            elif opcode == _PING:
                self._send(_PONG, data[start:end])
            elif opcode == _CLOSE:
                code, reason = int.from_bytes(data[start : start + 2]), data[start + 2 : end]
                self._refuse(f"{code} ".encode() + reason)
            else:
                self._refuse(data[start:end])
            data = data[end:]
        self._unread = data
        if messages:
            self._go_on()
            self.receipts.note(messages)

    def connection_lost(self, exc: Exception | None) -> None:
        """Only the bench itself may close it."""
        if not self._is_over:
            self._refuse(f"the connection was lost ({exc})".encode())

    def close(self) -> None:
        """End it, without a farewell."""
        self._is_over = True
        self.transport.abort()

    def _go_on(self) -> None:
        """Send the next of the first messages, each of which is answered."""
        if self._first:
            message, *self._first = self._first
            self._send(_TEXT, json.dumps(message).encode())

    def _send(self, opcode: int, payload: bytes) -> None:
        """Send one frame, masked with zeros."""
        length = len(payload)
        stated = (
            struct.pack("!B", _MASKED | length)
            if length < _MEDIUM
            else struct.pack("!BH", _MASKED | _MEDIUM, length)
        )
        self.transport.write(bytes((_FINAL | opcode,)) + stated + bytes(4) + payload)

    def _refuse(self, reason: bytes) -> None:
        self.receipts.refuse(reason.decode(errors="replace"))


def _first_frame(data: bytes) -> tuple[int, int, int] | None:
    """The first frame's opcode, and where its payload begins and ends; None while it is not all
    there.
    """
    if len(data) < 2:
        return None
    start, length = 2, data[1]
    if length == _MEDIUM:
        start, length = 4, int.from_bytes(data[2:4])
    elif length == _LONG:
        start, length = 10, int.from_bytes(data[2:10])
    end = start + length
    return (data[0] & _OPCODE, start, end) if len(data) >= end else None


SomeSubscriber = TypeVar("SomeSubscriber", bound=Subscriber)


async def connect(url: str, client: SomeSubscriber) -> SomeSubscriber:
    """The client, once it is connected."""
    host, _, port = url.rpartition("/")[2].partition(":")
    await asyncio.get_running_loop().create_connection(lambda: client, host, int(port))
    return client


async def open_subscribers(
    url: str, subscriptions: Sequence[Mapping[str, object]], *, at_once: int
) -> list[Subscriber]:
    """A client for each subscription, each of which has received its first message.

    Raises:
        RefusedError: The server does not serve one of them.
    """
    receipts, opened = Receipts(), list[Subscriber]()
    for start in range(0, len(subscriptions), at_once):
        group = subscriptions[start : start + at_once]
        receipts.expect(2 * len(group))  # the handshake's and the snapshot
        for payload in group:
            opened.append(await connect(url, Subscriber(receipts, payload)))
        await receipts.all_in()
    return opened
