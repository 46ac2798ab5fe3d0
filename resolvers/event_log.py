"""A story's log in pages, for clients that cannot keep a subscription open."""

from collections.abc import Sequence
from dataclasses import dataclass

from db.queries import events
from db.read_sessions import Reads
from domain import MAX_EVENTS_PAGE
from errors import InvalidInputError
from resolvers.changes import StoryChange, log_reaches, read_changes, read_snapshot
from resolvers.context import Context
from resolvers.following import BEGINNING_PATIENCE_S
from resolvers.stories import require_followed_story


@dataclass(frozen=True, slots=True)
class LogPage:
    """Changes in order, the last seq, and whether more are available.

    `reset` says that the log did not reach back to the cursor: the page is a snapshot.
    """

    events: Sequence[StoryChange]
    end: int
    has_more: bool = False
    reset: bool = False


async def read_log(
    context: Context, story_id: str, *, after: int | None = None, first: int
) -> LogPage:
    """The events after the cursor; without one, or with an expired one, a snapshot.

    Raises:
        InvalidInputError: The page is too small or too large.
        NotFoundError: The viewer has, and had, no such story.
    """
    if not 1 <= first <= MAX_EVENTS_PAGE:
        raise InvalidInputError(
            f"`first` must be between 1 and {MAX_EVENTS_PAGE}, not {first}.",
            code="OUT_OF_RANGE",
            field=("first",),
        )
    id_ = await require_followed_story(context, story_id, after=after)

    async def read(session: Reads) -> LogPage:
        if after is None or not await log_reaches(session, id_, after):
            snapshot = await read_snapshot(session, id_, after=after)
            return LogPage([snapshot], snapshot.seq, reset=snapshot.reset)
        rows = await events.list_events(session, id_, after=after, limit=first + 1)
        changes = await read_changes(session, rows[:first])
        return LogPage(changes, rows[:first][-1].seq if rows else after, len(rows) > first)

    return await context.database.read(read, patience_s=BEGINNING_PATIENCE_S)
