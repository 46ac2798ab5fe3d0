"""Mutations of videos."""

from collections.abc import Awaitable
from typing import Annotated

import strawberry

from db.rows import VideoRow
from errors import NotFoundError, RequestError
from resolvers import stories, videos
from resolvers.context import Context
from schema.errors import user_errors
from schema.nodes import IDEMPOTENCY_KEY, Info, VideoId
from schema.story_mutations import StoryPayload
from schema.videos import Video


@strawberry.input(description="Input of `generateVideo`.")
class GenerateVideoInput:
    """The story of the film, and its options."""

    story_id: strawberry.ID = strawberry.field(description="The ID of the story.")
    burn_subtitles: bool = strawberry.field(
        default=True,
        description="Whether to burn in subtitles. They are also available as a file.",
    )
    allow_missing_shots: bool = strawberry.field(
        default=False, description="Whether to render without the shots that have no picture."
    )
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)


@strawberry.type(description="Result of a mutation of a video.")
class VideoPayload(StoryPayload):
    """The video and its story, or the errors."""

    video_row: strawberry.Private[VideoRow | None] = None

    @strawberry.field(
        description="The video after the change. Null on error.", graphql_type=Video | None
    )
    def video(self) -> VideoRow | None:
        "The item."
        return self.video_row


async def _payload(
    context: Context, work: Awaitable[VideoRow], *, subject: tuple[str, ...]
) -> VideoPayload:
    try:
        changed = await work
        context.loaders.forget()  # an earlier mutation of the same operation may have filled them
        # The story first: an event before its cursor is visible in the video, which is read after
        # it.
        story = await stories.require_story(context, str(changed.story_id))
        video = await videos.get_video(context, str(changed.id))
        if video is None:
            raise NotFoundError("The video was deleted just now.")
    except RequestError as error:
        return VideoPayload(user_errors=user_errors(error, subject=subject))
    return VideoPayload(video_row=video, story_row=story)


@strawberry.type
class VideoMutations:
    """The part of Mutation about videos."""

    @strawberry.mutation(
        description="Renders the film of a story. If it is already being rendered, returns the "
        "running one. The previous film stays available until the new one is "
        "completed."
    )
    async def generate_video(
        self,
        info: Info,
        film: Annotated[
            GenerateVideoInput, strawberry.argument(name="input", description="The film to render.")
        ],
    ) -> VideoPayload:
        """Render a film."""
        work = videos.generate_video(
            info.context,
            film.story_id,
            burn_subtitles=film.burn_subtitles,
            allow_missing_shots=film.allow_missing_shots,
            idempotency_key=film.idempotency_key,
        )
        return await _payload(info.context, work, subject=("input", "storyId"))

    @strawberry.mutation(description="Cancels the rendering. A previous film stays available.")
    async def cancel_video(self, info: Info, video_id: VideoId) -> VideoPayload:
        """Cancel the rendering."""
        work = videos.cancel_video(info.context, video_id)
        return await _payload(info.context, work, subject=("id",))
