"""What lists of stories and of videos are filtered by alike."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, or_

from db.models import Story, Video
from domain import Status


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Which rows; None leaves it open. `search` is looked for in the story's title and text."""

    owner_id: str | None
    statuses: Collection[Status] | None = None
    search: str | None = None
    created_after: datetime | None = None
    created_before: datetime | None = None


def conditions_of(
    selection: Selection, kind: type[Story] | type[Video]
) -> list[ColumnElement[bool]]:
    """The WHERE of a statement over rows of this kind that are joined with their stories."""
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
    """Whether a story's title or text contains the words as they stand, in any case.

    No index serves two Chinese characters; an owner's thousand stories take some ms without one.
    """
    return or_(
        Story.title.icontains(text, autoescape=True),
        Story.content.icontains(text, autoescape=True),
    )
