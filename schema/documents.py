"""Reads operations: parsed and judged before they are validated, and kept while that is cheap.

Clients send the same few documents again and again, so these are kept with their findings. One that
is not known is read beside the event loop, in a single thread: however long that takes, others are
served meanwhile, and strangers' documents wait for each other alone.
"""

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, TypeVar

from graphql import (
    ASTValidationRule,
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    NoSchemaIntrospectionCustomRule,
    OperationDefinitionNode,
    parse,
    validate,
)
from strawberry.exceptions import MissingQueryError
from strawberry.extensions import SchemaExtension
from strawberry.schema.validation_rules.maybe_null import MaybeNullValidationRule
from strawberry.schema.validation_rules.one_of import OneOfInputValidationRule

from errors import AIStoryError
from schema.deadline import within_time
from schema.errors import cause_of, replaced, shortened
from schema.introspection import count_introspection
from schema.limits import MAX_COST, MAX_TOKENS, check_limits
from schema.values import ListLengthRule, check_variables, find_mistakes

_MAX_DOCUMENTS = 256
_MAX_LENGTH = 8_192
"""Characters; a longer one carries a story's text instead of a variable, and comes only once."""
_MAX_ERRORS = 20
"""Of one validation: each may search the schema for what was meant."""

Rules = tuple[type[ASTValidationRule], ...]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Reading:
    """A document that parses, and what was found out about it."""

    document: DocumentNode
    introspection: Mapping[int, int]
    errors: dict[Rules, list[GraphQLError]] = field(default_factory=dict[Rules, list[GraphQLError]])
    """Of its validation, by the rules: there is one schema in a process."""


_known: OrderedDict[str, _Reading] = OrderedDict()
_reader = ThreadPoolExecutor(1, thread_name_prefix="documents")


class Documents(SchemaExtension):
    """Reads the document of every operation, over HTTP and WebSocket alike."""

    _reading: _Reading
    _operation: OperationDefinitionNode

    async def on_parse(self) -> AsyncIterator[None]:
        """Parse the document, and judge its operation before validation, which takes longer.

        Raises:
            GraphQLError: It does not parse, leaves open which operation is meant, or asks for too
                much.
        """
        execution: Any = self.execution_context
        query: str | None = execution.query
        if not query:
            raise MissingQueryError
        schema: GraphQLSchema = execution.schema._schema  # noqa: SLF001
        self._reading = _recall(query) or _keep(
            query, await self._aside(lambda: _read(schema, query))
        )
        document: DocumentNode = self._reading.document
        variables: dict[str, Any] = execution.variables or {}
        # its public operation_name makes one up where none is given
        operation = _choose(document, execution._provided_operation_name)  # noqa: SLF001
        self._operation = operation
        check_limits(schema, document, operation, variables, self._reading.introspection)
        check_variables(operation, variables)
        execution.graphql_document = document
        yield

    async def on_validate(self) -> AsyncIterator[None]:
        """Validate the document, and then what its variables hold."""
        execution: Any = self.execution_context
        if not getattr(execution.context, "may_introspect", True):
            execution.validation_rules += (NoSchemaIntrospectionCustomRule,)
        schema: GraphQLSchema = execution.schema._schema  # noqa: SLF001
        rules: Rules = execution.validation_rules
        reading = self._reading
        if rules not in reading.errors:
            reading.errors[rules] = await self._aside(
                lambda: _validate(schema, reading.document, rules)
            )
        execution.pre_execution_errors = reading.errors[rules] or find_mistakes(
            schema, self._operation, execution.variables or {}
        )
        yield

    async def _aside(self, read: Callable[[], T]) -> T:
        """What the reader makes of it, within the time of the operation."""
        context: Any = self.execution_context.context
        async with within_time(context):
            return await asyncio.get_running_loop().run_in_executor(_reader, read)


def _recall(query: str) -> _Reading | None:
    reading = _known.get(query)
    if reading is not None:
        _known.move_to_end(query)
    return reading


def _keep(query: str, reading: _Reading) -> _Reading:
    if len(query) <= _MAX_LENGTH:
        _known[query] = reading
        if len(_known) > _MAX_DOCUMENTS:
            _known.popitem(last=False)
    return reading


def _read(schema: GraphQLSchema, query: str) -> _Reading:
    document = parse(query, max_tokens=MAX_TOKENS)
    return _Reading(document, count_introspection(schema, document, limit=MAX_COST))


def _validate(schema: GraphQLSchema, document: DocumentNode, rules: Rules) -> list[GraphQLError]:
    """Its errors by the rules, and by those that every document is held to."""
    every = (*rules, MaybeNullValidationRule, OneOfInputValidationRule, ListLengthRule)
    errors = validate(schema, document, every, max_errors=_MAX_ERRORS)
    return [_of_client(error, document) for error in errors]


def _of_client(error: GraphQLError, document: DocumentNode) -> GraphQLError:
    """The error as a mistake of the client's, whatever was raised when a value was read.

    Where graphql-core has lost the place, the document stands for it.
    """
    if error.locations is None:
        error = GraphQLError(error.message, document.definitions[0], original_error=error)
    if isinstance(cause_of(error), AIStoryError):
        return error
    return replaced(error, shortened(error.message), error.extensions or {})


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
        message = "The document contains several operations. Set operationName."
    else:
        message = "The document contains no operation."
    raise GraphQLError(message, extensions={"code": "OPERATION_RESOLUTION_FAILURE"})
