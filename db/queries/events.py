"""The log of a story: without gaps, in commit order, and sufficient to resume a client."""

import json
from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy import delete, func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Event
from db.rows import EventRow, NewEvent
from domain import EventType

DOORBELL_CHANNEL = "ai_story_doorbell"
"""The NOTIFY channel that names a changed story."""

# The story's row lock gives a sequence without gaps in commit order; a bigserial would not. The
# revision increases with it: every event changes what a client sees of the story.
_APPEND = text(
    """
    WITH moved AS (
        UPDATE story
        SET event_seq = event_seq + :count, revision = revision + 1, updated_at = now()
        WHERE id = :story_id
        RETURNING event_seq
    ), logged AS (
        INSERT INTO event (story_id, seq, type, shot_id, video_id, payload)
        SELECT :story_id, moved.event_seq - :count + e.n, e.type, e.shot_id, e.video_id, e.payload
        FROM moved,
            jsonb_to_recordset(CAST(:events AS jsonb))
                AS e(n bigint, type text, shot_id uuid, video_id uuid, payload jsonb)
    )
    SELECT event_seq, pg_notify(:channel, CAST(:story_id AS text)) FROM moved
    """
)


async def append_events(session: AsyncSession, story_id: UUID, events: Sequence[NewEvent]) -> int:
    """Log the transaction's changes of the story and notify its channel; returns the last seq.

    Returns 0 if the story was deleted. Locks the story's row until the transaction ends.
    """
    rows = [
        {
            "n": number,
            "type": event.type,
            "shot_id": event.shot_id and str(event.shot_id),
            "video_id": event.video_id and str(event.video_id),
            "payload": event.payload,
        }
        for number, event in enumerate(events, start=1)
    ]
    result = await session.execute(
        _APPEND,
        {
            "story_id": story_id,
            "count": len(rows),
            "events": json.dumps(rows),
            "channel": DOORBELL_CHANNEL,
        },
    )
    row = result.one_or_none()
    return 0 if row is None else int(row[0])


async def list_events(
    session: AsyncSession, story_id: UUID, *, after: int, limit: int
) -> list[EventRow]:
    """The story's events with seq > after, oldest first."""
    result = await session.execute(
        select(
            Event.story_id,
            Event.seq,
            Event.type,
            Event.shot_id,
            Event.video_id,
            Event.payload,
            Event.occurred_at,
        )
        .where(Event.story_id == story_id, Event.seq > after)
        .order_by(Event.seq)
        .limit(limit)
    )
    return [EventRow(*row) for row in result]


async def get_log_bounds(session: AsyncSession, story_id: UUID) -> tuple[int, int] | None:
    """The oldest and the newest seq in the log; None if it is empty."""
    result = await session.execute(
        select(func.min(Event.seq), func.max(Event.seq))
        .where(Event.story_id == story_id)
        .having(func.count() > 0)
    )
    row = result.one_or_none()
    return None if row is None else (row[0], row[1])


async def get_deleted_owner(session: AsyncSession, story_id: UUID) -> str | None:
    """The owner of a deleted story, from its last event;

    None unless the log says it was deleted.
    """
    result = await session.execute(
        select(Event.payload).where(
            Event.story_id == story_id, Event.type == EventType.STORY_DELETED
        )
    )
    payload = result.scalar_one_or_none()
    return None if payload is None else payload["owner_id"]


async def delete_old_events(session: AsyncSession, *, older_than: timedelta) -> None:
    """Delete events older than that; a client with an older cursor gets a snapshot."""
    await session.execute(delete(Event).where(Event.occurred_at < func.now() - older_than))


async def ring(session: AsyncSession, story_id: UUID, *, hint: str) -> None:
    """Notify without an event: `hint` says what moved that the log does not record."""
    await session.execute(select(func.pg_notify(DOORBELL_CHANNEL, f"{story_id} {hint}")))
