"""Makes a story's film: by our own composition, or by a video service."""

import structlog

from db.queries import charges, stories, videos
from db.queries.charges import NewCharge, charge_id
from db.queries.events import append_events
from db.queries.videos import StoredFilm, VideoToRender
from db.rows import NewEvent
from db.session import AsyncSession
from domain import EventType, ServiceKind
from errors import StepError
from orchestration import fallbacks
from orchestration.attempts import attempt
from orchestration.compose_film import compose_film
from orchestration.jobs import Job
from orchestration.production import (
    Production,
    ProviderChangedError,
    failure_of,
)
from orchestration.providers.job_ports import RemoteJobs
from orchestration.remote_video import make_remotely
from orchestration.scratch import scratch_folder

_LOG = structlog.get_logger()


async def render_video(production: Production, job: Job) -> None:
    """Render the story's film, or store why there is none.

    Raises:
        RetryLaterError: The remote job goes on, or another attempt is worth it.
    """
    await fallbacks.wait_turn(production, job)
    video = await _claim(production, job)
    if video is None:
        return

    async def work() -> None:
        await _land(production, job, await _make(production, job, video))

    async def fail(error: StepError) -> None:
        await _fail(production, job, video, error)

    await attempt(production, job, video.attempt, work=work, fail=fail)


async def _claim(production: Production, job: Job) -> VideoToRender | None:
    """The next attempt; a poll of a job that runs elsewhere counts none."""

    async def work(session: AsyncSession) -> VideoToRender | None:
        running = await videos.get_open_video(session, job.subject_id, run=job.run)
        if running is not None and running.remote_job_id and not running.result_url:
            return running
        await stories.lock_row(session, job.story_id)
        claim = await videos.claim_video(
            session, job.subject_id, run=job.run, provider=job.provider
        )
        if claim is not None:
            event = NewEvent(EventType.VIDEO_STATUS_CHANGED, video_id=claim.video_id)
            await append_events(session, claim.story_id, [event])
        return claim

    return await production.database.commit(work)


async def _make(production: Production, job: Job, video: VideoToRender) -> StoredFilm:
    provider = production.line_up.find_video(job.provider)
    if video.provider != job.provider:
        raise ProviderChangedError("film", video.provider)
    with scratch_folder() as folder:
        if provider is None:
            return await compose_film(production, job, video, folder)
        async with fallbacks.asking(production, job, attempt=video.attempt):
            return await make_remotely(production, provider, job, video, folder)


async def _fail(production: Production, job: Job, video: VideoToRender, error: StepError) -> None:
    failure = failure_of(error, provider=video.provider, attempt=video.attempt)

    async def work(session: AsyncSession) -> None:
        await stories.lock_row(session, job.story_id)
        if await videos.fail_video(session, video.video_id, run=job.run, failure=failure):
            event = NewEvent(EventType.VIDEO_STATUS_CHANGED, video_id=video.video_id)
            await append_events(session, video.story_id, [event])

    await production.database.commit(work)
    _LOG.warning("film failed", code=error.code, attempt=video.attempt)


async def _land(production: Production, job: Job, film: StoredFilm) -> None:
    """Show and charge the film; what it replaces is deleted, so is one that nobody waits for."""
    charge = _charge(production, job)

    async def work(session: AsyncSession) -> list[str]:
        await stories.lock_row(session, job.story_id)
        await charges.add_charge(session, charge)
        before = await videos.list_media_keys(session, job.subject_id)
        if film.media_key in before:
            return []  # this very landing, repeated after its answer was lost
        new = [key for key in (film.media_key, film.thumbnail_key, film.subtitles_key) if key]
        if not await videos.complete_video(session, job.subject_id, run=job.run, film=film):
            return new
        event = NewEvent(EventType.VIDEO_STATUS_CHANGED, video_id=job.subject_id)
        await append_events(session, job.story_id, [event])
        return before

    unused = await production.database.commit(work)
    await production.store.delete(unused)


def _charge(production: Production, job: Job) -> NewCharge:
    provider = production.line_up.find_video(job.provider)
    return production.prices.charge(
        charge_id(job.subject_id, job.run),
        job.story_id,
        kind=ServiceKind.VIDEO,
        provider=job.provider,
        model=None if provider is None else provider.model,
    )


async def abort_remote_job(production: Production, job: Job) -> None:
    """Ask the service to stop the job named in `detail`, whatever it makes; best effort."""
    line_up = production.line_up
    for service in (*line_up.images, *line_up.clips, *line_up.videos):
        if isinstance(service, RemoteJobs) and service.name == job.provider:
            await service.cancel(job.detail)


async def delete_media(production: Production, job: Job) -> None:
    """Delete every stored byte of a story that is gone."""
    await production.store.delete_story(str(job.story_id))
