"""Statements about the progress of work, stored on the rows that clients see."""

from uuid import UUID

from sqlalchemy import exists, func

from db.models import Clip, Shot, Video, Work
from db.queries.changes import change
from db.write_sessions import Writes
from domain import ServiceKind, Status

_TABLES: dict[ServiceKind, type[Shot] | type[Clip] | type[Video]] = {
    ServiceKind.IMAGE: Shot,
    ServiceKind.CLIP: Clip,
    ServiceKind.VIDEO: Video,
}


async def raise_progress(
    session: Writes, kind: ServiceKind, id_: UUID, *, work_id: UUID, progress: float
) -> bool:
    """Store progress (0..1) of running work, never backwards; returns whether it increased.

    `id_` is the shot's for a picture, the clip's or the video's.
    """
    table = _TABLES[kind]
    result = await session.execute(
        change(table)
        .where(
            table.id.expression == id_,
            table.status == Status.GENERATING,
            func.coalesce(table.progress, -1.0) < progress,
            exists().where(Work.id == work_id, Work.status == Status.GENERATING),
        )
        .values(progress=progress)
        .returning(table.id)
    )
    return result.one_or_none() is not None
