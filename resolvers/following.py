"""Follows stories for their subscribers: one reader per process, for any number of stories.

A subscriber registers first and reads its snapshot second, so no change is missed. Notifications
gather while the reader reads; one read is a few statements for all stories that were notified, and
its result is given to each story's subscribers. Notifications may be lost, so every few seconds one
more statement finds the stories whose log is ahead of what was read.
"""

import asyncio
import contextlib
import time
from bisect import bisect_right
from collections import defaultdict, deque
from collections.abc import AsyncGenerator, Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from uuid import UUID

import structlog
from broadcaster import Broadcast

from db.gathering import Gathering
from db.queries import events, stories
from db.read_sessions import Reads
from db.rows import EventRow
from db.session import Database, is_connection_lost
from domain import EventType
from orchestration.queue.doorbell import ANY_STORY
from resolvers.changes import (
    StoryChange,
    as_reset,
    list_reached,
    read_changes,
    read_snapshots,
)
from resolvers.listening import Listener

_LOG = structlog.get_logger()
_LOOK_EVERY_S = 2.0
_PAUSE_S = 1.0
"""Delay after a failed read."""
_EVENTS_AT_ONCE = 500
"""Of each story, in one read."""
_STORIES_AT_ONCE = 200
BEGINNING_PATIENCE_S = 3.0
"""How long a new subscriber waits for an unavailable database; later there is no hurry."""
_KEPT = 256
"""Changes that a feed keeps for slow subscribers; one further behind reads the log itself.
With the longest texts, a change has 24 KB.
"""
_GIVEN_AT_ONCE = 50
"""Changes that a subscriber gets at once: it holds them until it has processed them."""


_Position = tuple[UUID, int]
"""In the log of a story: the seq after which a subscriber goes on."""


@dataclass(slots=True, eq=False)
class _Client:
    """One subscriber: its position, and how it is woken. Thousands of them wait."""

    cursor: int = 0
    progress: dict[UUID, StoryChange] = field(default_factory=dict[UUID, StoryChange])
    is_woken: bool = False
    _waiting: asyncio.Future[None] | None = None

    def wake(self) -> None:
        """Let it look, now or when it would wait."""
        self.is_woken = True
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)

    async def wait(self) -> None:
        """Return if it is woken, or once it is."""
        if not self.is_woken:
            self._waiting = asyncio.get_running_loop().create_future()
            try:
                await self._waiting
            finally:
                self._waiting = None

    def take_progress(self) -> list[StoryChange]:
        """The next changes; the client's cursor must not skip changes that are still due."""
        if not self.progress:
            return []
        known, self.progress = self.progress, {}
        for id_, change in known.items():
            if change.seq > self.cursor:
                self.progress[id_] = change
        return [change for change in known.values() if change.seq == self.cursor]


@dataclass(slots=True, eq=False)
class _Feed:
    """What has been read of one story, up to `seq`, which is None until a subscriber has begun."""

    story_id: UUID
    seq: int | None = None
    kept: deque[StoryChange] = field(default_factory=lambda: deque[StoryChange](maxlen=_KEPT))
    clients: set[_Client] = field(default_factory=set[_Client])
    hints: set[str] = field(default_factory=set[str])

    def progress_rows(self, seq: int) -> list[EventRow]:
        """Progress is state, not history: one row for each shot or film that has moved."""
        now = datetime.now(UTC)
        return [
            EventRow(
                self.story_id,
                seq,
                EventType.PROGRESS,
                UUID(id_) if noun == "shot" else None,
                UUID(id_) if noun == "video" else None,
                None,
                now,
            )
            for noun, _, id_ in (hint.partition(" ") for hint in sorted(self.hints))
        ]

    def give(self, change: StoryChange) -> None:
        """Keep the change for the subscribers."""
        if change.type is not EventType.PROGRESS:
            self.kept.append(change)
            self.seq = change.seq
        elif (subject := change.shot or change.video) is not None:
            for client in self.clients:
                client.progress[subject.id] = change

    def wake(self) -> None:
        """Let the subscribers look."""
        for client in self.clients:
            client.wake()

    def kept_after(self, cursor: int) -> list[StoryChange] | None:
        """The next changes after the cursor, of those that were read; None if some are gone."""
        if self.seq is None or cursor >= self.seq:
            return []
        if not self.kept or self.kept[0].seq > cursor + 1:
            return None
        changes: list[StoryChange] = []
        for change in reversed(self.kept):  # most subscribers have all but the last
            if change.seq <= cursor:
                break
            changes.append(change)
        return changes[: -_GIVEN_AT_ONCE - 1 : -1]


