"""A WebSocket of JSON messages, over ASGI."""

from collections.abc import Mapping
from typing import Any

from starlette.requests import HTTPConnection
from starlette.types import Receive, Scope, Send

from web.graphql.answers import decode_json, encode_message

RECOGNISED = "recognised"
"""Key in the scope's state of the function that reports an authenticated client. Until then our
server reads little from the client. Other servers do not set the key.
"""
INVALID_MESSAGE = 4400
_REASON_BYTES = 123
"""The maximum size of the reason in a close frame."""


class DisconnectedError(Exception):
    """The client has disconnected, or was."""


class Socket:
    """A WebSocket that is accepted."""

    __slots__ = ("_is_closed", "_receive", "_send", "connection")

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Nothing is accepted yet."""
        self.connection: HTTPConnection = HTTPConnection(scope, receive)
        self._receive = receive
        self._send = send
        self._is_closed = False

    async def accept(self, subprotocol: str | None) -> None:
        """Accept it; its first event is that it wants to connect."""
        await self._receive()
        await self._tell({"type": "websocket.accept", "subprotocol": subprotocol})

    async def receive(self) -> Any:
        """The next message.

        Raises:
            DisconnectedError: There is none, or it is not JSON, for which it was closed.
        """
        event = await self._receive()
        if self._is_closed or event["type"] == "websocket.disconnect":
            raise DisconnectedError
        text = event.get("text")
        if text is None:
            await self.close(INVALID_MESSAGE, "WebSocket message type must be text")
            raise DisconnectedError
        try:
            return decode_json(text)
        except ValueError:
            await self.close(INVALID_MESSAGE, "WebSocket message must be valid JSON")
            raise DisconnectedError from None

    async def send(self, message: Mapping[str, Any]) -> None:
        """Send a message.

        Raises:
            DisconnectedError: It is closed.
        """
        if self._is_closed:
            raise DisconnectedError
        await self._tell({"type": "websocket.send", "text": encode_message(message)})

    async def close(self, code: int, reason: str) -> None:
        """The reason may repeat the client's input, and so be too long or not valid UTF-8."""
        if self._is_closed:
            return
        self._is_closed = True
        shortened = reason.encode(errors="replace")[:_REASON_BYTES].decode(errors="ignore")
        await self._tell({"type": "websocket.close", "code": code, "reason": shortened})

    def recognised(self) -> None:
        """Report the client as authenticated to the server."""
        if (tell := getattr(self.connection.state, RECOGNISED, None)) is not None:
            tell()

    async def _tell(self, event: dict[str, Any]) -> None:
        try:
            await self._send(event)
        except OSError:  # as ASGI has it
            self._is_closed = True
            raise DisconnectedError from None
