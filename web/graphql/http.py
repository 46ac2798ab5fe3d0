"""GraphQL over HTTP, according to the GraphQL-over-HTTP specification.

A client that accepts application/graphql-response+json gets meaningful status codes. A client that
knows only application/json gets 200 for every well-formed request.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from json import JSONDecodeError
from typing import Any, cast

import graphql
from graphql import GraphQLError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send
from strawberry.schema.exceptions import InvalidOperationTypeError
from strawberry.types import ExecutionResult
from strawberry.types.graphql import OperationType

from errors import AIStoryError, DatabaseUnavailableError, RequestError
from resolvers.context import Progress
from resolvers.persisted_queries import PersistedQueryError
from schema.deadline import TIMEOUT
from schema.plans.answering import QUERIES_AND_MUTATIONS, answer_by_plan
from schema.root import SCHEMA
from web.accepting import accepted_types
from web.envelope import RETRY_AFTER, status_of
from web.graphql.answers import as_public_error, decode_json, encode_json, make_public
from web.graphql.documents import Wanted
from web.headers import RawHeaders, first_headers
from web.path_prefix import address_in, path_inside
from web.services import services_of

PATH = "/graphql"
MAX_BODY_BYTES = 1_048_576
_MODERN = "application/graphql-response+json"
_CLASSIC = "application/json"
_ALLOWED = {"GET": {OperationType.QUERY}, "POST": {OperationType.QUERY, OperationType.MUTATION}}
_PLANNED = {"GET": (graphql.OperationType.QUERY,), "POST": QUERIES_AND_MUTATIONS}
_NAMING = frozenset({"query", "documentId", "extensions"})
"""The URL parameters that can identify the document."""
_PARTS: Mapping[str, type] = {
    "query": str,
    "documentId": str,
    "variables": dict,
    "operationName": str,
    "extensions": dict,
}
"""Of a request in JSON."""
_UNCACHED = {"Cache-Control": "no-store"}
_CODES = {413: "PAYLOAD_TOO_LARGE", 415: "UNSUPPORTED_MEDIA_TYPE"}
"""Errors that the parser of the body reports."""


class _RefusedError(Exception):
    """The request is not an executable operation."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        code: str = "BAD_REQUEST",
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.error = GraphQLError(message, extensions={"code": code})
        self.headers = headers or {}


@dataclass(slots=True)
class _Operation:
    """The operation that a client requests."""

    document: Wanted
    variables: dict[str, Any] | None
    name: str | None


