"""The JSON envelope of every response except GraphQL's, and the conversion of errors to it.

The HTTP status and `code` always agree; on failure `data` is null. A 503 has several reasons, which
`error` distinguishes for programs: it is the same code as in GraphQL.
"""

from collections.abc import Mapping

import pydantic_core
import structlog
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ExceptionHandler

from errors import (
    AccessError,
    AIStoryError,
    AuthenticationDownError,
    ConflictError,
    DatabaseUnavailableError,
    NotFoundError,
    RequestError,
    StepError,
    UnauthenticatedError,
    WorkInterruptedError,
)
from web.path_prefix import address_in

_LOG = structlog.get_logger()
SUCCESS = "success"
RETRY_AFTER = {"Retry-After": "1"}
_HEADERS = {"Cache-Control": "no-store"}


def answer(data: BaseModel | list[BaseModel] | None) -> Response:
    """A success with the data."""
    return _envelope(200, SUCCESS, data=data)


def fail(status: int, message: str, headers: Mapping[str, str] | None = None) -> Response:
    """A failure; the message is one sentence that is safe to show to anyone."""
    return _envelope(status, message, headers=headers)


def _envelope(
    status: int,
    message: str,
    *,
    data: object = None,
    headers: Mapping[str, str] | None = None,
    **more: str,
) -> Response:
    body = {"code": status, "message": message, "data": data, **more}
    return Response(
        pydantic_core.to_json(body, by_alias=True),
        status,
        headers={**_HEADERS, **(headers or {})},
        media_type="application/json",
    )


def status_of(error: AIStoryError) -> tuple[int, Mapping[str, str]]:
    """The status and headers of an error (RFC 6750, RFC 9110).

    An error that the caller can fix is a 4xx; an unavailable dependency is a 503.
    """
    match error:
        case (
            StepError()
            | WorkInterruptedError()
            | DatabaseUnavailableError()
            | AuthenticationDownError()
        ):
            return 503, RETRY_AFTER
        case UnauthenticatedError():
            return 401, {"WWW-Authenticate": 'Bearer realm="AI-Story"'}
        case AccessError():
            return 403, {}
        case NotFoundError():
            return 404, {}
        case ConflictError():
            return 409, {}
        case RequestError():
            return 400, {}
        case _:
            return 500, {}


async def _answer_error(_request: Request, error: Exception) -> Response:
    if not isinstance(error, AIStoryError):
        raise error
    status, headers = status_of(error)
    if status == 500:
        raise error
    if isinstance(error, DatabaseUnavailableError):
        _LOG.warning("database unavailable", reason=error.reason)
    told = {"error": error.code} if status == 503 else {}
    return _envelope(status, error.message, headers=headers, **told)


async def answer_http_error(request: Request, error: Exception) -> Response:
    """Errors raised by Starlette and by our own body parsers."""
    if not isinstance(error, HTTPException):
        raise error
    headers = dict(error.headers or {})
    if error.status_code == 404:
        docs = address_in(request, "/api/docs")
        message = f"Not found. See {docs} for the available routes."
    elif error.status_code == 405:
        methods = ", ".join(sorted(headers.pop("Allow", "").split(", ")))
        headers["Allow"] = methods
        message = f"{request.method} is not allowed here. Use {methods}."
    else:
        message = error.detail
    return fail(error.status_code, message, headers)


EXCEPTION_HANDLERS: dict[type[Exception], ExceptionHandler] = {
    AccessError: _answer_error,
    DatabaseUnavailableError: _answer_error,
    RequestError: _answer_error,
    StepError: _answer_error,
    WorkInterruptedError: _answer_error,
    HTTPException: answer_http_error,
}
