"""Wraps every request: its ID, its log line, and a response when something breaks.

No exception text ever leaves the process; the request ID is what a user can quote.
"""

import asyncio
import itertools
import re
import secrets
import time

import structlog
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, HTTPConnection, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from web.envelope import RETRY_AFTER, fail
from web.headers import first_headers
from web.path_prefix import path_inside

_LOG = structlog.get_logger()
_REQUEST_ID_HEADER = b"x-request-id"
_OWN_IDS = secrets.token_hex(12)
"""The beginning of all IDs that this process gives."""
_numbers = itertools.count(1)
_NO_GUESSING = b"x-content-type-options", b"nosniff"
"""Browsers do not guess the type of a response."""
_REQUEST_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}")
_QUIET_PATHS = ("/healthz", "/readyz", "/media/")
_LOGGED_PATH_LENGTH = 200
_NO_STATUS = 0
_STOPPING = "The server stopped before it could respond. Check before you repeat a change."


def request_id_of(connection: HTTPConnection) -> str:
    """The id of this request, or of this WebSocket."""
    return str(connection.state.request_id)


async def read_bytes(request: Request, *, most_bytes: int) -> bytes:
    """The whole body of the request.

    Raises:
        HTTPException: 413, it has more bytes.
    """
    content = bytearray()
    async for piece in request.stream():
        content += piece
        if len(content) > most_bytes:
            raise HTTPException(413, f"The body exceeds {most_bytes:,} bytes.")
    return bytes(content)


class RequestLog:
    """Gives each request an ID, in the response and in every log line, and logs its outcome."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        request_id = _request_id(scope)
        state = scope.setdefault("state", {})
        state |= {"request_id": request_id, "status": _NO_STATUS}

        async def send_with_id(message: Message) -> None:
            if message["type"].endswith("response.start"):
                state["status"] = message["status"]
                own = (_REQUEST_ID_HEADER, request_id.encode()), _NO_GUESSING
                message["headers"] = [*message.get("headers", ()), *own]
            await send(message)

        began = time.monotonic()
        tokens = structlog.contextvars.bind_contextvars(request_id=request_id)
        try:
            await self._app(scope, receive, send_with_id)
        finally:
            _log_end(scope, state["status"], time.monotonic() - began)
            structlog.contextvars.reset_contextvars(**tokens)


def _request_id(scope: Scope) -> str:
    """The caller's own ID if it is harmless, so that a proxy's log and ours agree."""
    given = first_headers(scope).get(_REQUEST_ID_HEADER)
    if given is not None and _REQUEST_ID.fullmatch(given):
        return given.decode()
    return f"{_OWN_IDS}{next(_numbers):08x}"


def _log_end(scope: Scope, status: int, duration_s: float) -> None:
    path = path_inside(scope)
    log = _LOG.debug if path.startswith(_QUIET_PATHS) and status < 500 else _LOG.info
    log(
        "request" if scope["type"] == "http" else "websocket closed",
        method=scope.get("method"),
        path=path[:_LOGGED_PATH_LENGTH],
        status=status or None,
        duration_ms=round(duration_s * 1000, 1),
    )


class FailureGuard:
    """Turns an unexpected exception of an HTTP request into a response with the request ID."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        try:
            await self._app(scope, receive, send)
        except ClientDisconnect:
            _LOG.debug("client went away")
        except asyncio.CancelledError:
            # The server is stopping, and its time for the last responses is over.
            if _has_begun(scope):
                raise
            _LOG.warning("request cut off by the stop")
            await fail(503, _STOPPING, RETRY_AFTER)(scope, receive, send)
        except Exception as error:
            if _has_begun(scope):
                raise  # the server cuts the connection, so the client sees an incomplete response
            await _failure(scope, error)(scope, receive, send)


def _has_begun(scope: Scope) -> bool:
    """Whether the response has begun, as `RequestLog` has noted."""
    return scope["state"]["status"] != _NO_STATUS


def _failure(scope: Scope, error: Exception) -> ASGIApp:
    request_id = scope["state"]["request_id"]
    _LOG.error("request failed", exc_info=error)
    return fail(500, f"Internal server error. (Request {request_id})")
