"""Raw headers: Starlette's `Headers` decodes them all again for every name that is looked up."""

from collections.abc import Iterable


def header_values(headers: Iterable[tuple[bytes, bytes]], name: bytes) -> list[bytes]:
    """The values of all headers with this name, in lower case, in their order."""
    return [value for found, value in headers if found == name]
