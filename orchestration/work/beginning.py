"""Starts and cancels work, in the caller's transaction, which has locked the story's row."""

from collections.abc import Collection, Sequence
from uuid import UUID

from db.queries import work
from db.queries.work import NewWork
from db.session import Writes
from orchestration.queue.jobs import Job, Step, cancel_jobs, enqueue, work_job


async def begin_works(
    session: Writes, story_id: UUID, works: Sequence[NewWork], *, delay_s: float = 0
) -> None:
    """Add the work and queue its jobs, which begin `delay_s` seconds later."""
    if not works:
        return
    await work.add_works(session, story_id, works)
    await enqueue(
        session,
        [
            work_job(
                one.kind,
                provider=one.first_provider,
                story_id=story_id,
                work_id=one.id,
                delay_s=delay_s,
            )
            for one in works
        ],
    )


async def stop_works(session: Writes, story_id: UUID, subject_ids: Collection[UUID]) -> None:
    """Cancel the open work for the subjects, here and at the services."""
    canceled = await work.cancel_works(session, subject_ids)
    await cancel_jobs(session, [str(one.id) for one in canceled])
    aborts = [
        Job(
            step=Step.ABORT,
            provider=one.provider,
            story_id=story_id,
            work_id=one.id,
            detail=one.remote_job_id,
        )
        for one in canceled
        if one.remote_job_id is not None
    ]
    await enqueue(session, aborts)
