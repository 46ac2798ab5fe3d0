"""GraphQL over graphql-transport-ws: many operations per WebSocket, each with its own context."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from functools import partial
from math import inf
from typing import Any, cast

from graphql import GraphQLError
from starlette.requests import HTTPConnection, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState
from strawberry.asgi import ASGIWebSocketAdapter, GraphQL
from strawberry.http.exceptions import WebSocketDisconnected
from strawberry.subscriptions import GRAPHQL_TRANSPORT_WS_PROTOCOL
from strawberry.subscriptions.protocols.graphql_transport_ws.handlers import (
    BaseGraphQLTransportWSHandler,
    Operation,
)
from strawberry.subscriptions.protocols.graphql_transport_ws.types import (
    ConnectionInitMessage,
    PingMessage,
    SubscribeMessage,
)
from strawberry.types.execution import PreExecutionError

from errors import (
    AccessError,
    AIStoryError,
    AuthenticationDownError,
    DatabaseUnavailableError,
    UnauthenticatedError,
)
from resolvers.context import Progress
from resolvers.policies import Viewer
from schema.root import SCHEMA
from web.graphql.answers import (
    as_public_error,
    decode_json,
    encode_json,
    encode_message,
    make_public,
)
from web.graphql.connections import Connections
from web.graphql.documents import Wanted
from web.services import services_of

MAX_MESSAGE_BYTES = 262_144
"""For the server that reads them: it closes with 1009 before it has read more."""
MAX_OPERATIONS = 100
"""Operations running at once on one WebSocket; most of them are subscriptions."""
RECOGNISED = "recognised"
"""Key in the scope's state of the function that reports an authenticated client. Until then our
server reads little from the client. Other servers do not set the key.
"""
_INIT_TIMEOUT = timedelta(seconds=10)
_REASON_BYTES = 123
"""The maximum size of the reason in a close frame."""
_TRY_AGAIN_LATER = 1013
_INVALID_MESSAGE = 4400
_UNAUTHORIZED = 4401
"""Fatal to clients: the same credentials will not work later."""
_FORBIDDEN = 4403
"""Not fatal: clients reconnect with fresh credentials."""
_RECOGNISED_AGAIN_S = 15.0
"""How often the credentials of an open connection are checked again: they may be revoked."""
_AFTER_THE_END_S = 0.5
"""Interval of checks during the leeway after a token's expiry; clocks differ."""
_NOT_NOW = (AuthenticationDownError, DatabaseUnavailableError)
"""The client cannot be authenticated at the moment."""
_TURNED_AWAY = (AccessError, DatabaseUnavailableError)
_OBJECT_OR_NULL = (dict, type(None))


class _WebSocket(ASGIWebSocketAdapter):
    """Text frames; distinguishes a client that disconnected from a bug of ours."""

    ws: WebSocket

    def recognised(self) -> None:
        """Report the client as authenticated to the server."""
        if (tell := getattr(self.ws.state, RECOGNISED, None)) is not None:
            tell()

    async def send_json(self, message: Mapping[str, object]) -> None:
        if self.ws.application_state is WebSocketState.DISCONNECTED:
            raise WebSocketDisconnected
        try:
            await self.ws.send_text(encode_message(message))
        except WebSocketDisconnect as error:
            raise WebSocketDisconnected from error

    async def close(self, code: int, reason: str) -> None:
        """The reason may repeat the client's input, and so be too long or not valid UTF-8."""
        if self.ws.application_state is not WebSocketState.DISCONNECTED:
            shortened = reason.encode(errors="replace")[:_REASON_BYTES].decode(errors="ignore")
            await super().close(code, shortened)


