"""Prepares results for clients: public errors, and JSON that every client can parse."""

import json
from collections.abc import Mapping
from typing import Any, NoReturn

import orjson
from graphql import GraphQLError
from starlette.requests import HTTPConnection
from strawberry.types import ExecutionResult

from resolvers.context import Progress
from schema.errors import public_error
from schema.sharing import SharedData
from web.requests import request_id_of
from web.services import services_of


def make_public(
    result: ExecutionResult, connection: HTTPConnection, progress: Progress
) -> ExecutionResult:
    """The result with public errors only."""
    if result.errors:
        result.errors = [_public(error, connection, progress) for error in result.errors]
    return result


def as_public_error(error: Exception, connection: HTTPConnection) -> GraphQLError:
    """The public form of an exception from outside any field."""
    if not isinstance(error, GraphQLError):
        error = GraphQLError(str(error), original_error=error)
    return _public(error, connection, Progress())


def _public(error: GraphQLError, connection: HTTPConnection, progress: Progress) -> GraphQLError:
    return public_error(
        error,
        request_id=request_id_of(connection),
        progress=progress,
        with_suggestions=services_of(connection).options.introspection,
    )


def decode_json(data: str | bytes) -> Any:
    """Parse JSON.

    Raises:
        JSONDecodeError: The input is not valid JSON, in whatever way.
    """
    try:
        if isinstance(data, bytes):
            data = data.decode(json.detect_encoding(data), "surrogatepass")
        return _DECODER.decode(data)
    except (ValueError, RecursionError) as error:
        raise json.JSONDecodeError("invalid JSON", "", 0) from error


def encode_json(data: object) -> bytes:
    """Readable UTF-8; a lone surrogate, echoed from a client, has no UTF-8 form and is escaped."""
    try:
        return orjson.dumps(data)
    except TypeError:  # a lone surrogate, or an integer of more than 64 bits
        return json.dumps(data, separators=(",", ":"), default=_written).encode()


def _written(part: object) -> Any:
    """The value of JSON that PostgreSQL has written."""
    if isinstance(part, orjson.Fragment):
        return json.loads(part.contents)
    raise TypeError(type(part).__name__)


def encode_message(message: Mapping[str, Any]) -> str:
    """A WebSocket message as JSON; data that is sent to several clients is encoded once."""
    payload: Any = message.get("payload")
    data = payload.get("data") if message["type"] == "next" else None
    if not isinstance(data, SharedData) or len(payload) > 1:
        return encode_json(message).decode()
    if data.encoded is None:
        data.encoded = encode_json(data).decode()
    id_ = encode_json(message["id"]).decode()
    return f'{{"id":{id_},"type":"next","payload":{{"data":{data.encoded}}}}}'


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not valid JSON")


_DECODER = json.JSONDecoder(parse_constant=_refuse_constant)