class _Reader(Listener):
    """Reads the logs of all feeds."""

    def __init__(self, database: Database, doorbell: Broadcast) -> None:
        super().__init__(doorbell, ANY_STORY, name="follower")
        self._database = database
        self._due: set[str] = set()
        self._looked_at = 0.0
        self.feeds: dict[str, _Feed] = {}
        """By the story's ID, as notifications have it."""

    def _begin(self) -> None:
        self._due.clear()
        self._looked_at = time.monotonic()

    def _note(self, message: str) -> None:
        story_id, _, hint = message.partition(" ")
        feed = self.feeds.get(story_id)
        if feed is not None:
            self._due.add(story_id)
            if hint:
                feed.hints.add(hint)
        elif not story_id:  # any may have been missed
            self._looked_at = 0.0

    def begin_feed(self, feed: _Feed, cursor: int) -> None:
        """A subscriber has begun there; what was notified in the meantime is due."""
        if feed.seq is None:
            feed.seq = cursor
            self._due.add(str(feed.story_id))
            self._rung.set()

    async def _read_for_ever(self) -> None:
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_LOOK_EVERY_S):
                    await self._rung.wait()
            self._rung.clear()
            due: set[str] = set()
            try:
                await self._look_around()
                while self._due:
                    due = {self._due.pop() for _ in range(min(len(self._due), _STORIES_AT_ONCE))}
                    await self._read([self.feeds[one] for one in due if one in self.feeds])
            except Exception as error:
                if not is_connection_lost(error):
                    _LOG.exception("following failed")
                self._due |= due
                self._rung.set()
                await asyncio.sleep(_PAUSE_S)

    async def _look_around(self) -> None:
        """Find the stories that were notified in vain."""
        now = time.monotonic()
        if now - self._looked_at < _LOOK_EVERY_S:
            return
        read = {feed.story_id: feed.seq for feed in self.feeds.values() if feed.seq is not None}
        async with self._database.reading() as session:
            self._due |= {str(id_) for id_ in await events.list_stories_ahead(session, read)}
        self._looked_at = now

    async def _read(self, feeds: Collection[_Feed]) -> None:
        """Read what is new in all of them; one whose rows cannot be read fails no other."""
        begun = [feed for feed in feeds if feed.seq is not None]
        if not begun:
            return
        try:
            async with self._database.reading() as session:
                await self._read_feeds(session, begun)
        except Exception as error:
            if is_connection_lost(error):
                raise
            if len(begun) == 1:
                _LOG.exception("following failed", story_id=str(begun[0].story_id))
                return
            for feed in begun:
                await self._read([feed])

    async def _read_feeds(self, session: Reads, feeds: Collection[_Feed]) -> None:
        cursors = {feed.story_id: feed.seq or 0 for feed in feeds}
        rows = await events.list_events_after(session, cursors, limit=_EVENTS_AT_ONCE)
        newest = cursors | {row.story_id: row.seq for row in rows}
        hints = {feed: feed.hints for feed in feeds if feed.hints}
        for feed in hints:
            rows += feed.progress_rows(newest[feed.story_id])
            feed.hints = set()
        if not rows:
            return
        try:
            changes = await read_changes(session, rows)
        except Exception:
            for feed, taken in hints.items():
                feed.hints |= taken
            raise
        for change in changes:
            feed = self.feeds.get(str(change.story_id))
            if feed is not None:
                feed.give(change)
        for feed in feeds:
            feed.wake()
            if newest[feed.story_id] - cursors[feed.story_id] >= _EVENTS_AT_ONCE:
                self._due.add(str(feed.story_id))


