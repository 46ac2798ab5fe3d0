"""A story's changes as they happen: the subscriptions.

An event carries rows that were read when it was; what else is asked of it is read at delivery, by
loaders that forget whenever the rows are newer. No session lives longer than a statement.
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
from resolvers.context import Context
from resolvers.event_log import LogPage, read_log
from resolvers.following import StoryChange
from resolvers.stories import follow_stories, require_followed_story
from resolvers.videos import require_video
from schema.nodes import Info, OfStoryId, StoryId, VideoId
from schema.scalars import EventCursor
from schema.shots import Shot
from schema.stories import Story
from schema.videos import Video

_SENT_AT_ONCE = 10
"""Events of a group before others get their turn: a hundred in one go block the loop for 20 ms."""

Resume = Annotated[
    EventCursor | None,
    strawberry.argument(
        name="after", description="Where you stopped: exactly what came after it is sent first."
    ),
]


@strawberry.type(
    description="One change. Its rows are at least as new as `seq`; `revision` orders them."
)
class StoryEvent:
    """The GraphQL face of StoryChange."""

    seq: int = strawberry.field(
        description="Its number in the story's log, without gaps; PROGRESS repeats the last one."
    )
    type: EventType = strawberry.field(description="What happened.")
    reset: bool = strawberry.field(
        description="True on a SNAPSHOT sent because the cursor was too old: forget what you have."
    )
    occurred_at: datetime = strawberry.field(description="When it happened.")
    story_id: strawberry.ID = strawberry.field(description="The story that it happened to.")
    story: Story | None = strawberry.field(description="The story; null once it is deleted.")
    shot: Shot | None = strawberry.field(description="The shot, where the event is about one.")
    video: Video | None = strawberry.field(
        description="The film, where the event is about it or is a SNAPSHOT."
    )
    deleted_id: strawberry.ID | None = strawberry.field(
        description="What is gone, where the event is about a deletion."
    )

    @strawberry.field(description="The position after this event, to resume from.")
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


@strawberry.type(description="A page of a story's log.")
class StoryEventPage:
    """The GraphQL face of LogPage."""

    reset: bool = strawberry.field(
        description="True when the cursor was too old: forget what you have, here is a SNAPSHOT."
    )

    @strawberry.field(
        description="The changes in order; a SNAPSHOT alone where there was no cursor, or too old "
        "a one.",
        graphql_type=list[StoryEvent],
    )
    @staticmethod
    def events(page: strawberry.Parent[LogPage], info: Info) -> Sequence[StoryChange]:
        """The changes; they share the rows that were read for them."""
        if page.events:
            info.context.loaders.hold(page.events[-1])
        return page.events

    @strawberry.field(description="The position after this page, to go on from.")
    @staticmethod
    def end_cursor(page: strawberry.Parent[LogPage]) -> EventCursor:
        """The seq of the last event."""
        return EventCursor(page.end)

    @strawberry.field(description="Whether there are more already.")
    @staticmethod
    def has_more(page: strawberry.Parent[LogPage]) -> bool:
        """Whether another page follows at once."""
        return page.has_more


@strawberry.type
class EventQueries:
    """The part of Query about events."""

    @strawberry.field(
        description="A story's log, page by page, for who cannot hold a subscription open: the "
        "same events as `storyEvents`. Without `after` a SNAPSHOT to begin with.",
        graphql_type=StoryEventPage,
    )
    async def story_event_log(
        self,
        info: Info,
        story_id: OfStoryId,
        after: Resume = None,
        first: Annotated[
            int, strawberry.argument(description=f"How many events: 1 to {MAX_EVENTS_PAGE}.")
        ] = 100,
    ) -> LogPage:
        """One page."""
        return await read_log(info.context, story_id, after=after, first=first)


@strawberry.type
class StorySubscriptions:
    """The part of Subscription about stories."""

    @strawberry.subscription(
        description="The present story first, then its newest state after each change; changes "
        "that come faster than they are sent are skipped. Completes when the story is deleted.",
        graphql_type=Story,
    )
    async def story_updated(self, info: Info, story_id: StoryId) -> AsyncGenerator[StoryRow]:
        """Refused before it begins when there is no such story."""
        context = info.context
        id_ = await require_followed_story(context, story_id)
        return _states(context, context.following.follow(id_))

    @strawberry.subscription(
        description="Every change of a story, in order, without a gap. Without `after` a SNAPSHOT "
        "comes first; with it, exactly what was missed; where the log does not reach back that "
        "far, a SNAPSHOT that says `reset`. Completes after STORY_DELETED.",
        graphql_type=StoryEvent,
    )
    async def story_events(
        self, info: Info, story_id: OfStoryId, after: Resume = None
    ) -> AsyncGenerator[StoryChange]:
        """Refused before it begins when there is no such story."""
        context = info.context
        id_ = await require_followed_story(context, story_id, after=after)
        return _events(context, context.following.follow(id_, after=after))

    @strawberry.subscription(
        description="Each of your stories in its newest state after it changed, for a dashboard; "
        "read `stories` once beside it. A deleted story is not sent.",
        graphql_type=Story,
    )
    async def stories_updated(self, info: Info) -> AsyncGenerator[StoryRow]:
        """Until the client has enough."""
        return _dashboard(info.context, follow_stories(info.context))

    @strawberry.subscription(
        description="The present video first, then its newest state after each change. Completes "
        "when its story is deleted.",
        graphql_type=Video,
    )
    async def video_updated(self, info: Info, video_id: VideoId) -> AsyncGenerator[VideoRow]:
        """Refused before it begins when there is no such video."""
        context = info.context
        video = await require_video(context, video_id)
        return _films(context, context.following.follow(video.story_id), video.id)
