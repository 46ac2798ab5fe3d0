"""Decompresses request bodies for all routes, so that each reads plain bytes.

A route reads no further than its maximum body length, and data is decompressed only as it is read.
So a small compressed body cannot expand without limit.
"""

import zlib
from collections.abc import AsyncGenerator, Generator

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from web.headers import first_headers, header_values

_SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
_PIECE_BYTES = 64 * 1024
_SLACK_BYTES = 64 * 1024
"""How much longer a compressed body may be than its content: gzip carries names and comments."""
_GZIP, _ZLIB, _BARE_DEFLATE = 16 + zlib.MAX_WBITS, zlib.MAX_WBITS, -zlib.MAX_WBITS


class PackedBodies:
    """Decompresses bodies with Content-Encoding gzip or deflate; any other is a 415."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        coding = _coding_of(scope) if scope["type"] == "http" else None
        if coding is None or scope["method"] in _SAFE_METHODS:
            await self._app(scope, receive, send)
            return
        messages = _unpacked(coding, receive)

        async def receive_plain() -> Message:
            async for message in messages:
                return message
            return await receive()

        await self._app({**scope, "headers": _headers_of_plain(scope)}, receive_plain, send)


def _coding_of(scope: Scope) -> str | None:
    """The compression of the body; None if there is none."""
    if b"content-encoding" not in first_headers(scope):
        return None
    told = header_values(scope["headers"], b"content-encoding")
    names = map(str.strip, b",".join(told).decode("latin-1").lower().split(","))
    return ", ".join(name for name in names if name not in ("", "identity")) or None


def _headers_of_plain(scope: Scope) -> list[tuple[bytes, bytes]]:
    """The headers of the plain body, whose length is unknown."""
    of_packed = (b"content-encoding", b"content-length")
    return [(name, value) for name, value in scope["headers"] if name.lower() not in of_packed]


async def _unpacked(coding: str, receive: Receive) -> AsyncGenerator[Message]:
    """The body's messages in pieces; errors are raised to the reader.

    Raises:
        HTTPException: 415, unsupported encoding; 400, the data is invalid or incomplete.
    """
    unpacker = Unpacker(coding)
    more_body = True
    while more_body:
        message = await receive()
        if message["type"] != "http.request":
            yield message
            return
        more_body = message.get("more_body", False)
        for piece in unpacker.unpack(message.get("body", b"")):
            yield {"type": "http.request", "body": piece, "more_body": True}
    unpacker.check_end()
    yield {"type": "http.request", "body": b"", "more_body": False}


class Unpacker:
    """Decompresses one body as it arrives."""

    def __init__(self, coding: str) -> None:
        if coding not in ("gzip", "x-gzip", "deflate"):
            raise HTTPException(
                415,
                "Unsupported content encoding. Use gzip, deflate or none, at most one.",
                {"Accept-Encoding": "gzip, deflate, identity"},
            )
        self._is_gzip = coding != "deflate"
        self._stream = zlib.decompressobj(_GZIP)
        self._packed_bytes = 0
        self._plain_bytes = 0

    def unpack(self, packed: bytes) -> Generator[bytes]:
        """The plain bytes in small pieces."""
        if packed and not self._packed_bytes and not self._is_gzip:
            # Deflate means zlib's format (RFC 9110), and some clients omit its frame.
            is_framed = packed[0] & 0x0F == zlib.DEFLATED
            self._stream = zlib.decompressobj(_ZLIB if is_framed else _BARE_DEFLATE)
        self._packed_bytes += len(packed)
        piece = b""
        while packed or len(piece) == _PIECE_BYTES:  # after a full piece there may be more inside
            piece, packed = self._step(packed)
            self._plain_bytes += len(piece)
            if self._packed_bytes > self._plain_bytes + len(packed) + _SLACK_BYTES:
                raise _broken()
            if piece:
                yield piece

    def _step(self, packed: bytes) -> tuple[bytes, bytes]:
        """One piece, and the remaining compressed data."""
        if self._stream.eof and packed:
            if not self._is_gzip:
                raise _broken()
            self._stream = zlib.decompressobj(_GZIP)  # the next member of the gzip file
        try:
            piece = self._stream.decompress(packed, _PIECE_BYTES)
        except zlib.error:
            raise _broken() from None
        return piece, self._stream.unused_data or self._stream.unconsumed_tail

    def check_end(self) -> None:
        """Reject an incomplete body; an empty one has no content."""
        if self._packed_bytes and not self._stream.eof:
            raise _broken()


def _broken() -> HTTPException:
    return HTTPException(
        400, "The body does not match its content encoding, or is incomplete. Send it again."
    )
