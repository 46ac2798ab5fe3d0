"""Reads rows: from which columns, and in what form they come back.

The names of a dataclass's fields are those of the table's columns, so a new field of both is read
without being listed here or in a query.
"""

from collections.abc import Callable, Sequence
from dataclasses import fields
from typing import Any, Generic, Protocol, TypeVar, cast, get_args, get_type_hints

from sqlalchemy import ColumnElement, FromClause, Select, inspect, select

from db.models import Base
from db.rows import Failure, VideoWarning

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


def _warnings(values: list[dict[str, Any]]) -> tuple[VideoWarning, ...]:
    return tuple(map(VideoWarning.from_json, values))


_FROM_JSON: dict[str, Callable[[Any], object]] = {
    "failure": Failure.from_json,
    "warnings": _warnings,
}
"""How the jsonb columns are read back."""


class Form(Protocol[T_co]):
    """In which form rows are read: from `columns`."""

    @property
    def columns(self) -> Sequence[Any]:
        """The columns of the statement."""
        ...

    def read(self, row: Sequence[Any]) -> T_co:
        """The row from the values of its columns."""
        ...


class Reader(Generic[T]):
    """Reads one dataclass from `columns`: the table's, but for those that are given by name."""

    def __init__(
        self, kind: type[T], table: type[Base], *, source: FromClause | None = None, **others: Any
    ) -> None:
        """`source` is the FROM of all columns, if some are another table's."""
        self._kind = kind
        self.table: FromClause = inspect(table).selectable
        self.source = self.table if source is None else source
        self._names = [field.name for field in fields(cast("Any", kind))]
        self.columns: tuple[Any, ...] = tuple(
            others[name] if name in others else getattr(table, name) for name in self._names
        )
        self._from_json = [
            (place, _FROM_JSON[name])
            for place, name in enumerate(self._names)
            if name in _FROM_JSON
        ]

    def select(self) -> Select[*tuple[Any, ...]]:
        """A statement for all rows."""
        return select(*self.columns).select_from(self.source)

    def column(self, name: str) -> ColumnElement[Any] | None:
        """The column of a field; None if there is no such field."""
        if name not in self._names:
            return None
        found = self.columns[self._names.index(name)]
        return cast("ColumnElement[Any]", getattr(found, "expression", found))

    def fields_inside(self, name: str) -> type[Any]:
        """The dataclass of the object in a jsonb column."""
        return next(one for one in get_args(get_type_hints(self._kind)[name]) if one is not None)

    def beside(self, *others: Any) -> list[ColumnElement[Any]]:
        """The columns after others, which are read apart."""
        return [*others, *self.columns]

    def read(self, row: Sequence[Any]) -> T:
        """The dataclass from the values of its columns."""
        values = list(row)
        for place, convert in self._from_json:
            values[place] = convert(values[place])
        return self._kind(**dict(zip(self._names, values, strict=True)))