class Following:
    """The feeds of this process, by story."""

    def __init__(self, database: Database, doorbell: Broadcast) -> None:
        """Nothing is followed until the first subscriber."""
        self._database = database
        self._reader = _Reader(database, doorbell)
        self._snapshots = Gathering(self._read_snapshots)
        self._owners = Gathering(self._read_owners)
        self._reached = Gathering(self._read_reached)
        self._missed = Gathering(self._read_missed)

    async def find_owner(self, story_id: UUID) -> str | None:
        """The owner of an existing story; many are looked up at once."""
        return await self._owners.load(story_id)

    async def follow(
        self, story_id: UUID, *, after: int | None = None
    ) -> AsyncGenerator[list[StoryChange]]:
        """Changes in order, in groups, without a gap; ends with the story.

        Without `after` the first is a SNAPSHOT. With it, exactly the missed changes come first; if
        the log does not reach back that far, a SNAPSHOT with `reset`.
        """
        client = _Client()
        await self._reader.enter()
        feed = self._register(story_id, client)
        try:
            first = await self._first(story_id, after)
            client.cursor = (after or 0) if first is None else first.seq
            self._reader.begin_feed(feed, client.cursor)
            group = [] if first is None else [first]
            while True:
                if group:
                    yield group
                if group and group[-1].type is EventType.STORY_DELETED:
                    return
                group = await self._next(feed, client)
        finally:
            self._unregister(feed, client)
            await self._reader.leave()

    async def _first(self, story_id: UUID, after: int | None) -> StoryChange | None:
        """The initial snapshot; None if the log contains everything since `after`."""
        if after is not None and await self._reached.load((story_id, after)):
            return None
        return as_reset(await self._snapshots.load(story_id), after=after)

    async def _read_snapshots(self, story_ids: Collection[UUID]) -> Mapping[UUID, StoryChange]:
        return await self._database.read(
            lambda session: read_snapshots(session, story_ids), patience_s=BEGINNING_PATIENCE_S
        )

    async def _read_owners(self, story_ids: Collection[UUID]) -> Mapping[UUID, str | None]:
        owners = await self._database.read(
            lambda session: stories.list_owners(session, story_ids),
            patience_s=BEGINNING_PATIENCE_S,
        )
        return {story_id: owners.get(story_id) for story_id in story_ids}

    async def _next(self, feed: _Feed, client: _Client) -> list[StoryChange]:
        """What follows after the client's position, once there is something."""
        while True:
            client.is_woken = False
            changes = feed.kept_after(client.cursor)
            if changes is None:
                changes = await self._missed.load((feed.story_id, client.cursor))
            if changes:
                client.cursor = changes[-1].seq
            if group := [*changes, *client.take_progress()]:
                return group
            await client.wait()

    async def _read_reached(self, positions: Collection[_Position]) -> Mapping[_Position, bool]:
        reached = await self._database.read(
            lambda session: list_reached(session, positions), patience_s=BEGINNING_PATIENCE_S
        )
        return {position: position in reached for position in positions}

    async def _read_missed(
        self, positions: Collection[_Position]
    ) -> Mapping[_Position, list[StoryChange]]:
        """The changes after positions from before what is kept.

        Those of a story are read together, from the oldest position on.
        """
        missed: dict[_Position, list[StoryChange]] = {}
        while left := [position for position in positions if position not in missed]:
            cursors: dict[UUID, int] = {}
            for story_id, after in left:
                cursors[story_id] = min(after, cursors.get(story_id, after))
            changes = await self._database.read(partial(_read_after, cursors=cursors))
            for story_id, after in left:
                known = changes[story_id]
                later = known[bisect_right(known, after, key=_seq_of) :]
                if later or len(known) < _EVENTS_AT_ONCE:
                    missed[story_id, after] = later
        return missed

    def _register(self, story_id: UUID, client: _Client) -> _Feed:
        feed = self._reader.feeds.setdefault(str(story_id), _Feed(story_id))
        feed.clients.add(client)
        return feed

    def _unregister(self, feed: _Feed, client: _Client) -> None:
        feed.clients.discard(client)
        feeds, key = self._reader.feeds, str(feed.story_id)
        if not feed.clients and feeds.get(key) is feed:
            del feeds[key]


async def _read_after(
    session: Reads, *, cursors: Mapping[UUID, int]
) -> Mapping[UUID, list[StoryChange]]:
    """The next changes of stories, by story."""
    rows = await events.list_events_after(session, cursors, limit=_EVENTS_AT_ONCE)
    by_story: defaultdict[UUID, list[StoryChange]] = defaultdict(list)
    for change in await read_changes(session, rows):
        by_story[change.story_id].append(change)
    return by_story


def _seq_of(change: StoryChange) -> int:
    return change.seq
