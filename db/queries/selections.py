"""The filters shared by lists of stories and lists of videos."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any
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
    statuses: Collection[Status] | None = None
    search: str | None = None
    created_after: datetime | None = None
    created_before: datetime | None = None


def conditions_of(
    selection: Selection, kind: type[Story] | type[Video]
) -> list[ColumnElement[bool]]:
    """The WHERE of a statement over such rows, joined with their stories, but for the search.

    Statuses are written into the statement: the planner knows how many rows have each of them.
    """
    conditions: list[ColumnElement[bool]] = []
    if selection.owner_id is not None:
        conditions.append(kind.owner_id == selection.owner_id)
    if selection.statuses is not None:
        conditions.append(one_of(kind.status, selection.statuses))
    if selection.created_after is not None:
        conditions.append(kind.id > _first_id(selection.created_after, later_by=-_CLOCKS_DIFFER))
        conditions.append(kind.created_at > selection.created_after)
    if selection.created_before is not None:
        conditions.append(kind.id < _first_id(selection.created_before, later_by=_CLOCKS_DIFFER))
        conditions.append(kind.created_at < selection.created_before)
    return conditions


def one_of(column: Any, values: Collection[StrEnum]) -> ColumnElement[bool]:
    """Whether the column has one of the values, which are written into the statement."""
    return column.in_(bindparam(None, list(values), expanding=True, literal_execute=True))


def _first_id(moment: datetime, *, later_by: timedelta) -> UUID:
    """The least ID of that time: a UUIDv7 begins with its milliseconds since 1970."""
    milliseconds = (moment - _EPOCH + later_by) // timedelta(milliseconds=1)
    return UUID(int=min(max(milliseconds, 0), _LAST_MILLISECOND) << 80)
