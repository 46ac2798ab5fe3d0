"""Statements about one run of what can be started more than once: scripts, clips and videos alike.

A step names the run it belongs to; where a newer one has begun, it moves nothing.
"""

from collections.abc import Sequence
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


def begin_anew(row: Clip | Video, *, providers: Sequence[str], resumes: bool) -> None:
    """Make the row PENDING once more, in a run of its own, at the first of the providers.

    With `resumes`, what one of them has made and could only not be fetched is only fetched again.
    The caller has locked the row.
    """
    failure = Failure.from_json(row.failure)
    is_made = row.result_url is not None and failure is not None and failure.retryable
    if not (resumes and is_made and row.provider in providers):
        row.submitted_at = row.remote_job_id = row.result_url = None
        row.provider = providers[0]
    row.status = Status.PENDING
    row.progress = None
    row.failure = None
    row.attempt = 0
    row.run += 1
    row.revision += 1


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
