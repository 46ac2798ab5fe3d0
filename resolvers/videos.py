"""Queries and changes of videos."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from db.queries import clips, events, shots, stories, videos
from db.queries.pages import PageWindow
from db.queries.selections import Selection
from db.rows import NewEvent, ShotRow, StoryRow, VideoRow, VideoWarning
from db.session import Writes
from domain import OPEN_STATUSES, RESTARTABLE_STATUSES, ServiceKind, Status
from errors import InvalidInputError, InvalidStateError, NotFoundError
from orchestration.films.foreseeing import foresee_warnings
from orchestration.recipes.next_steps import begin_film, stop_film
from resolvers.context import Context, parse_id
from resolvers.idempotency import once
from resolvers.paging import Listing, check_search, choices


async def get_video(context: Context, video_id: str) -> VideoRow | None:
    """The viewer's video; None if absent or of another owner."""
    try:
        id_ = parse_id(video_id, noun="video")
    except NotFoundError:
        return None
    async with context.database.reading() as session:
        return await videos.get_video(session, id_, owner_id=context.viewer.sees_only)


async def require_video(context: Context, video_id: str) -> VideoRow:
    """The viewer's video.

    Raises:
        NotFoundError: The viewer has no such video.
    """
    video = await get_video(context, video_id)
    if video is None:
        raise NotFoundError("Video not found.")
    return video


async def get_story_video(context: Context, story_id: UUID) -> VideoRow | None:
    """A story's video; the caller has checked that the story is the viewer's."""
    return await context.loaders.video.load(story_id)


async def film_warnings(
    context: Context, story: StoryRow, *, burn_subtitles: bool
) -> list[VideoWarning]:
    """The expected warnings of a film made now.

    None if a service makes films, because its fonts are unknown. One statement for any number of
    stories, none for a film without burned-in subtitles.
    """
    if context.production.line_up.video is not None:
        return []
    if not burn_subtitles:
        return await foresee_warnings(context.production, story, {})
    told = {shot.position: shot.narration for shot in await context.loaders.shots.load(story.id)}
    awaits_script = not told and story.status is not Status.COMPLETED
    text = await context.loaders.content.load(story.id) if awaits_script else ""
    return await foresee_warnings(context.production, story, told, text=text)


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoFilter:
    """The filter of the viewer's videos; None does not filter."""

    statuses: Sequence[Status] | None = None
    search: str | None = None
    created_after: datetime | None = None
    created_before: datetime | None = None


async def list_videos(
    context: Context, window: PageWindow, wanted: VideoFilter | None = None
) -> Listing[VideoRow]:
    """One page of the viewer's videos, newest first.

    Raises:
        InvalidInputError: The search words are invalid.
    """
    wanted = wanted or VideoFilter()
    selection = Selection(
        owner_id=context.viewer.sees_only,
        statuses=choices(wanted.statuses),
        search=check_search(wanted.search),
        created_after=wanted.created_after,
        created_before=wanted.created_before,
    )

    async def count() -> int:
        async with context.database.reading() as session:
            return await videos.count_videos(session, selection)

    async with context.database.reading() as session:
        return Listing(await videos.list_videos(session, selection, window), count)


async def generate_video(
    context: Context,
    story_id: str,
    *,
    burn_subtitles: bool = True,
    allow_missing_shots: bool = False,
    idempotency_key: str | None = None,
) -> VideoRow:
    """Render the story's film; while one is rendered, return that one.

    Raises:
        NotFoundError: The viewer has no such story.
        InvalidInputError: The story has no shots at all.
        InvalidStateError: Pictures or clips are missing.
    """
    # Only values that differ from the defaults, so a key stays valid when options are added.
    asked = {"plain": not burn_subtitles, "incomplete": allow_missing_shots}
    async with once(context, idempotency_key, "generateVideo", id=story_id, **asked) as call:
        session = call.session
        if call.done is not None:
            return await require_video(context, str(call.done))
        story = await stories.lock_story(session, parse_id(story_id, noun="story"))
        if story is None or not context.viewer.sees(story.owner_id):
            raise NotFoundError("Story not found.")
        running = (await videos.list_videos_by_story(session, [story.id])).get(story.id)
        if running is None or running.status not in OPEN_STATUSES:
            found = await shots.list_shots(session, [story.id])
            _check_pictures(found, allow_missing_shots=allow_missing_shots)
            if not allow_missing_shots:
                await _check_clips(session, story.id)
            moved = await begin_film(
                session,
                story.id,
                providers=context.production.line_up.names(ServiceKind.VIDEO),
                burn_subtitles=burn_subtitles,
            )
            await events.append_events(session, story.id, moved)
        running = (await videos.list_videos_by_story(session, [story.id])).get(story.id)
        if running is None:
            raise NotFoundError("Story not found.")
        call.made = running.id
    return running


def _check_pictures(found: list[ShotRow], *, allow_missing_shots: bool) -> None:
    if not found:
        raise InvalidInputError(
            "The story has no shots yet. Wait for its script.",
            code="INVALID_STATE",
            field=("input", "storyId"),
        )
    ready = [shot for shot in found if shot.image_key and shot.status not in OPEN_STATUSES]
    if len(ready) == len(found):
        return
    if not allow_missing_shots:
        raise InvalidStateError(
            f"{len(found) - len(ready)} of {len(found)} pictures are not ready. Wait, retry failed "
            "shots, or set allowMissingShots.",
            field=("input", "allowMissingShots"),
        )
    if not any(shot.image_key for shot in found):
        raise InvalidStateError("No picture is ready yet. Wait for at least one.")


async def _check_clips(session: Writes, story_id: UUID) -> None:
    awaited = await clips.count_awaited_clips(session, story_id)
    if awaited:
        raise InvalidStateError(
            f"{awaited} {'clip is' if awaited == 1 else 'clips are'} not ready. Wait, or set "
            "allowMissingShots to show the pictures instead.",
            field=("input", "allowMissingShots"),
        )


async def retry_story_video(session: Writes, context: Context, story_id: UUID) -> list[NewEvent]:
    """Render the story's film again if it failed or was canceled; returns the events to append."""
    video = (await videos.list_videos_by_story(session, [story_id])).get(story_id)
    if video is None or video.status not in RESTARTABLE_STATUSES:
        return []
    return await begin_film(
        session,
        story_id,
        providers=context.production.line_up.names(ServiceKind.VIDEO),
        burn_subtitles=video.burn_subtitles,
        resume=True,
    )


async def cancel_video(context: Context, video_id: str) -> VideoRow:
    """Cancel the rendering; a film that was finished before remains.

    Raises:
        NotFoundError: The viewer has no such video.
        InvalidStateError: It is not being rendered.
    """
    video = await get_video(context, video_id)
    if video is None:
        raise NotFoundError("Video not found.")
    async with context.writing() as session:
        await stories.lock_row(session, video.story_id)
        moved = await stop_film(session, video.story_id)
        if not moved:
            raise InvalidStateError("The video is not being rendered, so it cannot be canceled.")
        await events.append_events(session, video.story_id, moved)
    canceled = await get_video(context, video_id)
    if canceled is None:
        raise NotFoundError("Video not found.")
    return canceled
