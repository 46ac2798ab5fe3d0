"""Statements about shots."""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, Uuid, bindparam, delete, func, select, text, update
from sqlalchemy.dialects.postgresql import ARRAY, distinct_on
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Shot, Story, Take
from db.queries.changes import change
from db.rows import Failure, ShotRow
from domain import OPEN_STATUSES, Motion, Status, Transition

_COLUMNS = (
    Shot.id,
    Shot.story_id,
    Shot.revision,
    Shot.position,
    Shot.title,
    Shot.prompt,
    Shot.narration,
    Shot.transition,
    Shot.motion,
    Shot.duration_seconds,
    Shot.duration_is_wished,
    Shot.status,
    Shot.progress,
    Shot.attempt,
    Shot.failure,
    Shot.selected_take_id,
    Take.media_key,
    Shot.created_at,
    Shot.updated_at,
)
_FAILURE = _COLUMNS.index(Shot.failure)


_SELECT: Select[*tuple[Any, ...]] = select(*_COLUMNS).outerjoin(
    Take, Take.id == Shot.selected_take_id
)
# Built once: these run for every push, and building one takes as long as running it.
_SELECT_BY_ID = _SELECT.where(Shot.id == func.any(bindparam("shot_ids", type_=ARRAY(Uuid()))))
_SELECT_OF_STORIES = _SELECT.where(
    Shot.story_id == func.any(bindparam("story_ids", type_=ARRAY(Uuid())))
).order_by(Shot.story_id, Shot.position)

_FIRST_PICTURES = (
    select(Shot.story_id, Take.media_key)
    .join(Take, Take.id == Shot.selected_take_id)
    .where(
        Shot.story_id == func.any(bindparam("story_ids", type_=ARRAY(Uuid()))),
        Take.media_key.is_not(None),
    )
    .ext(distinct_on(Shot.story_id))
    .order_by(Shot.story_id, Shot.position)
)


def _shot(row: Row[*tuple[Any, ...]]) -> ShotRow:
    values = list(row)
    values[_FAILURE] = Failure.from_json(values[_FAILURE])
    return ShotRow(*values)


async def get_shot(
    session: AsyncSession, shot_id: UUID, *, owner_id: str | None = None
) -> ShotRow | None:
    """The shot; None if absent, or of another owner than the given one."""
    statement = _SELECT.where(Shot.id == shot_id)
    if owner_id is not None:
        statement = statement.join(Story).where(Story.owner_id == owner_id)
    row = (await session.execute(statement)).one_or_none()
    return None if row is None else _shot(row)


async def list_shots(session: AsyncSession, story_ids: Collection[UUID]) -> list[ShotRow]:
    """The shots of the stories, story by story in playing order."""
    result = await session.execute(_SELECT_OF_STORIES, {"story_ids": list(story_ids)})
    return [_shot(row) for row in result]


async def list_first_pictures(
    session: AsyncSession, story_ids: Collection[UUID]
) -> dict[UUID, str]:
    """The key of each story's first picture in playing order, if it has one."""
    result = await session.execute(_FIRST_PICTURES, {"story_ids": list(story_ids)})
    return {story_id: key for story_id, key in result if key is not None}


async def list_shots_by_id(
    session: AsyncSession, shot_ids: Collection[UUID]
) -> dict[UUID, ShotRow]:
    """The existing shots, by ID."""
    result = await session.execute(_SELECT_BY_ID, {"shot_ids": list(shot_ids)})
    return {shot.id: shot for shot in map(_shot, result)}


@dataclass(frozen=True, slots=True, kw_only=True)
class NewShot:
    """The values of a new shot; `motion` None takes the story's."""

    id: UUID
    position: int
    title: str
    prompt: str
    narration: str
    transition: Transition
    duration_seconds: float
    duration_is_wished: bool = False
    motion: Motion | None = None


_ADD = text(
    """
    INSERT INTO shot (id, story_id, position, title, prompt, narration, transition,
        duration_seconds, duration_is_wished, motion, status, attempt, revision)
    SELECT r.id, story.id, r.position, r.title, r.prompt, r.narration, r.transition,
        r.duration_seconds, r.duration_is_wished, coalesce(r.motion, story.motion),
        'PENDING', 0, 1
    FROM story, jsonb_to_recordset(CAST(:shots AS jsonb)) AS r(
        id uuid, position int, title text, prompt text, narration text,
        transition text, duration_seconds double precision, duration_is_wished boolean,
        motion text)
    WHERE story.id = CAST(:story_id AS uuid)
    """
)