class _Handler(BaseGraphQLTransportWSHandler[None, None]):
    """One WebSocket: an error in an operation ends only that operation."""

    view: "WebSocketEndpoint"
    websocket: _WebSocket
    _viewer: Viewer | None = None
    """The viewer after the handshake, counted among the connected."""
    _watch: asyncio.Task[None] | None = None

    async def handle_message(self, message: Any) -> None:
        if not _is_message(message):
            await self.websocket.close(_INVALID_MESSAGE, "Invalid message")
            return
        if message.get("payload", self) is None:
            message.pop("payload")  # null means the same as absent
        await super().handle_message(message)

    async def handle_connection_init(self, message: ConnectionInitMessage) -> None:
        is_first = not self.connection_init_received
        if not is_first or await self._enter(message.get("payload") or {}):
            await super().handle_connection_init(message)

    async def _enter(self, payload: Mapping[str, object]) -> bool:
        """Authenticate and count the client; False if it was rejected."""
        try:
            viewer = await self._recognise(payload)
        except _TURNED_AWAY as error:
            await self._turn_away(error)
            return False
        limit = services_of(self.websocket.ws).options.connections_per_viewer
        if not self.view.connections.enter(viewer.id, limit=limit):
            reason = "Too many connections. Close some, or try again later"
            await self.websocket.close(_TRY_AGAIN_LATER, reason)
            return False
        self._viewer = viewer
        self.websocket.recognised()
        if not viewer.is_local:
            self._watch = asyncio.create_task(self._recognise_again(viewer, payload))
        return True

    async def _recognise(self, payload: Mapping[str, object]) -> Viewer:
        """The viewer of this connection.

        Raises:
            AccessError: The credentials are invalid, or cannot be verified at the moment.
            DatabaseUnavailableError: The credentials cannot be looked up at the moment.
        """
        connection = self.websocket.ws
        return await services_of(connection).authenticate(connection, payload)

    async def _turn_away(self, error: AIStoryError) -> None:
        if isinstance(error, _NOT_NOW):
            await self.websocket.close(_TRY_AGAIN_LATER, error.message.removesuffix("."))
            return
        is_expired = isinstance(error, UnauthenticatedError) and error.is_expired
        await self.websocket.close(_FORBIDDEN if is_expired else _UNAUTHORIZED, error.message)

    async def _recognise_again(self, viewer: Viewer, payload: Mapping[str, object]) -> None:
        """Close when the credentials have expired or were revoked."""
        while True:
            pause_s = self.view.recognised_again_s
            await asyncio.sleep(min(pause_s, max(_left_s(viewer), _AFTER_THE_END_S)))
            try:
                await self._recognise(payload)
            except _NOT_NOW:
                continue
            except AccessError as error:
                await self._turn_away(error)
                return

    async def shutdown(self) -> None:
        if self._watch is not None:
            self._watch.cancel()
            await asyncio.wait({self._watch})
        if self._viewer is not None:
            self.view.connections.leave(self._viewer.id)
        await super().shutdown()

    async def handle_ping(self, message: PingMessage) -> None:
        """Answer with the same payload, by which a client can tell its pings apart."""
        await self.send_message({**message, "type": "pong"})

    async def handle_subscribe(self, message: SubscribeMessage) -> None:
        id_ = message["id"]
        is_one_more = self.connection_acknowledged and id_ not in self.operations
        if is_one_more and len(self.operations) >= MAX_OPERATIONS:
            text = f"The connection already runs {MAX_OPERATIONS} operations. Complete one first."
            error = GraphQLError(text, extensions={"code": "TOO_MANY_OPERATIONS"})
            await self.send_message({"id": id_, "type": "error", "payload": [error.formatted]})
            return
        payload = cast("dict[str, Any]", message["payload"])
        # Strawberry passes it to the operation without looking at it.
        payload["query"] = Wanted(
            payload.get("query"), payload.get("documentId") or None, payload.get("extensions")
        )
        await super().handle_subscribe(message)

    async def cleanup_operation(self, operation_id: str) -> None:
        operation = self.operations.get(operation_id)
        if operation is not None:
            operation.completed = True  # from now on the client may reuse its ID
        await super().cleanup_operation(operation_id)

    async def run_operation(self, operation: Operation[None, None]) -> None:
        connection = self.websocket.ws
        if self._viewer is None:
            raise RuntimeError("operation without a viewer")
        wanted = cast(Wanted, operation.query)
        try:
            services = services_of(connection)
            context = services.context_of(self._viewer, connection)
            document = await wanted.find(services)
            results = await self.schema.stream(
                document,
                variable_values=operation.variables,
                context_value=context,
                operation_name=operation.operation_name,
            )
            answers = _made_public(
                results,
                connection,
                context.progress,
                begun=partial(wanted.keep, services, document),
            )
            async with aclosing(results), aclosing(answers):
                await self._send_result_stream(operation, answers)
            await operation.send_operation_message({"id": operation.id, "type": "complete"})
        except WebSocketDisconnected:
            return
        except Exception as error:
            await operation.send_initial_errors([as_public_error(error, connection)])

    @staticmethod
    def _get_pre_execution_close_reason(error: GraphQLError) -> str | None:
        """None: an invalid document gets an error response, and the socket stays open."""
        _ = error
        return None


