"""HTTP/1.1 for clients that are slow, greedy, or violate the standard.

uvicorn waits for ever for the rest of a head or a body, and h11 is lenient where two servers may
parse the same bytes differently. This module fixes both.
"""

import asyncio
from http import HTTPStatus
from typing import Any

import h11
from h11._receivebuffer import ReceiveBuffer
from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

from cli.protocols.clients import Configuration
from cli.protocols.pieces import Pieces

MAX_HEAD_BYTES = 16_384
"""Of a request's line and headers together."""
_BLANK = (b" ", b"\t")
_FRAMINGS = {b"content-length", b"transfer-encoding"}


class _StrictLines(ReceiveBuffer):
    """Lines of a head, or of trailers: each ends with CRLF, and none continues in the next."""

    def maybe_extract_lines(self) -> list[bytearray] | None:
        """The lines up to the first empty one, if it is there.

        Raises:
            LocalProtocolError: A line has another ending, or begins with a blank.
        """
        before = len(self)
        lines = super().maybe_extract_lines()
        if lines is not None:
            length = sum(len(line) + len(b"\r\n") for line in (*lines, b""))
            if before - len(self) != length or any(line.startswith(_BLANK) for line in lines):
                raise h11.LocalProtocolError("invalid line ending")
        return lines


class _StrictConnection(h11.Connection):
    """h11, without ambiguous requests; they close the connection."""

    def __init__(self) -> None:
        super().__init__(h11.SERVER, max_incomplete_event_size=MAX_HEAD_BYTES)
        self._receive_buffer = _StrictLines()

    def next_event(self) -> h11.Event | type[h11.NEED_DATA] | type[h11.PAUSED]:
        """As in h11.

        Raises:
            RemoteProtocolError: The request is invalid, or states its length twice.
        """
        event = super().next_event()
        if isinstance(event, h11.Request) and {name for name, _ in event.headers} >= _FRAMINGS:
            raise h11.RemoteProtocolError("Content-Length and Transfer-Encoding cannot be combined")
        return event


class _Flow(FlowControl):
    """Resumes the pieces when the transport resumes."""

    def __init__(self, transport: asyncio.Transport, pieces: Pieces) -> None:
        super().__init__(transport)
        self._pieces = pieces

    def resume_reading(self) -> None:
        """Receive again, after the buffered data."""
        super().resume_reading()
        if self._pieces:
            self._pieces.go_on()


