"""Reads rows: from which columns, and in what form they come back.

The names of a dataclass's fields are those of the table's columns, so a new field of both is read
without being listed here or in a query.
"""

from collections.abc import Callable, Sequence
from dataclasses import fields
from typing import Any, Generic, TypeVar, cast

from sqlalchemy import ColumnElement

from db.models import Base
from db.rows import Failure, VideoWarning

T = TypeVar("T")


def _warnings(values: list[dict[str, Any]]) -> tuple[VideoWarning, ...]:
    return tuple(map(VideoWarning.from_json, values))


_FROM_JSON: dict[str, Callable[[Any], object]] = {
    "failure": Failure.from_json,
    "warnings": _warnings,
}
"""How the jsonb columns are read back."""


class Reader(Generic[T]):
    """Reads one dataclass from `columns`: the table's, but for those that are given by name."""

    def __init__(self, kind: type[T], table: type[Base], **others: Any) -> None:
        self._kind = kind
        self._names = [field.name for field in fields(cast("Any", kind))]
        self.columns: tuple[Any, ...] = tuple(
            others[name] if name in others else getattr(table, name) for name in self._names
        )
        self._from_json = [
            (place, _FROM_JSON[name])
            for place, name in enumerate(self._names)
            if name in _FROM_JSON
        ]

    def beside(self, *others: Any) -> list[ColumnElement[Any]]:
        """The columns after others, which are read apart."""
        return [*others, *self.columns]

    def read(self, row: Sequence[Any]) -> T:
        """The dataclass from the values of its columns."""
        values = list(row)
        for place, convert in self._from_json:
            values[place] = convert(values[place])
        return self._kind(**dict(zip(self._names, values, strict=True)))
