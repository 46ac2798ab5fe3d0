"""Statements about one run of what can be started more than once: scripts, clips and videos alike.

A step names the run it belongs to; where a newer one has begun, it moves nothing.
"""

from uuid import UUID

from sqlalchemy import ColumnElement, func, update
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Clip, Story, Video
from db.rows import Failure
from domain import Action, Noun, Status, statuses_that_allow

_NOUNS: dict[type[Clip] | type[Video], Noun] = {Clip: Noun.CLIP, Video: Noun.VIDEO}


def in_run(
    table: type[Clip] | type[Video], id_: UUID, run: int, action: Action
) -> list[ColumnElement[bool]]:
    """The WHERE of a step: this run of the row, if the action is allowed."""
    return [
        table.id.expression == id_,
        table.run.expression == run,
        table.status.in_(statuses_that_allow(_NOUNS[table], action)),
    ]


async def forget_run_attempt(
    session: AsyncSession, table: type[Story] | type[Clip] | type[Video], id_: UUID, *, run: int
) -> None:
    """Take back the attempt of a claim that came to no end by no fault of its own."""
    await session.execute(
        update(table)
        .where(
            table.id == id_,
            table.run == run,
            table.status == Status.GENERATING,
            table.attempt > 0,
        )
        .values(attempt=table.attempt - 1)
    )


async def fail_run(
    session: AsyncSession,
    table: type[Clip] | type[Video],
    id_: UUID,
    *,
    run: int,
    failure: Failure,
) -> bool:
    """Say why there is no result; False when the row moved on meanwhile."""
    result = await session.execute(
        update(table)
        .where(*in_run(table, id_, run, Action.FAIL))
        .values(
            status=Status.FAILED,
            failure=failure.to_json(),
            revision=table.revision + 1,
            updated_at=func.now(),
        )
        .returning(table.id)
    )
    return result.one_or_none() is not None


async def raise_run_progress(
    session: AsyncSession, table: type[Clip] | type[Video], id_: UUID, *, run: int, progress: float
) -> bool:
    """Report progress of what is being made, never backwards; says whether it moved."""
    result = await session.execute(
        update(table)
        .where(
            table.id == id_,
            table.run == run,
            table.status == Status.GENERATING,
            func.coalesce(table.progress, -1.0) < progress,
        )
        .values(progress=progress, revision=table.revision + 1, updated_at=func.now())
        .returning(table.id)
    )
    return result.one_or_none() is not None
