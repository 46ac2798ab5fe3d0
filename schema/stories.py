"""Stories: the type, its connection, and the queries for them."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Annotated, TypeVar

import strawberry

from db.queries.shots import OF_STORY
from db.rows import ShotCounts, ShotRow, Standing, StoryRow, VideoRow
from db.rows import VideoWarning as WarningRow
from domain import (
    MAX_SYNOPSIS_LENGTH,
    AspectRatio,
    Motion,
    OrderDirection,
    Status,
    StoryOrderField,
    StoryPhase,
    Style,
    TextFormat,
)
from orchestration.work.pauses import Pause
from resolvers import phases, stories, videos
from resolvers.paging import Listing, parse_window
from resolvers.phases import NextStep as NextStepRow
from resolvers.usage import Usage as UsageRow
from resolvers.usage import read_usage
from resolvers.waiting import waits_for
from schema import pagination
from schema.failures import FAILURE, Failure
from schema.limits import WEIGHT
from schema.nodes import CREATED_AT, REVISION, UPDATED_AT, Info, Node, StoryId, present
from schema.pictures import ANY_WIDTH, Width, picture_url
from schema.reads import READS, ROWS, form_of
from schema.scalars import EventCursor
from schema.shots import Shot
from schema.story_reads import FIRST_PICTURE, STANDING, STORIES
from schema.usage import Usage
from schema.videos import Video, VideoWarning

T = TypeVar("T")
V = TypeVar("V")

Statuses = Annotated[
    list[Status] | None,
    strawberry.argument(description="Only shots with one of these statuses. The default is all."),
]

BurnSubtitles = Annotated[
    bool,
    strawberry.argument(
        description="Whether the film would have burned-in subtitles, as in `generateVideo`."
    ),
]
_LETTERING_WEIGHT = 400
"""Checking the letters of 200 shots of maximum length takes 0.2 s of CPU; of most, 0.001 s."""


@strawberry.type(name="ShotCounts", description="Number of shots by status.")
class Counts:
    """The GraphQL type of ShotCounts."""

    total: int = strawberry.field(description="All shots of the story.")
    pending: int = strawberry.field(description="Shots that wait to be drawn.")
    generating: int = strawberry.field(description="Shots that are being drawn.")
    completed: int = strawberry.field(description="Shots with a completed picture.")
    failed: int = strawberry.field(description="Shots whose picture failed.")
    canceled: int = strawberry.field(description="Shots that were canceled.")


def _kind_of(root: strawberry.Parent[Pause]) -> str:
    return root.kind.word


@strawberry.type(
    description="A paused provider for which a story waits. The work resumes automatically."
)
class Waiting:
    """The GraphQL type of orchestration.work.pauses.Pause."""

    kind: str = strawberry.field(
        resolver=_kind_of,
        description="Stage of the pipeline: script, image, clip, video or voice.",
    )
    provider: str = strawberry.field(description="Name of the provider in the settings.")
    reason: str = strawberry.field(description="RATE_LIMITED, UPSTREAM_UNAVAILABLE or DISK_FULL.")
    until: datetime = strawberry.field(description="When the next call is made.")


@strawberry.type(description="The next step that the user can take.")
class NextStep:
    """The GraphQL type of resolvers.phases.NextStep."""

    code: str = strawberry.field(
        description="Machine-readable code. More may be added. RETRY_SCRIPT and RETRY_SHOTS: "
        "`retryStory`. ADD_SHOTS: `addShot`. MAKE_FILM and RETRY_FILM: "
        "`generateVideo`."
    )
    message: str = strawberry.field(description="Human-readable description.")


def _of_standing(story: StoryRow, info: Info, answer: Callable[[Standing], T]) -> T | Awaitable[T]:
    """A value from the standing: synchronous if an event or a statement carries it."""
    standing = present(info.context.loaders.standing.load(story.id))
    return answer(standing) if isinstance(standing, Standing) else _later(standing, answer)


async def _later(value: Awaitable[V], answer: Callable[[V], T]) -> T:
    return answer(await value)


@strawberry.type(description="A story of the user, with its script, shots and film.")
class Story(Node):
    """The GraphQL type of StoryRow."""

    revision: int = strawberry.field(description=REVISION)
    title: str | None = strawberry.field(
        description="The title, given by the user or by the script. Null before the script if the "
        "user gave none."
    )
    synopsis: str | None = strawberry.field(
        description="One or two sentences about the story, at most "
        f"{MAX_SYNOPSIS_LENGTH} characters. Null if the script gave none."
    )
    style: Style = strawberry.field(description="Visual style of the pictures.")
    style_prompt: str | None = strawberry.field(description="Additional style prompt by the user.")
    aspect_ratio: AspectRatio = strawberry.field(
        description="Aspect ratio of the pictures and the film."
    )
    language: str = strawberry.field(
        description="Language as a BCP 47 tag. Empty until it is given or detected by the script."
    )
    text_format: TextFormat = strawberry.field(
        description="Format of `content`, as given or recognized."
    )
    motion: Motion = strawberry.field(description="Default motion of new shots.")
    status: Status = strawberry.field(
        description="Status of the script. COMPLETED means that the shots exist. See `phase` for "
        "the overall status and `video` for the film."
    )
    failure: Failure | None = strawberry.field(description=FAILURE)
    created_at: datetime = strawberry.field(description=CREATED_AT)
    updated_at: datetime = strawberry.field(description=UPDATED_AT)

    @classmethod
    def is_type_of(cls, row: object, _info: object) -> bool:
        """Whether the row is a story's."""
        return isinstance(row, StoryRow)

    @strawberry.field(description="The text of the story.", graphql_type=str)
    @staticmethod
    def content(story: strawberry.Parent[StoryRow], info: Info) -> Awaitable[str]:
        """Long, so it is read only on request."""
        return info.context.loaders.content.load(story.id)

    @strawberry.field(
        description="Overall status of the story. Subscribers receive an event for every change "
        "of it.",
        graphql_type=StoryPhase,
        metadata={READS: STANDING},
    )
    @staticmethod
    def phase(story: strawberry.Parent[StoryRow], info: Info) -> StoryPhase | Awaitable[StoryPhase]:
        """Of script, shots and film."""
        return _of_standing(story, info, lambda it: phases.phase_of(story.status, it))

    @strawberry.field(
        description="The next step that the user can take. Null while work is running, and if "
        "nothing is left to do.",
        graphql_type=NextStep | None,
        metadata={READS: STANDING},
    )
    @staticmethod
    def next_step(
        story: strawberry.Parent[StoryRow], info: Info
    ) -> NextStepRow | Awaitable[NextStepRow | None] | None:
        """Belongs to the phase."""
        return _of_standing(story, info, lambda it: phases.next_step_of(story.status, it))

    @strawberry.field(
        description="Progress of script, pictures and clips, 0 to 1. It only decreases after an "
        "action of the user. 1 means that all pictures and clips are completed. "
        "Failed and canceled work does not count as done.",
        graphql_type=float | None,
        metadata={READS: STANDING},
    )
    @staticmethod
    def progress(story: strawberry.Parent[StoryRow], info: Info) -> float | Awaitable[float]:
        """Computed from the counts."""
        return _of_standing(story, info, lambda it: phases.progress_of(story.status, it.shots))

    @strawberry.field(
        description="The paused provider for which the story waits. Null if there is none. "
        "Subscribers receive an event when a pause begins or is extended, but none "
        "when it ends. See `until`.",
        graphql_type=Waiting | None,
    )
    @staticmethod
    def waiting(story: strawberry.Parent[StoryRow], info: Info) -> Awaitable[Pause | None] | None:
        """Costs nothing while every service works."""
        if not info.context.production.pauses:
            return None
        return waits_for(info.context, story)

    @strawberry.field(
        description="URL of the first picture in playback order. Null until one is completed.",
        graphql_type=str | None,
        metadata={READS: FIRST_PICTURE},
    )
    @staticmethod
    def thumbnail_url(
        story: strawberry.Parent[StoryRow], info: Info, width: Width = ANY_WIDTH
    ) -> str | Awaitable[str | None] | None:
        """One statement for any number of stories, and none of their other shots is read."""
        key = present(info.context.loaders.first_picture.load(story.id))
        if isinstance(key, Awaitable):
            return _later(key, lambda it: picture_url(info, it, width))
        return picture_url(info, key, width)

    @strawberry.field(
        description="The shots in playback order.",
        graphql_type=list[Shot],
        metadata={READS: OF_STORY},
    )
    @staticmethod
    async def shots(
        story: strawberry.Parent[StoryRow], info: Info, status: Statuses = None
    ) -> list[ShotRow]:
        """One statement for any number of stories."""
        rows = await info.context.loaders.shots.load(story.id)
        return rows if status is None else [row for row in rows if row.status in status]

    @strawberry.field(
        description="Number of shots by status.",
        graphql_type=Counts,
        metadata={READS: STANDING},
    )
    @staticmethod
    def shot_counts(
        story: strawberry.Parent[StoryRow], info: Info
    ) -> ShotCounts | Awaitable[ShotCounts]:
        """One statement for any number of stories, none if an event carries them."""
        return _of_standing(story, info, lambda it: it.shots)

    @strawberry.field(
        description="The film. Null until rendering is requested by `generateVideo` or "
        "`autoRender`.",
        graphql_type=Video | None,
    )
    @staticmethod
    def video(story: strawberry.Parent[StoryRow], info: Info) -> Awaitable[VideoRow | None]:
        """One statement for any number of stories."""
        return info.context.loaders.video.load(story.id)

    @strawberry.field(
        description="Problems that a film would have if it were rendered now: glyphs that no font "
        "contains, with the fonts to install. Before the script, `content` is checked "
        "instead of the narrations. Empty if a remote service renders films. The "
        "problems of an existing film are in its `warnings`.",
        graphql_type=list[VideoWarning],
        metadata={WEIGHT: _LETTERING_WEIGHT},
    )
    @staticmethod
    def film_warnings(
        story: strawberry.Parent[StoryRow], info: Info, burn_subtitles: BurnSubtitles = True
    ) -> Awaitable[list[WarningRow]]:
        """One statement for any number of stories, which the shots share."""
        return videos.film_warnings(info.context, story, burn_subtitles=burn_subtitles)

    @strawberry.field(
        description="Usage and cost of the story so far. It includes the results of replaced "
        "takes. The cost of failed calls is unknown and not included.",
        graphql_type=Usage,
    )
    @staticmethod
    def usage(story: strawberry.Parent[StoryRow], info: Info) -> Awaitable[UsageRow]:
        """One statement for any number of stories."""
        return read_usage(info.context, story.id)

    @strawberry.field(
        description="The last event that is part of this state. Pass it as `after` to "
        "`storyEvents` to receive all later events.",
        metadata={READS: "event_seq"},
    )
    @staticmethod
    def event_cursor(story: strawberry.Parent[StoryRow]) -> EventCursor:
        """The seq of its last event."""
        return EventCursor(story.event_seq)


