"""How far stories are: their shots and films, counted in one statement for any number of them.

One statement, so that what is told together was true together.
"""

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    FunctionFilter,
    Select,
    Uuid,
    and_,
    bindparam,
    case,
    func,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Shot, Story, Video
from db.queries.clips import awaits_clip
from db.rows import ShotCounts, Standing
from domain import OPEN_STATUSES, Status


def _shots_that(condition: ColumnElement[bool]) -> FunctionFilter[int]:
    return func.count().filter(condition)


# A shot shows only takes that have a picture, so the take itself need not be read.
_IS_DRAWN = and_(Shot.status.not_in(OPEN_STATUSES), Shot.selected_take_id.is_not(None))
# What failed or was stopped keeps the progress that it had: it is not done, and nothing goes back.
_DONE = case((_IS_DRAWN, 1.0), else_=func.coalesce(Shot.progress, 0.0))
# Lateral, so that a push, which asks for one story, costs what counting its shots costs.
_SHOTS = (
    select(
        func.count(),
        *(_shots_that(Shot.status == status) for status in Status),
        _shots_that(_IS_DRAWN),
        _shots_that(awaits_clip()),
        func.coalesce(func.sum(_DONE), 0.0),
    )
    .where(Shot.story_id == Story.id)
    .correlate(Story)
    .lateral("shots")
)
_COLUMNS = (Video.status, Video.media_key.is_not(None), *_SHOTS.columns)


def with_standing(statement: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    """The statement over stories with the columns that `standing_of` reads, after its own."""
    standing = statement.add_columns(*_COLUMNS)
    return standing.outerjoin(Video, Video.story_id == Story.id).join(_SHOTS, true())


def standing_of(values: Sequence[Any]) -> Standing:
    """How far a story is, from what `with_standing` added."""
    film, plays, *counts = values
    return Standing(ShotCounts(*counts), film, plays)


# Built once: it runs for every push, and building it takes as long as running it.
_STANDINGS = with_standing(select(Story.id)).where(
    Story.id == func.any(bindparam("story_ids", type_=ARRAY(Uuid())))
)


async def list_standings(
    session: AsyncSession, story_ids: Collection[UUID]
) -> dict[UUID, Standing]:
    """How far each of the stories is that exist, by id."""
    result = await session.execute(_STANDINGS, {"story_ids": list(story_ids)})
    return {row[0]: standing_of(row[1:]) for row in result}
