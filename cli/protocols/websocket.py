"""WebSockets with limits for clients that stop reading or send excessive frames.

Thousands of them are open and idle, so each is small: what the libraries keep of it has slots
instead of dictionaries, and what only the handshake needs is dropped after it.
"""

import asyncio
import logging
import struct
from typing import Any, cast

from uvicorn._types import ASGIReceiveEvent, ASGISendEvent
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from uvicorn.server import ServerState
from websockets.exceptions import ProtocolError
from websockets.frames import DATA_OPCODES, Frame
from websockets.http11 import Request
from websockets.protocol import OPEN
from websockets.server import ServerProtocol

from cli.protocols.clients import Configuration
from cli.protocols.pieces import Pieces
from cli.protocols.small import Gate, Inbox
from web.graphql.websocket import MAX_MESSAGE_BYTES, RECOGNISED

MAX_MESSAGE_FRAMES = 1_024
"""Per message, however short they are: in the longest message each has 256 bytes."""
MAX_EARLY_FRAMES = 256
"""Of all kinds, until the client is authenticated."""
MAX_EARLY_BYTES = MAX_MESSAGE_BYTES
"""In all of them together."""
_WHOLE_TEXT = 0x81
"""The first byte of a frame that is a whole text message."""
_IN_ONE_BYTE, _IN_TWO_BYTES = 126, 65_536
"""Lengths of payloads from which the head of a frame is longer."""


class _Frames(ServerProtocol):
    """The protocol's frames, with a limit on their number."""

    __slots__ = (
        "_early_bytes",
        "_early_frames",
        "_is_recognised",
        "_message_frames",
        # the library's own
        "_state",
        "accept_called",
        "available_extensions",
        "available_subprotocols",
        "close_rcvd",
        "close_rcvd_then_sent",
        "close_sent",
        "current_size",
        "debug",
        "eof_sent",
        "events",
        "expect_continuation_frame",
        "extensions",
        "handshake_exc",
        "id",
        "logger",
        "max_fragment_size",
        "max_message_size",
        "origin",
        "origins",
        "parser",
        "parser_exc",
        "reader",
        "side",
        "subprotocol",
        "writes",
    )

    def __init__(self) -> None:
        super().__init__(
            max_size=MAX_MESSAGE_BYTES,
            logger=logging.getLogger("uvicorn.error"),
        )
        self._is_recognised = False
        self._early_frames = 0
        self._early_bytes = 0
        self._message_frames = 0

    def recognise(self) -> None:
        """Lift the limits of unauthenticated clients."""
        self._is_recognised = True

    def recv_frame(self, frame: Frame) -> None:
        """As in the protocol.

        Raises:
            ProtocolError: The limit is exceeded; the rest is not read.
        """
        if not self._is_recognised:
            self._early_frames += 1
            self._early_bytes += len(frame.data)
            if self._early_frames > MAX_EARLY_FRAMES or self._early_bytes > MAX_EARLY_BYTES:
                raise ProtocolError("too much data before connection_ack")
        if frame.opcode in DATA_OPCODES:
            self._message_frames += 1
            if self._message_frames > MAX_MESSAGE_FRAMES:
                raise ProtocolError(f"message exceeds {MAX_MESSAGE_FRAMES} frames")
            if frame.fin:
                self._message_frames = 0
        super().recv_frame(frame)


