"""A story's changes as they happen: the subscriptions.

An event carries rows that were read when it was created. Other fields are read at delivery, by
loaders that are reset when the rows are newer. No session lives longer than a statement.
"""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from datetime import datetime
from typing import Annotated
from uuid import UUID

import strawberry

from db.rows import StoryRow, StoryState, VideoRow
from domain import MAX_EVENTS_PAGE, EventType
from resolvers.changes import StoryChange
from resolvers.context import Context
from resolvers.event_log import LogPage, read_log
from resolvers.stories import follow_stories, require_followed_story
from resolvers.videos import require_video
from schema.nodes import Info, OfStoryId, StoryId, VideoId
from schema.scalars import EventCursor
from schema.shots import Shot
from schema.stories import Story
from schema.videos import Video

_SENT_AT_ONCE = 10
"""Events of a group between two yields: a hundred without one block the loop for 20 ms."""

Resume = Annotated[
    EventCursor | None,
    strawberry.argument(
        name="after",
        description="The cursor of the last received event. All later events are sent.",
    ),
]


@strawberry.type(
    description="One change. Its objects are at least as new as `seq`; compare `revision` to "
    "order them."
)
class StoryEvent:
    """The GraphQL type of StoryChange."""

    seq: int = strawberry.field(
        description="Sequence number in the story's log, without gaps. PROGRESS repeats the "
        "previous number."
    )
    type: EventType = strawberry.field(description="Type of the event.")
    reset: bool = strawberry.field(
        description="True on a SNAPSHOT that was sent because the cursor was too old. Discard the "
        "previous state."
    )
    occurred_at: datetime = strawberry.field(description="Time of the change.")
    story_id: strawberry.ID = strawberry.field(description="ID of the changed story.")
    story: Story | None = strawberry.field(description="The story. Null if it was deleted.")
    shot: Shot | None = strawberry.field(description="The changed shot, if any.")
    video: Video | None = strawberry.field(
        description="The film, if the event is about the film or a SNAPSHOT."
    )
    deleted_id: strawberry.ID | None = strawberry.field(
        description="ID of the deleted object, if any."
    )

    @strawberry.field(description="Cursor of this event, to resume after it.")
    @staticmethod
    def cursor(change: strawberry.Parent[StoryChange]) -> EventCursor:
        """Its seq."""
        return EventCursor(change.seq)


async def _events(
    context: Context, groups: AsyncGenerator[list[StoryChange]]
) -> AsyncGenerator[StoryChange]:
    async with aclosing(groups):
        async for changes in groups:
            for number, change in enumerate(changes, start=1):
                context.loaders.hold(change)
                yield change
                if number % _SENT_AT_ONCE == 0:
                    await asyncio.sleep(0)


async def _states(
    context: Context, groups: AsyncGenerator[list[StoryChange]]
) -> AsyncGenerator[StoryRow]:
    async with aclosing(groups):
        async for changes in groups:
            newest = changes[-1]
            context.loaders.hold(newest)
            if newest.story is not None:
                yield newest.story


async def _films(
    context: Context, groups: AsyncGenerator[list[StoryChange]], video_id: UUID
) -> AsyncGenerator[VideoRow]:
    async with aclosing(groups):
        async for changes in groups:
            newest = changes[-1]
            films = [change.video for change in changes if change.video is not None]
            if films and films[-1].id == video_id:
                context.loaders.hold(newest)
                yield films[-1]


async def _dashboard(
    context: Context, groups: AsyncGenerator[list[StoryState]]
) -> AsyncGenerator[StoryRow]:
    async with aclosing(groups):
        async for changed in groups:
            context.loaders.forget()
            for number, state in enumerate(changed, start=1):
                context.loaders.story.prime(state.story.id, state.story)
                context.loaders.standing.prime(state.story.id, state.standing)
                yield state.story
                if number % _SENT_AT_ONCE == 0:
                    await asyncio.sleep(0)


