"""Answers the events of subscriptions by plans.

A subscription's resolver gives rows, and each row is the value of the only root field. graphql-core
answers the rows that a plan cannot answer. Subscribers share answers with either.
"""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any, cast

import graphql
from graphql import FieldNode, GraphQLError, OperationType, located_error
from strawberry.types import ExecutionResult
from strawberry.types.execution import PreExecutionError

from resolvers.context import Context
from schema.deadline import within_time
from schema.eager import begin
from schema.introspection import fragments_of
from schema.plans.answering import execute_by_core, find_plan
from schema.plans.columns import Composite
from schema.plans.compiler import core_schema
from schema.plans.selections import Field, Operation
from schema.root import SCHEMA
from schema.sharing import Answers, answers_for

_SCHEMA = core_schema(SCHEMA)

Results = AsyncGenerator[ExecutionResult | graphql.ExecutionResult]


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """An operation as the client requested it."""

    document: str
    variables: dict[str, Any] | None
    name: str | None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, weakref_slot=True)
class _Subscription:
    """A subscriber, and how its rows are answered."""

    request: Request
    parsed: graphql.DocumentNode
    root: FieldNode
    field: Field
    operation: Operation
    answers: Answers

    @property
    def key(self) -> str:
        """That of the root field in the answer."""
        return (self.root.alias or self.root.name).value

    async def begin(self, context: Context) -> AsyncGenerator[Any] | ExecutionResult:
        """The rows, or the failure as Strawberry reports it."""
        try:
            async with within_time(context):
                return await self._source()
        except GraphQLError as error:  # too late
            return ExecutionResult(None, [error])

    async def _source(self) -> AsyncGenerator[Any] | ExecutionResult:
        try:
            [rows] = self.field.resolve([None], self.operation)
            return await rows
        except Exception as error:
            return PreExecutionError(None, [located_error(error, [self.root], [self.key])])

    async def results(self, rows: AsyncGenerator[Any] | ExecutionResult) -> Results:
        """The answer about each row."""
        if isinstance(rows, ExecutionResult):
            yield rows
            return
        self.answers.subscribers.add(self)
        try:
            async with aclosing(rows):
                async for row in rows:
                    result = self.answers.give(row, lambda row=row: begin(self._answer(row)))
                    yield result if isinstance(result, graphql.ExecutionResult) else await result
        except Exception as error:
            yield ExecutionResult(None, [GraphQLError(str(error), original_error=error)])

    async def _answer(self, row: object) -> graphql.ExecutionResult:
        try:
            [value] = await cast("Composite", self.field.completion).complete([row], self.operation)
        except Exception:
            return await self._answer_by_core(row)
        return graphql.ExecutionResult({self.key: value})

    async def _answer_by_core(self, row: object) -> graphql.ExecutionResult:
        return await execute_by_core(
            self.parsed,
            self.operation.context,
            variables=self.request.variables,
            name=self.request.name,
            root_value=row,
        )


async def subscribe(request: Request, context: Context) -> Results | None:
    """The answers of a subscription; None if graphql-core must execute the operation."""
    found = find_plan(
        request.document, request.variables, request.name, [OperationType.SUBSCRIPTION]
    )
    if found is None:
        return None
    plan, reading, variables = found
    field = plan.selection.only_field()
    if plan.root is None or field is None or not isinstance(field.completion, Composite):
        return None
    subscription = _Subscription(
        request=request,
        parsed=reading.document,
        root=plan.root,
        field=field,
        operation=Operation(context, variables, is_event=True),
        answers=answers_for(
            plan.node,
            fragments_of(reading.document).values(),
            variables.coerced,
            context.audience,
        ),
    )
    return subscription.results(await subscription.begin(context))
