"""Reads one row by its ID, for a viewer: only its own, or whoever's.

The statements are built once: building one takes as long as running it.
"""

from collections.abc import Sequence
from typing import Any, Generic, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Uuid, bindparam

from db.models import Story
from db.queries.reading import Reader
from db.read_sessions import Reads

T = TypeVar("T")


class Single(Generic[T]):
    """Reads a row that belongs to a story, to which the conditions of `path` lead."""

    def __init__(
        self,
        reader: Reader[T],
        statement: Select[*tuple[Any, ...]],
        *,
        id_: Any,
        path: Sequence[ColumnElement[bool]] = (),
    ) -> None:
        """`statement` reads all rows, and `id_` is the column of their IDs."""
        self._reader = reader
        self._anyones = statement.where(id_ == bindparam("row_id", type_=Uuid()))
        self._owners = self._anyones.where(*path, Story.owner_id == bindparam("viewer"))

    async def __call__(
        self, session: Reads, row_id: UUID, *, owner_id: str | None = None
    ) -> T | None:
        """The row; None if absent, or of another owner than the given one."""
        if owner_id is None:
            result = await session.execute(self._anyones, {"row_id": row_id})
        else:
            values = {"row_id": row_id, "viewer": owner_id}
            result = await session.execute(self._owners, values)
        row = result.one_or_none()
        return None if row is None else self._reader.read(row)
