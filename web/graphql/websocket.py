"""GraphQL over graphql-transport-ws: many operations per WebSocket, each with its own context.

Most connections are idle, and there are thousands of them. So a connection is one task, and each of
its operations another, with nothing around them.
"""

import asyncio
from collections.abc import Coroutine, Mapping
from datetime import UTC, datetime, timedelta
from math import inf
from typing import Any

from graphql import GraphQLError
from starlette.types import Receive, Scope, Send
from strawberry.subscriptions import GRAPHQL_TRANSPORT_WS_PROTOCOL

from errors import (
    AccessError,
    AIStoryError,
    AuthenticationDownError,
    DatabaseUnavailableError,
    UnauthenticatedError,
)
from resolvers.policies import Viewer
from web.graphql.connections import Connections
from web.graphql.messages import is_message
from web.graphql.operations import Operation
from web.graphql.socket import INVALID_MESSAGE, RECOGNISED, DisconnectedError, Socket
from web.services import services_of

__all__ = ["MAX_MESSAGE_BYTES", "MAX_OPERATIONS", "RECOGNISED", "WebSocketEndpoint"]

MAX_MESSAGE_BYTES = 262_144
"""For the server that reads them: it closes with 1009 before it has read more."""
MAX_OPERATIONS = 100
"""Operations running at once on one WebSocket; most of them are subscriptions."""
_INIT_TIMEOUT = timedelta(seconds=10)
_TRY_AGAIN_LATER = 1013
_UNAUTHORIZED = 4401
"""Fatal to clients: the same credentials will not work later."""
_FORBIDDEN = 4403
"""Not fatal: clients reconnect with fresh credentials."""
_UNACCEPTABLE_PROTOCOL = 4406
_INIT_TIMED_OUT = 4408
_ID_IN_USE = 4409
_INIT_AGAIN = 4429
_RECOGNISED_AGAIN_S = 15.0
"""How often the credentials of an open connection are checked again: they may be revoked."""
_AFTER_THE_END_S = 0.5
"""Interval of checks during the leeway after a token's expiry; clocks differ."""
_NOT_NOW = (AuthenticationDownError, DatabaseUnavailableError)
"""The client cannot be authenticated at the moment."""
_TURNED_AWAY = (AccessError, DatabaseUnavailableError)


