"""Operations over graphql-transport-ws: many on one WebSocket, each with a context of its own."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from datetime import timedelta
from typing import Any, cast

from graphql import GraphQLError
from starlette.requests import HTTPConnection, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket, WebSocketState
from strawberry.asgi import ASGIWebSocketAdapter, GraphQL
from strawberry.http.exceptions import WebSocketDisconnected
from strawberry.subscriptions import GRAPHQL_TRANSPORT_WS_PROTOCOL
from strawberry.subscriptions.protocols.graphql_transport_ws.handlers import (
    BaseGraphQLTransportWSHandler,
    Operation,
)

from resolvers.context import Context
from schema.root import SCHEMA
from web.graphql.answers import as_public_error, decode_json, encode_json, make_public
from web.services import services_of

_INIT_TIMEOUT = timedelta(seconds=10)
_INVALID_MESSAGE = 4400


def _context_of(connection: HTTPConnection) -> Context:
    """A fresh one for one operation: kept longer, its loaders would serve stale rows."""
    return services_of(connection).context_for(connection)


class _WebSocket(ASGIWebSocketAdapter):
    """Frames of text; a client that has gone is told apart from a mistake of ours."""

    ws: WebSocket

    async def send_json(self, message: Mapping[str, object]) -> None:
        if self.ws.application_state is WebSocketState.DISCONNECTED:
            raise WebSocketDisconnected
        await super().send_json(message)

    async def close(self, code: int, reason: str) -> None:
        if self.ws.application_state is not WebSocketState.DISCONNECTED:
            await super().close(code, reason)


class _Handler(BaseGraphQLTransportWSHandler[Context, None]):
    """One WebSocket: what is wrong with an operation ends that operation alone."""

    websocket: _WebSocket

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._document_ids: dict[str, str] = {}

    async def handle_message(self, message: Any) -> None:
        if not _is_message(message):
            await self.websocket.close(_INVALID_MESSAGE, "Invalid message")
            return
        if message["type"] == "subscribe" and message["payload"].get("documentId"):
            self._document_ids[message["id"]] = message["payload"]["documentId"]
            message["payload"].setdefault("query", "")
        if message.get("payload", self) is None:
            message.pop("payload")  # null says the same as nothing
        await super().handle_message(message)

    async def run_operation(self, operation: Operation[Context, None]) -> None:
        connection = self.websocket.ws
        document_id = self._document_ids.pop(operation.id, None)
        try:
            documents = services_of(connection).documents
            results = await self.schema.stream(
                await documents.resolve(operation.query, document_id),
                variable_values=operation.variables,
                context_value=_context_of(connection),
                operation_name=operation.operation_name,
            )
            async with aclosing(results), aclosing(_made_public(results, connection)) as answers:
                await self._send_result_stream(operation, answers)
            await operation.send_operation_message({"id": operation.id, "type": "complete"})
        except WebSocketDisconnected:
            return
        except Exception as error:
            await operation.send_initial_errors([as_public_error(error, connection)])

    @staticmethod
    def _get_pre_execution_close_reason(error: GraphQLError) -> str | None:
        """None: a document with an error is answered, and the socket stays for the others."""
        _ = error
        return None


def _is_message(message: Any) -> bool:
    """Whether it has the form of a message: of what kind it is, the protocol's handler tells."""
    if not isinstance(message, dict):
        return False
    fields = cast("dict[str, Any]", message)
    kind = fields.get("type")
    if kind in ("subscribe", "complete") and not isinstance(fields.get("id"), str):
        return False
    return isinstance(kind, str) and (kind != "subscribe" or _is_request(fields.get("payload")))


def _is_request(payload: Any) -> bool:
    if not isinstance(payload, dict):
        return False
    request = cast("dict[str, Any]", payload)
    names_a_document = isinstance(request.get("documentId"), str)
    return (
        isinstance(request.get("query"), (str, type(None)) if names_a_document else str)
        and isinstance(request.get("variables"), (dict, type(None)))
        and isinstance(request.get("operationName"), (str, type(None)))
    )


async def _made_public(
    results: AsyncGenerator[Any], connection: HTTPConnection
) -> AsyncGenerator[Any]:
    async for result in results:
        yield make_public(result, connection)


class WebSocketEndpoint(GraphQL[Context, None]):
    """Strawberry's endpoint for WebSockets; HTTP has one of its own."""

    websocket_adapter_class = _WebSocket
    graphql_transport_ws_handler_class = _Handler

    def __init__(self) -> None:
        super().__init__(
            SCHEMA,
            subscription_protocols=(GRAPHQL_TRANSPORT_WS_PROTOCOL,),
            connection_init_wait_timeout=_INIT_TIMEOUT,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.run(WebSocket(scope, receive, send))

    async def get_context(
        self, request: Request | WebSocket, response: Response | WebSocket
    ) -> Context:
        """Every operation gets its own; this one serves the handshake."""
        _ = response
        return _context_of(request)

    def is_websocket_origin_allowed(self, request: WebSocket, origin: str) -> bool:
        """True: HostGuard has judged the origin of every connection before it comes here."""
        _ = request, origin
        return True

    def decode_json(self, data: str | bytes) -> object:
        """What is no JSON raises the same error, whatever it is instead."""
        return decode_json(data)

    def encode_json(self, data: object) -> str:
        """As text, so that frames are text."""
        return encode_json(data)
