"""The form of the messages of clients over graphql-transport-ws."""

from typing import Any, cast

_OBJECT_OR_NULL = (dict, type(None))


def is_message(message: Any) -> bool:
    """Whether it has the form of a message; the protocol's handler checks its type."""
    if not isinstance(message, dict):
        return False
    fields = cast("dict[str, Any]", message)
    match fields.get("type"):
        case "subscribe":
            return _is_id(fields.get("id")) and _is_request(fields.get("payload"))
        case "complete":
            return _is_id(fields.get("id"))
        case kind:
            return isinstance(kind, str) and isinstance(fields.get("payload"), _OBJECT_OR_NULL)


def _is_id(value: Any) -> bool:
    return isinstance(value, str) and value != ""


def _is_request(payload: Any) -> bool:
    if not isinstance(payload, dict):
        return False
    request = cast("dict[str, Any]", payload)
    extensions: Any = request.get("extensions")
    names_a_document = isinstance(request.get("documentId"), str) or (
        isinstance(extensions, dict) and "persistedQuery" in extensions
    )
    return (
        isinstance(request.get("query"), (str, type(None)) if names_a_document else str)
        and isinstance(request.get("documentId"), (str, type(None)))
        and isinstance(request.get("variables"), _OBJECT_OR_NULL)
        and isinstance(extensions, _OBJECT_OR_NULL)
        and isinstance(request.get("operationName"), (str, type(None)))
    )
