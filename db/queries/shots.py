"""Statements about shots."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields
from uuid import UUID

from sqlalchemy import (
    Uuid,
    bindparam,
    delete,
    func,
    insert,
    literal_column,
    outerjoin,
    select,
    true,
    update,
)

from db.models import Shot, Story, Take
from db.queries.arguments import array_argument
from db.queries.changes import change
from db.queries.reading import Reader
from db.queries.records import AS_IT_IS, recordset, to_records
from db.queries.singles import Single
from db.read_sessions import Reads
from db.rows import ShotRow
from db.write_sessions import Writes
from db.written import Inputs, Relation
from domain import OPEN_STATUSES, Motion, ShotOptions, Status, Transition

_SHOT = Reader(
    ShotRow,
    Shot,
    source=outerjoin(Shot, Take, Take.id == Shot.selected_take_id),
    image_key=Take.media_key,
)
OF_STORY = Relation(_SHOT, Story, Shot.story_id == Story.id, [Shot.position.expression])
"""The shots of a story in playing order."""
_SELECT = _SHOT.select()
# Built once: these run for every push, and building one takes as long as running it.
_SELECT_BY_ID = _SELECT.where(Shot.id == func.any(array_argument("shot_ids", Uuid())))
_SELECT_OF_STORIES = _SELECT.where(
    Shot.story_id == func.any(array_argument("story_ids", Uuid()))
).order_by(Shot.story_id, Shot.position)

_FIRST_KEY = (
    select(Take.media_key)
    .select_from(Shot)
    .join(Take, Take.id == Shot.selected_take_id)
    .where(Shot.story_id == Story.id, Take.media_key.is_not(None))
    .order_by(Shot.position)
    .limit(1)
    .correlate(Story)
    .scalar_subquery()
)
_FIRST_PICTURES = select(Story.id, _FIRST_KEY).where(
    Story.id == func.any(array_argument("story_ids", Uuid()))
)
FIRST_PICTURE = Inputs(Story, func.concat(Story.id, literal_column("' '"), _FIRST_KEY))
"""The ID of a story, and after a space the key of its first picture in playing order, if any."""


get_shot = Single(_SHOT, _SELECT, id_=Shot.id, path=[Shot.story_id == Story.id])


async def list_shots(session: Reads, story_ids: Collection[UUID]) -> list[ShotRow]:
    """The shots of the stories, story by story in playing order."""
    result = await session.execute(_SELECT_OF_STORIES, {"story_ids": list(story_ids)})
    return [_SHOT.read(row) for row in result]


async def list_first_pictures(session: Reads, story_ids: Collection[UUID]) -> dict[UUID, str]:
    """The key of each story's first picture in playing order, if it has one."""
    result = await session.execute(_FIRST_PICTURES, {"story_ids": list(story_ids)})
    return {story_id: key for story_id, key in result if key is not None}


async def list_shots_by_id(session: Reads, shot_ids: Collection[UUID]) -> dict[UUID, ShotRow]:
    """The existing shots, by ID."""
    result = await session.execute(_SELECT_BY_ID, {"shot_ids": list(shot_ids)})
    return {shot.id: shot for shot in map(_SHOT.read, result)}


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


_NEW = recordset("shots", Shot, NewShot)
_ADD = (
    insert(Shot)
    .from_select(
        [*_NEW.c.keys(), "story_id"],
        select(
            *(func.coalesce(one, Story.motion) if one.name == "motion" else one for one in _NEW.c),
            Story.id,
        )
        .join_from(Story, _NEW, true())
        .where(Story.id == bindparam("of_story")),
    )
    .execution_options(**AS_IT_IS)
)


async def add_shots(session: Writes, story_id: UUID, shots: Sequence[NewShot]) -> None:
    """Insert shots of the story, PENDING, in one statement."""
    await session.execute(_ADD, {"of_story": story_id, "shots": to_records(shots)})


async def update_shot(
    session: Writes,
    shot_id: UUID,
    edit: ShotOptions,
    *,
    duration_is_wished: bool | None = None,
) -> None:
    """Change the values that are not None."""
    given = {field.name: getattr(edit, field.name) for field in fields(ShotOptions)}
    given["duration_is_wished"] = duration_is_wished
    values = {name: value for name, value in given.items() if value is not None}
    await session.execute(change(Shot).where(Shot.id == shot_id).values(**values))


async def touch_shots(session: Writes, shot_ids: Collection[UUID]) -> None:
    """Record a change of the shots that is stored elsewhere: on their clips."""
    await session.execute(change(Shot).where(Shot.id.in_(shot_ids)))


async def move_shots(session: Writes, story_id: UUID, *, after: int, by: int) -> bool:
    """Move the shots after a position up or down the film; returns whether there were any."""
    result = await session.execute(
        change(Shot)
        .where(Shot.story_id == story_id, Shot.position > after)
        .values(position=Shot.position + by)
        .returning(Shot.id)
    )
    return bool(result.scalars().all())


_WANTED = (
    func.unnest(array_argument("shot_ids", Uuid()))
    .table_valued("id", with_ordinality="position", name="wanted")
    .render_derived()
)
_REORDER = (
    change(Shot)
    .where(Shot.id == _WANTED.c.id, Shot.position != _WANTED.c.position)
    .values(position=_WANTED.c.position)
)


async def reorder_shots(session: Writes, shot_ids: Sequence[UUID]) -> None:
    """Give all shots of a story the positions 1, 2, 3... in this order."""
    await session.execute(_REORDER, {"shot_ids": list(shot_ids)})


async def delete_shot(session: Writes, shot_id: UUID) -> None:
    """Delete the shot with its takes."""
    await session.execute(delete(Shot).where(Shot.id == shot_id))


async def reopen_shots(session: Writes, shot_ids: Collection[UUID]) -> None:
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


async def select_take(session: Writes, shot_id: UUID, take_id: UUID) -> None:
    """Select the take; the shot is COMPLETED with it unless a new one is in progress."""
    await session.execute(change(Shot).where(Shot.id == shot_id).values(selected_take_id=take_id))
    await session.execute(
        update(Shot)  # part of the same change
        .where(Shot.id == shot_id, Shot.status.not_in(OPEN_STATUSES))
        .values(status=Status.COMPLETED, progress=1.0, failure=None)
    )


async def cancel_shots(session: Writes, story_id: UUID) -> list[UUID]:
    """Cancel every open shot of the story, and return those canceled."""
    result = await session.execute(
        change(Shot)
        .where(Shot.story_id == story_id, Shot.status.in_(OPEN_STATUSES))
        .values(status=Status.CANCELED)
        .returning(Shot.id)
    )
    return list(result.scalars())


async def cancel_shot(session: Writes, shot_id: UUID) -> None:
    """Leave the shot without a picture until it is regenerated."""
    await session.execute(
        change(Shot)
        .where(Shot.id == shot_id, Shot.status.in_(OPEN_STATUSES))
        .values(status=Status.CANCELED)
    )
