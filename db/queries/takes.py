"""Statements about takes. Claims and results come in groups: one statement moves them all."""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Boolean,
    Row,
    Uuid,
    and_,
    bindparam,
    case,
    column,
    func,
    select,
    text,
    true,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY, distinct_on
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Shot, Story, Take
from db.queries.jobs import has_no_job
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
    """The take; None when absent, or somebody else's where an owner is given."""
    statement = select(*_COLUMNS).where(Take.id == take_id)
    if owner_id is not None:
        statement = statement.join(Shot, Shot.id == Take.shot_id).join(Story)
        statement = statement.where(Story.owner_id == owner_id)
    row = (await session.execute(statement)).one_or_none()
    return None if row is None else _take(row)


async def list_takes_by_id(
    session: AsyncSession, take_ids: Collection[UUID]
) -> dict[UUID, TakeRow]:
    """The takes that exist, by id."""
    result = await session.execute(_SELECT_BY_ID, {"take_ids": list(take_ids)})
    return {take.id: take for take in map(_take, result)}


@dataclass(frozen=True, slots=True)
class LastTake:
    """The newest take of a shot, and where its picture lies if it only could not be fetched."""

    shot_id: UUID
    number: int
    prompt: str
    seed: int
    provider: str
    result_url: str | None


async def list_last_takes(
    session: AsyncSession, shot_ids: Collection[UUID]
) -> dict[UUID, LastTake]:
    """The newest take of each shot that has one, by shot."""
    could_be_fetched = and_(
        Take.status == Status.FAILED, Take.failure["retryable"].as_boolean().is_(true())
    )
    result = await session.execute(
        select(
            Take.shot_id,
            Take.number,
            Take.prompt,
            Take.seed,
            Take.provider,
            case((could_be_fetched, Take.result_url)),
        )
        .where(Take.shot_id.in_(shot_ids))
        .order_by(Take.shot_id, Take.number.desc())
        .ext(distinct_on(Take.shot_id))
    )
    return {row[0]: LastTake(*row) for row in result}


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTake:
    """What a new take is made of; with a `result_url` its picture is only fetched."""

    id: UUID
    shot_id: UUID
    number: int
    prompt: str
    seed: int
    provider: str
    result_url: str | None = None


_ADD = text(
    """
    INSERT INTO take (id, shot_id, number, prompt, seed, provider, result_url, status)
    SELECT r.id, r.shot_id, r.number, r.prompt, r.seed, r.provider, r.result_url, 'PENDING'
    FROM jsonb_to_recordset(CAST(:takes AS jsonb)) AS r(
        id uuid, shot_id uuid, number int, prompt text, seed bigint, provider text,
        result_url text)
    """
)


async def add_takes(session: AsyncSession, takes: Sequence[NewTake]) -> None:
    """Insert takes, PENDING, in one statement.

    Raises:
        IntegrityError: A shot has an open take already.
    """
    rows = [
        {
            "id": str(take.id),
            "shot_id": str(take.shot_id),
            "number": take.number,
            "prompt": take.prompt,
            "seed": take.seed,
            "provider": take.provider,
            "result_url": take.result_url,
        }
        for take in takes
    ]
    await session.execute(_ADD, {"takes": json.dumps(rows)})


@dataclass(frozen=True, slots=True)
class TakeToDraw:
    """A claimed take: what the painter needs, how far its remote work is, and which attempt."""

    take_id: UUID
    shot_id: UUID
    story_id: UUID
    prompt: str
    seed: int
    provider: str
    was_submitted: bool
    remote_job_id: str | None
    result_url: str | None
    style: Style
    style_prompt: str | None
    aspect_ratio: AspectRatio
    attempt: int


_CLAIM_STATEMENT = text(
    """
    WITH claimed AS (
        UPDATE take
        SET status = 'GENERATING', updated_at = now(),
            provider = CASE WHEN submitted_at IS NULL THEN :provider ELSE provider END
        WHERE id = ANY(:take_ids) AND status IN ('PENDING', 'GENERATING')
        RETURNING id, shot_id, prompt, seed, provider, submitted_at, remote_job_id, result_url
    )
    UPDATE shot
    SET status = 'GENERATING', attempt = shot.attempt + 1, revision = shot.revision + 1,
        updated_at = now()
    FROM claimed, story
    WHERE shot.id = claimed.shot_id AND story.id = shot.story_id
    RETURNING claimed.id, shot.id, shot.story_id, claimed.prompt, claimed.seed,
        claimed.provider, claimed.submitted_at IS NOT NULL AS was_submitted, claimed.remote_job_id,
        claimed.result_url, story.style, story.style_prompt, story.aspect_ratio, shot.attempt
    """
).bindparams(bindparam("take_ids", type_=ARRAY(Uuid())))
_CLAIM = _CLAIM_STATEMENT.columns(
    Take.id,
    Shot.id,
    Shot.story_id,
    Take.prompt,
    Take.seed,
    Take.provider,
    column("was_submitted", Boolean),
    Take.remote_job_id,
    Take.result_url,
    Story.style,
    Story.style_prompt,
    Story.aspect_ratio,
    Shot.attempt,
)


