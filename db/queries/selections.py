"""The filters shared by lists of stories and lists of videos."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, or_

from db.models import Story, Video
from domain import Status


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
    """The WHERE of a statement over such rows, joined with their stories."""
    conditions: list[ColumnElement[bool]] = []
    if selection.owner_id is not None:
        conditions.append(Story.owner_id == selection.owner_id)
    if selection.statuses is not None:
        conditions.append(kind.status.in_(selection.statuses))
    if selection.search is not None:
        conditions.append(_mentions(selection.search))
    if selection.created_after is not None:
        conditions.append(kind.created_at > selection.created_after)
    if selection.created_before is not None:
        conditions.append(kind.created_at < selection.created_before)
    return conditions


def _mentions(text: str) -> ColumnElement[bool]:
    """Whether a story's title or text contains the words literally, case-insensitively.

    No index supports two Chinese characters; an owner's thousand stories take some ms without one.
    """
    return or_(
        Story.title.icontains(text, autoescape=True),
        Story.content.icontains(text, autoescape=True),
    )
