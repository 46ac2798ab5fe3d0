"""Sets the picture of a shot in motion: claim, remote job, check, store, land.

A clip that fails spoils nothing: the film shows the picture instead, and the clip's row says why.
"""

from pathlib import Path

import structlog

from db.queries import charges, clips, stories
from db.queries.charges import charge_id
from db.queries.clips import ClipToMake, StoredClip
from db.queries.events import append_events
from db.queries.remote_work import RemoteSubject
from db.session import AsyncSession
from domain import NOBODY, Noun, ServiceKind
from errors import ProviderTimeoutError, StepError
from orchestration import fallbacks
from orchestration.attempts import attempt
from orchestration.jobs import Job
from orchestration.media.clips import make_first_frame, probe_clip
from orchestration.media.store import digest_file, new_key
from orchestration.next_steps import begin_wished_film, tell_shots
from orchestration.production import (
    Production,
    ProviderChangedError,
    ThinnedProgress,
    failure_of,
    show_progress,
)
from orchestration.providers.deadline import MovingDeadline
from orchestration.providers.job_ports import ClipProvider
from orchestration.providers.ports import ClipRequest
from orchestration.remote_jobs import RemoteWork, do_remotely, keep
from orchestration.scratch import scratch_folder

_LOG = structlog.get_logger()


async def animate_shot(production: Production, job: Job) -> None:
    """Make the clip and show it, or store why there is none.

    Raises:
        RetryLaterError: Another attempt is worth it.
    """
    await fallbacks.wait_turn(production, job)
    claim = await _claim(production, job)
    if claim is None:
        return

    async def work() -> None:
        provider = _provider(production, job, claim)
        with scratch_folder() as folder:
            async with fallbacks.asking(production, job, attempt=claim.attempt):
                file = await _make(production, provider, job, claim, folder)
            clip = await _store(production, provider, claim, file)
        await _land(production, job, claim, clip)

    async def fail(error: StepError) -> None:
        await _fail(production, job, claim, error)

    await attempt(production, job, claim.attempt, work=work, fail=fail)


async def _claim(production: Production, job: Job) -> ClipToMake | None:
    async def work(session: AsyncSession) -> ClipToMake | None:
        await stories.lock_row(session, job.story_id)
        claim = await clips.claim_clip(session, job.subject_id, run=job.run, provider=job.provider)
        if claim is not None:
            await append_events(session, job.story_id, await tell_shots(session, [claim.shot_id]))
        return claim

    return await production.database.commit(work)


def _provider(production: Production, job: Job, claim: ClipToMake) -> ClipProvider:
    provider = production.line_up.find_clip(job.provider)
    if claim.provider == NOBODY:
        raise StepError(
            "Nobody is configured who sets pictures in motion, so the film shows the picture; set "
            "AI_STORY_CLIP_PROVIDER, then make the clip again.",
            code="CLIPS_NOT_CONFIGURED",
        )
    if provider is None or provider.name != claim.provider:
        raise ProviderChangedError("clip", claim.provider)
    return provider


async def _make(
    production: Production, provider: ClipProvider, job: Job, claim: ClipToMake, folder: Path
) -> Path:
    """The clip in the folder; one that the service has made already is only downloaded."""
    subject = RemoteSubject(Noun.CLIP, claim.clip_id, job.run)
    destination = folder / "clip.mp4"
    timeout_s = production.patience.clip_timeout_s

    async def submit(webhook: str | None) -> str:
        request = await _request(production, claim, folder)
        return await provider.submit(
            request, idempotency_key=f"{claim.clip_id}:{job.run}", webhook=webhook
        )

    async def fetch(url: str) -> Path:
        await keep(production, subject, result_url=url)
        await provider.download(url, destination)
        return destination

    if claim.result_url is not None:
        try:
            async with MovingDeadline(timeout_s):
                return await fetch(claim.result_url)
        except TimeoutError as error:
            raise ProviderTimeoutError("The clip's download took too long; try again.") from error
    work = RemoteWork(
        subject=subject,
        was_submitted=claim.was_submitted,
        remote_job_id=claim.remote_job_id,
        submit=submit,
        fetch=fetch,
        what="clip",
        again="make it again",
    )

    async def show(progress: float) -> None:
        async def move(session: AsyncSession) -> bool:
            return await clips.raise_clip_progress(
                session, claim.clip_id, run=job.run, progress=progress
            )

        await show_progress(production, claim.story_id, move, hint=f"shot {claim.shot_id}")

    report = ThinnedProgress(show).report
    return await do_remotely(production, provider, work, report=report, timeout_s=timeout_s)


async def _request(production: Production, claim: ClipToMake, folder: Path) -> ClipRequest:
    """The picture in the film's shape and size: what a clip begins with is what the film shows."""
    size = claim.aspect_ratio.size
    picture = folder / "picture"  # with a suffix, ffmpeg would believe that
    await production.store.fetch_to_file(claim.image_key, picture)
    frame = await make_first_frame(picture, folder / "frame.jpg", size=size)
    return ClipRequest(
        image=frame,
        media_type="image/jpeg",
        prompt=claim.prompt,
        duration_seconds=claim.duration_seconds,
        width=size.width,
        height=size.height,
        seed=claim.seed,
    )


async def _store(
    production: Production, provider: ClipProvider, claim: ClipToMake, file: Path
) -> StoredClip:
    facts = await probe_clip(file)
    key = new_key(str(claim.story_id), ".mp4")
    await production.store.put_file(key, file)
    return StoredClip(
        media_key=key,
        digest=await digest_file(file),
        size_bytes=file.stat().st_size,  # noqa: ASYNC240 - a file of ours, just written
        duration_seconds=facts.duration_seconds,
        width=facts.width,
        height=facts.height,
        model=provider.model,
    )


async def _fail(production: Production, job: Job, claim: ClipToMake, error: StepError) -> None:
    failure = failure_of(error, provider=claim.provider, attempt=claim.attempt)

    async def work(session: AsyncSession) -> None:
        await stories.lock_row(session, job.story_id)
        if await clips.fail_clip(session, claim.clip_id, run=job.run, failure=failure):
            await _tell(session, production, claim)

    await production.database.commit(work)
    _LOG.warning("clip failed", code=error.code, attempt=claim.attempt)


async def _land(production: Production, job: Job, claim: ClipToMake, clip: StoredClip) -> None:
    """Show and charge the clip; one that nobody waits for is deleted.

    What it replaces stays until the story goes: a film may be made of it just now.
    """
    charge = production.prices.charge(
        charge_id(claim.clip_id, job.run),
        claim.story_id,
        kind=ServiceKind.CLIP,
        provider=claim.provider,
        model=clip.model,
        units=max(1, round(clip.duration_seconds)),
    )

    async def work(session: AsyncSession) -> bool:
        await stories.lock_row(session, job.story_id)
        await charges.add_charge(session, charge)
        if await clips.complete_clip(session, claim.clip_id, run=job.run, clip=clip):
            await _tell(session, production, claim)
            return True
        # This very landing may be repeated, after its answer was lost.
        return await clips.get_media_key(session, claim.clip_id) == clip.media_key

    if not await production.database.commit(work):
        _LOG.info("late clip dropped")
        await production.store.delete([clip.media_key])


async def _tell(session: AsyncSession, production: Production, claim: ClipToMake) -> None:
    """Say that the clip has ended, and begin the film if it was the last thing awaited."""
    events = await tell_shots(session, [claim.shot_id])
    events += await begin_wished_film(
        session, claim.story_id, provider=production.line_up.video_name
    )
    await append_events(session, claim.story_id, events)
