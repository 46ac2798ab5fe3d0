"""Statements about clips: the pictures of takes, in motion."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Row,
    Uuid,
    bindparam,
    case,
    exists,
    func,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession
from uuid_utils.compat import uuid7

from db.models import Clip, Shot, Story, Take
from db.queries.runs import (
    begin_anew,
    fail_run,
    forget_run_attempt,
    in_run,
    raise_run_progress,
)
from db.rows import ClipRow, Failure
from domain import (
    OPEN_STATUSES,
    Action,
    AspectRatio,
    Motion,
    Noun,
    Status,
    statuses_that_allow,
)

_COLUMNS = (
    Clip.id,
    Clip.take_id,
    Clip.revision,
    Clip.status,
    Clip.progress,
    Clip.attempt,
    Clip.provider,
    Clip.model,
    Clip.media_key,
    Clip.duration_seconds,
    Clip.size_bytes,
    Clip.width,
    Clip.height,
    Clip.failure,
    Clip.created_at,
    Clip.updated_at,
)
_FAILURE = _COLUMNS.index(Clip.failure)
_OF_TAKES = select(*_COLUMNS).where(
    Clip.take_id == func.any(bindparam("take_ids", type_=ARRAY(Uuid())))
)


def _clip(row: Row[*tuple[Any, ...]]) -> ClipRow:
    values = list(row)
    values[_FAILURE] = Failure.from_json(values[_FAILURE])
    return ClipRow(*values)


async def list_clips(session: AsyncSession, take_ids: Collection[UUID]) -> dict[UUID, ClipRow]:
    """The clip of each take that has one, by take."""
    result = await session.execute(_OF_TAKES, {"take_ids": list(take_ids)})
    return {clip.take_id: clip for clip in map(_clip, result)}


async def get_clip(
    session: AsyncSession, clip_id: UUID, *, owner_id: str | None = None
) -> ClipRow | None:
    """The clip; None when absent, or somebody else's where an owner is given."""
    statement = select(*_COLUMNS).where(Clip.id == clip_id)
    if owner_id is not None:
        statement = statement.join(Take, Take.id == Clip.take_id)
        statement = statement.join(Shot, Shot.id == Take.shot_id).join(Story)
        statement = statement.where(Story.owner_id == owner_id)
    row = (await session.execute(statement)).one_or_none()
    return None if row is None else _clip(row)


@dataclass(frozen=True, slots=True)
class BegunClip:
    """A clip that is to be made, with the shot that shows it."""

    id: UUID
    shot_id: UUID
    provider: str
    run: int


