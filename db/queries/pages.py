"""Pages of a list, newest first: ids grow with time, so the id is the cursor."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import Row, Select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from db.rows import Page
from domain import DEFAULT_PAGE_SIZE

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class PageWindow:
    """Which rows: `limit` of them after or before a row; `backward` takes the last ones."""

    limit: int = DEFAULT_PAGE_SIZE
    after: UUID | None = None
    before: UUID | None = None
    backward: bool = False


async def fetch_page(
    session: AsyncSession,
    statement: Select[*tuple[Any, ...]],
    key: InstrumentedAttribute[UUID],
    *,
    window: PageWindow,
    build: Callable[[Row[*tuple[Any, ...]]], T],
) -> Page[T]:
    """The statement's rows inside the window, newest first, each built from its columns."""
    if window.after is not None:
        statement = statement.where(key < window.after)
    if window.before is not None:
        statement = statement.where(key > window.before)
    order = key if window.backward else key.desc()
    # One row more than asked for tells whether there are more.
    result = await session.execute(statement.order_by(order).limit(window.limit + 1))
    nodes = [build(row) for row in result]
    has_more = len(nodes) > window.limit
    nodes = nodes[: window.limit]
    if window.backward:
        nodes.reverse()
        return Page(nodes, has_next=window.before is not None, has_previous=has_more)
    return Page(nodes, has_next=has_more, has_previous=window.after is not None)
