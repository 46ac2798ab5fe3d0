"""Starts the work that follows from an end or a request: a clip for a picture, a film for a story.

Everything runs in the caller's transaction, which has locked the story's row. Functions return the
events to append.
"""

from collections.abc import Collection, Sequence
from uuid import UUID

from db.queries import clips, shots, stories, takes, videos, work
from db.queries.clips import WantedClip
from db.queries.takes import NewTake
from db.queries.work import BegunWork, NewWork
from db.rows import NewEvent
from db.session import Writes
from domain import Action, EventType, ServiceKind
from orchestration.work.beginning import begin_works, stop_works


async def begin_script(session: Writes, story_id: UUID, *, provider: str) -> None:
    """Queue the story's script."""
    script = NewWork(kind=ServiceKind.SCRIPT, subject_id=story_id, provider=provider)
    await begin_works(session, story_id, [script])


async def stop_script(session: Writes, story_id: UUID) -> list[NewEvent]:
    """Cancel the script that is being written, if any."""
    if not await stories.cancel_script(session, story_id):
        return []
    await stop_works(session, story_id, [story_id])
    return [NewEvent(EventType.STORY_STATUS_CHANGED)]


async def begin_pictures(
    session: Writes,
    story_id: UUID,
    new: Sequence[NewTake],
    *,
    begun: dict[UUID, BegunWork] | None = None,
    delay_s: float = 0,
) -> None:
    """Add the takes and queue their pictures; `begun` is the state at a service, by take."""
    await takes.add_takes(session, new)
    works = [
        NewWork(
            id=take.id,
            kind=ServiceKind.IMAGE,
            subject_id=take.id,
            provider=take.provider,
            begun=(begun or {}).get(take.id),
        )
        for take in new
    ]
    await begin_works(session, story_id, works, delay_s=delay_s)


async def stop_pictures(session: Writes, story_id: UUID, shot_ids: Collection[UUID]) -> None:
    """Cancel the open takes of the shots, here and at the service."""
    await stop_works(session, story_id, await takes.cancel_takes(session, shot_ids))


async def begin_clips(
    session: Writes, story_id: UUID, shot_ids: Collection[UUID], *, provider: str
) -> list[NewEvent]:
    """Queue a clip for each shot that requests one and shows a picture without one."""
    wanted = await clips.add_clips(session, shot_ids, provider=provider)
    return await _make_clips(session, story_id, wanted, provider=provider)


async def begin_clips_again(
    session: Writes,
    story_id: UUID,
    shot_ids: Collection[UUID],
    *,
    providers: Sequence[str],
    action: Action,
) -> list[NewEvent]:
    """Queue the clips of the shots again, where the action allows it.

    A retry continues with what one of the providers has made, or is making.
    """
    wanted = await clips.restart_clips(session, shot_ids, provider=providers[0], action=action)
    begun: dict[UUID, BegunWork] = {}
    if action is Action.RETRY:
        ids = [clip.id for clip in wanted]
        begun = await list_resumable(session, story_id, ids, providers=providers)
    return await _make_clips(session, story_id, wanted, provider=providers[0], begun=begun)


async def _make_clips(
    session: Writes,
    story_id: UUID,
    wanted: Sequence[WantedClip],
    *,
    provider: str,
    begun: dict[UUID, BegunWork] | None = None,
) -> list[NewEvent]:
    works = [
        NewWork(
            kind=ServiceKind.CLIP,
            subject_id=clip.id,
            provider=provider,
            begun=(begun or {}).get(clip.id),
        )
        for clip in wanted
    ]
    await begin_works(session, story_id, works)
    return await tell_shots(session, [clip.shot_id for clip in wanted])


async def list_resumable(
    session: Writes,
    story_id: UUID,
    subject_ids: Collection[UUID],
    *,
    providers: Collection[str],
) -> dict[UUID, BegunWork]:
    """By subject, the state of its last failed work at one of the providers."""
    found = await work.list_begun_works(session, story_id, subject_ids)
    return {id_: begun for id_, begun in found.items() if begun.provider in providers}


async def stop_clips(session: Writes, story_id: UUID, shot_ids: Collection[UUID]) -> list[NewEvent]:
    """Cancel the clips that are being made for the shots, here and at the service."""
    canceled = await clips.cancel_clips(session, shot_ids)
    await stop_works(session, story_id, [clip.id for clip in canceled])
    return await tell_shots(session, {clip.shot_id for clip in canceled})


async def tell_shots(session: Writes, shot_ids: Collection[UUID]) -> list[NewEvent]:
    """Turn changes of clips into events of their shots."""
    if shot_ids:
        await shots.touch_shots(session, shot_ids)
    return [NewEvent(EventType.SHOT_UPDATED, shot_id=id_) for id_ in shot_ids]


async def begin_film(
    session: Writes,
    story_id: UUID,
    *,
    providers: Sequence[str],
    burn_subtitles: bool = True,
    resume: bool = False,
) -> list[NewEvent]:
    """Queue the film, unless it is being rendered.

    With `resume`, it continues with what one of the providers has made, or is making.
    """
    video_id = await videos.start_video(
        session, story_id, provider=providers[0], burn_subtitles=burn_subtitles
    )
    if video_id is None:
        return []
    begun: dict[UUID, BegunWork] = {}
    if resume:
        begun = await list_resumable(session, story_id, [video_id], providers=providers)
    film = NewWork(
        kind=ServiceKind.VIDEO,
        subject_id=video_id,
        provider=providers[0],
        begun=begun.get(video_id),
    )
    await begin_works(session, story_id, [film])
    return [NewEvent(EventType.VIDEO_STATUS_CHANGED, video_id=video_id)]


async def stop_film(session: Writes, story_id: UUID) -> list[NewEvent]:
    """Cancel the film that is being rendered, if any."""
    video_id = await videos.cancel_video(session, story_id)
    if video_id is None:
        return []
    await stop_works(session, story_id, [video_id])
    return [NewEvent(EventType.VIDEO_STATUS_CHANGED, video_id=video_id)]


async def begin_wished_film(session: Writes, story_id: UUID, *, provider: str) -> list[NewEvent]:
    """Begin the film of a story that requested one, once all its shots are ready."""
    if not await videos.wants_film_now(session, story_id):
        return []
    return await begin_film(session, story_id, providers=[provider])
