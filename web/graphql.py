"""The GraphQL endpoint: over HTTP with its page for people, and over graphql-transport-ws.

Errors are made public where they leave: here. Every operation gets a context of its own, also on a
WebSocket that carries many.
"""

import json
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from datetime import timedelta
from typing import Any, cast

from cross_web import HTTPException
from graphql import GraphQLError
from starlette.requests import ClientDisconnect, HTTPConnection, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket, WebSocketState
from strawberry.asgi import ASGIWebSocketAdapter, GraphQL
from strawberry.http import GraphQLHTTPResponse, GraphQLRequestData
from strawberry.http.exceptions import WebSocketDisconnected
from strawberry.subscriptions import GRAPHQL_TRANSPORT_WS_PROTOCOL
from strawberry.subscriptions.protocols.graphql_transport_ws.handlers import (
    BaseGraphQLTransportWSHandler,
    Operation,
)
from strawberry.types import ExecutionResult

from resolvers.context import Context
from schema.errors import public_error
from schema.root import SCHEMA
from web.requests import request_id_of
from web.services import services_of

_INIT_TIMEOUT = timedelta(seconds=10)
_INVALID_MESSAGE = 4400


def graphql_routes() -> list[BaseRoute]:
    """Both doors of /graphql; a Mount would answer POST with a redirect."""
    endpoint = _Endpoint()
    return [
        Route("/graphql", endpoint, methods=["GET", "POST"]),
        WebSocketRoute("/graphql", endpoint),
    ]


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

    async def handle_message(self, message: Any) -> None:
        if not _is_message(message):
            await self.websocket.close(_INVALID_MESSAGE, "Invalid message")
            return
        if message.get("payload", self) is None:
            message.pop("payload")  # null says the same as nothing
        await super().handle_message(message)

    async def run_operation(self, operation: Operation[Context, None]) -> None:
        connection = self.websocket.ws
        try:
            results = await self.schema.stream(
                operation.query,
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
            await operation.send_initial_errors([_public_error(error, connection)])

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
    return (
        isinstance(request.get("query"), str)
        and isinstance(request.get("variables"), (dict, type(None)))
        and isinstance(request.get("operationName"), (str, type(None)))
    )


def _public_error(error: Exception, connection: HTTPConnection) -> GraphQLError:
    """An exception from outside any field, as it may leave."""
    unexpected = GraphQLError(str(error), original_error=error)
    return public_error(unexpected, request_id=request_id_of(connection))


def _make_public(result: ExecutionResult, connection: HTTPConnection) -> ExecutionResult:
    if result.errors:
        request_id = request_id_of(connection)
        result.errors = [public_error(error, request_id=request_id) for error in result.errors]
    return result


async def _made_public(
    results: AsyncGenerator[Any], connection: HTTPConnection
) -> AsyncGenerator[Any]:
    async for result in results:
        yield _make_public(result, connection)


class _Endpoint(GraphQL[Context, None]):
    """The endpoint; multipart uploads are off, for a plain form could run a mutation with them."""

    websocket_adapter_class = _WebSocket
    graphql_transport_ws_handler_class = _Handler

    def __init__(self) -> None:
        super().__init__(
            SCHEMA,
            subscription_protocols=(GRAPHQL_TRANSPORT_WS_PROTOCOL,),
            connection_init_wait_timeout=_INIT_TIMEOUT,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await self.run(WebSocket(scope, receive, send))
            return
        request = Request(scope, receive)
        response = await self._respond(request)
        await response(scope, receive, send)

    async def _respond(self, request: Request) -> Response:
        try:
            return await self.run(request)
        except HTTPException as error:
            refusal = GraphQLError(error.reason, extensions={"code": "BAD_REQUEST"})
            return JSONResponse({"errors": [refusal.formatted]}, error.status_code)
        except ClientDisconnect:
            raise
        except Exception as error:
            masked = _public_error(error, request)
            return JSONResponse({"errors": [masked.formatted]}, 500)

    async def get_context(
        self, request: Request | WebSocket, response: Response | WebSocket
    ) -> Context:
        """The context of one HTTP request; on a WebSocket every operation gets its own."""
        _ = response
        return _context_of(request)

    async def parse_http_body(self, request: Any) -> GraphQLRequestData | list[GraphQLRequestData]:
        try:
            return await super().parse_http_body(request)
        except AttributeError as error:  # a body that is no object
            raise HTTPException(400, "The body must be a JSON object") from error

    async def process_result(
        self, request: Request, result: ExecutionResult
    ) -> GraphQLHTTPResponse:
        """The answer as it leaves, without what is not public."""
        return await super().process_result(request, _make_public(result, request))

    def is_websocket_origin_allowed(self, request: WebSocket, origin: str) -> bool:
        """True: HostGuard has judged the origin of every connection before it comes here."""
        _ = request, origin
        return True

    def decode_json(self, data: str | bytes) -> object:
        """What is no JSON raises the same error, whatever it is instead."""
        try:
            return json.loads(data, parse_constant=_refuse_constant)
        except (ValueError, RecursionError) as error:
            raise json.JSONDecodeError("no JSON", "", 0) from error

    def encode_json(self, data: object) -> str:
        """Readable UTF-8; a lone surrogate, echoed from a client, has no UTF-8 and is escaped."""
        text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
        if text.isascii():
            return text
        try:
            text.encode()
        except UnicodeEncodeError:
            return json.dumps(data, separators=(",", ":"))
        return text


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")