class HttpEndpoint:
    """Runs one operation per request; middleware, because the router tries every route in order."""

    def __init__(self, app: ASGIApp) -> None:
        """`app` serves all other requests."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or path_inside(scope) != PATH:
            await self._app(scope, receive, send)
            return
        request = Request(scope, receive)
        response = await self._respond(request)
        await response(scope, receive, send)

    async def _respond(self, request: Request) -> Response:
        scope, media_type = request.scope, _CLASSIC
        try:
            if scope["method"] in ("GET", "HEAD") and _wants_page(request):
                return _show_page(request)
            media_type = _negotiated(scope["headers"])
            return await self._run(request, media_type)
        except _RefusedError as error:
            result = ExecutionResult(data=None, errors=[error.error])
            return _response(result, media_type, status=error.status, headers=error.headers)
        except HTTPException as error:
            code = _CODES.get(error.status_code, "BAD_REQUEST")
            result = ExecutionResult(
                data=None, errors=[GraphQLError(error.detail, extensions={"code": code})]
            )
            return _response(result, media_type, status=error.status_code, headers=error.headers)
        except ClientDisconnect:
            raise
        except Exception as error:
            result = ExecutionResult(data=None, errors=[as_public_error(error, request)])
            status, headers = _failure(error)
            return _response(result, media_type, status=status, headers=headers)

    async def _run(self, request: Request, media_type: str) -> Response:
        method: str = request.scope["method"]
        if method == "HEAD":
            method = "GET"
        if method not in _ALLOWED:
            raise _RefusedError(
                405, "Use GET or POST for operations.", headers={"Allow": "GET, POST"}
            )
        services = services_of(request)
        context = await services.context_for(request)
        operation = await _read(request, method)
        document = await operation.document.find(services)
        try:
            result = await answer_by_plan(
                document,
                operation.variables,
                operation.name,
                context,
                kinds=_PLANNED[method],
            ) or await SCHEMA.execute(
                document,
                variable_values=operation.variables,
                context_value=context,
                operation_name=operation.name,
                allowed_operation_types=_ALLOWED[method],
            )
        except InvalidOperationTypeError as error:
            raise _wrong_door(error, method) from None
        if not result.errors or not _is_request_error(result):
            operation.document.keep(services, document)
        if not result.errors:
            return _JsonResponse(encode_json({"data": result.data}), 200, media_type, {})
        result = make_public(result, request, context.progress)
        status, headers = _outcome(result, media_type, context.progress)
        return _response(result, media_type, status=status, headers=headers)


def names_operation(scope: Scope) -> bool:
    """Whether this GET or HEAD requests an operation rather than the page."""
    if not (path_inside(scope) == PATH and scope["query_string"]):
        return False
    return not _wants_page(Request(scope))


def _show_page(request: Request) -> Response:
    headers = {"Vary": "Accept", **_UNCACHED}
    return RedirectResponse(address_in(request, "/graphiql"), 303, headers)


def _wants_page(request: Request) -> bool:
    accepted = request.headers.get("accept", "")
    return "text/html" in accepted and _NAMING.isdisjoint(request.query_params)


def _negotiated(headers: RawHeaders) -> str:
    """The media type of the response: the first of the client's that we support.

    Raises:
        _RefusedError: The client accepts none of ours.
    """
    for accepted in accepted_types(headers):
        match accepted:
            case "application/graphql-response+json":
                return _MODERN
            case "application/json" | "application/*" | "*/*":
                return _CLASSIC
            case _:
                pass
    raise _RefusedError(406, f"Accept {_MODERN} or {_CLASSIC}.", code="NOT_ACCEPTABLE")


async def _read(request: Request, method: str) -> _Operation:
    if method == "GET":
        fields: dict[str, Any] = dict(request.query_params)
        for name in ("variables", "extensions"):
            if fields.get(name):
                fields[name] = _parsed(fields[name], f"The parameter {name}")
    else:
        _check_content_type(request.scope)
        found: object = _parsed(await _body(request), "The body")
        if not isinstance(found, dict):
            raise _RefusedError(400, "The body must be a JSON object. Batches are not supported.")
        fields = cast("dict[str, Any]", found)
    return _operation(fields)


def _check_content_type(scope: Scope) -> None:
    if not _is_json(first_headers(scope).get(b"content-type", b"")):
        message = f"Send the operation as {_CLASSIC} in UTF-8."
        raise _RefusedError(415, message, code="UNSUPPORTED_MEDIA_TYPE")


@lru_cache(maxsize=256)
def _is_json(content_type: bytes) -> bool:
    media_type, _, parameters = content_type.decode("latin-1").lower().partition(";")
    charset = parameters.partition("charset=")[2].strip(' "') or "utf-8"
    return media_type.strip() == _CLASSIC and charset in ("utf-8", "utf8")


async def _body(request: Request) -> bytes:
    """The body, read no further than its maximum length."""
    told = first_headers(request.scope).get(b"content-length", b"")
    if not told.isdigit() or int(told) <= MAX_BODY_BYTES:
        body = bytearray()
        while len(body) <= MAX_BODY_BYTES:
            message = await request.receive()
            if message["type"] == "http.disconnect":
                raise ClientDisconnect
            body += message.get("body", b"")
            if not message.get("more_body", False) and len(body) <= MAX_BODY_BYTES:
                return bytes(body)
    text = f"The body exceeds {MAX_BODY_BYTES} bytes."
    raise _RefusedError(413, text, code="PAYLOAD_TOO_LARGE")


def _parsed(text: str | bytes, what: str) -> Any:
    try:
        return decode_json(text)
    except JSONDecodeError:
        raise _RefusedError(400, f"{what} is not valid JSON.") from None


def _operation(fields: Mapping[str, Any]) -> _Operation:
    for name, kind in _PARTS.items():
        value = fields.get(name)
        if value is not None and not isinstance(value, kind):
            what = "a string" if kind is str else "an object"
            raise _RefusedError(400, f"{name} must be {what}.")
    return _Operation(
        Wanted(fields.get("query"), fields.get("documentId"), fields.get("extensions")),
        fields.get("variables"),
        fields.get("operationName") or None,
    )


def _wrong_door(error: InvalidOperationTypeError, method: str) -> _RefusedError:
    if error.operation_type is OperationType.SUBSCRIPTION:
        return _RefusedError(400, "Subscriptions are served over WebSocket (graphql-transport-ws).")
    return _RefusedError(
        405,
        f"A {error.operation_type.value} is not allowed with {method}.",
        headers={"Allow": "POST"},
    )


def _failure(error: Exception) -> tuple[int, Mapping[str, str]]:
    """The status and headers of an operation that could not start."""
    match error:
        case PersistedQueryError():
            return 200, {}  # as in Apollo's server; the client retries at once
        case RequestError():
            return 400, {}
        case AIStoryError():
            return status_of(error)
        case _:
            return 500, {}


def _outcome(
    result: ExecutionResult, media_type: str, progress: Progress
) -> tuple[int, Mapping[str, str]]:
    """The status and headers of a finished operation; clients must not repeat what was saved."""
    codes = {(error.extensions or {}).get("code") for error in result.errors or ()}
    if TIMEOUT in codes:
        return 503, {}
    if DatabaseUnavailableError.code in codes and not progress.has_changed:
        return 503, RETRY_AFTER
    return (400 if media_type == _MODERN and _is_request_error(result) else 200), {}


def _is_request_error(result: ExecutionResult) -> bool:
    """Whether nothing was executed; an error of a field has a path."""
    return result.data is None and all(error.path is None for error in result.errors or ())


def _response(
    result: ExecutionResult,
    media_type: str,
    *,
    status: int,
    headers: Mapping[str, str] | None = None,
) -> Response:
    body: dict[str, Any] = {}
    if result.errors:
        body["errors"] = [error.formatted for error in result.errors]
    if not result.errors or not _is_request_error(result):
        body["data"] = result.data
    return _JsonResponse(encode_json(body), status, media_type, headers or {})


class _JsonResponse(Response):
    """A response whose headers need no check."""

    def __init__(
        self, body: bytes, status: int, media_type: str, headers: Mapping[str, str]
    ) -> None:
        self.body = body
        self.status_code = status
        self.background = None
        self.raw_headers = [
            (b"content-length", str(len(body)).encode()),
            (b"content-type", media_type.encode()),
            (b"vary", b"Accept"),
            (b"cache-control", b"no-store"),
        ]
        for name, value in headers.items():
            self.raw_headers.append((name.lower().encode(), value.encode()))
