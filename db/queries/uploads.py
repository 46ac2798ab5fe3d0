"""Statements about takes with uploaded pictures."""

from dataclasses import asdict, dataclass
from uuid import UUID

from sqlalchemy import String, Uuid, and_, bindparam, select, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Shot, Take
from domain import UPLOAD, Action, Noun, Status, statuses_that_allow


@dataclass(frozen=True, slots=True)
class UploadState:
    """The target of an upload; `digest` is that of the picture that already arrived."""

    story_id: UUID
    shot_status: Status
    digest: str | None


async def get_upload_state(
    session: AsyncSession, shot_id: UUID, take_id: UUID
) -> UploadState | None:
    """The shot, and the take if its picture has arrived; None if the shot was deleted."""
    result = await session.execute(
        select(Shot.story_id, Shot.status, Take.digest)
        .outerjoin(Take, and_(Take.id == take_id, Take.shot_id == Shot.id))
        .where(Shot.id == shot_id)
    )
    row = result.one_or_none()
    return None if row is None else UploadState(*row)


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadedTake:
    """An uploaded picture that is stored and not shown yet."""

    take_id: UUID
    shot_id: UUID
    media_key: str
    digest: str
    size_bytes: int
    width: int
    height: int


# The caller has locked the story's row, so the number is unique and no drawing can start.
_ADD = text(
    """
    WITH added AS (
        INSERT INTO take (id, shot_id, number, prompt, seed, provider, status, media_key, digest,
            size_bytes, width, height)
        SELECT :take_id, shot.id,
            1 + coalesce((SELECT max(number) FROM take WHERE take.shot_id = shot.id), 0),
            shot.prompt, 0, :provider, 'COMPLETED', :media_key, :digest, :size_bytes, :width,
            :height
        FROM shot
        WHERE shot.id = :shot_id AND shot.status = ANY(:statuses)
        ON CONFLICT (id) DO NOTHING
        RETURNING id, shot_id
    )
    UPDATE shot
    SET status = 'COMPLETED', selected_take_id = added.id, progress = 1, failure = NULL,
        revision = shot.revision + 1, updated_at = now()
    FROM added
    WHERE shot.id = added.shot_id
    RETURNING shot.id
    """
).bindparams(
    bindparam("take_id", type_=Uuid()),
    bindparam("shot_id", type_=Uuid()),
    bindparam("statuses", type_=ARRAY(String())),
)
_STATUSES = [str(status) for status in statuses_that_allow(Noun.SHOT, Action.UPLOAD)]


async def add_uploaded_take(session: AsyncSession, take: UploadedTake) -> bool:
    """Add the take and show it; False if it exists, or its shot was deleted or is being drawn.

    The check and the write are one statement; the caller has locked the story's row.
    """
    values = {**asdict(take), "provider": UPLOAD, "statuses": _STATUSES}
    result = await session.execute(_ADD, values)
    return result.one_or_none() is not None
