"""Raw headers: Starlette's `Headers` decodes them all again for every name that is looked up."""

from collections.abc import Iterable, Mapping

from starlette.types import Scope

RawHeaders = Iterable[tuple[bytes, bytes]]
"""As in the scope of ASGI: the names are in lower case."""
_HELD = "ai_story.first_headers"
"""Key in the scope."""


def header_values(headers: RawHeaders, name: bytes) -> list[bytes]:
    """The values of all headers with this name, in lower case, in their order."""
    values: list[bytes] = []
    for found, value in headers:  # a comprehension would be another call, for every request
        if found == name:
            values.append(value)
    return values


def first_headers(scope: Scope) -> Mapping[bytes, bytes]:
    """The first value of each header, by its name in lower case."""
    held: tuple[RawHeaders, Mapping[bytes, bytes]] | None = scope.get(_HELD)
    if held is None or held[0] is not scope["headers"]:  # a layer may have replaced them
        headers = scope["headers"]
        held = scope[_HELD] = headers, dict(reversed(headers))
    return held[1]
