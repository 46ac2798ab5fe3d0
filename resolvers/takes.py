"""Stops what is being drawn."""

from collections.abc import Collection
from uuid import UUID

from db.queries import takes
from db.session import AsyncSession
from orchestration.jobs import Job, Step, cancel_jobs, enqueue, job_key


async def stop_drawing(session: AsyncSession, story_id: UUID, shot_ids: Collection[UUID]) -> None:
    """Give up the open takes of the shots, here and at the service that draws them."""
    canceled = await takes.cancel_takes(session, shot_ids)
    await cancel_jobs(session, [job_key(Step.DRAW, take.id) for take in canceled])
    aborts = [
        Job(
            step=Step.ABORT,
            provider=take.provider,
            story_id=story_id,
            subject_id=take.id,
            detail=take.remote_job_id,
        )
        for take in canceled
        if take.remote_job_id is not None
    ]
    await enqueue(session, aborts)
