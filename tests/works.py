"""Work as a test does it by hand: the claim of a job, or the whole of it."""

from collections.abc import Sequence
from uuid import UUID, uuid4

from sqlalchemy import select

from db.models import Work
from db.queries.work import ClaimedWork, Whereabouts
from db.session import Database
from domain import ServiceKind
from orchestration.queue.jobs import Job, work_job
from orchestration.recipes.cookbook import recipes_of
from orchestration.work.landing import ToClaim
from orchestration.work.production import Production
from orchestration.work.run import run_work


async def newest_work(database: Database, subject_id: UUID) -> Work:
    """The last work for the subject."""
    async with database.transaction() as session:
        statement = select(Work).where(Work.subject_id == subject_id)
        found = await session.execute(statement.order_by(Work.created_at.desc(), Work.id.desc()))
        return found.scalars().first() or _no_work(subject_id)


def claimed(
    kind: ServiceKind,
    *,
    id_: UUID,
    story_id: UUID,
    subject_id: UUID,
    stores: Sequence[UUID] = (),
) -> ClaimedWork:
    """The work, as if this process had just claimed it for the first time."""
    return ClaimedWork(
        id=id_,
        kind=kind,
        story_id=story_id,
        subject_id=subject_id,
        provider="studio",
        attempt=0,
        interruptions=0,
        was_submitted=False,
        remote_job_id=None,
        result_url=None,
        idempotency_key=None,
        stores=[*stores] or [uuid4()],
    )


def _no_work(subject_id: UUID) -> Work:
    raise LookupError(f"no work for {subject_id}")


async def job_of(database: Database, subject_id: UUID, *, provider: str | None = None) -> Job:
    """The job that does the last work for the subject, at its provider or another."""
    work = await newest_work(database, subject_id)
    return work_job(
        ServiceKind(work.kind),
        provider=provider or work.provider,
        story_id=work.story_id,
        work_id=work.id,
    )


async def do_work(production: Production, job: Job) -> None:
    """Do the job as a worker does."""
    await run_work(production, recipes_of(production.line_up), job)


async def keep(
    production: Production,
    job: Job,
    *,
    is_submitting: bool = False,
    remote_job_id: str | None = None,
    result_url: str | None = None,
) -> None:
    """Have the row of claimed work say how far the service is."""
    async with production.database.transaction() as session:
        stores = (await session.get_one(Work, job.work_id)).stores
    found = Whereabouts(
        work_id=job.work_id,
        submitting=stores[-1] if is_submitting else None,
        remote_job_id=remote_job_id,
        result_url=result_url,
    )
    assert await production.landing.land(job.story_id, found)


async def claim(production: Production, job: Job) -> None:
    """Claim the job's work, and leave it at that: whoever did is dead."""
    await production.landing.claim(job.story_id, ToClaim(job.work_id, job.provider))
