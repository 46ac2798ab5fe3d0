"""A story's changes: events of the log, joined with the rows as they are now."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from uuid import UUID

from db.queries import events, shots, standings, stories, videos
from db.read_sessions import Reads
from db.rows import EventRow, ShotCounts, ShotRow, Standing, StoryRow, VideoRow
from domain import EventType


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


async def read_changes(session: Reads, rows: Collection[EventRow]) -> list[StoryChange]:
    """Join the events, of any stories, with the current rows, in four statements for any number."""
    story_ids = {row.story_id for row in rows}
    found = await stories.list_stories_by_id(session, story_ids)
    standing = await standings.list_standings(session, found)
    shot_ids = {row.shot_id for row in rows if row.shot_id is not None and row.story_id in found}
    shot_rows = await shots.list_shots_by_id(session, shot_ids) if shot_ids else {}
    filmed = {row.story_id for row in rows if row.video_id is not None and row.story_id in found}
    video_rows = await videos.list_videos_by_story(session, filmed) if filmed else {}

    def change(row: EventRow) -> StoryChange:
        story = found.get(row.story_id)
        if story is None:
            return _without_rows(row)
        return StoryChange(
            seq=row.seq,
            type=row.type,
            occurred_at=row.occurred_at,
            story_id=row.story_id,
            story=story,
            standing=standing.get(row.story_id, Standing()),
            shot=shot_rows.get(row.shot_id) if row.shot_id is not None else None,
            video=video_rows.get(row.story_id) if row.video_id is not None else None,
            deleted_id=row.shot_id if row.type is EventType.SHOT_DELETED else None,
        )

    return [change(row) for row in rows]


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


async def log_reaches(session: Reads, story_id: UUID, after: int) -> bool:
    """Whether the log contains everything since `after`, even if that is nothing."""
    return bool(await list_reached(session, [(story_id, after)]))


async def list_reached(
    session: Reads, positions: Collection[tuple[UUID, int]]
) -> list[tuple[UUID, int]]:
    """Those positions in the logs of stories since which the log contains everything.

    The stories are read first: whatever is written between the two reads is in the log by the
    second.
    """
    found = await stories.list_stories_by_id(session, {story_id for story_id, _ in positions})
    current = {(story.id, story.event_seq) for story in found.values()}
    behind = {story_id for story_id, after in positions if (story_id, after) not in current}
    bounds = await events.list_log_bounds(session, behind) if behind else {}

    def is_reached(story_id: UUID, after: int) -> bool:
        oldest, newest = bounds.get(story_id, (after + 2, after))
        return (story_id, after) in current or oldest - 1 <= after <= newest

    return [position for position in positions if is_reached(*position)]


async def read_snapshots(session: Reads, story_ids: Iterable[UUID]) -> dict[UUID, StoryChange]:
    """The current stories, by ID; their seqs are read first, so the rest is at least as new."""
    wanted = list(story_ids)
    found = await stories.list_stories_by_id(session, wanted)
    standing = await standings.list_standings(session, found)
    video = await videos.list_videos_by_story(session, found)
    now = datetime.now(UTC)

    def snapshot(story_id: UUID) -> StoryChange:
        story = found.get(story_id)
        return StoryChange(
            seq=story.event_seq if story is not None else 0,
            type=EventType.SNAPSHOT if story is not None else EventType.STORY_DELETED,
            occurred_at=now,
            story_id=story_id,
            story=story,
            standing=standing.get(story_id, Standing()),
            video=video.get(story_id),
            deleted_id=story_id if story is None else None,
        )

    return {story_id: snapshot(story_id) for story_id in wanted}


async def read_snapshot(session: Reads, story_id: UUID, *, after: int | None) -> StoryChange:
    """The current story, for a client without a cursor or with one that the log does not reach."""
    snapshot = (await read_snapshots(session, [story_id]))[story_id]
    return as_reset(snapshot, after=after)


def as_reset(snapshot: StoryChange, *, after: int | None) -> StoryChange:
    """The snapshot for a client with a cursor, which says that its state is to be discarded."""
    if after is None:
        return snapshot
    seq = after if snapshot.story is None else snapshot.seq
    return replace(snapshot, seq=seq, reset=True)
