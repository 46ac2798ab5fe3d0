"""Videos: the type, its connection, and the queries for them."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from db.rows import StoryRow, VideoRow
from domain import Status, SubtitleFormat
from errors import NotFoundError
from resolvers import videos
from resolvers.paging import Listing, parse_window
from schema import pagination
from schema.failures import FAILURE, Failure
from schema.nodes import CREATED_AT, REVISION, UPDATED_AT, Info, Node, VideoId
from schema.pictures import ANY_WIDTH, Width, picture_url

if TYPE_CHECKING:
    from schema.stories import Story  # it imports this module; Strawberry finds it by name


@strawberry.type(description="A problem of a film.")
class VideoWarning:
    """The GraphQL type of `db.rows.VideoWarning`."""

    code: str = strawberry.field(
        description="Machine-readable code. More may be added. NARRATION_LOST: shots are silent "
        "although they have narration. CLIP_LEFT_OUT: shots show their picture "
        "because their clip is unreadable. MEDIA_MISSING: shots show a dark frame "
        "because their picture is no longer stored. MISSING_GLYPHS: no font contains "
        "some characters of the title or of burned-in subtitles."
    )
    message: str = strawberry.field(description="Human-readable description with a remedy.")
    shot_positions: list[int] = strawberry.field(
        description="Positions of the affected shots: at the time of rendering, or current ones "
        "before a film exists."
    )


@strawberry.type(
    description="The film of a story. While it is rendered again, the previous film stays "
    "available."
)
class Video(Node):
    """The GraphQL type of VideoRow."""

    revision: int = strawberry.field(description=REVISION)
    title: str = strawberry.field(description="Title of the story.")
    status: Status = strawberry.field(description="Status of the latest rendering.")
    progress: float | None = strawberry.field(
        description="Progress of the rendering, 0 to 1. Null if the provider does not report it."
    )
    failure: Failure | None = strawberry.field(description=FAILURE)
    burn_subtitles: bool = strawberry.field(
        description="Whether the latest rendering has burned-in subtitles."
    )
    warnings: list[VideoWarning] = strawberry.field(
        description="Problems of the latest COMPLETED rendering. Empty during rendering."
    )
    duration_seconds: float | None = strawberry.field(description="Duration in seconds.")
    size_bytes: float | None = strawberry.field(
        description="File size in bytes, an integer that may exceed 32 bits."
    )
    width: int | None = strawberry.field(description="Width in pixels.")
    height: int | None = strawberry.field(description="Height in pixels.")
    created_at: datetime = strawberry.field(description=CREATED_AT)
    updated_at: datetime = strawberry.field(description=UPDATED_AT)

    @classmethod
    def is_type_of(cls, row: object, _info: object) -> bool:
        """Whether the row is a video's."""
        return isinstance(row, VideoRow)

    @strawberry.field(
        description="The story to which it belongs.",
        graphql_type=Annotated["Story", strawberry.lazy("schema.stories")],
    )
    @staticmethod
    async def story(video: strawberry.Parent[VideoRow], info: Info) -> StoryRow:
        """One statement for any number of videos."""
        story = await info.context.loaders.story.load(video.story_id)
        if story is None:
            raise NotFoundError("The story was deleted just now.")
        return story

    @strawberry.field(description="URL of the MP4. Null until a film is completed.")
    @staticmethod
    def video_url(video: strawberry.Parent[VideoRow], info: Info) -> str | None:
        """Generated from the key on read."""
        return info.context.media_url(video.media_key)

    @strawberry.field(description="URL of a still frame. Null until a film is completed.")
    @staticmethod
    def thumbnail_url(
        video: strawberry.Parent[VideoRow], info: Info, width: Width = ANY_WIDTH
    ) -> str | None:
        """Generated from the key on read."""
        return picture_url(info, video.thumbnail_key, width)

    @strawberry.field(description="URL of the subtitles file. Null if there are none.")
    @staticmethod
    def subtitles_url(
        video: strawberry.Parent[VideoRow],
        info: Info,
        written_as: Annotated[
            SubtitleFormat,
            strawberry.argument(name="format", description="File format."),
        ] = SubtitleFormat.SRT,
    ) -> str | None:
        """Generated from the key on read; WebVTT is converted from SubRip when it is fetched."""
        url = info.context.media_url(video.subtitles_key)
        if url is None or written_as is SubtitleFormat.SRT:
            return url
        return f"{url}{'&' if '?' in url else '?'}format=vtt"