class WebSocketProtocol(WebSocketsSansIOProtocol):
    """A WebSocket; its connection began as HTTP, and was counted there."""

    __slots__ = (
        "_clients",
        "_pieces",
        # the library's own
        "app",
        "app_state",
        "asgi_version",
        "client",
        "close_sent",
        "close_timeout",
        "close_timer",
        "config",
        "conn",
        "connections",
        "curr_msg_data_type",
        "default_headers",
        "disconnected",
        "frames",
        "handshake_complete",
        "handshake_initiated",
        "initial_response",
        "last_ping_rtt",
        "logger",
        "loop",
        "pending_ping_payload",
        "ping_interval",
        "ping_sent_at",
        "ping_timeout",
        "ping_timer",
        "pong_timer",
        "queue",
        "read_paused",
        "request",
        "response",
        "root_path",
        "scheme",
        "scope",
        "server",
        "tasks",
        "transport",
        "writable",
    )

    _pieces: Pieces

    def __init__(
        self,
        config: Configuration,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self.conn = _Frames()
        self.queue = cast(Any, Inbox[ASGIReceiveEvent]())
        self.writable = cast(Any, Gate())
        self._clients = config.clients

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Start with the head that HTTP has parsed; frames are parsed after the response."""
        super().connection_made(transport)
        self._pieces = Pieces(
            self.transport,
            read=super().data_received,
            is_paused=lambda: self.read_paused or not self.handshake_complete,
        )

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop counting it."""
        super().connection_lost(exc)
        self._clients.leave(self.client[0] if self.client else None)

    def data_received(self, data: bytes) -> None:
        """Parse frames a piece at a time; the head comes first, as a whole."""
        if self.handshake_initiated:
            self._pieces.add(data)
            return
        super().data_received(data)
        if not self.handshake_initiated:  # longer than the library reads: it has responded
            self.transport.write(b"".join(self.conn.data_to_send()))
            self.transport.close()

    def handle_connect(self, event: Request) -> None:
        """Tell the application how to report an authenticated client."""
        super().handle_connect(event)
        if not self.close_sent:
            self.scope.setdefault("state", {})[RECOGNISED] = self.conn.recognise

    def handle_ping(self) -> None:
        """Answer, unless the client does not read: its unread pongs would accumulate."""
        if self.writable.is_set():
            super().handle_ping()
        else:
            self.conn.data_to_send()

    def keepalive_timeout(self) -> None:
        """Drop a client that does not respond; it will not read what is still buffered."""
        super().keepalive_timeout()
        if self.transport.get_write_buffer_size():
            self.transport.abort()

    async def receive(self) -> ASGIReceiveEvent:
        """The next message; after it more may be parsed."""
        message = await super().receive()
        self._pieces.go_on()
        return message

    async def send(self, message: ASGISendEvent) -> None:
        """Send; a client that does not read the close frame is disconnected anyway."""
        if (
            message["type"] == "websocket.send"
            and self._may_write()
            and (text := message.get("text"))
        ):
            self.transport.write(_text_frame(text.encode()))
            return
        await super().send(message)
        match message["type"]:
            case "websocket.accept":
                self._forget_handshake()
                self._pieces.go_on()
            case "websocket.close":
                self._pieces.go_on()  # to the client's close frame
                if self.close_timer is not None:
                    self.close_timer.cancel()
                    self.close_timer = self.loop.call_later(
                        self.close_timeout, self.transport.abort
                    )
            case "websocket.http.response.body" if not message.get("more_body", False):
                self.handshake_complete = True  # by a rejection: uvicorn treats it as a failure
            case _:
                pass

    def _forget_handshake(self) -> None:
        del self.request, self.response
        if self.conn.state is OPEN:
            self.conn.parser = self.conn.parse()  # of frames only; the last one keeps the head
            next(self.conn.parser)

    def _may_write(self) -> bool:
        """Whether the connection is open, and its client reads."""
        is_open = self.handshake_complete and not self.close_sent and self.conn.state is OPEN
        return is_open and self.writable.is_set() and not self.disconnected


def _text_frame(payload: bytes) -> bytes:
    """The payload in one frame."""
    length = len(payload)
    if length < _IN_ONE_BYTE:
        return bytes((_WHOLE_TEXT, length)) + payload
    if length < _IN_TWO_BYTES:
        return struct.pack("!BBH", _WHOLE_TEXT, 126, length) + payload
    return struct.pack("!BBQ", _WHOLE_TEXT, 127, length) + payload
