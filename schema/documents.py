"""Reads operations: parsed and judged before they are validated, and kept while that is cheap.

Clients send the same few documents again and again, so these are kept with their findings.
"""

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from graphql import (
    DocumentNode,
    GraphQLError,
    NoSchemaIntrospectionCustomRule,
    OperationDefinitionNode,
    parse,
)
from strawberry.exceptions import MissingQueryError
from strawberry.extensions import ValidationCache

from schema.limits import MAX_TOKENS, check_limits

_MAX_DOCUMENTS = 256
_MAX_LENGTH = 8_192
"""Characters; a longer one carries a story's text instead of a variable, and comes only once."""


class Documents(ValidationCache):
    """Reads the document of every operation, over HTTP and WebSocket alike."""

    def __init__(self) -> None:
        super().__init__(maxsize=_MAX_DOCUMENTS)

    def on_parse(self) -> Iterator[None]:
        """Parse the document, and judge its operation before validation, which takes longer.

        Raises:
            GraphQLError: It does not parse, leaves open which operation is meant, or asks for too
                much.
        """
        execution = self.execution_context
        if not execution.query:
            raise MissingQueryError
        document = (_parse_once if self._is_kept() else _parse)(execution.query)
        private: Any = execution  # its public operation_name makes one up where none is given
        operation = _choose(document, private._provided_operation_name)  # noqa: SLF001
        check_limits(
            private.schema._schema,  # noqa: SLF001
            document,
            operation,
            execution.variables or {},
        )
        execution.graphql_document = document
        yield

    def on_validate(self) -> Iterator[None]:
        """A document belongs to one schema, so its errors can be kept with it and its rules."""
        execution = self.execution_context
        if not getattr(execution.context, "may_introspect", True):
            execution.validation_rules += (NoSchemaIntrospectionCustomRule,)
        if self._is_kept():
            yield from super().on_validate()
        else:
            yield

    def _is_kept(self) -> bool:
        return len(self.execution_context.query or "") <= _MAX_LENGTH


def _parse(query: str) -> DocumentNode:
    try:
        return parse(query, max_tokens=MAX_TOKENS)
    except RecursionError:
        raise GraphQLError(
            "The operation is nested too deeply; ask for less at once.",
            extensions={"code": "QUERY_TOO_DEEP"},
        ) from None


_parse_once = lru_cache(_MAX_DOCUMENTS)(_parse)


def _choose(document: DocumentNode, name: str | None) -> OperationDefinitionNode:
    """The operation that is meant."""
    operations = [
        node for node in document.definitions if isinstance(node, OperationDefinitionNode)
    ]
    if name is not None:
        operations = [node for node in operations if node.name and node.name.value == name]
    if len(operations) == 1:
        return operations[0]
    if name is not None:
        message = f"The document has no operation named {name!r}."
    elif operations:
        message = "The document has several operations; say by operationName which one is meant."
    else:
        message = "The document has no operation."
    raise GraphQLError(message, extensions={"code": "OPERATION_RESOLUTION_FAILURE"})