@strawberry.type(description="A video in a connection.")
class VideoEdge:
    """The GraphQL type of Edge[VideoRow]."""

    cursor: str = strawberry.field(description=pagination.EDGE_CURSOR)
    node: Video = strawberry.field(description=pagination.EDGE_NODE)


@strawberry.input(description="Filter for videos. Omitted or null fields match everything.")
class VideoFilter:
    """The GraphQL type of resolvers.videos.VideoFilter."""

    status: list[Status] | None = strawberry.field(
        default=None, description="Only videos with one of these statuses."
    )
    search: str | None = strawberry.field(default=None, description=pagination.SEARCH)
    created_after: datetime | None = strawberry.field(
        default=None, description=pagination.CREATED_AFTER
    )
    created_before: datetime | None = strawberry.field(
        default=None, description=pagination.CREATED_BEFORE
    )

    def filter(self) -> videos.VideoFilter:
        """Convert to the resolvers' type."""
        return videos.VideoFilter(
            statuses=self.status,
            search=self.search,
            created_after=self.created_after,
            created_before=self.created_before,
        )


VideosWanted = Annotated[
    VideoFilter | None,
    strawberry.argument(name="filter", description="Filter. The default is all."),
]


@strawberry.type(description="A page of videos, newest first.")
class VideoConnection:
    """The GraphQL type of Listing[VideoRow]."""

    @strawberry.field(description=pagination.NODES, graphql_type=list[Video])
    @staticmethod
    def nodes(listing: strawberry.Parent[Listing[VideoRow]]) -> list[VideoRow]:
        """The rows."""
        return listing.page.nodes

    @strawberry.field(description=pagination.EDGES, graphql_type=list[VideoEdge])
    @staticmethod
    def edges(listing: strawberry.Parent[Listing[VideoRow]]) -> list[pagination.Edge[VideoRow]]:
        """The rows with their cursors."""
        return pagination.list_edges(listing)

    @strawberry.field(description=pagination.PAGE_INFO)
    @staticmethod
    def page_info(listing: strawberry.Parent[Listing[VideoRow]]) -> pagination.PageInfo:
        """The position of the page."""
        return pagination.page_info_of(listing)

    @strawberry.field(description=pagination.TOTAL_COUNT)
    @staticmethod
    async def total_count(listing: strawberry.Parent[Listing[VideoRow]]) -> int:
        """A separate statement, so only on request."""
        return await listing.count()


@strawberry.type
class VideoQueries:
    """The part of Query about videos."""

    @strawberry.field(
        description="Fetches a video. Null if it does not exist or belongs to another owner.",
        graphql_type=Video | None,
    )
    async def video(self, info: Info, video_id: VideoId) -> VideoRow | None:
        """One video."""
        return await videos.get_video(info.context, video_id)

    @strawberry.field(
        description="Lists your videos, newest first.",
        graphql_type=VideoConnection,
    )
    async def videos(
        self,
        info: Info,
        first: pagination.First = None,
        after: pagination.After = None,
        last: pagination.Last = None,
        before: pagination.Before = None,
        wanted: VideosWanted = None,
    ) -> Listing[VideoRow]:
        """One page."""
        window = parse_window(first=first, after=after, last=last, before=before)
        return await videos.list_videos(info.context, window, (wanted or VideoFilter()).filter())
