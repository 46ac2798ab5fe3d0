"""The durable pipeline: from a story to its pictures and film, whatever the services do."""

import asyncio
from collections.abc import Callable
from pathlib import Path

from db.rows import ShotRow, StoryRow, VideoRow
from domain import EventType, Status
from resolvers.following import StoryChange
from resolvers.shots import list_shots
from resolvers.stories import StoryWish, create_story, follow_story, require_story
from resolvers.videos import generate_video, get_video
from tests.conftest import DEADLINE_S
from tests.fake_origin import FakeOrigin
from tests.stage import Stage

STORY = "The keeper lit the lamp. A ship came home. The storm went by. Everybody slept."


async def follow_until(
    stage: Stage, story_id: object, done: Callable[[StoryChange], bool]
) -> list[StoryChange]:
    """The story's changes up to the one that is wanted."""
    seen: list[StoryChange] = []
    async with asyncio.timeout(DEADLINE_S):
        async for changes in follow_story(stage.context(), str(story_id)):
            for change in changes:
                seen.append(change)
                if done(change):
                    return seen
    raise AssertionError("the story ended first")


def all_drawn(change: StoryChange) -> bool:
    counts = change.counts
    return counts.total > 0 and counts.pending + counts.generating == 0


async def drawn_story(stage: Stage, **wish: object) -> tuple[StoryRow, list[ShotRow]]:
    """A story whose shots are settled."""
    story = await create_story(stage.context(), StoryWish(content=STORY, **wish))  # type: ignore[arg-type]
    await follow_until(stage, story.id, all_drawn)
    context = stage.context()
    return await require_story(context, str(story.id)), await list_shots(context, story.id)


async def test_a_story_becomes_shots_with_pictures(stage: Stage, origin: FakeOrigin) -> None:
    story, shots = await drawn_story(stage)

    assert story.status is Status.COMPLETED
    assert story.title
    assert [shot.position for shot in shots] == [1, 2, 3, 4]
    assert {shot.status for shot in shots} == {Status.COMPLETED}
    assert all(shot.image_key for shot in shots)
    assert origin.calls["/llm"] == 1
    assert origin.calls["/pic"] == 4


async def test_the_film_is_composed_on_demand(stage: Stage) -> None:
    story, _ = await drawn_story(stage)

    video = await generate_video(stage.context(), str(story.id))
    await follow_until(
        stage, story.id, lambda c: c.video is not None and c.video.status is Status.COMPLETED
    )

    film = await get_video(stage.context(), str(video.id))
    assert film is not None
    assert film.duration_seconds is not None
    assert film.duration_seconds > 1
    assert film.subtitles_key is not None


async def test_events_are_dense_and_begin_with_the_snapshot(stage: Stage) -> None:
    story = await create_story(stage.context(), StoryWish(content=STORY))

    seen = await follow_until(stage, story.id, all_drawn)

    logged = [change.seq for change in seen if change.type is not EventType.PROGRESS]
    assert seen[0].type is EventType.SNAPSHOT
    assert logged == list(range(logged[0], logged[0] + len(logged)))
    _ = (Path, VideoRow)
