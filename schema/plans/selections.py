"""Selections: the fields of one object type, resolved for all rows of a level at once."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from operator import attrgetter
from types import CoroutineType, SimpleNamespace
from typing import Any

from graphql import VariableValues

from db.queries.reading import Form
from resolvers.context import Context
from schema.plans.columns import Completion, Composite, Leaf
from schema.reads import FormInfo
from schema.turns import turn

_NO_FIELD: Any = None
_PENDING = (asyncio.Future, CoroutineType)
_SLICE = 1_024
"""Rows that are processed in one piece: about 5 ms of calls."""


class Operation:
    """One execution of a plan, or of the part of it that answers an event."""

    __slots__ = ("_raw", "context", "is_event", "variables")

    def __init__(
        self, context: Context, variables: VariableValues, *, is_event: bool = False
    ) -> None:
        """`variables` are those of the document.

        The rows of an event have most values already, so its objects are completed one after the
        other: tasks for them would cost more than they could save.
        """
        self.context = context
        self.variables = variables
        self.is_event = is_event
        self._raw: Any = SimpleNamespace(context=context)

    def info(self, form: Form[Any] | None = None) -> FormInfo:
        """The `info` of a resolver, which uses the context only, and the form of its rows."""
        return FormInfo(self._raw, _NO_FIELD, form)


@dataclass(frozen=True, slots=True)
class Field:
    """A field: `resolve` gives a value for each row, which `completion` brings into its form.

    A value may be an awaitable if the field `may_wait`. Without a completion the values stand in
    the answer as they are.
    """

    resolve: Callable[[list[Any], Operation], list[Any]]
    completion: Completion | None
    may_wait: bool = False


def constant(value: object) -> Field:
    """A field with the same value for every row, as `__typename` is."""
    return Field(lambda rows, _: [value] * len(rows), None)


def attribute(name: str, completion: Completion) -> Field:
    """A field that is an attribute of its row."""
    get = attrgetter(name)
    return Field(lambda rows, _: list(map(get, rows)), completion)


def computed(
    resolver: Callable[..., Any],
    completion: Completion,
    *,
    row: str | None,
    info: str | None,
    arguments: Callable[[Operation], Mapping[str, Any]],
    form: Form[Any] | None = None,
) -> Field:
    """A field with a resolver; `row` and `info` name its parameters for these.

    `form` is that in which it reads its rows, if not with all their values.
    """

    def resolve(rows: list[Any], operation: Operation) -> list[Any]:
        named = dict(arguments(operation))
        if info is not None:
            named[info] = operation.info(form)
        if row is None:
            return [resolver(**named) for _ in rows]
        return [resolver(**{row: one}, **named) for one in rows]

    return Field(resolve, completion, may_wait=True)


class Selection:
    """The fields of one object type that an operation selects."""

    def __init__(self) -> None:
        """Without fields; they are added in the order of the answer."""
        self._keys: list[str] = []
        self._fields: list[Field] = []

    def add(self, key: str, field: Field) -> None:
        """Append a field under its key in the answer."""
        self._keys.append(key)
        self._fields.append(field)

    def only_field(self) -> Field | None:
        """The field if there is just one."""
        return self._fields[0] if len(self._fields) == 1 else None

    @property
    def is_plain(self) -> bool:
        """Whether its fields are attributes with scalars, which need no waiting."""
        return not any(
            field.may_wait or isinstance(field.completion, Composite) for field in self._fields
        )

    def answer_at_once(self, row: Any, operation: Operation) -> dict[str, Any]:
        """The object of a row, if the selection is plain.

        Raises:
            UnplannedError: The plan does not cover a value.
        """
        answer: dict[str, Any] = {}
        for key, field in zip(self._keys, self._fields, strict=True):
            column = field.resolve([row], operation)
            if isinstance(field.completion, Leaf):
                column = field.completion.complete(column)
            answer[key] = column[0]
        return answer

    async def answer(self, rows: list[Any], operation: Operation) -> list[dict[str, Any]]:
        """The objects of the rows, as they stand in the answer.

        Raises:
            UnplannedError: The plan does not cover a value.
            Exception: A field fails.
        """
        return await self.complete(await self.resolve(rows, operation), len(rows), operation)

    async def resolve(self, rows: list[Any], operation: Operation) -> list[list[Any]]:
        """The columns of the rows: each field's values, not yet completed.

        Raises:
            Exception: A resolver fails.
        """
        if len(self._fields) == len(rows) == 1:
            [value] = self._fields[0].resolve(rows, operation)
            return [[await value if isinstance(value, _PENDING) else value]]
        columns: list[list[Any]] = []
        try:
            for field in self._fields:
                column = await _resolved(field, rows, operation)
                columns.append(column)
        except BaseException:
            _drop(columns)
            raise
        await _settle(
            [column for field, column in zip(self._fields, columns, strict=True) if field.may_wait],
            operation,
        )
        return columns

    async def complete(
        self, columns: list[list[Any]], count: int, operation: Operation
    ) -> list[dict[str, Any]]:
        """The objects of the columns, of which each has `count` values.

        Raises:
            UnplannedError: The plan does not cover a value.
            Exception: A field of an object fails.
        """
        if len(columns) == count == 1:
            completion = self._fields[0].completion
            if isinstance(completion, Composite):
                [value] = await completion.complete(columns[0], operation)
                return [{self._keys[0]: value}]
        await self._complete(columns, operation)
        if not columns:  # everything was skipped
            return [{} for _ in range(count)]
        answers: list[dict[str, Any]] = []
        for start in range(0, count, _SLICE):
            part = columns if count <= _SLICE else [one[start : start + _SLICE] for one in columns]
            answers += [
                dict(zip(self._keys, values, strict=True)) for values in zip(*part, strict=True)
            ]
            await turn.take()
        return answers

    async def _complete(self, columns: list[list[Any]], operation: Operation) -> None:
        """Bring the columns into their form; those of objects at the same time."""
        for place, field in enumerate(self._fields):
            if isinstance(field.completion, Leaf):
                columns[place] = field.completion.complete(columns[place])
        objects = {
            place: field.completion.complete(columns[place], operation)
            for place, field in enumerate(self._fields)
            if isinstance(field.completion, Composite)
        }
        waiting: list[list[Any]] = [list(objects.values())]
        await _settle(waiting, operation)
        for place, column in zip(objects, waiting[0], strict=True):
            columns[place] = column


async def _resolved(field: Field, rows: list[Any], operation: Operation) -> list[Any]:
    if len(rows) <= _SLICE:
        return field.resolve(rows, operation)
    column: list[Any] = []
    try:
        for start in range(0, len(rows), _SLICE):
            column += field.resolve(rows[start : start + _SLICE], operation)
            await turn.take()
    except BaseException:
        _drop([column])
        raise
    return column


async def _settle(columns: list[list[Any]], operation: Operation) -> None:
    """Put the results of all awaitables in their places; for a query they run at the same time.

    If one fails, the others are waited for: nothing goes on behind the back of its operation.
    """
    places = [
        (column, place)
        for column in columns
        for place, value in enumerate(column)
        if isinstance(value, _PENDING)
    ]
    if not places:
        return
    if len(places) == 1:
        column, place = places[0]
        column[place] = await column[place]
        return
    if operation.is_event:
        await _settle_in_turn(places)
        return
    waiting = (column[place] for column, place in places)
    results = await asyncio.gather(*waiting, return_exceptions=True)
    for (column, place), result in zip(places, results, strict=True):
        if isinstance(result, BaseException):
            raise result
        column[place] = result


async def _settle_in_turn(places: list[tuple[list[Any], int]]) -> None:
    for done, (column, place) in enumerate(places, start=1):
        try:
            column[place] = await column[place]
        except BaseException:
            _drop([[column[place] for column, place in places[done:]]])
            raise


def _drop(columns: list[list[Any]]) -> None:
    """Close the coroutines, none of which has begun."""
    for column in columns:
        for value in column:
            if isinstance(value, CoroutineType):
                value.close()
