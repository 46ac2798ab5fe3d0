"""Statements about takes with uploaded pictures."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import and_, func, literal, select
from sqlalchemy.dialects.postgresql import insert

from db.models import Shot, Story, Take
from db.queries.changes import change
from db.queries.records import recordset, to_records
from db.read_sessions import Reads
from db.write_sessions import Writes
from domain import UPLOAD, Action, Noun, Status, Style, statuses_that_allow


@dataclass(frozen=True, slots=True)
class UploadState:
    """The target of an upload; `digest` is that of the picture that already arrived.

    `style` is that of its story.
    """

    story_id: UUID
    style: Style
    shot_status: Status
    digest: str | None


async def get_upload_state(session: Reads, shot_id: UUID, take_id: UUID) -> UploadState | None:
    """The shot, and the take if its picture has arrived; None if the shot was deleted."""
    result = await session.execute(
        select(Shot.story_id, Story.style, Shot.status, Take.digest)
        .join(Story, Story.id == Shot.story_id)
        .outerjoin(Take, and_(Take.id == take_id, Take.shot_id == Shot.id))
        .where(Shot.id == shot_id)
    )
    row = result.one_or_none()
    return None if row is None else UploadState(*row)


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadedTake:
    """An uploaded picture that is stored and not shown yet; `id` is that of its take."""

    id: UUID
    shot_id: UUID
    media_key: str
    digest: str
    size_bytes: int
    width: int
    height: int


# The caller has locked the story's row, so the number is unique and no drawing can start.
_NEW = recordset("takes", Take, UploadedTake)
_NUMBER = 1 + func.coalesce(
    select(func.max(Take.number)).where(Take.shot_id == Shot.id).correlate(Shot).scalar_subquery(),
    0,
)
_added = (
    insert(Take)
    .from_select(
        [*_NEW.c.keys(), "number", "prompt", "seed", "provider", "status"],
        select(
            *_NEW.c,
            _NUMBER,
            Shot.prompt,
            literal(0),
            literal(UPLOAD),
            literal(Status.COMPLETED, Take.status.type),
        ).where(
            Shot.id == _NEW.c.shot_id,
            Shot.status.in_(statuses_that_allow(Noun.SHOT, Action.UPLOAD)),
        ),
    )
    .on_conflict_do_nothing(index_elements=[Take.id])
    .returning(Take.id, Take.shot_id)
    .cte("added")
)
_ADD = (
    change(Shot)
    .where(Shot.id == _added.c.shot_id)
    .values(status=Status.COMPLETED, selected_take_id=_added.c.id, progress=1.0, failure=None)
    .returning(Shot.id)
)


async def add_uploaded_take(session: Writes, take: UploadedTake) -> bool:
    """Add the take and show it; False if it exists, or its shot was deleted or is being drawn.

    The check and the write are one statement; the caller has locked the story's row.
    """
    result = await session.execute(_ADD, {"takes": to_records([take])})
    return result.one_or_none() is not None
