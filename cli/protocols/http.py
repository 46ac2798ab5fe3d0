"""HTTP/1.1 for clients that are slow, greedy, or violate the standard.

uvicorn waits for ever for the rest of a head or a body, accepts heads and trailers of any length,
and parses all requests of a packet at once. This module fixes that. llhttp, the parser, refuses
what two servers may read differently.
"""

import asyncio
from enum import Enum, auto
from http import HTTPStatus
from typing import Any
from urllib.parse import unquote

import httptools
from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from cli.protocols.clients import Configuration
from cli.protocols.cycle import Cycle
from cli.protocols.pieces import Pieces

MAX_HEAD_BYTES = 16_384
"""Of a request's line and headers together, and of what surrounds the chunks of a body."""


class _Part(Enum):
    """The part of a request that is due next."""

    NOTHING = auto()
    HEAD = auto()
    """Some of it has arrived."""
    BODY = auto()


class _InvalidError(Exception):
    """The request is valid for the parser, but not here."""


class _Flow(FlowControl):
    """Resumes the pieces when the transport resumes, once all parsed requests have begun."""

    def __init__(self, protocol: "HttpProtocol", pieces: Pieces) -> None:
        super().__init__(protocol.transport)
        self._protocol = protocol
        self._pieces = pieces

    def resume_reading(self) -> None:
        """Receive again, after the buffered data."""
        if self._protocol.pipeline or not self.read_paused:
            return
        super().resume_reading()
        if self._pieces:
            self._pieces.go_on()


