"""Every story of a viewer as it changes, for a dashboard."""

import asyncio
from collections.abc import AsyncGenerator
from datetime import UTC, datetime, timedelta
from uuid import UUID

from db.queries import stories
from db.rows import StoryRow
from db.session import AsyncSession
from orchestration.doorbell import ANY_STORY
from resolvers.context import Context

_LINGER_S = 0.05
"""Changes that come together are read together."""
_OVERLAP = timedelta(seconds=10)
"""How far back to look after the database was lost: clocks differ a little."""


class _Bell:
    """What has rung since one last looked; None among it means that anything may have changed."""

    def __init__(self) -> None:
        self.rung: set[UUID | None] = set()
        self.woken = asyncio.Event()

    def ring(self, message: str) -> None:
        """Note one ring: the story's id, and a hint that is not needed here."""
        story_id = message.partition(" ")[0]
        self.rung.add(UUID(story_id) if story_id else None)
        self.woken.set()


async def follow_stories(context: Context) -> AsyncGenerator[list[StoryRow]]:
    """The viewer's stories in groups, each story in its newest state after it changed."""
    bell, listening = _Bell(), asyncio.Event()
    hearing = asyncio.create_task(_hear(context, bell, listening), name="dashboard")
    looked_at = datetime.now(UTC)
    try:
        await listening.wait()
        while True:
            await bell.woken.wait()
            await asyncio.sleep(_LINGER_S)
            bell.woken.clear()
            rung, bell.rung = bell.rung, set()
            since = looked_at - _OVERLAP
            looked_at = datetime.now(UTC)
            if changed := await _read(context, rung, since=since):
                yield changed
    finally:
        hearing.cancel()
        await asyncio.wait({hearing})


async def _hear(context: Context, bell: _Bell, listening: asyncio.Event) -> None:
    async with context.doorbell.subscribe(channel=ANY_STORY) as rings:
        listening.set()
        while True:
            bell.ring((await rings.get()).message)


async def _read(context: Context, rung: set[UUID | None], *, since: datetime) -> list[StoryRow]:
    viewer = context.viewer

    async def read(session: AsyncSession) -> list[StoryRow]:
        if None in rung:
            return await stories.list_changed_stories(
                session, since=since, owner_id=viewer.sees_only
            )
        found = await stories.list_stories_by_id(session, [id_ for id_ in rung if id_])
        return [story for story in found.values() if viewer.sees(story.owner_id)]

    return await context.database.read(read)
