"""The filters shared by lists of stories and lists of videos."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, Self
from uuid import UUID

from sqlalchemy import ColumnElement, bindparam

from db.models import Story, Video
from domain import Status

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LAST_MILLISECOND = (1 << 48) - 1
_CLOCKS_DIFFER = timedelta(hours=1)
"""At most, between the process that makes an ID and PostgreSQL, which notes the time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """The filter; None does not filter. `search` is matched against the story's title and text."""

    owner_id: str | None
    statuses: tuple[Status, ...] | None = None
    search: str | None = None
    created_after: datetime | None = None
    created_before: datetime | None = None

    @property
    def outline(self) -> Self:
        """What the statement depends on: the statuses, and which of the other values are given."""
        return replace(
            self,
            owner_id=None if self.owner_id is None else "",
            search=None,
            created_after=self.created_after and _EPOCH,
            created_before=self.created_before and _EPOCH,
        )

    @property
    def values(self) -> dict[str, Any]:
        """The values of the statement for the outline."""
        values: dict[str, Any] = {"owner_id": self.owner_id}
        if self.created_after is not None:
            first = _first_id(self.created_after, later_by=-_CLOCKS_DIFFER)
            values |= {"created_after": self.created_after, "created_after_id": first}
        if self.created_before is not None:
            first = _first_id(self.created_before, later_by=_CLOCKS_DIFFER)
            values |= {"created_before": self.created_before, "created_before_id": first}
        return values


def conditions_of(outline: Selection, kind: type[Story] | type[Video]) -> list[ColumnElement[bool]]:
    """The WHERE of a statement over such rows, joined with their stories, but for the search.

    Statuses are written into the statement: the planner knows how many rows have each of them.
    """
    conditions: list[ColumnElement[bool]] = []
    if outline.owner_id is not None:
        conditions.append(kind.owner_id == bindparam("owner_id"))
    if outline.statuses is not None:
        conditions.append(one_of(kind.status, outline.statuses))
    if outline.created_after is not None:
        conditions.append(kind.id > bindparam("created_after_id"))
        conditions.append(kind.created_at > bindparam("created_after"))
    if outline.created_before is not None:
        conditions.append(kind.id < bindparam("created_before_id"))
        conditions.append(kind.created_at < bindparam("created_before"))
    return conditions


def one_of(column: Any, values: Collection[StrEnum]) -> ColumnElement[bool]:
    """Whether the column has one of the values, which are written into the statement."""
    return column.in_(bindparam(None, list(values), expanding=True, literal_execute=True))


def _first_id(moment: datetime, *, later_by: timedelta) -> UUID:
    """The least ID of that time: a UUIDv7 begins with its milliseconds since 1970."""
    milliseconds = (moment - _EPOCH + later_by) // timedelta(milliseconds=1)
    return UUID(int=min(max(milliseconds, 0), _LAST_MILLISECOND) << 80)