async def add_clips(
    session: AsyncSession, shot_ids: Collection[UUID], *, provider: str
) -> list[BegunClip]:
    """Begin a clip for every one of the shots that wants one, shows a picture and has none.

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
    ids = {uuid7(): take_id for take_id in shots}
    rows = [{"id": id_, "take_id": take_id, "provider": provider} for id_, take_id in ids.items()]
    await session.execute(insert(Clip), rows)
    return [BegunClip(id_, shots[take_id], provider, run=1) for id_, take_id in ids.items()]


async def restart_clips(
    session: AsyncSession,
    shot_ids: Collection[UUID],
    *,
    providers: Sequence[str],
    action: Action,
) -> list[BegunClip]:
    """Make the clips that the shots show PENDING once more, where the action allows it.

    A retry of one that was made and could only not be fetched fetches it again. The caller has
    locked the story's row. The first of the providers is asked for what is made anew.
    """
    result = await session.execute(
        select(Clip, Shot.id)
        .join(Shot, Clip.take_id == Shot.selected_take_id)
        .where(
            Shot.id.in_(shot_ids),
            Shot.motion == Motion.CLIP,
            Clip.status.in_(statuses_that_allow(Noun.CLIP, action)),
        )
    )
    begun: list[BegunClip] = []
    for clip, shot_id in result.all():
        begin_anew(clip, providers=providers, resumes=action is Action.RETRY)
        begun.append(BegunClip(clip.id, shot_id, clip.provider, clip.run))
    await session.flush()
    return begun


@dataclass(frozen=True, slots=True)
class ClipToMake:
    """A claimed clip: what is set in motion, how far its remote work is, and which attempt."""

    clip_id: UUID
    shot_id: UUID
    story_id: UUID
    provider: str
    was_submitted: bool
    remote_job_id: str | None
    result_url: str | None
    attempt: int
    image_key: str
    prompt: str
    seed: int
    duration_seconds: float
    aspect_ratio: AspectRatio


async def claim_clip(
    session: AsyncSession, clip_id: UUID, *, run: int, provider: str
) -> ClipToMake | None:
    """Start one attempt at the clip; None when it is done, canceled or started anew since.

    What was submitted belongs to the provider that has it: its name is not replaced then.
    """
    began_elsewhere = or_(Clip.submitted_at.is_not(None), Clip.result_url.is_not(None))
    claimed = (
        update(Clip)
        .where(
            *in_run(Clip, clip_id, run, Action.CLAIM),
            Take.id == Clip.take_id,
            Shot.id == Take.shot_id,
            Story.id == Shot.story_id,
        )
        .values(
            status=Status.GENERATING,
            attempt=Clip.attempt + 1,
            provider=case((began_elsewhere, Clip.provider), else_=provider),
            revision=Clip.revision + 1,
            updated_at=func.now(),
        )
        .returning(
            Clip.id,
            Shot.id,
            Shot.story_id,
            Clip.provider,
            Clip.submitted_at.is_not(None),
            Clip.remote_job_id,
            Clip.result_url,
            Clip.attempt,
            Take.media_key,
            Take.prompt,
            Take.seed,
            Shot.duration_seconds,
            Story.aspect_ratio,
        )
    )
    row = (await session.execute(claimed)).one_or_none()
    return None if row is None else ClipToMake(*row)


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredClip:
    """A clip that is stored and waits to be shown."""

    media_key: str
    digest: str
    size_bytes: int
    duration_seconds: float
    width: int
    height: int
    model: str | None


async def complete_clip(
    session: AsyncSession, clip_id: UUID, *, run: int, clip: StoredClip
) -> bool:
    """Show the clip; False when it moved on meanwhile."""
    result = await session.execute(
        update(Clip)
        .where(*in_run(Clip, clip_id, run, Action.COMPLETE))
        .values(
            status=Status.COMPLETED,
            progress=1.0,
            failure=None,
            media_key=clip.media_key,
            digest=clip.digest,
            size_bytes=clip.size_bytes,
            duration_seconds=clip.duration_seconds,
            width=clip.width,
            height=clip.height,
            model=clip.model,
            revision=Clip.revision + 1,
            updated_at=func.now(),
        )
        .returning(Clip.id)
    )
    return result.one_or_none() is not None


async def fail_clip(session: AsyncSession, clip_id: UUID, *, run: int, failure: Failure) -> bool:
    """Say why there is no clip; False when it moved on meanwhile."""
    return await fail_run(session, Clip, clip_id, run=run, failure=failure)


async def forget_attempt(session: AsyncSession, clip_id: UUID, *, run: int) -> None:
    """Take back the attempt of a claim that came to no end by no fault of its own."""
    await forget_run_attempt(session, Clip, clip_id, run=run)


async def raise_clip_progress(
    session: AsyncSession, clip_id: UUID, *, run: int, progress: float
) -> bool:
    """Report progress of a clip that is being made, never backwards; says whether it moved."""
    return await raise_run_progress(session, Clip, clip_id, run=run, progress=progress)


@dataclass(frozen=True, slots=True)
class CanceledClip:
    """A clip that was given up, and what may still run elsewhere for it."""

    id: UUID
    shot_id: UUID
    run: int
    provider: str
    remote_job_id: str | None


async def cancel_clips(session: AsyncSession, shot_ids: Collection[UUID]) -> list[CanceledClip]:
    """Give up every open clip of the shots' takes."""
    result = await session.execute(
        update(Clip)
        .where(
            Clip.take_id == Take.id,
            Take.shot_id.in_(shot_ids),
            Clip.status.in_(statuses_that_allow(Noun.CLIP, Action.CANCEL)),
        )
        .values(status=Status.CANCELED, revision=Clip.revision + 1, updated_at=func.now())
        .returning(Clip.id, Take.shot_id, Clip.run, Clip.provider, Clip.remote_job_id)
    )
    return [CanceledClip(*row) for row in result]


async def list_open_clips(session: AsyncSession) -> list[tuple[UUID, UUID, str, int]]:
    """Every open clip with its story, provider and run."""
    result = await session.execute(
        select(Clip.id, Shot.story_id, Clip.provider, Clip.run)
        .join(Take, Take.id == Clip.take_id)
        .join(Shot, Shot.id == Take.shot_id)
        .where(Clip.status.in_(OPEN_STATUSES))
    )
    return [(row[0], row[1], row[2], row[3]) for row in result]


def awaits_clip() -> ColumnElement[bool]:
    """In SQL, of a row of `shot`: whether the clip that it is to show is being made."""
    return (
        exists()
        .where(
            Shot.motion == Motion.CLIP,
            Clip.take_id == Shot.selected_take_id,
            Clip.status.in_(OPEN_STATUSES),
        )
        .correlate(Shot)
    )


async def count_awaited_clips(session: AsyncSession, story_id: UUID) -> int:
    """How many of the story's shots are to show a clip that is being made."""
    result = await session.execute(
        select(func.count()).select_from(Shot).where(Shot.story_id == story_id, awaits_clip())
    )
    return result.scalar_one()


async def get_media_key(session: AsyncSession, clip_id: UUID) -> str | None:
    """The key of what plays now."""
    result = await session.execute(select(Clip.media_key).where(Clip.id == clip_id))
    return result.scalar_one_or_none()
