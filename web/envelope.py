"""The JSON envelope of every answer but GraphQL's, and how an error becomes one.

The HTTP status and `code` always agree; on failure `data` is null.
"""

from collections.abc import Mapping

import pydantic_core
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ExceptionHandler

from errors import (
    AccessError,
    AuthenticationDownError,
    ConflictError,
    NotFoundError,
    RequestError,
    StepError,
    UnauthenticatedError,
)

SUCCESS = "success"
RETRY_AFTER = {"Retry-After": "1"}
_HEADERS = {"Cache-Control": "no-store"}


def answer(data: BaseModel | list[BaseModel] | None) -> Response:
    """A success that carries the data."""
    return _envelope(200, SUCCESS, data, {})


def fail(status: int, message: str, headers: Mapping[str, str] | None = None) -> Response:
    """A failure; the message is one sentence that is safe to show to anyone."""
    return _envelope(status, message, None, headers or {})


def _envelope(status: int, message: str, data: object, headers: Mapping[str, str]) -> Response:
    body = pydantic_core.to_json({"code": status, "message": message, "data": data}, by_alias=True)
    return Response(body, status, headers={**_HEADERS, **headers}, media_type="application/json")


def access_failure(error: AccessError) -> tuple[int, dict[str, str]]:
    """The status and headers with which somebody is turned away (RFC 6750)."""
    if isinstance(error, UnauthenticatedError):
        return 401, {"WWW-Authenticate": 'Bearer realm="AI-Story"'}
    return (503, RETRY_AFTER) if isinstance(error, AuthenticationDownError) else (403, {})


async def _answer_error(_request: Request, error: Exception) -> Response:
    """What the caller can mend is a 4xx; a tool behind us that does not answer is a 503."""
    if isinstance(error, AccessError):
        status, headers = access_failure(error)
        return fail(status, error.message, headers)
    if isinstance(error, StepError):
        return fail(503, error.message, RETRY_AFTER)
    if isinstance(error, NotFoundError):
        return fail(404, error.message)
    if isinstance(error, RequestError):
        return fail(409 if isinstance(error, ConflictError) else 400, error.message)
    raise error


async def _answer_http_error(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    headers = dict(error.headers or {})
    if error.status_code == 404:
        message = "There is nothing at this address; /api/docs says what there is."
    elif error.status_code == 405:
        methods = ", ".join(sorted(headers.pop("Allow", "").split(", ")))
        headers["Allow"] = methods
        message = f"This address does not take {request.method}; it takes {methods}."
    else:
        message = error.detail
    return fail(error.status_code, message, headers)


EXCEPTION_HANDLERS: dict[type[Exception], ExceptionHandler] = {
    AccessError: _answer_error,
    RequestError: _answer_error,
    StepError: _answer_error,
    HTTPException: _answer_http_error,
}
