"""Answers queries and mutations by plans: the plan of a known document, or none.

A document has plans once graphql-core has parsed, measured and validated it. Whatever a plan does
not cover is answered with None, and the caller has graphql-core execute the operation: that
includes every error but that of a single root field, so errors are reported in one place. Only a
mutation must not be executed again: graphql-core gets the value of its field, and goes on from
there.
"""

from collections.abc import Callable, Collection, Hashable, Mapping
from dataclasses import dataclass
from typing import Any, cast

import graphql
from graphql import (
    ArgumentNode,
    DirectiveNode,
    DocumentNode,
    FieldNode,
    GraphQLError,
    OperationDefinitionNode,
    OperationType,
    VariableNode,
    VariableValues,
    Visitor,
    located_error,
    visit,
)
from strawberry.types import ExecutionResult

from resolvers.context import Context
from schema.deadline import within_time
from schema.documents import Reading, choose_operation, recall
from schema.execution import RowExecutor
from schema.limits import PAGE_SIZES, check_limits
from schema.plans.columns import UnplannedError
from schema.plans.compiler import Compiler, core_schema
from schema.plans.selections import Operation, Selection
from schema.plans.variables import Variables
from schema.root import SCHEMA

QUERIES_AND_MUTATIONS = (OperationType.QUERY, OperationType.MUTATION)
_SCHEMA = core_schema(SCHEMA)
_MOST_PLANS = 16
"""Of a document: its operations, each for the values of the variables in its directives."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How an operation is executed; `root` is the only root field if there is just one."""

    parsed: DocumentNode
    node: OperationDefinitionNode
    selection: Selection
    root: FieldNode | None
    is_nullable: bool

    @property
    def is_mutation(self) -> bool:
        """Whether executing it changes something."""
        return self.node.operation is OperationType.MUTATION

    async def execute(self, context: Context, variables: VariableValues) -> ExecutionResult | None:
        """The answer; None if graphql-core must execute the operation."""
        operation = Operation(context, variables)
        try:
            columns = await self.selection.resolve([None], operation)
        except Exception as error:
            return self._failed(error)
        values = [column[0] for column in columns]
        try:
            [data] = await self.selection.complete(columns, 1, operation)
        except Exception:
            return await self._go_on(values[0], operation) if self.is_mutation else None
        return ExecutionResult(data, None)

    async def _go_on(self, value: object, operation: Operation) -> ExecutionResult:
        """The answer by graphql-core, of which the only root field has this value."""

        def resolve(usual: Callable[..., Any], row: object, info: Any, **arguments: Any) -> Any:
            return value if info.path.prev is None else usual(row, info, **arguments)

        sources = operation.variables.sources
        result = await execute_by_core(
            self.parsed,
            operation.context,
            variables={name: source.value for name, source in sources.items()},
            name=self.node.name and self.node.name.value,
            middleware=[resolve],
        )
        return ExecutionResult(result.data, result.errors)

    def _failed(self, error: Exception) -> ExecutionResult | None:
        """The answer if the root field fails: executing it once more would cost the same again."""
        if self.root is None:
            return None
        key = (self.root.alias or self.root.name).value
        located = located_error(error, [self.root], [key])
        return ExecutionResult({key: None} if self.is_nullable else None, [located])


class _Operation:
    """One operation of a document, with its plans."""

    def __init__(self, reading: Reading, name: str | None) -> None:
        """Nothing is compiled yet."""
        self._reading = reading
        self.node = choose_operation(reading.document, name)
        finder = _Finder()
        visit(reading.document, finder)
        self._conditions = sorted(finder.conditions)
        self._variables = Variables(_SCHEMA, self.node)
        self._has_variable_pages = finder.has_variable_pages
        self._plans: dict[Hashable, Plan | None] = {}

    def find(self, given: Mapping[str, Any]) -> tuple[Plan, VariableValues] | None:
        """The plan for the variables, and their values; None if there is none.

        Raises:
            GraphQLError: The variables exceed a limit.
        """
        variables = self._variables.coerce(given)
        if not isinstance(variables, VariableValues):
            return None
        if self._has_variable_pages:
            check_limits(
                _SCHEMA, self._reading.document, self.node, given, self._reading.introspection
            )
        key = tuple(map(variables.coerced.get, self._conditions))
        if key not in self._plans:
            if len(self._plans) >= _MOST_PLANS:
                return None
            self._plans[key] = self._compile(variables)
        plan = self._plans[key]
        return plan and (plan, variables)

    def _compile(self, variables: VariableValues) -> Plan | None:
        compiler = Compiler(SCHEMA, self._reading.document, self.node, variables)
        try:
            plan = Plan(
                self._reading.document, self.node, compiler.compile(), *compiler.only_root()
            )
        except UnplannedError:
            return None
        # Several mutations are executed one after the other, which plans do not.
        return None if plan.is_mutation and plan.root is None else plan


class _Finder(Visitor):
    """Finds the variables on which a plan or the size of an answer depends."""

    def __init__(self) -> None:
        super().__init__()
        self.conditions: set[str] = set()
        self.has_variable_pages = False

    def enter_directive(self, node: DirectiveNode, *_: object) -> None:
        """Note the conditions of @skip and @include."""
        values = (argument.value for argument in node.arguments or ())
        self.conditions |= {one.name.value for one in values if isinstance(one, VariableNode)}

    def enter_argument(self, node: ArgumentNode, *_: object) -> None:
        """Note page sizes."""
        if node.name.value in PAGE_SIZES and isinstance(node.value, VariableNode):
            self.has_variable_pages = True


async def answer_by_plan(
    document: str,
    variables: Mapping[str, Any] | None,
    name: str | None,
    context: Context,
    *,
    kinds: Collection[OperationType] = QUERIES_AND_MUTATIONS,
) -> ExecutionResult | None:
    """The answer by a plan; None if graphql-core must execute the operation, or refuse its kind."""
    found = find_plan(document, variables, name, kinds)
    if found is None:
        return None
    plan, _, values = found
    try:
        async with within_time(context):
            return await plan.execute(context, values)
    except GraphQLError as error:
        return ExecutionResult(None, [error])


async def execute_by_core(
    document: DocumentNode,
    context: Context,
    *,
    variables: Mapping[str, Any] | None,
    name: str | None,
    **options: Any,
) -> graphql.ExecutionResult:
    """The answer of a valid operation by graphql-core, which gets the options."""
    execute: Callable[..., Any] = cast("Any", graphql).execute
    result = execute(
        _SCHEMA,
        document,
        context_value=context,
        variable_values=variables,
        operation_name=name,
        executor_class=RowExecutor,
        **options,
    )
    return result if isinstance(result, graphql.ExecutionResult) else await result


def find_plan(
    document: str,
    variables: Mapping[str, Any] | None,
    name: str | None,
    kinds: Collection[OperationType],
) -> tuple[Plan, Reading, VariableValues] | None:
    """The plan of a known document's operation of one of these kinds; None if there is none."""
    reading = recall(document)
    if reading is None or not reading.is_valid:
        return None
    try:
        operation = _operation_of(reading, name)
        found = operation.find(variables or {}) if operation.node.operation in kinds else None
    except GraphQLError:
        return None
    return found and (found[0], reading, found[1])


def _operation_of(reading: Reading, name: str | None) -> _Operation:
    """The named operation.

    Raises:
        GraphQLError: There is none; such a name is not remembered, because clients invent them.
    """
    known: _Operation | None = reading.operations.get(name)
    if known is None:
        known = reading.operations[name] = _Operation(reading, name)
    return known
