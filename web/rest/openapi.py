"""The OpenAPI 3.1 document, generated from the table of the served routes."""

import re
from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel, Field, TypeAdapter
from pydantic.json_schema import JsonSchemaMode

from web.envelope import SUCCESS
from web.rest.operations import MAX_BODY_BYTES, Operation

_DESCRIPTION = (
    "The routes of the original service, for existing clients. New clients should use GraphQL, "
    "which has more features and subscriptions. Every response is an envelope {code, message, "
    "data}, where `code` is the HTTP status. Times are RFC 3339 in UTC. Media URLs are absolute."
)
_BODY_ERRORS = (
    (
        400,
        "The body is not a JSON object, or a field is missing, empty, too long or invalid.",
    ),
    (413, f"The body exceeds {MAX_BODY_BYTES:,} bytes."),
)
_ALWAYS = (
    (500, "Internal error. The message contains the request ID."),
    (503, "The database or another service is unavailable. Try again later."),
)
_ASKING = (
    (401, "The credentials are missing or invalid."),
    (403, "The credentials lack the required scope."),
)
_REF = "#/components/schemas/{model}"


class Failure(BaseModel):
    """The response of every failure."""

    code: int = Field(description="The HTTP status.", ge=400, le=599)
    message: str = Field(description="A message that is safe to display.")
    data: None
    error: str = Field(
        description="Only with 503: which service is unavailable.",
        examples=["DATABASE_UNAVAILABLE", "AUTHENTICATION_DOWN"],
        default="",
    )


_Schemas = dict[tuple[str, JsonSchemaMode], dict[str, Any]]


def build_document(
    operations: Sequence[Operation[Any]],
    version: str,
    *,
    url: str,
    asks_credentials: bool = False,
) -> dict[str, Any]:
    """The whole document, as JSON values; all paths are below the `url`."""
    always = (*_ALWAYS, *_ASKING) if asks_credentials else _ALWAYS
    schemas, components = _collect_schemas(operations)
    paths: dict[str, dict[str, Any]] = {}
    for operation in operations:
        item = paths.setdefault(operation.path, {})
        item[operation.method.lower()] = _describe(operation, schemas, always)
    document: dict[str, Any] = {
        "openapi": "3.1.0",
        "info": {"title": "AI-Story REST", "version": version, "description": _DESCRIPTION},
        "servers": [{"url": url}],
        "paths": paths,
        "components": {"schemas": components},
    }
    if asks_credentials:
        bearer = {"type": "http", "scheme": "bearer", "description": "An API key or a JWT."}
        document["components"]["securitySchemes"] = {"bearer": bearer}
        document["security"] = [{"bearer": []}]
    return document


def _collect_schemas(operations: Sequence[Operation[Any]]) -> tuple[_Schemas, dict[str, Any]]:
    """The schema of requests ("validation") or responses ("serialization"), and shared parts."""
    inputs: list[tuple[str, JsonSchemaMode, TypeAdapter[Any]]] = [
        ("Failure", "serialization", TypeAdapter(Failure))
    ]
    for operation in operations:
        name = _operation_id(operation)
        inputs.append((name, "serialization", TypeAdapter(operation.data)))
        if operation.body is not None:
            inputs.append((name, "validation", TypeAdapter(operation.body)))
    schemas, shared = TypeAdapter.json_schemas(inputs, ref_template=_REF)
    return schemas, shared["$defs"]


def _describe(
    operation: Operation[Any], schemas: _Schemas, always: Sequence[tuple[int, str]]
) -> dict[str, Any]:
    name = _operation_id(operation)
    described: dict[str, Any] = {
        "operationId": name,
        "summary": operation.summary,
        "tags": [operation.path.split("/")[2]],
    }
    parameters: list[dict[str, Any]] = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in re.findall(r"{(\w+)}", operation.path)
    ]
    parameters += [
        {"name": one.name, "in": "query", "description": one.description, "schema": one.schema}
        for one in operation.parameters
    ]
    if parameters:
        described["parameters"] = parameters
    errors = [*operation.errors, *always]
    if operation.body is not None:
        errors += _BODY_ERRORS
        content = _json(schemas[name, "validation"])
        described["requestBody"] = {"required": True, "content": content}
    failure = _json(schemas["Failure", "serialization"])
    described["responses"] = {
        "200": {
            "description": "Done.",
            "content": _json(_envelope(schemas[name, "serialization"])),
        },
        **{
            str(status): {"description": when, "content": failure}
            for status, when in sorted(errors)
        },
    }
    return described


def _operation_id(operation: Operation[Any]) -> str:
    """Unique even if two paths share their code."""
    words = re.findall(r"[a-z]+", operation.path.removeprefix("/api"))
    return "_".join([operation.method.lower(), *words])


def _json(schema: dict[str, Any]) -> dict[str, Any]:
    return {"application/json": {"schema": schema}}


def _envelope(data: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "required": ["code", "message", "data"],
        "properties": {"code": {"const": 200}, "message": {"const": SUCCESS}, "data": data},
    }