@strawberry.type(description="A story in a connection.")
class StoryEdge:
    """The GraphQL type of Edge[StoryRow]."""

    cursor: str = strawberry.field(description=pagination.EDGE_CURSOR)
    node: Story = strawberry.field(description=pagination.EDGE_NODE)


@strawberry.input(description="Filter for stories. Omitted or null fields match everything.")
class StoryFilter:
    """The GraphQL type of resolvers.stories.StoryFilter."""

    status: list[Status] | None = strawberry.field(
        default=None, description="Only stories whose script has one of these statuses."
    )
    style: list[Style] | None = strawberry.field(
        default=None, description="Only stories in one of these styles."
    )
    search: str | None = strawberry.field(default=None, description=pagination.SEARCH)
    created_after: datetime | None = strawberry.field(
        default=None, description=pagination.CREATED_AFTER
    )
    created_before: datetime | None = strawberry.field(
        default=None, description=pagination.CREATED_BEFORE
    )

    def filter(self, order: "StoryOrder | None") -> stories.StoryFilter:
        """Convert to the resolvers' type."""
        order = order or StoryOrder(field=StoryOrderField.CREATED_AT)
        return stories.StoryFilter(
            statuses=self.status,
            styles=self.style,
            search=self.search,
            created_after=self.created_after,
            created_before=self.created_before,
            order_by=order.field,
            ascending=order.direction is OrderDirection.ASC,
        )


