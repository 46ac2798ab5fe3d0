"""Statements about takes; for the state of their work see `db.queries.work`."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Row,
    Uuid,
    bindparam,
    case,
    func,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY, distinct_on
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Shot, Story, Take
from db.queries.records import to_records
from db.rows import Failure, TakeRow
from domain import OPEN_STATUSES, UPLOAD, AspectRatio, Status, Style

_COLUMNS = (
    Take.id,
    Take.shot_id,
    Take.number,
    Take.prompt,
    case((Take.provider != UPLOAD, Take.seed)),
    Take.provider,
    Take.model,
    Take.status,
    Take.media_key,
    Take.width,
    Take.height,
    Take.failure,
    Take.created_at,
)
_FAILURE = _COLUMNS.index(Take.failure)


def _take(row: Row[*tuple[Any, ...]]) -> TakeRow:
    values = list(row)
    values[_FAILURE] = Failure.from_json(values[_FAILURE])
    return TakeRow(*values)


_SELECT_BY_ID = select(*_COLUMNS).where(
    Take.id == func.any(bindparam("take_ids", type_=ARRAY(Uuid())))
)
_SELECT_OF_SHOTS = (
    select(*_COLUMNS)
    .where(Take.shot_id == func.any(bindparam("shot_ids", type_=ARRAY(Uuid()))))
    .order_by(Take.shot_id, Take.number)
)


async def list_takes(session: AsyncSession, shot_ids: Collection[UUID]) -> list[TakeRow]:
    """The takes of the shots, shot by shot, oldest first."""
    result = await session.execute(_SELECT_OF_SHOTS, {"shot_ids": list(shot_ids)})
    return [_take(row) for row in result]


async def get_take(
    session: AsyncSession, take_id: UUID, *, owner_id: str | None = None
) -> TakeRow | None:
    """The take; None if absent, or of another owner than the given one."""
    statement = select(*_COLUMNS).where(Take.id == take_id)
    if owner_id is not None:
        statement = statement.join(Shot, Shot.id == Take.shot_id).join(Story)
        statement = statement.where(Story.owner_id == owner_id)
    row = (await session.execute(statement)).one_or_none()
    return None if row is None else _take(row)


async def list_takes_by_id(
    session: AsyncSession, take_ids: Collection[UUID]
) -> dict[UUID, TakeRow]:
    """The existing takes, by ID."""
    result = await session.execute(_SELECT_BY_ID, {"take_ids": list(take_ids)})
    return {take.id: take for take in map(_take, result)}


@dataclass(frozen=True, slots=True)
class LastTake:
    """The newest take of a shot."""

    id: UUID
    shot_id: UUID
    number: int
    prompt: str
    seed: int


async def list_last_takes(
    session: AsyncSession, shot_ids: Collection[UUID]
) -> dict[UUID, LastTake]:
    """The newest take of each shot that has one, by shot."""
    result = await session.execute(
        select(Take.id, Take.shot_id, Take.number, Take.prompt, Take.seed)
        .where(Take.shot_id.in_(shot_ids))
        .order_by(Take.shot_id, Take.number.desc())
        .ext(distinct_on(Take.shot_id))
    )
    return {row[1]: LastTake(*row) for row in result}


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTake:
    """The values of a new take; its work has the same ID."""

    id: UUID
    shot_id: UUID
    number: int
    prompt: str
    seed: int
    provider: str


_ADD = text(
    """
    INSERT INTO take (id, shot_id, number, prompt, seed, provider, status)
    SELECT r.id, r.shot_id, r.number, r.prompt, r.seed, r.provider, 'PENDING'
    FROM jsonb_to_recordset(CAST(:takes AS jsonb)) AS r(
        id uuid, shot_id uuid, number int, prompt text, seed bigint, provider text)
    """
)


async def add_takes(session: AsyncSession, takes: Sequence[NewTake]) -> None:
    """Insert takes, PENDING, in one statement.

    Raises:
        IntegrityError: A shot has an open take already.
    """
    await session.execute(_ADD, {"takes": to_records(takes)})


@dataclass(frozen=True, slots=True)
class PictureInputs:
    """The input of a picture, and the shot that shows it."""

    shot_id: UUID
    prompt: str
    seed: int
    style: Style
    style_prompt: str | None
    aspect_ratio: AspectRatio


_BEGIN = text(
    """
    WITH begun AS (
        UPDATE take
        SET status = 'GENERATING', provider = work.provider, updated_at = now()
        FROM work
        WHERE work.id = ANY(:work_ids) AND take.id = work.subject_id
        RETURNING work.id, work.attempt, take.shot_id, take.prompt, take.seed
    )
    UPDATE shot
    SET status = 'GENERATING', attempt = begun.attempt + 1, revision = shot.revision + 1,
        updated_at = now()
    FROM begun, story
    WHERE shot.id = begun.shot_id AND story.id = shot.story_id
    RETURNING begun.id, shot.id, begun.prompt, begun.seed, story.style, story.style_prompt,
        story.aspect_ratio
    """
).bindparams(bindparam("work_ids", type_=ARRAY(Uuid())))
_BEGIN_COLUMNS = _BEGIN.columns(
    Take.id,
    Shot.id,
    Take.prompt,
    Take.seed,
    Story.style,
    Story.style_prompt,
    Story.aspect_ratio,
)


async def begin_takes(
    session: AsyncSession, work_ids: Collection[UUID]
) -> dict[UUID, PictureInputs]:
    """Mark the takes of the works as being drawn; returns their inputs, by work."""
    result = await session.execute(_BEGIN_COLUMNS, {"work_ids": list(work_ids)})
    return {row[0]: PictureInputs(*row[1:]) for row in result}


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredPicture:
    """A stored picture that is not shown yet; the size is in pixels."""

    take_id: UUID
    media_key: str
    digest: str
    size_bytes: int
    width: int
    height: int
    model: str | None


_COMPLETE = text(
    """
    WITH landed AS (
        UPDATE take
        SET status = 'COMPLETED', media_key = r.media_key, digest = r.digest,
            size_bytes = r.size_bytes, width = r.width, height = r.height, model = r.model,
            failure = NULL, updated_at = now()
        FROM jsonb_to_recordset(CAST(:takes AS jsonb)) AS r(
            take_id uuid, media_key text, digest text, size_bytes bigint, width int, height int,
            model text)
        WHERE take.id = r.take_id
        RETURNING take.id, take.shot_id
    )
    UPDATE shot
    SET status = 'COMPLETED', selected_take_id = landed.id, progress = 1, failure = NULL,
        revision = shot.revision + 1, updated_at = now()
    FROM landed
    WHERE shot.id = landed.shot_id
    RETURNING shot.id
    """
).columns(Shot.id)


async def complete_takes(session: AsyncSession, takes: Sequence[StoredPicture]) -> list[UUID]:
    """Fill the takes and show them; answers their shots."""
    return list((await session.execute(_COMPLETE, {"takes": to_records(takes)})).scalars())


_FAIL = (
    text(
        """
    WITH failed AS (
        UPDATE take
        SET status = 'FAILED', failure = work.failure, updated_at = now()
        FROM work
        WHERE work.id = ANY(:work_ids) AND take.id = work.subject_id
        RETURNING take.shot_id, take.failure
    )
    UPDATE shot
    SET status = 'FAILED', failure = failed.failure, revision = shot.revision + 1,
        updated_at = now()
    FROM failed
    WHERE shot.id = failed.shot_id
    RETURNING shot.id
    """
    )
    .bindparams(bindparam("work_ids", type_=ARRAY(Uuid())))
    .columns(Shot.id)
)


async def fail_takes(session: AsyncSession, work_ids: Collection[UUID]) -> list[UUID]:
    """Store the reason why the takes of the works failed; returns their shots."""
    return list((await session.execute(_FAIL, {"work_ids": list(work_ids)})).scalars())


async def cancel_takes(session: AsyncSession, shot_ids: Collection[UUID]) -> list[UUID]:
    """Cancel the open takes of the shots, and return those canceled."""
    result = await session.execute(
        update(Take)
        .where(Take.shot_id.in_(shot_ids), Take.status.in_(OPEN_STATUSES))
        .values(status=Status.CANCELED, updated_at=func.now())
        .returning(Take.id)
    )
    return list(result.scalars())
