"""The log of a story: without gaps, in commit order, and sufficient to resume a client."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Text,
    Uuid,
    bindparam,
    cast,
    column,
    func,
    insert,
    or_,
    select,
    true,
)

from db.models import Event, Story
from db.queries.arguments import array_argument
from db.queries.changes import change
from db.queries.reading import Reader
from db.queries.records import recordset, to_records
from db.read_sessions import Reads
from db.rows import EventRow, NewEvent
from db.write_sessions import Writes
from domain import EventType, built_from

DOORBELL_CHANNEL = "ai_story_doorbell"
"""The NOTIFY channel that names a changed story."""
FIRST_SEQ = 1


@dataclass(frozen=True, slots=True)
class _NumberedEvent(NewEvent):
    """An event and its number among those that are appended together, from 1."""

    seq: int = 0


# The story's row lock gives a sequence without gaps in commit order; a bigserial would not. The
# revision increases with it: every event changes what a client sees of the story.
_COUNT = bindparam("more", type_=BigInteger())
_moved = (
    change(Story)
    .where(Story.id == bindparam("of_story"))
    .values(event_seq=Story.event_seq + _COUNT)
    .returning(Story.id, Story.event_seq)
    .cte("moved")
)
_events = recordset("events", Event, _NumberedEvent)
_logged = (
    insert(Event)
    .from_select(
        ["story_id", *_events.c.keys()],
        select(
            _moved.c.id,
            *(_moved.c.event_seq - _COUNT + one if one.name == "seq" else one for one in _events.c),
        ).join_from(_moved, _events, true()),
    )
    .cte("logged")
)
_APPEND = select(
    _moved.c.event_seq, func.pg_notify(DOORBELL_CHANNEL, cast(_moved.c.id, Text()))
).add_cte(_logged)


_begun = (
    insert(Event)
    .from_select(
        ["story_id", *_events.c.keys()],
        select(bindparam("of_story", type_=Uuid()), *_events.c),
    )
    .cte("begun")
)
_BEGIN = select(
    func.pg_notify(DOORBELL_CHANNEL, cast(bindparam("of_story", type_=Uuid()), Text()))
).add_cte(_begun)


async def begin_events(session: Writes, story_id: UUID, first: NewEvent) -> None:
    """Log the event with which a story begins, and notify its channel.

    The story was added in this transaction, with the seq of that event.
    """
    event = built_from(first, _NumberedEvent, seq=FIRST_SEQ)
    await session.execute(_BEGIN, {"of_story": story_id, "events": to_records([event])})


async def append_events(session: Writes, story_id: UUID, events: Sequence[NewEvent]) -> int:
    """Log the transaction's changes of the story and notify its channel; returns the last seq.

    Returns 0 if the story was deleted. Locks the story's row until the transaction ends.
    """
    numbered = [built_from(event, _NumberedEvent, seq=n) for n, event in enumerate(events, start=1)]
    values = {"of_story": story_id, "more": len(numbered), "events": to_records(numbered)}
    row = (await session.execute(_APPEND, values)).one_or_none()
    return 0 if row is None else int(row[0])


_EVENT = Reader(EventRow, Event)


async def list_events(session: Reads, story_id: UUID, *, after: int, limit: int) -> list[EventRow]:
    """The story's events with seq > after, oldest first."""
    result = await session.execute(
        select(*_EVENT.columns)
        .where(Event.story_id == story_id, Event.seq > after)
        .order_by(Event.seq)
        .limit(limit)
    )
    return [_EVENT.read(row) for row in result]


_FEED = (
    func.unnest(array_argument("story_ids", Uuid()), array_argument("seqs", BigInteger()))
    .table_valued(column("story_id", Uuid()), column("seq", BigInteger()), name="feed")
    .render_derived()
)
"""Stories, and up to where each was read."""
_NEXT = (
    select(*_EVENT.columns)
    .where(Event.story_id == _FEED.c.story_id, Event.seq > _FEED.c.seq)
    .order_by(Event.seq)
    .limit(bindparam("most", type_=BigInteger()))
    .lateral("next")
)
_LIST_AFTER = (
    select(*_NEXT.c).select_from(_FEED.join(_NEXT, true())).order_by(_NEXT.c.story_id, _NEXT.c.seq)
)
_LIST_AHEAD = (
    select(_FEED.c.story_id)
    .select_from(_FEED.outerjoin(Story, Story.id == _FEED.c.story_id))
    .where(or_(Story.id.is_(None), Story.event_seq > _FEED.c.seq))
)

_logs = (
    func.unnest(array_argument("story_ids", Uuid()))
    .table_valued(column("story_id", Uuid()), name="logs")
    .render_derived()
)
_of_log = Event.story_id == _logs.c.story_id
_LIST_BOUNDS = select(
    _logs.c.story_id,
    select(func.min(Event.seq)).where(_of_log).scalar_subquery(),
    select(func.max(Event.seq)).where(_of_log).scalar_subquery(),
)


async def list_events_after(
    session: Reads, cursors: Mapping[UUID, int], *, limit: int
) -> list[EventRow]:
    """Events of several stories, each with seq > its cursor and at most `limit` of them.

    Story by story, oldest first.
    """
    values = {"story_ids": list(cursors), "seqs": list(cursors.values()), "most": limit}
    return [_EVENT.read(row) for row in await session.execute(_LIST_AFTER, values)]


async def list_stories_ahead(session: Reads, cursors: Mapping[UUID, int]) -> list[UUID]:
    """Those of the stories whose log has more than what was read, and those that are gone."""
    values = {"story_ids": list(cursors), "seqs": list(cursors.values())}
    return list((await session.execute(_LIST_AHEAD, values)).scalars())


async def list_log_bounds(
    session: Reads, story_ids: Collection[UUID]
) -> dict[UUID, tuple[int, int]]:
    """The oldest and the newest seq in the log of each story; nothing if it is empty."""
    rows = await session.execute(_LIST_BOUNDS, {"story_ids": list(story_ids)})
    return {story_id: (oldest, newest) for story_id, oldest, newest in rows if newest}


async def get_deleted_owner(session: Reads, story_id: UUID) -> str | None:
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


async def ring(session: Writes, story_id: UUID, *, hint: str) -> None:
    """Notify without an event: `hint` says what moved that the log does not record."""
    await session.execute(select(func.pg_notify(DOORBELL_CHANNEL, f"{story_id} {hint}")))