@strawberry.type(description="A page of a story's event log.")
class StoryEventPage:
    """The GraphQL type of LogPage."""

    reset: bool = strawberry.field(
        description="True if the cursor was too old. Discard the previous state; the page "
        "contains a SNAPSHOT."
    )

    @strawberry.field(
        description="The events in order. A single SNAPSHOT without a cursor, or if the cursor "
        "was too old.",
        graphql_type=list[StoryEvent],
    )
    @staticmethod
    def events(page: strawberry.Parent[LogPage], info: Info) -> Sequence[StoryChange]:
        """The changes; they share the rows that were read for them."""
        if page.events:
            info.context.loaders.hold(page.events[-1])
        return page.events

    @strawberry.field(description="Cursor to pass as `after` for the next page.")
    @staticmethod
    def end_cursor(page: strawberry.Parent[LogPage]) -> EventCursor:
        """The seq of the last event."""
        return EventCursor(page.end)

    @strawberry.field(description="Whether more events are available now.")
    @staticmethod
    def has_more(page: strawberry.Parent[LogPage]) -> bool:
        """Whether another page follows at once."""
        return page.has_more


@strawberry.type
class EventQueries:
    """The part of Query about events."""

    @strawberry.field(
        description="Pages through the events of a story, for clients without subscriptions. The "
        "events are those of `storyEvents`. Without `after`, returns a SNAPSHOT.",
        graphql_type=StoryEventPage,
    )
    async def story_event_log(
        self,
        info: Info,
        story_id: OfStoryId,
        after: Resume = None,
        first: Annotated[
            int, strawberry.argument(description=f"Number of events, 1 to {MAX_EVENTS_PAGE}.")
        ] = 100,
    ) -> LogPage:
        """One page."""
        return await read_log(info.context, story_id, after=after, first=first)


@strawberry.type
class StorySubscriptions:
    """The part of Subscription about stories."""

    @strawberry.subscription(
        description="Sends the current story, then its latest state after each change. "
        "Intermediate states may be skipped. Completes when the story is deleted.",
        graphql_type=Story,
    )
    async def story_updated(self, info: Info, story_id: StoryId) -> AsyncGenerator[StoryRow]:
        """Rejected before it starts if there is no such story."""
        context = info.context
        id_ = await require_followed_story(context, story_id)
        return _states(context, context.following.follow(id_))

    @strawberry.subscription(
        description="Sends every change of a story, in order and without gaps. Without `after`, "
        "it starts with a SNAPSHOT. With `after`, it starts with the missed events, "
        "or with a SNAPSHOT with `reset` if the cursor is too old. Completes after "
        "STORY_DELETED.",
        graphql_type=StoryEvent,
    )
    async def story_events(
        self, info: Info, story_id: OfStoryId, after: Resume = None
    ) -> AsyncGenerator[StoryChange]:
        """Rejected before it starts if there is no such story."""
        context = info.context
        id_ = await require_followed_story(context, story_id, after=after)
        return _events(context, context.following.follow(id_, after=after))

    @strawberry.subscription(
        description="Sends the latest state of each of your stories after a change, for "
        "dashboards. Query `stories` for the initial state. Deletions are not sent.",
        graphql_type=Story,
    )
    async def stories_updated(self, info: Info) -> AsyncGenerator[StoryRow]:
        """Runs until the client unsubscribes."""
        return _dashboard(info.context, follow_stories(info.context))

    @strawberry.subscription(
        description="Sends the current video, then its latest state after each change. Completes "
        "when its story is deleted.",
        graphql_type=Video,
    )
    async def video_updated(self, info: Info, video_id: VideoId) -> AsyncGenerator[VideoRow]:
        """Rejected before it starts if there is no such video."""
        context = info.context
        video = await require_video(context, video_id)
        return _films(context, context.following.follow(video.story_id), video.id)
