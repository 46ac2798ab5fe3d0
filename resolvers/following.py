"""A story's changes, shared by its subscribers.

One follower per story and process reads the log and the rows; its clients share the result. A
client registers first and reads its snapshot second, so no change is missed. Notifications may be
lost, so the follower also polls.
"""

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice
from uuid import UUID

import structlog
from broadcaster import Broadcast

from db.queries import events, shots, standings, stories, videos
from db.rows import EventRow, ShotCounts, ShotRow, Standing, StoryRow, VideoRow
from db.session import AsyncSession, Database, is_connection_lost
from domain import EventType
from resolvers.listening import Listener

_LOG = structlog.get_logger()
_LOOK_EVERY_S = 1.0
_READ_AT_ONCE = 500
BEGINNING_PATIENCE_S = 3.0
"""How long a new follower waits for an unavailable database; later there is no hurry."""
_KEPT = 256
"""Changes that a follower keeps for slow clients; a client further behind reads the log itself.
With the longest texts, a change has 24 KB.
"""
_GIVEN_AT_ONCE = 50
"""Changes that a client gets at once: it holds them until it has processed them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryChange:
    """One change with the rows as they were read after it: at least as new as `seq`."""

    seq: int
    type: EventType
    occurred_at: datetime
    story_id: UUID
    story: StoryRow | None
    standing: Standing = field(default_factory=Standing)
    shot: ShotRow | None = None
    video: VideoRow | None = None
    deleted_id: UUID | None = None
    reset: bool = False

    @property
    def counts(self) -> ShotCounts:
        """The counts of the story's shots by state."""
        return self.standing.shots

    @property
    def tells_video(self) -> bool:
        """Whether `video` is the story's film, with None meaning that there is none."""
        return self.video is not None or self.type is EventType.SNAPSHOT


@dataclass(slots=True, eq=False)
class _Client:
    """One subscriber: its position, and the event that wakes it."""

    cursor: int
    woken: asyncio.Event = field(default_factory=asyncio.Event)
    progress: dict[UUID, StoryChange] = field(default_factory=dict[UUID, StoryChange])

    def take_progress(self) -> list[StoryChange]:
        """The next changes; the client's cursor must not skip changes that are still due."""
        known, self.progress = self.progress, {}
        for id_, change in known.items():
            if change.seq > self.cursor:
                self.progress[id_] = change
        return [change for change in known.values() if change.seq == self.cursor]


async def read_changes(
    session: AsyncSession, story_id: UUID, rows: Sequence[EventRow]
) -> list[StoryChange]:
    """Join the events with the current rows, in four statements for any number."""
    story = await stories.get_story(session, story_id)
    if story is None:
        return [_without_rows(row) for row in rows]
    standing = await standings.list_standings(session, [story_id])
    shot_ids = {row.shot_id for row in rows if row.shot_id is not None}
    shot_rows = await shots.list_shots_by_id(session, shot_ids) if shot_ids else {}
    has_video = any(row.video_id is not None for row in rows)
    video_rows = await videos.list_videos_by_story(session, [story_id]) if has_video else {}
    return [
        StoryChange(
            seq=row.seq,
            type=row.type,
            occurred_at=row.occurred_at,
            story_id=story_id,
            story=story,
            standing=standing.get(story_id, Standing()),
            shot=shot_rows.get(row.shot_id) if row.shot_id is not None else None,
            video=video_rows.get(story_id) if row.video_id is not None else None,
            deleted_id=row.shot_id if row.type is EventType.SHOT_DELETED else None,
        )
        for row in rows
    ]


def _without_rows(row: EventRow) -> StoryChange:
    gone = row.story_id if row.type is EventType.STORY_DELETED else row.shot_id
    return StoryChange(
        seq=row.seq,
        type=row.type,
        occurred_at=row.occurred_at,
        story_id=row.story_id,
        story=None,
        deleted_id=gone,
    )


async def log_reaches(session: AsyncSession, story_id: UUID, after: int) -> bool:
    """Whether the log contains everything since `after`, even if that is nothing.

    The story is read first: whatever is written between the two reads is in the log by the second.
    """
    story = await stories.get_story(session, story_id)
    if story is not None and story.event_seq == after:
        return True
    bounds = await events.get_log_bounds(session, story_id)
    if bounds is None:
        return False
    oldest, newest = bounds
    return oldest - 1 <= after <= newest


async def read_snapshot(session: AsyncSession, story_id: UUID, *, after: int | None) -> StoryChange:
    """The current story; its seq is read first, so that the rest is at least as new."""
    story = await stories.get_story(session, story_id)
    standing = await standings.list_standings(session, [story_id])
    video = await videos.list_videos_by_story(session, [story_id])
    return StoryChange(
        seq=story.event_seq if story is not None else (after or 0),
        type=EventType.SNAPSHOT if story is not None else EventType.STORY_DELETED,
        occurred_at=datetime.now(UTC),
        story_id=story_id,
        story=story,
        standing=standing.get(story_id, Standing()),
        video=video.get(story_id),
        deleted_id=story_id if story is None else None,
        reset=after is not None,
    )


