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

if TYPE_CHECKING:
    from schema.stories import Story  # it imports us; Strawberry finds it by name


@strawberry.type(description="Something that a film lacks, or will lack.")
class VideoWarning:
    """The GraphQL face of `db.rows.VideoWarning`."""

    code: str = strawberry.field(
        description="What is missing, for programs; more may be added. NARRATION_LOST: shots are "
        "silent although they have words. CLIP_LEFT_OUT: shots show their picture, as their clip "
        "cannot be read. MEDIA_MISSING: shots show a dark frame, as their picture is no longer "
        "stored. MISSING_GLYPHS: no font has some letters of the title or of burned-in "
        "subtitles."
    )
    message: str = strawberry.field(
        description="What is missing and what to do about it, for a person."
    )
    shot_positions: list[int] = strawberry.field(
        description="Where: the positions that the shots had when the film was made; those that "
        "they have while it is not."
    )


@strawberry.type(
    description="The film of a story. Rendered again, the old one plays until the new one is there."
)
class Video(Node):
    """The GraphQL face of VideoRow."""

    revision: int = strawberry.field(description=REVISION)
    title: str = strawberry.field(description="The title of its story.")
    status: Status = strawberry.field(description="How far its newest rendering is.")
    progress: float | None = strawberry.field(
        description="How far the rendering is, 0 to 1; null when the provider does not tell."
    )
    failure: Failure | None = strawberry.field(description=FAILURE)
    burn_subtitles: bool = strawberry.field(
        description="Whether the newest rendering's subtitles are part of the picture."
    )
    warnings: list[VideoWarning] = strawberry.field(
        description="What its newest rendering lacks although it is COMPLETED; empty while it is "
        "rendered."
    )
    duration_seconds: float | None = strawberry.field(description="How long it plays, in seconds.")
    size_bytes: float | None = strawberry.field(
        description="The size of its file in bytes, a whole number that may pass 32 bits."
    )
    width: int | None = strawberry.field(description="Its width in pixels.")
    height: int | None = strawberry.field(description="Its height in pixels.")
    created_at: datetime = strawberry.field(description=CREATED_AT)
    updated_at: datetime = strawberry.field(description=UPDATED_AT)

    @classmethod
    def is_type_of(cls, row: object, _info: object) -> bool:
        """Whether the row is a video's."""
        return isinstance(row, VideoRow)

    @strawberry.field(
        description="The story that it belongs to.",
        graphql_type=Annotated["Story", strawberry.lazy("schema.stories")],
    )
    @staticmethod
    async def story(video: strawberry.Parent[VideoRow], info: Info) -> StoryRow:
        """One statement for any number of videos."""
        story = await info.context.loaders.story.load(video.story_id)
        if story is None:
            raise NotFoundError("The story was deleted just now.")
        return story

    @strawberry.field(description="Where the MP4 is; null until there is one.")
    @staticmethod
    def video_url(video: strawberry.Parent[VideoRow], info: Info) -> str | None:
        """Built from the key when read."""
        return info.context.media_url(video.media_key)

    @strawberry.field(description="Where a still of it is; null until there is one.")
    @staticmethod
    def thumbnail_url(video: strawberry.Parent[VideoRow], info: Info) -> str | None:
        """Built from the key when read."""
        return info.context.media_url(video.thumbnail_key)

    @strawberry.field(description="Where its subtitles are as a file; null when there are none.")
    @staticmethod
    def subtitles_url(
        video: strawberry.Parent[VideoRow],
        info: Info,
        written_as: Annotated[
            SubtitleFormat,
            strawberry.argument(name="format", description="How the file shall be written."),
        ] = SubtitleFormat.SRT,
    ) -> str | None:
        """Built from the key when read; WebVTT is made of SubRip when it is fetched."""
        url = info.context.media_url(video.subtitles_key)
        if url is None or written_as is SubtitleFormat.SRT:
            return url
        return f"{url}{'&' if '?' in url else '?'}format=vtt"


@strawberry.type(description="A video on a page.")
class VideoEdge:
    """The GraphQL face of Edge[VideoRow]."""

    cursor: str = strawberry.field(description=pagination.EDGE_CURSOR)
    node: Video = strawberry.field(description=pagination.EDGE_NODE)


@strawberry.input(description="Which videos; what is left out or null is left open.")
class VideoFilter:
    """The GraphQL face of resolvers.videos.VideoFilter."""

    status: list[Status] | None = strawberry.field(
        default=None, description="Only videos that stand in one of these."
    )
    search: str | None = strawberry.field(default=None, description=pagination.SEARCH)
    created_after: datetime | None = strawberry.field(
        default=None, description=pagination.CREATED_AFTER
    )
    created_before: datetime | None = strawberry.field(
        default=None, description=pagination.CREATED_BEFORE
    )

    def filter(self) -> videos.VideoFilter:
        """The same, as the resolvers take it."""
        return videos.VideoFilter(
            statuses=self.status,
            search=self.search,
            created_after=self.created_after,
            created_before=self.created_before,
        )


VideosWanted = Annotated[
    VideoFilter | None,
    strawberry.argument(name="filter", description="Which ones; all unless told."),
]


@strawberry.type(description="A page of videos, newest first.")
class VideoConnection:
    """The GraphQL face of Listing[VideoRow]."""

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
        """Where the page lies."""
        return pagination.page_info_of(listing)

    @strawberry.field(description=pagination.TOTAL_COUNT)
    @staticmethod
    async def total_count(listing: strawberry.Parent[Listing[VideoRow]]) -> int:
        """A statement of its own, so only when asked for."""
        return await listing.count()


@strawberry.type
class VideoQueries:
    """The part of Query about videos."""

    @strawberry.field(
        description="A video; null when there is none with this id, or it is not yours.",
        graphql_type=Video | None,
    )
    async def video(self, info: Info, video_id: VideoId) -> VideoRow | None:
        """One video."""
        return await videos.get_video(info.context, video_id)

    @strawberry.field(
        description="Your videos, newest first: the library of everything that was rendered.",
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
