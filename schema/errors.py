"""Errors in their public form.

Errors that the caller of a mutation can fix are data: `userErrors`. All others are top-level errors
with `extensions.code`, which are made public here: of an unexpected exception, only a request ID
leaves the process.
"""

import re
from collections.abc import Sequence
from enum import StrEnum
from typing import Any

import strawberry
import structlog
from graphql import GraphQLError, GraphQLSyntaxError
from strawberry.exceptions import MissingQueryError
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError

from errors import AIStoryError, DatabaseUnavailableError, NotFoundError, RequestError
from resolvers.context import Progress
from schema.enums import ENUM_VALUES, register_enum

_MAX_MESSAGE = 1_000
_LOG = structlog.get_logger()
_SUGGESTION = re.compile(r" Did you mean .*$", re.DOTALL)
_WRONG_ENUM = re.compile(r"does not exist in '(\w+)' enum\.|Enum '(\w+)' cannot represent ")
"""The start of graphql-core's message about an invalid enum value."""
_CLIENT_MISTAKES = (MissingQueryError, CannotGetOperationTypeError, InvalidOperationTypeError)
"""Strawberry's exceptions about a request, whose text concerns the client's own input."""


class UserErrorCode(StrEnum):
    """The codes of RequestError and its subclasses."""

    REQUIRED = "REQUIRED"
    TOO_LONG = "TOO_LONG"
    OUT_OF_RANGE = "OUT_OF_RANGE"
    INVALID = "INVALID"
    UNSUPPORTED = "UNSUPPORTED"
    NOT_FOUND = "NOT_FOUND"
    CONFLICT = "CONFLICT"
    INVALID_STATE = "INVALID_STATE"
    IDEMPOTENCY_KEY_REUSED = "IDEMPOTENCY_KEY_REUSED"


register_enum(
    UserErrorCode,
    {
        UserErrorCode.REQUIRED: "A value is missing or blank.",
        UserErrorCode.TOO_LONG: "A text has too many characters or a list too many items.",
        UserErrorCode.OUT_OF_RANGE: "A number is out of range.",
        UserErrorCode.INVALID: "A value is invalid.",
        UserErrorCode.UNSUPPORTED: "The value is valid, but not supported by this server.",
        UserErrorCode.NOT_FOUND: "The object does not exist or belongs to another owner.",
        UserErrorCode.CONFLICT: "The object was changed in the meantime. Read it again and retry.",
        UserErrorCode.INVALID_STATE: "The current status does not allow the action.",
        UserErrorCode.IDEMPOTENCY_KEY_REUSED: "The key was used with a different input. Use a new "
        "key.",
    },
    name="UserErrorCode",
    description="Error code of a mutation.",
)


@strawberry.type(description="An error that the caller of a mutation can fix.")
class UserError:
    """One entry of `userErrors`."""

    code: UserErrorCode = strawberry.field(description="Error code.")
    message: str = strawberry.field(description="Human-readable message.")
    field: list[str] | None = strawberry.field(
        description='Path of the invalid argument, for example ["input", "title"].'
    )


@strawberry.interface(description="Result of a mutation.")
class Payload:
    """The payload of a mutation: its result, or the errors."""

    user_errors: list[UserError] = strawberry.field(
        description="Errors. Empty if the mutation succeeded.", default_factory=list[UserError]
    )


def user_errors(error: RequestError, *, subject: Sequence[str]) -> list[UserError]:
    """The error as data; `subject` is the path of the ID that the mutation is about."""
    path = error.field or (subject if isinstance(error, NotFoundError) else ())
    return [
        UserError(code=UserErrorCode(error.code), message=error.message, field=list(path) or None)
    ]


def public_error(
    error: GraphQLError,
    *,
    request_id: str,
    progress: Progress,
    with_suggestions: bool = True,
) -> GraphQLError:
    """The public form of the error; an unexpected one is logged and masked.

    Without suggestions, the message about an unknown name suggests none. `progress` is that of the
    operation.
    """
    cause = cause_of(error)
    if isinstance(cause, DatabaseUnavailableError):
        _LOG.warning("database unavailable", reason=cause.reason)
        message = progress.tell("The database connection was lost", cause.message)
        return replaced(error, message, {"code": cause.code})
    if isinstance(cause, AIStoryError):
        return replaced(error, cause.message, {"code": cause.code})
    if cause is None or isinstance(cause, _CLIENT_MISTAKES):
        message = error.message + _values_of_enum(error.message)
        if not with_suggestions:
            message = _SUGGESTION.sub("", error.message)
        return replaced(error, message, error.extensions or {"code": _code_of(error)})
    _LOG.error("operation failed", request_id=request_id, exc_info=cause)
    return replaced(
        error,
        "Internal server error",
        {"code": "INTERNAL_SERVER_ERROR", "requestId": request_id},
    )


def _values_of_enum(message: str) -> str:
    """The addition to a message about an enum; empty if it is about none."""
    found = _WRONG_ENUM.search(message)
    values = ENUM_VALUES.get(found[1] or found[2]) if found else None
    return f" Its values are {', '.join(values)}." if values else ""


def _code_of(error: GraphQLError) -> str:
    """A document or variable does not match the schema: the text concerns client input."""
    is_syntax = isinstance(error, GraphQLSyntaxError)
    return "GRAPHQL_PARSE_FAILED" if is_syntax else "GRAPHQL_VALIDATION_FAILED"


def cause_of(error: GraphQLError) -> Exception | None:
    """The original exception below all wrappers."""
    cause = error.original_error
    while isinstance(cause, GraphQLError):
        cause = cause.original_error
    return cause


def shortened(message: str) -> str:
    """The message, shortened: one that repeats the client's input may be as long as that."""
    return message if len(message) <= _MAX_MESSAGE else f"{message[:_MAX_MESSAGE]}…"


def replaced(error: GraphQLError, message: str, extensions: dict[str, Any]) -> GraphQLError:
    """The error at the same location with another message, and without its cause."""
    return GraphQLError(
        message,
        nodes=error.nodes,
        source=error.source,
        positions=error.positions,
        path=error.path,
        extensions=extensions,
    )
