"""The stories of a viewer as they change, for dashboards.

One reader per process serves all dashboards. It reads the changed stories of the watched owners in
one statement and gives each dashboard its owner's stories. Dashboards get the same row objects, so
they also share answers.
"""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID

import structlog
from broadcaster import Broadcast

from db.queries import stories
from db.read_sessions import Reads
from db.rows import StoryState
from db.session import Database, is_connection_lost
from orchestration.queue.doorbell import ANY_STORY
from resolvers.listening import Listener

_LOG = structlog.get_logger()
_LINGER_S = 0.05
"""Changes that arrive together are read together."""
_PAUSE_S = 1.0
"""Delay after a failed read."""
_OVERLAP = timedelta(seconds=10)
"""How far back to read after the database was lost: clocks differ slightly."""


@dataclass(slots=True, eq=False)
class _Watcher:
    """One dashboard: the owner of its stories (None: all owners), and the stories not yet taken."""

    owner_id: str | None
    states: dict[UUID, StoryState] = field(default_factory=dict[UUID, StoryState])
    woken: asyncio.Event = field(default_factory=asyncio.Event)

    def give(self, states: list[StoryState]) -> None:
        """For each story that was not taken yet, only the newest state is kept."""
        mine = {
            state.story.id: state
            for state in states
            if self.owner_id in (None, state.story.owner_id)
        }
        if mine:
            self.states |= mine
            self.woken.set()

    async def take(self) -> list[StoryState]:
        """The new stories since the last call, as soon as there are any."""
        await self.woken.wait()
        self.woken.clear()
        states, self.states = self.states, {}
        return list(states.values())


@dataclass(slots=True)
class _Rings:
    """The notified stories since the last read; `may_be_any` says that any may have changed."""

    story_ids: set[UUID] = field(default_factory=set[UUID])
    may_be_any: bool = False

    def add(self, message: str) -> None:
        """Record one notification: the story's ID, and a hint that is not needed here."""
        story_id = message.partition(" ")[0]
        if story_id:
            self.story_ids.add(UUID(story_id))
        else:
            self.may_be_any = True


class _Reader(Listener):
    """Reads while there are watchers."""

    def __init__(self, database: Database, doorbell: Broadcast) -> None:
        super().__init__(doorbell, ANY_STORY, name="dashboards")
        self._database = database
        self._rings = _Rings()
        self._looked_at = datetime.now(UTC)
        self.watchers: set[_Watcher] = set()

    def _begin(self) -> None:
        self._rings = _Rings()
        self._looked_at = datetime.now(UTC)

    def _note(self, message: str) -> None:
        self._rings.add(message)

    async def _read_for_ever(self) -> None:
        while True:
            await self._rung.wait()
            await asyncio.sleep(_LINGER_S)
            self._rung.clear()
            rings, self._rings = self._rings, _Rings()
            try:
                await self._read(rings)
            except Exception as error:
                if not is_connection_lost(error):
                    _LOG.exception("dashboards failed")
                self._rings.story_ids |= rings.story_ids
                self._rings.may_be_any = True
                self._rung.set()
                await asyncio.sleep(_PAUSE_S)

    async def _read(self, rings: _Rings) -> None:
        began = datetime.now(UTC)
        owners = {watcher.owner_id for watcher in self.watchers}

        async def read(session: Reads) -> list[StoryState]:
            return await stories.list_states(
                session,
                rings.story_ids,
                changed_since=self._looked_at - _OVERLAP if rings.may_be_any else None,
                owner_ids=None if None in owners else {owner for owner in owners if owner},
            )

        states = await self._database.read(read)
        self._looked_at = began
        for watcher in self.watchers:
            watcher.give(states)


class Dashboards:
    """The dashboards of this process, and their one reader."""

    def __init__(self, database: Database, doorbell: Broadcast) -> None:
        """Nothing is read until a dashboard opens."""
        self._reader = _Reader(database, doorbell)

    @property
    def watched_by(self) -> int:
        """The number of open dashboards."""
        return len(self._reader.watchers)

    async def follow(self, owner_id: str | None) -> AsyncGenerator[list[StoryState]]:
        """An owner's stories (None: all owners) in groups, each in its newest state."""
        watcher = _Watcher(owner_id)
        await self._reader.enter()
        self._reader.watchers.add(watcher)
        try:
            while True:
                yield await watcher.take()
        finally:
            self._reader.watchers.discard(watcher)
            await self._reader.leave()
