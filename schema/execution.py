"""Executes operations, with a fast path for plain fields.

Most fields are an attribute of a row and need only their scalar. graphql-core prepares each of them
for every possible case; here such a field costs an attribute access and a conversion. Exceptional
cases, a null in the wrong place or a value that cannot be converted, are left to graphql-core.

An answer of tens of thousands of values yields to the event loop, so other tasks run and the
operation's deadline can end it.
"""

from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple, cast

from graphql import (
    ExecutionResult,
    GraphQLEnumType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLSchema,
)
from strawberry.extensions.context import StreamResultContextManager
from strawberry.extensions.runner import SchemaExtensionsRunner
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext
from strawberry.types import ExecutionContext, StreamExecutionResult

from resolvers.context import Context
from schema.introspection import declaration_of
from schema.sharing import Answers, answers_for
from schema.turns import turn


class _Plain(NamedTuple):
    """How to read a plain field: the row's attribute, its conversion, whether null is allowed."""

    attribute: str
    convert: Callable[[Any], Any]
    is_nullable: bool


_known: dict[tuple[GraphQLObjectType, str], _Plain | None] = {}
"""By type and field, computed once: there is one schema per process."""


class RowExecutor(StrawberryGraphQLCoreExecutionContext):
    """graphql-core's executor with a fast path for plain fields and for shared answers."""

    schema: GraphQLSchema
    _answers: Answers | None = None

    def build_per_event_executor(self, payload: Any) -> Any:
        """Executes a subscription for one row, or reuses the answer of another subscriber.

        It replaces an executor, of which only one method is used here.
        """
        if self._answers is None and isinstance(self.context_value, Context):
            self._answers = answers_for(
                self.operation,
                self.fragment_definitions.values(),
                self.variable_values.coerced,
                self.context_value.audience,
            )
            self._answers.subscribers.add(self)
        build_executor: Callable[[Any], Any] = cast(Any, super()).build_per_event_executor
        if self._answers is None:
            return build_executor(payload)
        return _Event(self._answers, payload, build_executor)

    def execute_fields(
        self,
        parent_type: GraphQLObjectType,
        source_value: Any,
        path: Any,
        grouped_field_set: Any,
        position_context: Any,
    ) -> Any:
        """The fields of one object, now or in a later turn."""
        fields = parent_type, source_value, path, grouped_field_set, position_context
        return self._execute_later(fields) if turn.is_over() else super().execute_fields(*fields)

    async def _execute_later(self, fields: tuple[Any, ...]) -> dict[str, Any]:
        await turn.take()
        result: Any = super().execute_fields(*fields)
        return cast("dict[str, Any]", result if isinstance(result, dict) else await result)

    def execute_field(
        self,
        parent_type: GraphQLObjectType,
        source: Any,
        field_details_list: Any,
        path: Any,
        position_context: Any,
    ) -> Any:
        """Read the field here if it is plain."""
        key = (parent_type, field_details_list[0].node.name.value)
        if key not in _known:
            _known[key] = _plain_field(self.schema, *key)
        plain = _known[key]
        if plain is not None:
            try:
                value = getattr(source, plain.attribute)
                if value is not None:
                    return plain.convert(value)
                if plain.is_nullable:
                    return None
            except Exception:  # noqa: S110 - it happens again below, where it is reported
                pass
        return super().execute_field(
            parent_type, source, field_details_list, path, position_context
        )


class _Event(NamedTuple):
    """A row of a subscription, to be answered."""

    answers: Answers
    row: Any
    build_executor: Callable[[Any], Any]

    def execute_operation(
        self, serially: bool | None = None
    ) -> ExecutionResult | Awaitable[ExecutionResult]:
        """Execute, or reuse a shared answer."""
        return self.answers.give(
            self.row, lambda: self.build_executor(self.row).execute_operation(serially)
        )


def _plain_field(schema: GraphQLSchema, parent: GraphQLObjectType, name: str) -> _Plain | None:
    field: Any = schema.get_field(parent, name)
    definition = field and declaration_of(field)
    if definition is None or not definition.is_basic_field:
        return None
    is_nullable = not isinstance(field.type, GraphQLNonNull)
    leaf: Any = field.type if is_nullable else field.type.of_type
    if isinstance(leaf, GraphQLEnumType):
        names = {member.value: name for name, member in leaf.values.items()}
        return _Plain(definition.python_name, names.__getitem__, is_nullable)
    if isinstance(leaf, GraphQLScalarType):
        return _Plain(definition.python_name, leaf.coerce_output_value, is_nullable)
    return None


class _NoHooks(StreamResultContextManager):
    """No hooks around a result."""

    def __init__(self) -> None:
        """Skip the search for hooks."""

    async def __aenter__(self) -> None:
        """No effect."""

    async def __aexit__(self, *_: object) -> None:
        """No effect."""


class StreamRunner(SchemaExtensionsRunner):
    """Runs the extensions; ours have no hooks for a single result, so it costs nothing."""

    _no_hooks = _NoHooks()

    def on_stream_result(self, result: StreamExecutionResult) -> StreamResultContextManager:
        """No effect."""
        _ = result
        return self._no_hooks

    async def get_extensions_results(self, ctx: ExecutionContext) -> dict[str, Any]:
        """No effect."""
        _ = ctx
        return {}