class _Follower(Listener):
    """Reads one story's log while it has subscribers."""

    def __init__(
        self, database: Database, doorbell: Broadcast, story_id: UUID, *, seq: int
    ) -> None:
        """`seq` is the position of the first client."""
        super().__init__(doorbell, str(story_id), name="follower")
        self._database = database
        self._story_id = story_id
        self._hints: set[str] = set()
        self._kept: deque[StoryChange] = deque(maxlen=_KEPT)
        self.clients: set[_Client] = set()
        self.seq = seq

    def _note(self, message: str) -> None:
        if message:
            self._hints.add(message)

    async def changes_after(self, cursor: int) -> list[StoryChange]:
        """The changes after the cursor that have been read already."""
        if cursor >= self.seq:
            return []
        if self._kept and self._kept[0].seq <= cursor + 1:
            return list(
                islice((change for change in self._kept if change.seq > cursor), _GIVEN_AT_ONCE)
            )

        async def read(session: AsyncSession) -> list[StoryChange]:
            rows = await events.list_events(
                session, self._story_id, after=cursor, limit=_READ_AT_ONCE
            )
            return await read_changes(session, self._story_id, rows)

        return await self._database.read(read)

    async def _read_for_ever(self) -> None:
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_LOOK_EVERY_S):
                    await self._rung.wait()
            self._rung.clear()
            hints, self._hints = self._hints, set()
            try:
                await self._read(hints)
            except Exception as error:
                if not is_connection_lost(error):
                    _LOG.exception("following failed", story_id=str(self._story_id))
                self._hints |= hints
                await asyncio.sleep(_LOOK_EVERY_S)

    async def _read(self, hints: set[str]) -> None:
        async with self._database.reading() as session:
            while True:
                rows = await events.list_events(
                    session, self._story_id, after=self.seq, limit=_READ_AT_ONCE
                )
                if not rows:
                    break
                self._kept.extend(await read_changes(session, self._story_id, rows))
                self.seq = rows[-1].seq
                self._wake()
            if hints:
                await self._read_progress(session, hints)

    async def _read_progress(self, session: AsyncSession, hints: set[str]) -> None:
        """Progress is state, not history: the latest of each shot or film, with the last seq."""
        now = datetime.now(UTC)
        rows = [
            EventRow(
                self._story_id,
                self.seq,
                EventType.PROGRESS,
                UUID(id_) if noun == "shot" else None,
                UUID(id_) if noun == "video" else None,
                None,
                now,
            )
            for noun, _, id_ in (hint.partition(" ") for hint in sorted(hints))
        ]
        for change in await read_changes(session, self._story_id, rows):
            subject = change.shot or change.video
            if subject is not None:
                for client in self.clients:
                    client.progress[subject.id] = change
        self._wake()

    def _wake(self) -> None:
        for client in self.clients:
            client.woken.set()


class Following:
    """The followers of this process, by story."""

    def __init__(self, database: Database, doorbell: Broadcast) -> None:
        """Nothing is followed until the first subscriber."""
        self._database = database
        self._doorbell = doorbell
        self._followers: dict[UUID, _Follower] = {}
        self._changing = asyncio.Lock()

    async def follow(
        self, story_id: UUID, *, after: int | None = None
    ) -> AsyncGenerator[list[StoryChange]]:
        """Changes in order, in groups, without a gap; ends with the story.

        Without `after` the first is a SNAPSHOT. With it, exactly the missed changes come first; if
        the log does not reach back that far, a SNAPSHOT with `reset`.
        """
        client = _Client(cursor=0)
        async with self._registered(story_id, client) as follower:
            first = await self._first(story_id, after)
            if first is not None:
                client.cursor = first.seq
                yield [first]
                if first.type is EventType.STORY_DELETED:
                    return
            else:
                client.cursor = after or 0
            async with contextlib.aclosing(self._live(follower, client)) as groups:
                async for changes in groups:
                    yield changes

    async def _first(self, story_id: UUID, after: int | None) -> StoryChange | None:
        """The initial snapshot; None if the log contains everything since `after`."""

        async def read(session: AsyncSession) -> StoryChange | None:
            if after is not None and await log_reaches(session, story_id, after):
                return None
            return await read_snapshot(session, story_id, after=after)

        return await self._database.read(read, patience_s=BEGINNING_PATIENCE_S)

    async def _live(
        self, follower: _Follower, client: _Client
    ) -> AsyncGenerator[list[StoryChange]]:
        while True:
            client.woken.clear()
            changes = await follower.changes_after(client.cursor)
            if changes:
                client.cursor = changes[-1].seq
            group = [*changes, *client.take_progress()]
            if group:
                yield group
            if any(change.type is EventType.STORY_DELETED for change in changes):
                return
            if not changes:
                await client.woken.wait()

    @contextlib.asynccontextmanager
    async def _registered(self, story_id: UUID, client: _Client) -> AsyncGenerator[_Follower]:
        async with self._changing:
            follower = self._followers.get(story_id)
            if follower is None:
                bounds = await self._database.read(
                    lambda session: events.get_log_bounds(session, story_id),
                    patience_s=BEGINNING_PATIENCE_S,
                )
                seq = 0 if bounds is None else bounds[1]
                follower = _Follower(self._database, self._doorbell, story_id, seq=seq)
                await follower.start()
                self._followers[story_id] = follower
            follower.clients.add(client)
        try:
            yield follower
        finally:
            follower.clients.discard(client)
            if not follower.clients and self._followers.get(story_id) is follower:
                del self._followers[story_id]
                await follower.stop()