def _is_message(message: Any) -> bool:
    """Whether it has the form of a message; the protocol's handler checks its type."""
    if not isinstance(message, dict):
        return False
    fields = cast("dict[str, Any]", message)
    match fields.get("type"):
        case "subscribe":
            return _is_id(fields.get("id")) and _is_request(fields.get("payload"))
        case "complete":
            return _is_id(fields.get("id"))
        case kind:
            return isinstance(kind, str) and isinstance(fields.get("payload"), _OBJECT_OR_NULL)


def _is_id(value: Any) -> bool:
    return isinstance(value, str) and value != ""


def _is_request(payload: Any) -> bool:
    if not isinstance(payload, dict):
        return False
    request = cast("dict[str, Any]", payload)
    extensions: Any = request.get("extensions")
    names_a_document = isinstance(request.get("documentId"), str) or (
        isinstance(extensions, dict) and "persistedQuery" in extensions
    )
    return (
        isinstance(request.get("query"), (str, type(None)) if names_a_document else str)
        and isinstance(request.get("documentId"), (str, type(None)))
        and isinstance(request.get("variables"), _OBJECT_OR_NULL)
        and isinstance(extensions, _OBJECT_OR_NULL)
        and isinstance(request.get("operationName"), (str, type(None)))
    )


async def _made_public(
    results: AsyncGenerator[Any],
    connection: HTTPConnection,
    progress: Progress,
    *,
    begun: Callable[[], None],
) -> AsyncGenerator[Any]:
    """The public results; `begun` is called with the first, unless nothing was executed."""
    is_first = True
    async for result in results:
        if is_first and not isinstance(result, PreExecutionError):
            begun()
        is_first = False
        yield make_public(result, connection, progress)


def _left_s(viewer: Viewer) -> float:
    if viewer.expires_at is None:
        return inf
    return (viewer.expires_at - datetime.now(UTC)).total_seconds()


class WebSocketEndpoint(GraphQL[None, None]):
    """Strawberry's endpoint for WebSockets; HTTP has its own."""

    websocket_adapter_class = _WebSocket
    graphql_transport_ws_handler_class = _Handler

    def __init__(
        self,
        *,
        init_timeout: timedelta = _INIT_TIMEOUT,
        recognised_again_s: float = _RECOGNISED_AGAIN_S,
    ) -> None:
        """A client that sends no connection_init within `init_timeout` is closed.

        The credentials of an open connection are checked again every `recognised_again_s`.
        """
        super().__init__(
            SCHEMA,
            subscription_protocols=(GRAPHQL_TRANSPORT_WS_PROTOCOL,),
            connection_init_wait_timeout=init_timeout,
            max_subscriptions_per_connection=MAX_OPERATIONS,
        )
        self.connections = Connections()
        self._open = 0
        self.recognised_again_s = recognised_again_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        websocket = WebSocket(scope, receive, send)
        if self._open >= services_of(websocket).options.connections:
            await websocket.accept(GRAPHQL_TRANSPORT_WS_PROTOCOL)  # else the code would be lost
            await websocket.close(
                _TRY_AGAIN_LATER, "Too many connections to this server. Try again later"
            )
            return
        self._open += 1
        try:
            await self.run(websocket)
        finally:
            self._open -= 1

    async def get_context(
        self, request: Request | WebSocket, response: Response | WebSocket
    ) -> None:
        """None for the connection: every operation gets its own context, with fresh loaders."""

    def is_websocket_origin_allowed(self, request: WebSocket, origin: str) -> bool:
        """True: HostGuard has already checked the origin of every connection."""
        _ = request, origin
        return True

    def decode_json(self, data: str | bytes) -> object:
        """Invalid JSON always raises the same error, in whatever way it is invalid."""
        return decode_json(data)

    def encode_json(self, data: object) -> str:
        """As a string, so that frames are text frames."""
        return encode_json(data).decode()
