"""Has a story's film made by a video service: one long call, or a remote job that is polled on.

How far the remote work has come stands on the video's row before anything else happens, so that
whoever goes on after a crash polls or downloads, and never submits again.
"""

import asyncio
import base64
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import structlog

from db.queries import videos
from db.queries.remote_work import RemoteSubject
from db.queries.videos import StoredFilm, VideoToRender
from db.rows import ShotRow
from domain import Noun, Status
from errors import ProviderTimeoutError, StepError
from orchestration.attempts import UnexpectedError
from orchestration.jobs import Job
from orchestration.media.probe import make_thumbnail, probe_film
from orchestration.media.store import digest_file, media_type_of, new_key
from orchestration.production import Production
from orchestration.providers.job_ports import VideoJobProvider
from orchestration.providers.ports import (
    VideoProvider,
    VideoRequest,
    VideoShot,
)
from orchestration.remote_jobs import forget, is_not_accepted, keep
from orchestration.rendering import read_pictures, store_progress
from orchestration.retries import RetryLaterError, to_its_end

_LOG = structlog.get_logger()
_LINK_LIFETIME_S = 86_400
"""A service may fetch the pictures long after it has accepted the job."""


async def make_remotely(
    production: Production,
    provider: VideoProvider | VideoJobProvider,
    job: Job,
    video: VideoToRender,
    folder: Path,
) -> StoredFilm:
    """Have the film made, fetch it to the folder and store it.

    Raises:
        RetryLaterError: The remote job goes on.
        StepError: With its code.
    """
    url = video.result_url
    if url is None:
        if isinstance(provider, VideoJobProvider):
            url = await _run_job(production, provider, job, video)
        else:
            url = await _call(production, provider, job, video)
    destination = folder / "film.mp4"
    try:
        async with asyncio.timeout(production.patience.video_timeout_s):
            await provider.download(url, destination)
    except TimeoutError as error:
        raise ProviderTimeoutError("The film's download took too long; try again.") from error
    return await _store_download(production, video.story_id, destination)


async def _call(
    production: Production, provider: VideoProvider, job: Job, video: VideoToRender
) -> str:
    """One long request; a crash during it makes it again, under the same idempotency key."""
    request = await _request(production, video.story_id)
    try:
        async with asyncio.timeout(production.patience.video_timeout_s):
            result = await provider.render(request, idempotency_key=f"{video.video_id}:{job.run}")
    except TimeoutError as error:
        raise ProviderTimeoutError("The film took too long; try again.") from error
    await keep(production, _subject(job), result_url=result.url)
    return result.url


async def _run_job(
    production: Production, provider: VideoJobProvider, job: Job, video: VideoToRender
) -> str:
    """Submit the remote job once, or poll it; answers where the film lies when it is done."""
    if video.remote_job_id is None:
        await _submit(production, provider, job, video)
        raise RetryLaterError(provider.poll_interval_s)
    await _check_deadline(production, provider, job, video.remote_job_id)
    try:
        state = await provider.poll(video.remote_job_id)
    except StepError as error:
        if not error.retryable:
            raise
        _LOG.warning("poll failed, the remote job goes on", code=error.code)
        raise RetryLaterError(max(provider.poll_interval_s, error.retry_after_s or 0)) from error
    if state.status is Status.FAILED or state.status is Status.CANCELED:
        if state.is_unpaid:  # another service may do it instead
            await forget(production, _subject(job), remote_job_id=video.remote_job_id)
        raise state.to_error()
    if state.status is not Status.COMPLETED or state.result_url is None:
        if state.progress is not None:
            await store_progress(production, job, state.progress)
        raise RetryLaterError(provider.poll_interval_s)
    await keep(production, _subject(job), result_url=state.result_url)
    return state.result_url


async def _submit(
    production: Production, provider: VideoJobProvider, job: Job, video: VideoToRender
) -> None:
    """Submit, with the intent on the row before and the remote id right after."""
    if video.was_submitted:
        raise StepError(
            "The film may have been submitted already when the worker stopped; look at the video "
            "service, then render it again.",
            code="SUBMIT_UNCERTAIN",
        )
    request = await _request(production, video.story_id)
    if not await keep(production, _subject(job), submitting=True):
        raise RetryLaterError(0)  # canceled meanwhile: the next claim finds nothing
    await to_its_end(_submit_and_keep(production, provider, job, request))


async def _submit_and_keep(
    production: Production, provider: VideoJobProvider, job: Job, request: VideoRequest
) -> None:
    """Submit; the remote id is on the row afterwards, or the remote job is told to stop."""
    try:
        async with asyncio.timeout(production.patience.video_timeout_s):
            remote_job_id = await provider.submit(
                request, idempotency_key=f"{job.subject_id}:{job.run}"
            )
    except TimeoutError as error:
        raise StepError(
            "The video service did not say whether it took the film; look there, then try again.",
            code="SUBMIT_UNCERTAIN",
        ) from error
    except StepError as error:
        if is_not_accepted(error):
            await forget(production, _subject(job))
        raise
    except Exception as error:  # nobody knows how far it came: never again by itself
        raise UnexpectedError(error, retryable=False) from error
    if not await keep(production, _subject(job), remote_job_id=remote_job_id):
        await provider.cancel(remote_job_id)


async def _check_deadline(
    production: Production, provider: VideoJobProvider, job: Job, remote_job_id: str
) -> None:
    limit = timedelta(seconds=production.patience.video_timeout_s)
    async with production.database.reading() as session:
        late = await videos.was_submitted_before(session, job.subject_id, age=limit)
    if late:
        await provider.cancel(remote_job_id)
        raise StepError(
            "The video service did not finish in time; render the film again.",
            code="UPSTREAM_TIMEOUT",
        )


async def _request(production: Production, story_id: UUID) -> VideoRequest:
    story, pictures = await read_pictures(production, story_id)
    return VideoRequest(
        story_id=str(story_id),
        title=story.title or "",
        shots=tuple(
            [
                VideoShot(
                    image_url=await _reachable_url(production, shot),
                    prompt=shot.prompt,
                    narration=shot.narration,
                    transition=shot.transition,
                    duration_seconds=shot.duration_seconds,
                )
                for shot in pictures
            ]
        ),
        width=story.aspect_ratio.size.width,
        height=story.aspect_ratio.size.height,
    )


async def _reachable_url(production: Production, shot: ShotRow) -> str:
    """An address that the service can read: ours when it is public, else the bytes themselves."""
    key = shot.image_key or ""
    if production.public_url is not None:
        return production.links.address(production.public_url, key, lifetime_s=_LINK_LIFETIME_S)
    content = await production.store.get_bytes(key)
    return f"data:{media_type_of(key)};base64,{base64.b64encode(content).decode()}"


async def _store_download(production: Production, story_id: UUID, film: Path) -> StoredFilm:
    facts = await probe_film(film)
    thumbnail = film.with_suffix(".jpg")
    await make_thumbnail(film, thumbnail)
    media_key, thumbnail_key = new_key(str(story_id), ".mp4"), new_key(str(story_id), ".jpg")
    await production.store.put_file(media_key, film)
    await production.store.put_file(thumbnail_key, thumbnail)
    return StoredFilm(
        media_key=media_key,
        thumbnail_key=thumbnail_key,
        subtitles_key=None,
        digest=await digest_file(film),
        size_bytes=film.stat().st_size,  # noqa: ASYNC240 - a file of ours, just written
        duration_seconds=facts.duration_seconds,
        width=facts.width,
        height=facts.height,
    )


def _subject(job: Job) -> RemoteSubject:
    return RemoteSubject(Noun.VIDEO, job.subject_id, job.run)