@strawberry.input(description="Sort order of stories.")
class StoryOrder:
    """A field and a direction."""

    field: StoryOrderField = strawberry.field(description="The sort field.")
    direction: OrderDirection = strawberry.field(
        default=OrderDirection.DESC, description="The sort direction."
    )


StoriesWanted = Annotated[
    StoryFilter | None,
    strawberry.argument(name="filter", description="Filter. The default is all."),
]
StoriesOrder = Annotated[
    StoryOrder | None, strawberry.argument(description="Sort order. The default is newest first.")
]


@strawberry.type(description="A page of stories.")
class StoryConnection:
    """The GraphQL type of Listing[StoryRow]."""

    @strawberry.field(description=pagination.NODES, graphql_type=list[Story])
    @staticmethod
    def nodes(listing: strawberry.Parent[Listing[StoryRow]]) -> list[StoryRow]:
        """The rows."""
        return listing.page.nodes

    @strawberry.field(description=pagination.EDGES, graphql_type=list[StoryEdge])
    @staticmethod
    def edges(listing: strawberry.Parent[Listing[StoryRow]]) -> list[pagination.Edge[StoryRow]]:
        """The rows with their cursors."""
        return pagination.list_edges(listing)

    @strawberry.field(description=pagination.PAGE_INFO)
    @staticmethod
    def page_info(listing: strawberry.Parent[Listing[StoryRow]]) -> pagination.PageInfo:
        """The position of the page."""
        return pagination.page_info_of(listing)

    @strawberry.field(description=pagination.TOTAL_COUNT)
    @staticmethod
    async def total_count(listing: strawberry.Parent[Listing[StoryRow]]) -> int:
        """A separate statement, so only on request."""
        return await listing.count()


@strawberry.type
class StoryQueries:
    """The part of Query about stories."""

    @strawberry.field(
        description="Fetches a story. Null if it does not exist or belongs to another owner.",
        graphql_type=Story | None,
        metadata={ROWS: STORIES},
    )
    async def story(self, info: Info, story_id: StoryId) -> StoryRow | None:
        """One story."""
        return await stories.get_story(info.context, story_id, form=form_of(info))

    @strawberry.field(
        description="Lists your stories, by default newest first.",
        graphql_type=StoryConnection,
        metadata={ROWS: STORIES},
    )
    async def stories(
        self,
        info: Info,
        first: pagination.First = None,
        after: pagination.After = None,
        last: pagination.Last = None,
        before: pagination.Before = None,
        wanted: StoriesWanted = None,
        order_by: StoriesOrder = None,
    ) -> Listing[StoryRow]:
        """One page."""
        story_filter = (wanted or StoryFilter()).filter(order_by)
        window = parse_window(
            first=first, after=after, last=last, before=before, order=story_filter.order
        )
        return await stories.list_stories(info.context, window, story_filter, form=form_of(info))