class _Connection:
    """One WebSocket, from its acceptance to its end."""

    __slots__ = (
        "_endpoint",
        "_is_initialised",
        "_operations",
        "_timer",
        "_viewer",
        "_watch",
        "socket",
    )

    def __init__(self, endpoint: "WebSocketEndpoint", socket: Socket) -> None:
        self.socket = socket
        self._endpoint = endpoint
        self._viewer: Viewer | None = None
        self._operations: dict[str, Operation] = {}
        self._is_initialised = False
        self._watch: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = None

    async def run(self) -> None:
        """Handle messages until either side closes."""
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(self._endpoint.init_timeout_s, self._time_out)
        try:
            while True:
                await self._handle(await self.socket.receive())
        except DisconnectedError:
            pass
        finally:
            await self._shut_down()

    def _time_out(self) -> None:
        closing = self.socket.close(_INIT_TIMED_OUT, "Connection initialisation timeout")
        self._watch = asyncio.create_task(_quietly(closing))

    async def _handle(self, message: Any) -> None:
        if not is_message(message):
            await self.socket.close(INVALID_MESSAGE, "Invalid message")
            return
        match message["type"]:
            case "connection_init":
                await self._initialise(message.get("payload") or {})
            case "ping":  # with the same payload, by which a client can tell its pings apart
                payload = message.get("payload")
                told = {} if payload is None else {"payload": payload}
                await self.socket.send({"type": "pong", **told})
            case "pong":
                pass
            case "subscribe":
                await self._subscribe(message["id"], message["payload"])
            case "complete":
                if (operation := self._operations.pop(message["id"], None)) is not None:
                    operation.cancel()
            case kind:
                await self.socket.close(INVALID_MESSAGE, f"Unknown message type: {kind}")

    async def _initialise(self, payload: Mapping[str, object]) -> None:
        if self._is_initialised:
            await self.socket.close(_INIT_AGAIN, "Too many initialisation requests")
            return
        self._is_initialised = True
        if not await self._enter(payload):
            return
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        await self.socket.send({"type": "connection_ack"})

    async def _enter(self, payload: Mapping[str, object]) -> bool:
        """Authenticate and count the client; False if it was rejected."""
        try:
            viewer = await self._recognise(payload)
        except _TURNED_AWAY as error:
            await self._turn_away(error)
            return False
        limit = services_of(self.socket.connection).options.connections_per_viewer
        if not self._endpoint.connections.enter(viewer.id, limit=limit):
            reason = "Too many connections. Close some, or try again later"
            await self.socket.close(_TRY_AGAIN_LATER, reason)
            return False
        self._viewer = viewer
        self.socket.recognised()
        if not viewer.is_local:
            self._watch = asyncio.create_task(_quietly(self._recognise_again(viewer, payload)))
        return True

    async def _recognise(self, payload: Mapping[str, object]) -> Viewer:
        """The viewer of this connection.

        Raises:
            AccessError: The credentials are invalid, or cannot be verified at the moment.
            DatabaseUnavailableError: The credentials cannot be looked up at the moment.
        """
        connection = self.socket.connection
        return await services_of(connection).authenticate(connection, payload)

    async def _turn_away(self, error: AIStoryError) -> None:
        if isinstance(error, _NOT_NOW):
            await self.socket.close(_TRY_AGAIN_LATER, error.message.removesuffix("."))
            return
        is_expired = isinstance(error, UnauthenticatedError) and error.is_expired
        await self.socket.close(_FORBIDDEN if is_expired else _UNAUTHORIZED, error.message)

    async def _recognise_again(self, viewer: Viewer, payload: Mapping[str, object]) -> None:
        """Close when the credentials have expired or were revoked."""
        while True:
            pause_s = self._endpoint.recognised_again_s
            await asyncio.sleep(min(pause_s, max(_left_s(viewer), _AFTER_THE_END_S)))
            try:
                await self._recognise(payload)
            except _NOT_NOW:
                continue
            except AccessError as error:
                await self._turn_away(error)
                return

    async def _subscribe(self, id_: str, payload: dict[str, Any]) -> None:
        viewer = self._viewer
        if viewer is None:  # there was no connection_init
            await self.socket.close(_UNAUTHORIZED, "Unauthorized")
        elif id_ in self._operations:
            await self.socket.close(_ID_IN_USE, f"Subscriber for {id_} already exists")
        elif len(self._operations) >= MAX_OPERATIONS:
            text = f"The connection already runs {MAX_OPERATIONS} operations. Complete one first."
            error = GraphQLError(text, extensions={"code": "TOO_MANY_OPERATIONS"})
            await self.socket.send({"id": id_, "type": "error", "payload": [error.formatted]})
        else:
            self._operations[id_] = Operation(
                self.socket, id_, payload, viewer=viewer, forget=self._operations.pop
            )

    async def _shut_down(self) -> None:
        """Stop everything, and wait for its end."""
        if self._timer is not None:
            self._timer.cancel()
        if self._viewer is not None:
            self._endpoint.connections.leave(self._viewer.id)
        tasks = {operation.task for operation in self._operations.values()}
        for operation in self._operations.values():
            operation.cancel()
        self._operations.clear()
        if self._watch is not None:
            self._watch.cancel()
            tasks.add(self._watch)
        if tasks:
            await asyncio.wait(tasks)


async def _quietly(work: Coroutine[Any, Any, None]) -> None:
    """Do it, unless the client has gone."""
    try:
        await work
    except DisconnectedError:
        return


def _left_s(viewer: Viewer) -> float:
    if viewer.expires_at is None:
        return inf
    return (viewer.expires_at - datetime.now(UTC)).total_seconds()


class WebSocketEndpoint:
    """The application of all WebSockets; HTTP has its own."""

    def __init__(
        self,
        *,
        init_timeout: timedelta = _INIT_TIMEOUT,
        recognised_again_s: float = _RECOGNISED_AGAIN_S,
    ) -> None:
        """A client that sends no connection_init within `init_timeout` is closed.

        The credentials of an open connection are checked again every `recognised_again_s`.
        """
        self.connections = Connections()
        self.init_timeout_s = init_timeout.total_seconds()
        self.recognised_again_s = recognised_again_s
        self._open = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one WebSocket."""
        socket = Socket(scope, receive, send)
        try:
            if self._open >= services_of(socket.connection).options.connections:
                await socket.accept(GRAPHQL_TRANSPORT_WS_PROTOCOL)  # else the code would be lost
                reason = "Too many connections to this server. Try again later"
                await socket.close(_TRY_AGAIN_LATER, reason)
                return
            if GRAPHQL_TRANSPORT_WS_PROTOCOL not in scope["subprotocols"]:
                await socket.accept(None)
                await socket.close(_UNACCEPTABLE_PROTOCOL, "Subprotocol not acceptable")
                return
        except DisconnectedError:
            return
        self._open += 1
        try:
            await socket.accept(GRAPHQL_TRANSPORT_WS_PROTOCOL)
            await _Connection(self, socket).run()
        except DisconnectedError:
            return
        finally:
            self._open -= 1