async def claim_takes(
    session: AsyncSession, take_ids: Collection[UUID], *, provider: str
) -> dict[UUID, TakeToDraw]:
    """Start one attempt at each take; one that is done, canceled or replaced is absent.

    A take that was submitted belongs to the provider that has it: its name is not replaced then.
    The check and the write are one statement, so of two concurrent callers the second waits and
    counts as the next attempt.
    """
    result = await session.execute(_CLAIM, {"take_ids": list(take_ids), "provider": provider})
    return {row[0]: TakeToDraw(*row) for row in result}


async def forget_attempt(session: AsyncSession, take_id: UUID) -> None:
    """Take back the attempt of a claim that came to no end by no fault of its own."""
    await session.execute(
        update(Shot)
        .where(
            Shot.id == Take.shot_id,
            Take.id == take_id,
            Take.status == Status.GENERATING,
            Shot.attempt > 0,
        )
        .values(attempt=Shot.attempt - 1)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnTake:
    """A picture that is stored and waits to be shown; `price` None is not known."""

    take_id: UUID
    media_key: str
    digest: str
    size_bytes: int
    width: int
    height: int
    model: str | None
    price: Decimal | None


_COMPLETE = text(
    """
    WITH drawn AS (
        SELECT * FROM jsonb_to_recordset(CAST(:takes AS jsonb)) AS r(
            take_id uuid, media_key text, digest text, size_bytes bigint, width int, height int,
            model text, price numeric)
    ), charged AS (
        INSERT INTO charge (id, story_id, kind, provider, model, units, price)
        SELECT take.id, shot.story_id, 'IMAGE', take.provider, drawn.model, 1, drawn.price
        FROM drawn JOIN take ON take.id = drawn.take_id JOIN shot ON shot.id = take.shot_id
        ON CONFLICT (id) DO NOTHING
    ), landed AS (
        UPDATE take
        SET status = 'COMPLETED', media_key = r.media_key, digest = r.digest,
            size_bytes = r.size_bytes, width = r.width, height = r.height, model = r.model,
            failure = NULL, updated_at = now()
        FROM drawn AS r
        WHERE take.id = r.take_id AND take.status = 'GENERATING'
        RETURNING take.id, take.shot_id
    )
    UPDATE shot
    SET status = 'COMPLETED', selected_take_id = landed.id, progress = 1, failure = NULL,
        revision = shot.revision + 1, updated_at = now()
    FROM landed
    WHERE shot.id = landed.shot_id
    RETURNING landed.id, shot.id
    """
)


async def complete_takes(session: AsyncSession, takes: Sequence[DrawnTake]) -> dict[UUID, UUID]:
    """Fill the takes and show them; answers take -> shot for those that were still open.

    The first result to arrive wins: a take that is done, canceled or replaced drops the late one.
    Each take is charged for once, canceled ones too: their pictures were made.
    """
    rows = [
        {
            "take_id": str(take.take_id),
            "media_key": take.media_key,
            "digest": take.digest,
            "size_bytes": take.size_bytes,
            "width": take.width,
            "height": take.height,
            "model": take.model,
            "price": None if take.price is None else str(take.price),
        }
        for take in takes
    ]
    result = await session.execute(_COMPLETE, {"takes": json.dumps(rows)})
    return {row[0]: row[1] for row in result}


_FAIL = text(
    """
    WITH failed AS (
        UPDATE take
        SET status = 'FAILED', failure = r.failure, updated_at = now()
        FROM jsonb_to_recordset(CAST(:takes AS jsonb)) AS r(take_id uuid, failure jsonb)
        WHERE take.id = r.take_id AND take.status IN ('PENDING', 'GENERATING')
        RETURNING take.id, take.shot_id, take.failure
    )
    UPDATE shot
    SET status = 'FAILED', failure = failed.failure, revision = shot.revision + 1,
        updated_at = now()
    FROM failed
    WHERE shot.id = failed.shot_id
    RETURNING failed.id, shot.id
    """
)


async def fail_takes(
    session: AsyncSession, takes: Sequence[tuple[UUID, Failure]]
) -> dict[UUID, UUID]:
    """Say why there is no picture; answers take -> shot for those that were still open."""
    rows = [{"take_id": str(take_id), "failure": f.to_json()} for take_id, f in takes]
    result = await session.execute(_FAIL, {"takes": json.dumps(rows)})
    return {row[0]: row[1] for row in result}


@dataclass(frozen=True, slots=True)
class CanceledTake:
    """A take that was given up, and the remote job that goes on without it, if any."""

    id: UUID
    provider: str
    remote_job_id: str | None


async def cancel_takes(session: AsyncSession, shot_ids: Collection[UUID]) -> list[CanceledTake]:
    """Give up the open takes of the shots; answers which."""
    result = await session.execute(
        update(Take)
        .where(Take.shot_id.in_(shot_ids), Take.status.in_(OPEN_STATUSES))
        .values(status=Status.CANCELED, updated_at=func.now())
        .returning(Take.id, Take.provider, Take.remote_job_id)
    )
    return [CanceledTake(*row) for row in result]


async def list_open_takes(session: AsyncSession, *, step: str) -> list[tuple[UUID, UUID, str]]:
    """Every open take without a job of the step, with its story and provider."""
    result = await session.execute(
        select(Take.id, Shot.story_id, Take.provider)
        .join(Shot, Shot.id == Take.shot_id)
        .where(Take.status.in_(OPEN_STATUSES), has_no_job(step, Take.id.expression))
    )
    return [(row[0], row[1], row[2]) for row in result]
