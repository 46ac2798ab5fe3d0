"""The standings of stories: counts of shots and state of films, for any number of stories.

One statement, so that the values of a standing are from the same moment.
"""

import json
from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    FunctionFilter,
    Select,
    Text,
    Uuid,
    and_,
    case,
    cast,
    func,
    outerjoin,
    select,
    true,
)

from db.models import Shot, Story, Video
from db.queries.arguments import array_argument
from db.queries.clips import awaits_clip
from db.read_sessions import Reads
from db.rows import ShotCounts, Standing
from db.written import Inputs
from domain import OPEN_STATUSES, Status


def _shots_that(condition: ColumnElement[bool]) -> FunctionFilter[int]:
    return func.count().filter(condition)


# A shot only shows takes with a picture, so the take itself need not be read.
_IS_DRAWN = and_(Shot.status.not_in(OPEN_STATUSES), Shot.selected_take_id.is_not(None))
# Failed and canceled shots keep their progress: they are not done, and the total does not decrease.
_DONE = case((_IS_DRAWN, 1.0), else_=func.coalesce(Shot.progress, 0.0))
# Lateral, so that a push for one story only counts that story's shots.
_SHOTS = (
    select(
        func.count().label("total"),
        *(_shots_that(Shot.status == status).label(status.lower()) for status in Status),
        _shots_that(_IS_DRAWN).label("drawn"),
        _shots_that(awaits_clip()).label("awaiting_clips"),
        func.coalesce(func.sum(_DONE), 0.0).label("done"),
    )
    .where(Shot.story_id == Story.id)
    .correlate(Story)
    .lateral("shots")
)
_COUNTED = _SHOTS.columns.keys()
_COLUMNS = (Video.status, Video.media_key.is_not(None), *_SHOTS.columns)


def with_standing(statement: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    """Extend a statement over stories by the columns that `standing_of` reads."""
    standing = statement.add_columns(*_COLUMNS)
    return standing.outerjoin(Video, Video.story_id == Story.id).join(_SHOTS, true())


def standing_of(values: Sequence[Any]) -> Standing:
    """The standing from the columns that `with_standing` added."""
    film, plays, *counts = values
    return Standing(ShotCounts(**dict(zip(_COUNTED, counts, strict=True))), film, plays)


INPUTS = Inputs(
    Story,
    select(cast(func.json_build_array(Story.id, Story.status, *_COLUMNS), Text))
    .select_from(outerjoin(_SHOTS, Video, Video.story_id == Story.id))
    .correlate(Story)
    .scalar_subquery(),
)
"""What the standing of a story is computed from, with its ID and status."""


def standing_in(text: str) -> tuple[UUID, Status, Standing]:
    """The story's ID, its status and its standing, from `INPUTS`."""
    story_id, status, film, *rest = json.loads(text)
    return UUID(story_id), Status(status), standing_of([film and Status(film), *rest])


# Built once: it runs for every push, and building it takes as long as running it.
_STANDINGS = with_standing(select(Story.id)).where(
    Story.id == func.any(array_argument("story_ids", Uuid()))
)


async def list_standings(session: Reads, story_ids: Collection[UUID]) -> dict[UUID, Standing]:
    """The standings of the existing stories, by ID."""
    result = await session.execute(_STANDINGS, {"story_ids": list(story_ids)})
    return {row[0]: standing_of(row[1:]) for row in result}
