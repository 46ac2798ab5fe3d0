"""Parses operations, measures them before validation, and caches the results.

Clients send the same few documents again and again, so these are cached with their results. An
unknown document is parsed and validated in a single thread. However long that takes, other requests
are served meanwhile, and only other unknown documents wait.
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
"""Characters; a longer one contains a story's text instead of a variable, and is sent only once."""
_MAX_ERRORS = 20
"""Of one validation: each may search the schema for suggestions."""

Rules = tuple[type[ASTValidationRule], ...]
T = TypeVar("T")


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """A document that parses, and the results of its checks."""

    document: DocumentNode
    introspection: Mapping[int, int]
    errors: dict[Rules, list[GraphQLError]] = field(default_factory=dict[Rules, list[GraphQLError]])
    """The errors of its validation; there is one schema per process."""
    operations: dict[str | None, Any] = field(default_factory=dict[str | None, Any])
    """What `schema.plans` knows of its operations, by the given name."""

    @property
    def is_valid(self) -> bool:
        """Whether it has been validated without errors."""
        return [] in self.errors.values()


_known: OrderedDict[str, Reading] = OrderedDict()
_reader = ThreadPoolExecutor(1, thread_name_prefix="documents")


class Documents(SchemaExtension):
    """Parses the document of every operation, over HTTP and WebSocket."""

    _reading: Reading
    _operation: OperationDefinitionNode

    async def on_parse(self) -> AsyncIterator[None]:
        """Parse the document, and measure its operation before validation, which takes longer.

        Raises:
            GraphQLError: It does not parse, leaves the operation ambiguous, or exceeds a limit.
        """
        execution: Any = self.execution_context
        query: str | None = execution.query
        if not query:
            raise MissingQueryError
        schema: GraphQLSchema = execution.schema._schema  # noqa: SLF001
        self._reading = recall(query) or _keep(
            query, await self._aside(lambda: _read(schema, query))
        )
        document: DocumentNode = self._reading.document
        variables: dict[str, Any] = execution.variables or {}
        # its public operation_name invents one if none is given
        operation = choose_operation(document, execution._provided_operation_name)  # noqa: SLF001
        self._operation = operation
        check_limits(schema, document, operation, variables, self._reading.introspection)
        check_variables(operation, variables)
        execution.graphql_document = document
        yield

    async def on_validate(self) -> AsyncIterator[None]:
        """Validate the document, and then the values of its variables."""
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
        """The result of the parser, within the time of the operation."""
        context: Any = self.execution_context.context
        async with within_time(context):
            return await asyncio.get_running_loop().run_in_executor(_reader, read)


def recall(query: str) -> Reading | None:
    """What is known of the document; None if it is new, or too long to be kept."""
    reading = _known.get(query)
    if reading is not None:
        _known.move_to_end(query)
    return reading


def _keep(query: str, reading: Reading) -> Reading:
    if len(query) <= _MAX_LENGTH:
        _known[query] = reading
        if len(_known) > _MAX_DOCUMENTS:
            _known.popitem(last=False)
    return reading


def _read(schema: GraphQLSchema, query: str) -> Reading:
    document = parse(query, max_tokens=MAX_TOKENS)
    return Reading(document, count_introspection(schema, document, limit=MAX_COST))


def _validate(schema: GraphQLSchema, document: DocumentNode, rules: Rules) -> list[GraphQLError]:
    """Its errors by the standard rules and our own."""
    every = (*rules, MaybeNullValidationRule, OneOfInputValidationRule, ListLengthRule)
    errors = validate(schema, document, every, max_errors=_MAX_ERRORS)
    return [_of_client(error, document) for error in errors]


def _of_client(error: GraphQLError, document: DocumentNode) -> GraphQLError:
    """The error as a client error, whatever was raised when a value was parsed.

    If graphql-core has lost the location, it is the document.
    """
    if error.locations is None:
        error = GraphQLError(error.message, document.definitions[0], original_error=error)
    if isinstance(cause_of(error), AIStoryError):
        return error
    return replaced(error, shortened(error.message), error.extensions or {})


def choose_operation(document: DocumentNode, name: str | None) -> OperationDefinitionNode:
    """The selected operation.

    Raises:
        GraphQLError: OPERATION_RESOLUTION_FAILURE.
    """
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