class HttpProtocol(H11Protocol):
    """A connection with a time limit that depends on the client's progress."""

    _pieces: Pieces

    def __init__(
        self,
        config: Configuration,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self.conn = _StrictConnection()
        self._clients = config.clients
        self._bounds = config.clients.bounds
        self._is_counted = False
        self._received_bytes = 0
        self._turn: object = None
        self._patience_s = 0.0
        self._unsent_bytes = 0
        self._unread_s = 0.0

    def connection_made(self, transport: asyncio.Transport) -> None:
        """Accept it, unless its address has too many connections."""
        super().connection_made(transport)
        self._pieces = Pieces(
            transport, read=super().data_received, is_paused=lambda: self.flow.read_paused
        )
        self.flow = _Flow(transport, self._pieces)
        self._clients.watch(self)
        self._is_counted = self._clients.enter(self.client[0] if self.client else None)
        if not self._is_counted:
            self._end(HTTPStatus.SERVICE_UNAVAILABLE, "Too many connections from this address.")

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop counting it."""
        super().connection_lost(exc)
        self._clients.forget(self)
        if self._is_counted:
            self._clients.leave(self.client[0] if self.client else None)

    def data_received(self, data: bytes) -> None:
        """Parse it: at once if it is only a body, else a piece at a time."""
        self._received_bytes += len(data)
        if self._is_plain_body() and not self._pieces:
            super().data_received(data)
        else:
            self._pieces.add(data)

    def _is_plain_body(self) -> bool:
        """Whether the rest of a body with a known length is due: it is one part, however long."""
        is_body = self.conn.their_state is h11.SEND_BODY
        return is_body and all(name != b"transfer-encoding" for name, _ in self.headers)

    def handle_websocket_upgrade(self, event: h11.Request) -> None:
        """Hand the connection over to the other protocol, which has its own limits.

        Frames that arrived with the head are too early; that protocol handles them.
        """
        self._clients.forget(self)
        unread, _ = self.conn.trailing_data
        early = unread + self._pieces.end()
        super().handle_websocket_upgrade(event)
        protocol = self.transport.get_protocol()
        if early and isinstance(protocol, asyncio.Protocol):
            protocol.data_received(early)

    def send_400_response(self, msg: str) -> None:
        """Reject an invalid request; a response may already have begun."""
        unread, _ = self.conn.trailing_data
        if self.conn.our_state is not h11.IDLE or len(unread) <= MAX_HEAD_BYTES:
            self._end(HTTPStatus.BAD_REQUEST, msg)
        elif b"\n" in unread:
            text = f"The request headers exceed {MAX_HEAD_BYTES} bytes."
            self._end(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, text)
        else:
            text = f"The URL exceeds {MAX_HEAD_BYTES} bytes. Send long documents by POST."
            self._end(HTTPStatus.REQUEST_URI_TOO_LONG, text)

    def look(self, elapsed_s: float) -> None:
        """Close it if its client does not read the response, or sends too little of a request."""
        received, self._received_bytes = self._received_bytes, 0
        if self._is_unread(elapsed_s):
            self.transport.abort()
            return
        turn = self._turn_of_client()
        if turn != self._turn:
            self._turn, self._patience_s = turn, self._bounds.patience_s
        elif turn is not None:
            self._patience_s -= elapsed_s
            if self.conn.their_state is h11.SEND_BODY:
                earned_s = received / self._bounds.body_bytes_per_s
                self._patience_s = min(self._patience_s + earned_s, self._bounds.stall_s)
            if self._patience_s < 0:
                self._give_up()

    def _is_unread(self, elapsed_s: float) -> bool:
        unsent = self.transport.get_write_buffer_size()
        is_stuck = unsent > 0 and unsent == self._unsent_bytes
        self._unread_s = self._unread_s + elapsed_s if is_stuck else 0.0
        self._unsent_bytes = unsent
        return self._unread_s > self._bounds.unread_s

    def _turn_of_client(self) -> object:
        """What the client has to do next, equal as long as it is the same; None is nothing.

        Between two requests uvicorn uses its own time limit.
        """
        state = self.conn.their_state
        if self.transport.is_closing():
            is_due = False
        elif state is h11.IDLE:
            is_due = not self.cycle or self._has_begun_a_head()
        else:
            is_asked = not (self.flow.read_paused or self.conn.they_are_waiting_for_100_continue)
            is_due = state is h11.SEND_BODY and is_asked
        return (state, self.cycle) if is_due else None

    def _has_begun_a_head(self) -> bool:
        unread, _ = self.conn.trailing_data
        return self.conn.their_state is h11.IDLE and bool(unread)

    def _give_up(self) -> None:
        is_silent = not self.cycle and not self._has_begun_a_head()
        if is_silent or self.transport.get_write_buffer_size():
            self.transport.abort()
        else:
            self._end(HTTPStatus.REQUEST_TIMEOUT, "The request was not received in time.")

    def _end(self, status: HTTPStatus, text: str) -> None:
        """Send the reason, unless a response has begun, and close; the application is notified."""
        if self.conn.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            body = text.encode()
            headers = [
                ("content-type", "text/plain; charset=utf-8"),
                ("content-length", str(len(body))),
                ("connection", "close"),
            ]
            for event in (
                h11.Response(status_code=status, headers=headers, reason=status.phrase),
                h11.Data(data=body),
                h11.EndOfMessage(),
            ):
                self.transport.write(self.conn.send(event))
        if self.cycle and not self.cycle.response_complete:
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        self.transport.close()
