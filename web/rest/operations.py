"""One REST route. It is served and documented from the same description."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar, cast

from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from domain import MAX_CONTENT_LENGTH
from errors import DatabaseUnavailableError, InvalidInputError
from resolvers.context import Context
from web.envelope import answer
from web.requests import read_bytes
from web.rest.bodies import Body
from web.services import services_of

BodyT = TypeVar("BodyT", bound=Body)
DataT = TypeVar("DataT", bound=Body | list[Any] | None)

MAX_BODY_BYTES = 12 * MAX_CONTENT_LENGTH + 64 * 1024
"""The longest text allowed, with every character escaped as two UTF-16 units."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """An optional parameter in the query; `schema` is its JSON Schema."""

    name: str
    description: str
    schema: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation(Generic[DataT]):
    """A method and path, its handler, and its request and response types.

    `run` gets the context of the viewer, and `data` is the type that it returns. `errors` says when
    each HTTP status occurs.
    """

    method: str
    path: str
    summary: str
    run: Callable[[Request, Context], Awaitable[DataT]]
    data: type[DataT]
    body: type[Body] | None = None
    parameters: tuple[Parameter, ...] = ()
    errors: tuple[tuple[int, str], ...] = ()

    def route(self) -> Route:
        """The path under which it is served."""

        async def endpoint(request: Request) -> Response:
            context = await services_of(request).context_for(request)
            try:
                return answer(await self.run(request, context))
            except DatabaseUnavailableError as error:
                message = context.progress.tell("The database connection was lost", error.message)
                raise DatabaseUnavailableError(message) from error.__cause__

        return Route(self.path, endpoint, methods=[self.method], name=self.run.__name__)


async def read_body(request: Request, kind: type[BodyT]) -> BodyT:
    """The JSON object of the request.

    Raises:
        InvalidInputError: It is not JSON or not an object, or a field is missing or has a wrong
            type.
        HTTPException: 413, it is larger than any valid body.
    """
    try:
        body: object = json.loads(await read_bytes(request, most_bytes=MAX_BODY_BYTES))
    except (ValueError, RecursionError):
        raise InvalidInputError("The body is not valid JSON. Send a JSON object.") from None
    if not isinstance(body, dict):
        raise InvalidInputError("The body must be a JSON object.")
    try:
        return kind.model_validate(cast("dict[str, Any]", body), by_name=False)
    except ValidationError as error:
        raise InvalidInputError(_explain(error)) from None


def _explain(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    field = ".".join(map(str, first["loc"]))
    match first["type"]:
        case "missing":
            return f"The field {field} is missing."
        case "string_unicode":
            return f"The field {field} contains invalid characters. Remove them."
        case _:
            return f"The field {field} must be a string."
