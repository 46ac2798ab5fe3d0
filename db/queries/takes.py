"""Statements about takes; for the state of their work see `db.queries.work`."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import (
    Uuid,
    case,
    func,
    insert,
    select,
)
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import aliased

from db.models import Shot, Story, Take, Work
from db.queries.arguments import array_argument
from db.queries.changes import change
from db.queries.reading import Reader
from db.queries.records import AS_IT_IS, recordset, to_records
from db.queries.singles import Single
from db.read_sessions import Reads
from db.rows import TakeRow
from db.write_sessions import Writes
from db.written import Relation
from domain import OPEN_STATUSES, UPLOAD, AspectRatio, Look, Status


def _reader(take: type[Take]) -> Reader[TakeRow]:
    seed = case((take.provider != UPLOAD, take.seed))
    return Reader(TakeRow, take, seed=seed, image_key=take.media_key)


_TAKE = _reader(Take)
_OTHER = aliased(Take)
"""Beside the one whose picture a statement over shots reads."""
SHOWN = Relation(_reader(_OTHER), Shot, _OTHER.id == Shot.selected_take_id)
"""The take that a shot shows."""
OF_SHOT = Relation(_reader(_OTHER), Shot, _OTHER.shot_id == Shot.id, [_OTHER.number.expression])
"""The takes of a shot, oldest first."""
_SELECT_BY_ID = select(*_TAKE.columns).where(
    Take.id == func.any(array_argument("take_ids", Uuid()))
)
_SELECT_OF_SHOTS = (
    select(*_TAKE.columns)
    .where(Take.shot_id == func.any(array_argument("shot_ids", Uuid())))
    .order_by(Take.shot_id, Take.number)
)


async def list_takes(session: Reads, shot_ids: Collection[UUID]) -> list[TakeRow]:
    """The takes of the shots, shot by shot, oldest first."""
    result = await session.execute(_SELECT_OF_SHOTS, {"shot_ids": list(shot_ids)})
    return [_TAKE.read(row) for row in result]


get_take = Single(
    _TAKE,
    select(*_TAKE.columns),
    id_=Take.id,
    path=[Take.shot_id == Shot.id, Shot.story_id == Story.id],
)


async def list_takes_by_id(session: Reads, take_ids: Collection[UUID]) -> dict[UUID, TakeRow]:
    """The existing takes, by ID."""
    result = await session.execute(_SELECT_BY_ID, {"take_ids": list(take_ids)})
    return {take.id: take for take in map(_TAKE.read, result)}


@dataclass(frozen=True, slots=True)
class LastTake:
    """The newest take of a shot."""

    id: UUID
    shot_id: UUID
    number: int
    prompt: str
    seed: int


async def list_last_takes(session: Writes, shot_ids: Collection[UUID]) -> dict[UUID, LastTake]:
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


_NEW = recordset("takes", Take, NewTake)
_ADD = insert(Take).from_select(_NEW.c.keys(), select(*_NEW.c)).execution_options(**AS_IT_IS)


async def add_takes(session: Writes, takes: Sequence[NewTake]) -> None:
    """Insert takes, PENDING, in one statement.

    Raises:
        IntegrityError: A shot has an open take already.
    """
    await session.execute(_ADD, {"takes": to_records(takes)})


_WORK_IDS = array_argument("work_ids", Uuid())


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureInputs(Look):
    """The input of a picture, and the shot that shows it."""

    shot_id: UUID
    prompt: str
    seed: int
    aspect_ratio: AspectRatio


_begun = (
    change(Take)
    .where(Work.id == func.any(_WORK_IDS), Take.id == Work.subject_id)
    .values(status=Status.GENERATING, provider=Work.provider)
    .returning(Work.id, Work.attempt, Take.shot_id, Take.prompt, Take.seed)
    .cte("begun")
)
_INPUTS = Reader(
    PictureInputs,
    Story,
    shot_id=Shot.id,
    prompt=_begun.c.prompt,
    seed=_begun.c.seed,
)
_BEGIN = (
    change(Shot)
    .where(Shot.id == _begun.c.shot_id, Story.id == Shot.story_id)
    .values(status=Status.GENERATING, attempt=_begun.c.attempt + 1)
    .returning(*_INPUTS.beside(_begun.c.id))
)


async def begin_takes(session: Writes, work_ids: Collection[UUID]) -> dict[UUID, PictureInputs]:
    """Mark the takes of the works as being drawn; returns their inputs, by work."""
    result = await session.execute(_BEGIN, {"work_ids": list(work_ids)})
    return {row[0]: _INPUTS.read(row[1:]) for row in result}


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredPicture:
    """A stored picture of the take `id` that is not shown yet; the size is in pixels."""

    id: UUID
    media_key: str
    digest: str
    size_bytes: int
    width: int
    height: int
    model: str | None


_stored = recordset("takes", Take, StoredPicture)
_landed = (
    change(Take)
    .where(Take.id == _stored.c.id)
    .values(
        **{name: value for name, value in _stored.c.items() if name != "id"},
        status=Status.COMPLETED,
        failure=None,
    )
    .returning(Take.id, Take.shot_id)
    .cte("landed")
)
_COMPLETE = (
    change(Shot)
    .where(Shot.id == _landed.c.shot_id)
    .values(status=Status.COMPLETED, selected_take_id=_landed.c.id, progress=1.0, failure=None)
    .returning(Shot.id)
)


async def complete_takes(session: Writes, takes: Sequence[StoredPicture]) -> list[UUID]:
    """Fill the takes and show them; returns their shots."""
    return list((await session.execute(_COMPLETE, {"takes": to_records(takes)})).scalars())


_failed = (
    change(Take)
    .where(Work.id == func.any(_WORK_IDS), Take.id == Work.subject_id)
    .values(status=Status.FAILED, failure=Work.failure)
    .returning(Take.shot_id, Take.failure)
    .cte("failed")
)
_FAIL = (
    change(Shot)
    .where(Shot.id == _failed.c.shot_id)
    .values(status=Status.FAILED, failure=_failed.c.failure)
    .returning(Shot.id)
)


async def fail_takes(session: Writes, work_ids: Collection[UUID]) -> list[UUID]:
    """Store the reason why the takes of the works failed; returns their shots."""
    return list((await session.execute(_FAIL, {"work_ids": list(work_ids)})).scalars())


async def cancel_takes(session: Writes, shot_ids: Collection[UUID]) -> list[UUID]:
    """Cancel the open takes of the shots, and return those canceled."""
    result = await session.execute(
        change(Take)
        .where(Take.shot_id.in_(shot_ids), Take.status.in_(OPEN_STATUSES))
        .values(status=Status.CANCELED)
        .returning(Take.id)
    )
    return list(result.scalars())
