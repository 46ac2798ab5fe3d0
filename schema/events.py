"""A story's changes as they happen: the subscriptions.

An event carries rows that were read when it was; what else is asked of it is read at delivery, by
loaders that forget whenever the rows are newer. No session lives longer than a statement.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import datetime
from typing import Annotated

import strawberry

from db.rows import StoryRow
from domain import EventType
from resolvers.context import Context
from resolvers.following import StoryChange
from resolvers.stories import require_followed_story
from schema.nodes import Info, OfStoryId, StoryId
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


def _hold(context: Context, change: StoryChange, *, last: StoryChange | None) -> None:
    """Give the loaders what the change carries; changes that were read together share the rest."""
    loaders = context.loaders
    if last is None or change.story is not last.story:
        loaders.forget()
    if change.story is not None:
        loaders.story.prime(change.story_id, change.story)
        loaders.shot_counts.prime(change.story_id, change.counts)
    if change.video is not None or change.type is EventType.SNAPSHOT:
        loaders.video.prime(change.story_id, change.video)


async def _events(
    context: Context, groups: AsyncGenerator[list[StoryChange]]
) -> AsyncGenerator[StoryChange]:
    last = None
    async with aclosing(groups):
        async for changes in groups:
            for number, change in enumerate(changes, start=1):
                _hold(context, change, last=last)
                last = change
                yield change
                if number % _SENT_AT_ONCE == 0:
                    await asyncio.sleep(0)


async def _states(
    context: Context, groups: AsyncGenerator[list[StoryChange]]
) -> AsyncGenerator[StoryRow]:
    async with aclosing(groups):
        async for changes in groups:
            newest = changes[-1]
            _hold(context, newest, last=None)
            if newest.story is not None:
                yield newest.story


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
