"""What begins when something has ended or is wished: a clip for a picture, a film for a story.

In the caller's transaction, which has locked the story's row; answered are the events to append.
"""

from collections.abc import Collection, Sequence
from uuid import UUID

from db.queries import clips, shots, videos
from db.queries.clips import BegunClip
from db.rows import NewEvent
from db.session import AsyncSession
from domain import Action, EventType
from orchestration.jobs import Job, Step, cancel_jobs, enqueue, job_key


async def begin_clips(
    session: AsyncSession, story_id: UUID, shot_ids: Collection[UUID], *, provider: str
) -> list[NewEvent]:
    """Have a clip made for every one of the shots that wants one, shows a picture and has none."""
    return await _make(
        session, story_id, await clips.add_clips(session, shot_ids, provider=provider)
    )


async def begin_clips_again(
    session: AsyncSession,
    story_id: UUID,
    shot_ids: Collection[UUID],
    *,
    providers: Sequence[str],
    action: Action,
) -> list[NewEvent]:
    """Have the clips that the shots show made once more, where the action allows it."""
    begun = await clips.restart_clips(session, shot_ids, providers=providers, action=action)
    return await _make(session, story_id, begun)


async def _make(
    session: AsyncSession, story_id: UUID, begun: Sequence[BegunClip]
) -> list[NewEvent]:
    jobs = [animate_job(story_id, clip.id, provider=clip.provider, run=clip.run) for clip in begun]
    await enqueue(session, jobs)
    return await tell_shots(session, [clip.shot_id for clip in begun])


def animate_job(story_id: UUID, clip_id: UUID, *, provider: str, run: int) -> Job:
    """The job that makes the clip."""
    return Job(step=Step.ANIMATE, provider=provider, story_id=story_id, subject_id=clip_id, run=run)


async def stop_clips(
    session: AsyncSession, story_id: UUID, shot_ids: Collection[UUID]
) -> list[NewEvent]:
    """Give up the clips that are being made for the shots, here and at the service."""
    canceled = await clips.cancel_clips(session, shot_ids)
    await cancel_jobs(session, [job_key(Step.ANIMATE, clip.id, clip.run) for clip in canceled])
    aborts = [
        Job(
            step=Step.ABORT,
            provider=clip.provider,
            story_id=story_id,
            subject_id=clip.id,
            run=clip.run,
            detail=clip.remote_job_id,
        )
        for clip in canceled
        if clip.remote_job_id is not None
    ]
    await enqueue(session, aborts)
    return await tell_shots(session, {clip.shot_id for clip in canceled})


async def tell_shots(session: AsyncSession, shot_ids: Collection[UUID]) -> list[NewEvent]:
    """Make it a change of the shots that something moved with their clips."""
    if shot_ids:
        await shots.touch_shots(session, shot_ids)
    return [NewEvent(EventType.SHOT_UPDATED, shot_id=id_) for id_ in shot_ids]


async def begin_film(
    session: AsyncSession,
    story_id: UUID,
    *,
    providers: Sequence[str],
    burn_subtitles: bool = True,
    resume: bool = False,
) -> list[NewEvent]:
    """Make the film PENDING and queue its rendering, unless it is being rendered."""
    video = await videos.start_video(
        session, story_id, providers=providers, burn_subtitles=burn_subtitles, resume=resume
    )
    if video is None:
        return []
    job = render_job(story_id, video.id, provider=video.provider, run=video.run)
    await enqueue(session, [job])
    return [NewEvent(EventType.VIDEO_STATUS_CHANGED, video_id=video.id)]


def render_job(story_id: UUID, video_id: UUID, *, provider: str, run: int) -> Job:
    """The job that makes the film."""
    return Job(step=Step.RENDER, provider=provider, story_id=story_id, subject_id=video_id, run=run)


async def begin_wished_film(
    session: AsyncSession, story_id: UUID, *, provider: str
) -> list[NewEvent]:
    """Begin the film of a story that asked for one with its shots, once they are all ready."""
    if not await videos.wants_film_now(session, story_id):
        return []
    return await begin_film(session, story_id, providers=[provider])
