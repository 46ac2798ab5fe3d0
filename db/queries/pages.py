"""Pages of a list. A cursor names the position of its row, so inserted rows do not shift pages."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    Text,
    Uuid,
    bindparam,
    cast,
    literal,
    literal_column,
    select,
    tuple_,
)

from db.queries.searches import may_mention, mentions
from db.read_sessions import Reads
from db.rows import Page, Position
from domain import DEFAULT_PAGE_SIZE

T = TypeVar("T")

_ANYWHERE = Position(id=UUID(int=0), value=None)
_NEAR = 2_000
"""How many rows are read without the index: some 10 ms of work."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PageWindow:
    """The window of a page: `limit` rows after or before a position;

    `backward` takes the last ones.
    """

    limit: int = DEFAULT_PAGE_SIZE
    after: Position | None = None
    before: Position | None = None
    backward: bool = False

    @property
    def outline(self) -> "PageWindow":
        """What the statement depends on: which of the positions are given."""
        after, before = self.after and _ANYWHERE, self.before and _ANYWHERE
        return replace(self, after=after, before=before)

    @property
    def values(self) -> dict[str, Any]:
        """The values of the statement for the outline."""
        values: dict[str, Any] = {}
        for name, position in (("after", self.after), ("before", self.before)):
            if position is not None:
                values |= {f"{name}_id": position.id, f"{name}_value": position.value}
        return values


@dataclass(frozen=True, slots=True)
class Coarse:
    """An indexed column, and how to compute it from the column by which rows are sorted."""

    column: ColumnElement[Any]
    of: Callable[[ColumnElement[Any]], ColumnElement[Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sorting:
    """The order of a list: by a column that is never null, and by ID among equal rows.

    Without a column it is by ID alone, which means by age, because IDs grow with time. `coarse` is
    for a column without an index of its own: it gives what has one, and grows with its values.
    """

    id: ColumnElement[UUID]
    column: ColumnElement[Any] | None = None
    coarse: Coarse | None = None
    ascending: bool = False

    @property
    def _columns(self) -> list[ColumnElement[Any]]:
        coarse = [] if self.coarse is None else [self.coarse.column]
        return [*coarse, *([] if self.column is None else [self.column]), self.id]

    def order(self, *, backward: bool) -> list[ColumnElement[Any]]:
        """The ORDER BY, reversed for `backward`."""
        upwards = self.ascending is not backward
        return [column.asc() if upwards else column.desc() for column in self._columns]

    def beyond(self, name: str, *, backward: bool) -> ColumnElement[bool]:
        """Whether a row comes after the position of this name, or before it for `backward`."""
        here: list[ColumnElement[Any]] = [bindparam(f"{name}_id", type_=Uuid())]
        if self.column is not None:
            value = cast(bindparam(f"{name}_value", type_=Text()), self.column.type)
            here = [*([] if self.coarse is None else [self.coarse.of(value)]), value, *here]
        rows, there = tuple_(*self._columns), tuple_(*here)
        return rows > there if self.ascending is not backward else rows < there

    @property
    def value(self) -> ColumnElement[Any]:
        """The value that a position stores in addition to the ID."""
        return literal(None, Text()) if self.column is None else cast(self.column, Text())


def inside(
    statement: Select[*tuple[Any, ...]], sorting: Sorting, outline: PageWindow
) -> Select[*tuple[Any, ...]]:
    """The statement with its rows in order, and only those inside a window of the outline."""
    if outline.after is not None:
        statement = statement.where(sorting.beyond("after", backward=False))
    if outline.before is not None:
        statement = statement.where(sorting.beyond("before", backward=True))
    columns = sorting.id.label("page_id"), sorting.value.label("page_value")
    statement = statement.add_columns(*columns).order_by(*sorting.order(backward=outline.backward))
    return statement.limit(_rows_of(outline))


def _rows_of(window: PageWindow) -> ColumnElement[int]:
    """How many rows are read: one more than requested shows whether there are more.

    The number is written into the statement: PostgreSQL plans for it once.
    """
    return literal_column(str(window.limit + 1), Integer())


async def fetch_page(
    session: Reads,
    statement: Select[*tuple[Any, ...]],
    values: Mapping[str, Any],
    *,
    window: PageWindow,
    build: Callable[[Sequence[Any]], T],
    words: str | None = None,
) -> Page[T]:
    """The rows of a statement that is `inside` the window's outline, each built from its columns.

    `values` are those of its conditions. With `words`, only of stories that contain them; the
    statement reads stories.
    """
    values = {**values, **window.values}
    if words is None:
        rows = (await session.execute(statement, values)).all()
    else:
        rows = await _mentioning(session, statement, values, words, window=window)
    has_more = len(rows) > window.limit
    rows = rows[: window.limit]
    if window.backward:
        rows = rows[::-1]
    return Page(
        nodes=[build(row[:-2]) for row in rows],
        positions=[Position(id=row[-2], value=row[-1]) for row in rows],
        has_next=window.before is not None if window.backward else has_more,
        has_previous=has_more if window.backward else window.after is not None,
    )


async def _mentioning(
    session: Reads,
    statement: Select[*tuple[Any, ...]],
    values: Mapping[str, Any],
    words: str,
    *,
    window: PageWindow,
) -> Sequence[Sequence[Any]]:
    # Common words are found soon among the next rows, and rare ones by the index.
    near = statement.add_columns(mentions(words).label("page_fits")).limit(_NEAR).subquery()
    nearest = select(near).where(near.c.page_fits).limit(_rows_of(window))
    found = (await session.execute(nearest, values)).all()
    far = statement.offset(_NEAR).limit(1)
    if len(found) > window.limit or not (await session.execute(far, values)).all():
        return [row[:-1] for row in found]
    statement = statement.where(may_mention(words), mentions(words))
    return (await session.execute(statement, values)).all()


async def fetch_count(
    session: Reads, statement: Select[int], values: Mapping[str, Any], words: str | None
) -> int:
    """The count that the statement selects; with `words`, of stories that contain them."""
    if words is not None:
        statement = statement.where(may_mention(words), mentions(words))
    return (await session.execute(statement, values)).scalar_one()
