"""Responses: each with as few writes, and as few looks at its headers, as it needs.

uvicorn writes the head and the body one after the other, and tests the name and the value of every
header by itself: together these take as long as a small query.
"""

import re
from typing import Any

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, RequestResponseCycle

_CONTROL = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_NO_BODY = (204, 304)
_LAST_CHUNK = b"0\r\n\r\n"


class Cycle(RequestResponseCycle):
    """A request and its response, whose head is written with the first part of its body."""

    _head = b""
    """What is not written yet."""

    async def send(self, message: Any) -> None:
        """Send a part of the response.

        Raises:
            RuntimeError: The application breaks the protocol.
        """
        if self.flow.write_paused and not self.disconnected:
            await self.flow.drain()
        if self.disconnected:
            return
        match message["type"], self.response_started, self.response_complete:
            case "http.response.start", False, _:
                self._start(message)
            case "http.response.body", True, False:
                self._write(message.get("body", b""), is_last=not message.get("more_body", False))
            case kind, *_:
                raise RuntimeError(f"{kind} is not due in this response")

    def _start(self, message: Any) -> None:
        status: int = message["status"]
        headers: list[tuple[bytes, bytes]] = [*self.default_headers, *message.get("headers", ())]
        lines = b"".join([name + b": " + value + b"\r\n" for name, value in headers])
        if _CONTROL.search(lines) or lines.count(b"\r") + lines.count(b"\n") != 2 * len(headers):
            raise RuntimeError("a header contains a control character")
        self.response_started = True
        self.waiting_for_100_continue = False
        length = None
        closes = False
        for name, value in headers:
            if name == b"content-length":
                length = int(value)
            elif name == b"connection":
                closes = b"close" in value.lower()
        if closes:
            self.keep_alive = False
        elif not self.keep_alive:
            lines += b"connection: close\r\n"
        self.chunked_encoding = (
            length is None and self.scope["method"] != "HEAD" and status not in _NO_BODY
        )
        if self.chunked_encoding:
            lines += b"transfer-encoding: chunked\r\n"
        self.expected_content_length = length or 0
        self._head = STATUS_LINE[status] + lines + b"\r\n"

    def _write(self, body: bytes, *, is_last: bool) -> None:
        head, self._head = self._head, b""
        if self.scope["method"] == "HEAD":
            self.expected_content_length, body = 0, b""
        elif self.chunked_encoding:
            body = b"%x\r\n%b\r\n" % (len(body), body) if body else b""
            body += _LAST_CHUNK if is_last else b""
        else:
            self.expected_content_length -= len(body)
            if self.expected_content_length < 0:
                raise RuntimeError("the body is longer than its Content-Length")
        self.transport.write(head + body if head else body)
        if not is_last:
            return
        if self.expected_content_length:
            raise RuntimeError("the body is shorter than its Content-Length")
        self.response_complete = True
        self.message_event.set()
        if not self.keep_alive:
            self.transport.close()
        self.on_response()
