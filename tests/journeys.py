"""Common steps of tests: a story to its end, followed without polling."""

import asyncio
from collections.abc import Callable, Sequence
from uuid import UUID

import pytest

from db.queries import clips, shots
from db.rows import ClipRow, ShotRow, StoryRow, VideoRow
from domain import OPEN_STATUSES, ServiceKind, Status
from errors import RateLimitedError
from orchestration.work.pauses import ServicePausedError
from resolvers.changes import StoryChange
from resolvers.shots import list_shots
from resolvers.stories import StoryWish, create_story, follow_story, require_story
from resolvers.videos import generate_video, get_video
from tests.stage import Stage

STORY = "The keeper lit the lamp. A ship came home. The storm went by. Everybody slept."
"""Four sentences: the origin service makes four shots of it."""
DEADLINE_S = 60


async def follow_until(
    stage: Stage, story_id: UUID, done: Callable[[StoryChange], bool], *, after: int | None = None
) -> list[StoryChange]:
    """The story's changes up to and including the wanted one."""
    seen: list[StoryChange] = []
    async with asyncio.timeout(DEADLINE_S):
        async for changes in follow_story(stage.context(), str(story_id), after=after):
            for change in changes:
                seen.append(change)
                if done(change):
                    return seen
    raise AssertionError("the story ended first")


def is_settled(change: StoryChange) -> bool:
    """Whether the script failed, or every shot has ended, successfully or not."""
    story, counts = change.story, change.counts
    if story is None or story.status in (Status.FAILED, Status.CANCELED):
        return True
    return counts.total > 0 and counts.pending + counts.generating == 0


async def start_story(stage: Stage, content: str = STORY, *, auto_render: bool = False) -> StoryRow:
    """A newly accepted story."""
    wish = StoryWish(content=content, auto_render=auto_render)
    return await create_story(stage.context(), wish)


async def settle(stage: Stage, story: StoryRow) -> tuple[StoryRow, list[ShotRow]]:
    """Wait until script and pictures have ended; returns the story and its shots."""
    await follow_until(stage, story.id, is_settled)
    return await read(stage, story)


async def read(stage: Stage, story: StoryRow) -> tuple[StoryRow, list[ShotRow]]:
    """The current story and shots."""
    context = stage.context()
    return await require_story(context, str(story.id)), await list_shots(context, story.id)


async def drawn_story(stage: Stage, content: str = STORY) -> tuple[StoryRow, list[ShotRow]]:
    """A new story whose script and pictures have ended."""
    return await settle(stage, await start_story(stage, content))


async def rendered_video(
    stage: Stage, story: StoryRow, *, burn_subtitles: bool = False
) -> VideoRow:
    """The story's film, requested now, after it has ended, successfully or not."""
    video = await generate_video(stage.context(), str(story.id), burn_subtitles=burn_subtitles)
    await follow_until(
        stage,
        story.id,
        lambda change: change.video is not None and change.video.status not in OPEN_STATUSES,
    )
    ended = await get_video(stage.context(), str(video.id))
    assert ended is not None
    return ended


async def read_clips(stage: Stage, story_id: UUID) -> list[ClipRow]:
    """The clips that the story's shots show, in playing order."""
    async with stage.database.reading() as session:
        found = await shots.list_shots(session, [story_id])
        takes = [shot.selected_take_id for shot in found if shot.selected_take_id]
        by_take = await clips.list_clips(session, takes)
    return [by_take[take] for take in takes if take in by_take]


async def wait_for_clips(
    stage: Stage,
    story_id: UUID,
    *,
    count: int = 3,
    are: Sequence[Status] = (Status.COMPLETED, Status.FAILED, Status.CANCELED),
) -> list[ClipRow]:
    async with asyncio.timeout(DEADLINE_S):
        while True:
            found = await read_clips(stage, story_id)
            if len(found) == count and all(clip.status in are for clip in found):
                return found
            await asyncio.sleep(0.02)


async def leave_alone(stage: Stage, kind: ServiceKind, provider: str, *, seconds: float) -> None:
    """The service asks the whole fleet not to call for this long."""
    with pytest.raises(ServicePausedError):
        async with stage.production.pauses.asking(kind, provider):
            raise RateLimitedError("Slow down.", retry_after_s=seconds)
