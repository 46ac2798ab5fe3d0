"""Statements about clips: the pictures of takes, in motion."""

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Uuid,
    exists,
    func,
    insert,
    select,
)
from uuid_utils.compat import uuid7

from db.models import Clip, Shot, Story, Take, Work
from db.queries.arguments import array_argument
from db.queries.changes import change
from db.queries.reading import Reader
from db.queries.records import AS_IT_IS, recordset, to_records
from db.queries.singles import Single
from db.read_sessions import Reads
from db.rows import ClipRow
from db.write_sessions import Writes
from db.written import Relation
from domain import (
    OPEN_STATUSES,
    Action,
    AspectRatio,
    Motion,
    Noun,
    Status,
    statuses_that_allow,
)

_CLIP = Reader(ClipRow, Clip)
SHOWN = Relation(_CLIP, Shot, Clip.take_id == Shot.selected_take_id)
"""The clip of the take that a shot shows."""
_OF_TAKES = select(*_CLIP.columns).where(
    Clip.take_id == func.any(array_argument("take_ids", Uuid()))
)


async def list_clips(session: Reads, take_ids: Collection[UUID]) -> dict[UUID, ClipRow]:
    """The clip of each take that has one, by take."""
    result = await session.execute(_OF_TAKES, {"take_ids": list(take_ids)})
    return {clip.take_id: clip for clip in map(_CLIP.read, result)}


get_clip = Single(
    _CLIP,
    select(*_CLIP.columns),
    id_=Clip.id,
    path=[Clip.take_id == Take.id, Take.shot_id == Shot.id, Shot.story_id == Story.id],
)


@dataclass(frozen=True, slots=True)
class WantedClip:
    """A clip to be made, with the shot that shows it."""

    id: UUID
    shot_id: UUID


@dataclass(frozen=True, slots=True)
class _NewClip:
    id: UUID
    take_id: UUID
    provider: str


_NEW = recordset("clips", Clip, _NewClip)
_ADD = insert(Clip).from_select(_NEW.c.keys(), select(*_NEW.c)).execution_options(**AS_IT_IS)


async def add_clips(
    session: Writes, shot_ids: Collection[UUID], *, provider: str
) -> list[WantedClip]:
    """Add a clip, PENDING, for each shot that requests one and shows a picture without one.

    The caller has locked the story's row.
    """
    wanted = (
        select(Take.id, Shot.id)
        .join(Shot, Shot.selected_take_id == Take.id)
        .where(
            Shot.id.in_(shot_ids),
            Shot.motion == Motion.CLIP,
            Take.media_key.is_not(None),
            ~exists().where(Clip.take_id == Take.id),
        )
    )
    shots = {row[0]: row[1] for row in await session.execute(wanted)}
    if not shots:
        return []
    new = [_NewClip(uuid7(), take_id, provider) for take_id in shots]
    await session.execute(_ADD, {"clips": to_records(new)})
    return [WantedClip(one.id, shots[one.take_id]) for one in new]


async def restart_clips(
    session: Writes, shot_ids: Collection[UUID], *, provider: str, action: Action
) -> list[WantedClip]:
    """Make the clips of the shots PENDING again, where the action allows it.

    The caller has locked the story's row.
    """
    result = await session.execute(
        change(Clip)
        .where(
            Clip.take_id == Shot.selected_take_id,
            Shot.id.in_(shot_ids),
            Shot.motion == Motion.CLIP,
            Clip.status.in_(statuses_that_allow(Noun.CLIP, action)),
        )
        .values(
            status=Status.PENDING,
            progress=None,
            failure=None,
            attempt=0,
            provider=provider,
        )
        .returning(Clip.id, Shot.id)
    )
    return [WantedClip(*row) for row in result]


@dataclass(frozen=True, slots=True)
class ClipInputs:
    """The input of a clip, and the shot that shows it."""

    shot_id: UUID
    image_key: str
    prompt: str
    seed: int
    duration_seconds: float
    aspect_ratio: AspectRatio


async def begin_clips(session: Writes, work_ids: Collection[UUID]) -> dict[UUID, ClipInputs]:
    """Mark the clips of the works as being made; returns their inputs, by work."""
    result = await session.execute(
        change(Clip)
        .where(
            Work.id.in_(work_ids),
            Clip.id == Work.subject_id,
            Take.id == Clip.take_id,
            Shot.id == Take.shot_id,
            Story.id == Shot.story_id,
        )
        .values(
            status=Status.GENERATING,
            attempt=Work.attempt + 1,
            provider=Work.provider,
        )
        .returning(
            Work.id,
            Shot.id,
            func.coalesce(Take.media_key, ""),
            Take.prompt,
            Take.seed,
            Shot.duration_seconds,
            Story.aspect_ratio,
        )
    )
    rows: Sequence[Any] = result.all()
    return {row[0]: ClipInputs(*row[1:]) for row in rows}


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredClip:
    """A stored clip that is not shown yet."""

    media_key: str
    digest: str
    size_bytes: int
    duration_seconds: float
    width: int
    height: int
    model: str | None


async def complete_clip(session: Writes, clip_id: UUID, clip: StoredClip) -> None:
    """Show the clip."""
    await session.execute(
        change(Clip)
        .where(Clip.id == clip_id)
        .values(
            **asdict(clip),
            status=Status.COMPLETED,
            progress=1.0,
            failure=None,
        )
    )


async def fail_clips(session: Writes, work_ids: Collection[UUID]) -> None:
    """Store the reason why the clips of the works failed."""
    await session.execute(
        change(Clip)
        .where(Work.id.in_(work_ids), Clip.id == Work.subject_id)
        .values(
            status=Status.FAILED,
            failure=Work.failure,
        )
    )


async def list_shots_of_clips(session: Writes, clip_ids: Collection[UUID]) -> list[UUID]:
    """The shots whose takes have these clips."""
    result = await session.execute(
        select(Take.shot_id).join(Clip, Clip.take_id == Take.id).where(Clip.id.in_(clip_ids))
    )
    return list(result.scalars())


async def cancel_clips(session: Writes, shot_ids: Collection[UUID]) -> list[WantedClip]:
    """Cancel every open clip of the shots' takes, and return those canceled."""
    result = await session.execute(
        change(Clip)
        .where(
            Clip.take_id == Take.id,
            Take.shot_id.in_(shot_ids),
            Clip.status.in_(statuses_that_allow(Noun.CLIP, Action.CANCEL)),
        )
        .values(status=Status.CANCELED)
        .returning(Clip.id, Take.shot_id)
    )
    return [WantedClip(*row) for row in result]


def awaits_clip() -> ColumnElement[bool]:
    """In SQL, for a row of `shot`: whether the clip that it is to show is being made."""
    return (
        exists()
        .where(
            Shot.motion == Motion.CLIP,
            Clip.take_id == Shot.selected_take_id,
            Clip.status.in_(OPEN_STATUSES),
        )
        .correlate(Shot)
    )


async def count_awaited_clips(session: Writes, story_id: UUID) -> int:
    """The number of the story's shots whose clip is being made."""
    result = await session.execute(
        select(func.count()).select_from(Shot).where(Shot.story_id == story_id, awaits_clip())
    )
    return result.scalar_one()