async def add_shots(session: AsyncSession, story_id: UUID, shots: Sequence[NewShot]) -> None:
    """Insert shots of the story, PENDING.

    In one statement, because the ORM's insert of 200 blocks the event loop for 12 ms.
    """
    rows = [
        {
            "id": str(shot.id),
            "position": shot.position,
            "title": shot.title,
            "prompt": shot.prompt,
            "narration": shot.narration,
            "transition": shot.transition,
            "duration_seconds": shot.duration_seconds,
            "duration_is_wished": shot.duration_is_wished,
            "motion": shot.motion,
        }
        for shot in shots
    ]
    await session.execute(_ADD, {"story_id": story_id, "shots": json.dumps(rows)})


async def update_shot(
    session: AsyncSession,
    shot_id: UUID,
    *,
    title: str | None = None,
    prompt: str | None = None,
    narration: str | None = None,
    transition: Transition | None = None,
    duration_seconds: float | None = None,
    duration_is_wished: bool | None = None,
    motion: Motion | None = None,
) -> None:
    """Change the values that are not None."""
    given = {
        "title": title,
        "prompt": prompt,
        "narration": narration,
        "transition": transition,
        "duration_seconds": duration_seconds,
        "duration_is_wished": duration_is_wished,
        "motion": motion,
    }
    values = {name: value for name, value in given.items() if value is not None}
    await session.execute(change(Shot).where(Shot.id == shot_id).values(**values))


async def touch_shots(session: AsyncSession, shot_ids: Collection[UUID]) -> None:
    """Record a change of the shots that is stored elsewhere: on their clips."""
    await session.execute(change(Shot).where(Shot.id.in_(shot_ids)))


async def move_shots(session: AsyncSession, story_id: UUID, *, after: int, by: int) -> bool:
    """Move the shots after a position up or down the film; returns whether there were any."""
    result = await session.execute(
        change(Shot)
        .where(Shot.story_id == story_id, Shot.position > after)
        .values(position=Shot.position + by)
        .returning(Shot.id)
    )
    return bool(result.scalars().all())


_REORDER = text(
    """
    UPDATE shot SET position = wanted.position, revision = revision + 1, updated_at = now()
    FROM unnest(:shot_ids) WITH ORDINALITY AS wanted(id, position)
    WHERE shot.id = wanted.id AND shot.position <> wanted.position
    """
).bindparams(bindparam("shot_ids", type_=ARRAY(Uuid())))


async def reorder_shots(session: AsyncSession, shot_ids: Sequence[UUID]) -> None:
    """Give all shots of a story the positions 1, 2, 3... in this order."""
    await session.execute(_REORDER, {"shot_ids": list(shot_ids)})


async def delete_shot(session: AsyncSession, shot_id: UUID) -> None:
    """Delete the shot with its takes."""
    await session.execute(delete(Shot).where(Shot.id == shot_id))


async def reopen_shots(session: AsyncSession, shot_ids: Collection[UUID]) -> None:
    """Make the shots PENDING for a new take; the present one stays visible until it is ready."""
    await session.execute(
        change(Shot)
        .where(Shot.id.in_(shot_ids))
        .values(
            status=Status.PENDING,
            progress=None,
            attempt=0,
            failure=None,
        )
    )


async def select_take(session: AsyncSession, shot_id: UUID, take_id: UUID) -> None:
    """Select the take; the shot is COMPLETED with it unless a new one is in progress."""
    await session.execute(change(Shot).where(Shot.id == shot_id).values(selected_take_id=take_id))
    await session.execute(
        update(Shot)  # part of the same change
        .where(Shot.id == shot_id, Shot.status.not_in(OPEN_STATUSES))
        .values(status=Status.COMPLETED, progress=1.0, failure=None)
    )


async def cancel_shots(session: AsyncSession, story_id: UUID) -> list[UUID]:
    """Cancel every open shot of the story, and return those canceled."""
    result = await session.execute(
        change(Shot)
        .where(Shot.story_id == story_id, Shot.status.in_(OPEN_STATUSES))
        .values(status=Status.CANCELED)
        .returning(Shot.id)
    )
    return list(result.scalars())


async def cancel_shot(session: AsyncSession, shot_id: UUID) -> None:
    """Leave the shot without a picture until it is regenerated."""
    await session.execute(
        change(Shot)
        .where(Shot.id == shot_id, Shot.status.in_(OPEN_STATUSES))
        .values(status=Status.CANCELED)
    )
