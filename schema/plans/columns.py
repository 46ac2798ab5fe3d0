"""Completes columns: the values of one field for all rows of a level, as they stand in the answer.

`UnplannedError` anywhere means that graphql-core must execute the operation.
"""

import math
from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from types import MappingProxyType, NoneType
from typing import TYPE_CHECKING, Any, cast

from db.written import WrittenRow

if TYPE_CHECKING:
    from schema.plans.selections import Operation, Selection
    from schema.plans.writing import WrittenObjects

Convert = Callable[[Any], Any]
_NO_SHORTCUTS: Mapping[type, Convert] = MappingProxyType({})


class UnplannedError(Exception):
    """The plan does not cover this case."""


def as_it_is(value: Any) -> Any:
    """The value: JSON shows it as the scalar does."""
    return value


class Leaf:
    """A scalar or an enum."""

    def __init__(
        self,
        convert: Convert,
        *,
        is_nullable: bool,
        shortcuts: Mapping[type, Convert] = _NO_SHORTCUTS,
        is_float: bool = False,
    ) -> None:
        """`shortcuts` are conversions for values of a type or its subclasses, with equal results.

        `as_it_is` is one of them.
        """
        self._convert = convert
        self._is_nullable = is_nullable
        self._shortcuts = dict(shortcuts)
        self._is_float = is_float

    @property
    def keeps_text(self) -> bool:
        """Whether strings stand in the answer as they are."""
        return self._shortcuts.get(str) is as_it_is

    def complete(self, values: list[Any]) -> list[Any]:
        """The column as it stands in the answer.

        Raises:
            UnplannedError: A null where none is allowed.
            Exception: A value cannot be converted.
        """
        kinds = set(map(type, values))
        has_nulls = NoneType in kinds
        if has_nulls:
            if not self._is_nullable:
                raise UnplannedError
            kinds.discard(NoneType)
        elif self._is_float and kinds == {float} and math.isfinite(sum(values)):
            return values
        convert = self._conversion(kinds.pop()) if len(kinds) == 1 else self._convert
        if convert is as_it_is:
            return values
        if has_nulls:
            return [None if value is None else convert(value) for value in values]
        return list(map(convert, values))

    def _conversion(self, kind: type) -> Convert:
        if kind not in self._shortcuts:
            self._shortcuts[kind] = next(
                (
                    convert
                    for base, convert in self._shortcuts.items()
                    if issubclass(kind, base) and convert is not as_it_is
                ),
                self._convert,
            )
        return self._shortcuts[kind]


class Composite(ABC):
    """Objects, or lists of any kind."""

    @abstractmethod
    async def complete(self, values: list[Any], operation: "Operation") -> list[Any]:
        """The column as it stands in the answer.

        Raises:
            UnplannedError: A null where none is allowed, or an unknown type of row.
        """


Completion = Leaf | Composite


@dataclass(frozen=True, slots=True)
class Objects(Composite):
    """Objects of one type, or of the types of an interface or union."""

    select: "Callable[[Any], Selection]"
    """The selection for a row, and for all rows of its class."""
    is_nullable: bool
    written: "WrittenObjects | None" = None
    """For rows that PostgreSQL has written."""

    async def complete(self, values: list[Any], operation: "Operation") -> list[Any]:
        """All objects of a class at once."""
        kinds = set(map(type, values))
        if len(kinds) == 1 and NoneType not in kinds:
            return [*await self._objects(values, operation)]
        by_class: defaultdict[type[Any], list[Any]] = defaultdict(list)
        for value in values:
            by_class[type(value)].append(value)
        if by_class.pop(NoneType, None) is not None and not self.is_nullable:
            raise UnplannedError
        answers = {kind: await self._objects(rows, operation) for kind, rows in by_class.items()}
        rest = {kind: iter(answer) for kind, answer in answers.items()}
        return [None if value is None else next(rest[type(value)]) for value in values]

    async def _objects(self, rows: list[Any], operation: "Operation") -> Sequence[Any]:
        if isinstance(rows[0], WrittenRow):
            if self.written is None:
                raise UnplannedError
            return await self.written.answer(rows, operation)
        return await self.select(rows[0]).answer(rows, operation)


@dataclass(frozen=True, slots=True)
class Lists(Composite):
    """Lists: their items are completed in one column."""

    item: Completion
    is_nullable: bool

    async def complete(self, values: list[Any], operation: "Operation") -> list[Any]:
        """The items of all lists at once."""
        if None in values and not self.is_nullable:
            raise UnplannedError
        items = [item for value in values if value is not None for item in _sequence(value)]
        done = (
            self.item.complete(items)
            if isinstance(self.item, Leaf)
            else await self.item.complete(items, operation)
        )
        if len(values) == 1 and values[0] is not None:
            return [done]
        rest = iter(done)
        return [None if value is None else list(islice(rest, len(value))) for value in values]


def _sequence(value: object) -> Sequence[Any]:
    if not isinstance(value, (list, tuple)):
        raise UnplannedError
    return cast("list[Any]", value)