class HttpProtocol(HttpToolsProtocol):
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
        self._clients = config.clients
        self._bounds = config.clients.bounds
        self._is_counted = False
        self._part = _Part.NOTHING
        self._around_bytes = 0
        """Since the beginning of the head, or since the last bytes of a chunk."""
        self._has_line = False
        self._body_left: int | None = 0
        """None for a body in chunks."""
        self._invalid: tuple[HTTPStatus, str] | None = None
        """What is to be told after the responses to the requests before it."""
        self._received_bytes = 0
        self._turn: object = None
        self._patience_s = 0.0
        self._unsent_bytes = 0
        self._unread_s = 0.0

    def connection_made(self, transport: asyncio.Transport) -> None:
        """Accept it, unless its address has too many connections."""
        super().connection_made(transport)
        self._pieces = Pieces(transport, read=self._parse, is_paused=lambda: self.flow.read_paused)
        self.flow = _Flow(self, self._pieces)
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
        if self._part is _Part.BODY and self._body_left and not self._pieces:
            body, data = data[: self._body_left], data[self._body_left :]
            self._parse(body)
        if data and not self.transport.is_closing():
            self._pieces.add(data)

    def _parse(self, data: bytes) -> None:
        if self._invalid is not None:
            return
        self._around_bytes += len(data)
        self._has_line = self._has_line or b"\n" in data
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            rest = data[upgrade.args[0] :]
            if self._should_upgrade():
                self._switch(rest)
            else:
                self._decline(rest)
            return
        except httptools.HttpParserError:
            self._refuse(HTTPStatus.BAD_REQUEST, "Invalid HTTP request received.")
            return
        if self._around_bytes > MAX_HEAD_BYTES and self._body_left is None:
            self._refuse(HTTPStatus.BAD_REQUEST, "The chunks are too small.")
        elif self._around_bytes > MAX_HEAD_BYTES and self._part is _Part.HEAD:
            self._refuse(*_too_long(has_line=self._has_line))

    def on_message_begin(self) -> None:
        """Begin with a head."""
        super().on_message_begin()
        self._part = _Part.HEAD
        self._length: bytes | None = None
        self._is_chunked = False

    def on_header(self, name: bytes, value: bytes) -> None:
        """Add it to the head; trailers are ignored."""
        if self._part is not _Part.HEAD:
            return
        name = name.lower()
        self.headers.append((name, value))
        if name == b"content-length":
            self._length = value
        elif name == b"transfer-encoding":
            self._is_chunked = True
        elif name == b"expect":
            self.expect_100_continue = value.lower() == b"100-continue"

    def on_headers_complete(self) -> None:
        """Start the request.

        Raises:
            _InvalidError: Its target is no path, or it has a body and becomes a WebSocket.
        """
        if not self.url.startswith(b"/"):
            raise _InvalidError
        if self.parser.should_upgrade():
            if self._should_upgrade() and (self._length or self._is_chunked):
                raise _InvalidError
            self.scope["method"] = self.parser.get_method().decode()
            return  # the parser ends here, and `_parse` goes on
        self._start()
        self._part = _Part.BODY
        self._body_left = None if self._is_chunked else int(self._length or 0)
        self._around_bytes = 0

    def _start(self) -> None:
        """Start the request, or have it wait for those before it."""
        target, _, query = self.url.partition(b"#")[0].partition(b"?")
        path = target.decode("ascii")
        version = self.parser.get_http_version()
        scope: Any = self.scope
        scope |= {
            "method": self.parser.get_method().decode(),
            "http_version": version,
            "path": self.root_path + (unquote(path) if "%" in path else path),
            "raw_path": self.root_path.encode() + target,
            "query_string": query,
        }
        protocol: Any = self
        app = protocol.app
        before = self.cycle
        self.cycle = Cycle(
            scope=self.scope,
            transport=self.transport,
            flow=self.flow,
            logger=self.logger,
            access_logger=self.access_logger,
            access_log=False,
            default_headers=self.server_state.default_headers,
            message_event=asyncio.Event(),
            expect_100_continue=self.expect_100_continue,
            keep_alive=version != "1.0" and self.parser.should_keep_alive(),
            on_response=self.on_response_complete,
        )
        if not before or before.response_complete:
            self._start_asgi_task(self.cycle, app)
        else:
            self.flow.pause_reading()
            self.pipeline.appendleft((self.cycle, app))

    def on_body(self, body: bytes) -> None:
        """Pass it on."""
        self._around_bytes = 0
        if self._body_left is not None:
            self._body_left -= len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        """Wait for the next request."""
        if self.parser.should_upgrade():
            return
        super().on_message_complete()
        self._part = _Part.NOTHING
        self._body_left = self._around_bytes = 0
        self._has_line = False

    def on_response_complete(self) -> None:
        """Start the next request; what follows all that are parsed is received afterwards."""
        self.server_state.total_requests += 1
        if self.transport.is_closing():
            return
        if self.pipeline:
            self._start_asgi_task(*self.pipeline.pop())
        elif self._invalid is not None:
            self._end(*self._invalid)
        else:
            self.flow.resume_reading()

    def _switch(self, early: bytes) -> None:
        """Hand the connection over to the other protocol, which has its own limits.

        Frames that arrived with the head are too early; that protocol handles them.
        """
        self._clients.forget(self)
        early += self._pieces.end()
        self.handle_websocket_upgrade()
        protocol = self.transport.get_protocol()
        if early and isinstance(protocol, asyncio.Protocol):
            protocol.data_received(early)

    def _decline(self, rest: bytes) -> None:
        """Read a request that offers another protocol as if it did not: the parser skips its body.

        HTTP/2 clients offer it in their first request, Java's with every one.
        """
        self.parser = httptools.HttpRequestParser(self)
        self.parser.set_dangerous_leniencies(lenient_data_after_close=True)
        version = self.scope["http_version"].encode()
        head = [b"%s %s HTTP/%s" % (self.scope["method"].encode(), self.url, version)]
        for name, value in self.headers:
            if name == b"connection":
                value = b"close" if b"close" in value.lower() else b"keep-alive"
            if name != b"upgrade":
                head.append(name + b": " + value)
        self._parse(b"\r\n".join([*head, b"", rest]))

    def _refuse(self, status: HTTPStatus, text: str) -> None:
        """Reject an invalid request, after the responses to those before it."""
        self._invalid = status, text
        is_first = self._part is _Part.BODY or not self.cycle or self.cycle.response_complete
        if is_first and not self.pipeline:
            self._end(status, text)

    def look(self, elapsed_s: float) -> None:
        """Close it if its client does not read the response, or sends too little of a request."""
        received, self._received_bytes = self._received_bytes, 0
        if self._is_unread(elapsed_s):
            self.transport.abort()
            return
        turn = self._turn_of_client()
        if turn != self._turn:
            is_idle = self._part is _Part.NOTHING and self.cycle
            self._turn = turn
            self._patience_s = self._bounds.idle_s if is_idle else self._bounds.patience_s
        elif turn is not None:
            self._patience_s -= elapsed_s
            if self._part is _Part.BODY:
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
        """What the client has to do next, equal as long as it is the same; None is nothing."""
        if self.transport.is_closing():
            is_due = False
        elif self._part is _Part.BODY:
            is_due = not (self.flow.read_paused or self.cycle.waiting_for_100_continue)
        else:
            is_answered = not self.cycle or self.cycle.response_complete
            is_due = self._part is _Part.HEAD or is_answered
        return (self._part, self.cycle) if is_due else None

    def _give_up(self) -> None:
        is_silent = self._part is _Part.NOTHING
        if is_silent or self.transport.get_write_buffer_size():
            self.transport.abort()
        else:
            self._end(HTTPStatus.REQUEST_TIMEOUT, "The request was not received in time.")

    def _end(self, status: HTTPStatus, text: str) -> None:
        """Send the reason, unless a response has begun, and close; the application is notified."""
        cycle = self.cycle
        if not cycle or not cycle.response_started or self._has_ended(cycle):
            body = text.encode()
            head = (
                f"HTTP/1.1 {status.value} {status.phrase}\r\n"
                "content-type: text/plain; charset=utf-8\r\n"
                f"content-length: {len(body)}\r\nconnection: close\r\n\r\n"
            )
            self.transport.write(head.encode() + body)
        if cycle and not cycle.response_complete:
            cycle.disconnected = True
            cycle.message_event.set()
        self.transport.close()

    def _has_ended(self, cycle: Any) -> bool:
        """Whether both the request and its response are complete."""
        return cycle.response_complete and self._part is not _Part.BODY


def _too_long(*, has_line: bool) -> tuple[HTTPStatus, str]:
    """What is said about a head that is too long."""
    if has_line:
        text = f"The request headers exceed {MAX_HEAD_BYTES} bytes."
        return HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, text
    text = f"The URL exceeds {MAX_HEAD_BYTES} bytes. Send long documents by POST."
    return HTTPStatus.REQUEST_URI_TOO_LONG, text
