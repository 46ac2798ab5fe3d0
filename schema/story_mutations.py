"""Mutations of stories."""

from collections.abc import Awaitable
from typing import Annotated

import strawberry

from db.rows import StoryRow
from domain import (
    MAX_CONTENT_LENGTH,
    MAX_LANGUAGE_LENGTH,
    MAX_SHOTS_PER_STORY,
    MAX_STYLE_PROMPT_LENGTH,
    MAX_TITLE_LENGTH,
    MIN_SHOTS_WISHED,
    AspectRatio,
    Motion,
    Style,
    TextFormat,
    built_from,
)
from errors import RequestError
from resolvers import retries, stories
from resolvers.context import Context
from schema.errors import Payload, user_errors
from schema.nodes import IDEMPOTENCY_KEY, Info, OfStoryId, StoryId
from schema.scalars import EventCursor
from schema.stories import Story

EVENT_CURSOR = (
    "The last event that is part of this result, to pass as `after` to `storyEvents`. "
    "Null on error."
)
DELETED_ID = "The ID of the deleted object. Null on error."


@strawberry.input(description="Input of `createStory`.")
class CreateStoryInput:
    """The GraphQL type of StoryWish."""

    content: str = strawberry.field(
        description=f"Text of the story, at most {MAX_CONTENT_LENGTH:,} characters."
    )
    title: str | None = strawberry.field(
        default=None,
        description=f"Title, at most {MAX_TITLE_LENGTH} characters. By default the script provides "
        "one.",
    )
    style: Style = strawberry.field(
        default=Style.MOVIE, description="Visual style of the pictures."
    )
    style_prompt: str | None = strawberry.field(
        default=None,
        description=f"Additional style prompt, at most {MAX_STYLE_PROMPT_LENGTH:,} characters.",
    )
    aspect_ratio: AspectRatio = strawberry.field(
        default=AspectRatio.WIDE_16_9, description="Aspect ratio of the pictures and the film."
    )
    language: str | None = strawberry.field(
        default=None,
        description="Language of the narration as a BCP 47 tag, at most "
        f"{MAX_LANGUAGE_LENGTH} characters. The default is the language of the text.",
    )
    shot_count: int | None = strawberry.field(
        default=None,
        description=f"Number of shots to aim for, {MIN_SHOTS_WISHED} to {MAX_SHOTS_PER_STORY}. "
        "By default the script decides.",
    )
    text_format: TextFormat | None = strawberry.field(
        default=None,
        description="Format of the text. By default it is recognized, as `recognizedFormat` does.",
    )
    auto_render: bool = strawberry.field(
        default=False,
        description="Whether to render the film as soon as all pictures and clips are completed.",
    )
    motion: Motion = strawberry.field(
        default=Motion.STILL,
        description="Kind of motion of the shots. CLIP requires a clip provider.",
    )
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)

    def wish(self) -> stories.StoryWish:
        """Convert to the resolvers' type."""
        return built_from(self, stories.StoryWish, language=self.language or "")


@strawberry.input(description="What to retry.")
class RetryStoryInput:
    """The story, and optionally some of its shots."""

    id: strawberry.ID = strawberry.field(description="The ID of the story.")
    shot_ids: list[strawberry.ID] | None = strawberry.field(
        default=None,
        description="Retry only these shots. The default is all failed and canceled shots.",
    )
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)


@strawberry.type(description="Result of a mutation of a story.")
class StoryPayload(Payload):
    """The story, or the errors."""

    story_row: strawberry.Private[StoryRow | None] = None

    @strawberry.field(
        description="The story after the change. Null on error.", graphql_type=Story | None
    )
    def story(self) -> StoryRow | None:
        "The item."
        return self.story_row

    @strawberry.field(description=EVENT_CURSOR)
    def event_cursor(self) -> EventCursor | None:
        """The seq of the story's last event."""
        return None if self.story_row is None else EventCursor(self.story_row.event_seq)


@strawberry.type(description="Result of a deletion.")
class DeletePayload(Payload):
    """The ID, or the errors."""

    deleted_id: strawberry.ID | None = strawberry.field(default=None, description=DELETED_ID)


async def story_payload(
    context: Context, work: Awaitable[StoryRow], *, subject: tuple[str, ...]
) -> StoryPayload:
    try:
        story = await work
    except RequestError as error:
        return StoryPayload(user_errors=user_errors(error, subject=subject))
    context.loaders.forget()  # an earlier mutation of the same operation may have filled them
    return StoryPayload(story_row=story)


@strawberry.type
class StoryMutations:
    """The part of Mutation about stories."""

    @strawberry.mutation(
        description="Creates a story. Its script, its pictures and, with `autoRender`, its film "
        "are generated in the background. Follow the progress with `storyEvents`."
    )
    async def create_story(
        self,
        info: Info,
        story: Annotated[
            CreateStoryInput, strawberry.argument(name="input", description="The story to create.")
        ],
    ) -> StoryPayload:
        """Accept a story."""
        return await story_payload(
            info.context, stories.create_story(info.context, story.wish()), subject=("input",)
        )

    @strawberry.mutation(description="Changes the title of a story.")
    async def update_story(
        self,
        info: Info,
        story_id: StoryId,
        title: Annotated[
            str,
            strawberry.argument(description=f"1 to {MAX_TITLE_LENGTH} characters."),
        ],
    ) -> StoryPayload:
        "Changes the title of a story."
        work = stories.update_story(info.context, story_id, title=title)
        return await story_payload(info.context, work, subject=("id",))

    @strawberry.mutation(
        description="Cancels all pending and running work of a story. Completed results are kept."
    )
    async def cancel_story(self, info: Info, story_id: StoryId) -> StoryPayload:
        """Cancel the open work."""
        return await story_payload(
            info.context, stories.cancel_story(info.context, story_id), subject=("id",)
        )

    @strawberry.mutation(
        description="Retries failed and canceled work. Completed results are kept and not paid "
        "for again."
    )
    async def retry_story(
        self,
        info: Info,
        retry: Annotated[
            RetryStoryInput, strawberry.argument(name="input", description="What to retry.")
        ],
    ) -> StoryPayload:
        """Start failed work again."""
        work = retries.retry_story(
            info.context, retry.id, shot_ids=retry.shot_ids, idempotency_key=retry.idempotency_key
        )
        return await story_payload(info.context, work, subject=("input", "id"))

    @strawberry.mutation(
        description="Deletes a story with its shots, its film and their files. Its subscriptions "
        "complete after the event STORY_DELETED."
    )
    async def delete_story(self, info: Info, story_id: StoryId) -> DeletePayload:
        """Delete a story."""
        try:
            deleted = await stories.delete_story(info.context, story_id)
        except RequestError as error:
            return DeletePayload(user_errors=user_errors(error, subject=("id",)))
        return DeletePayload(deleted_id=strawberry.ID(str(deleted)))

    @strawberry.mutation(
        description="For development: adds four mock shots to a story without shots. Two are "
        "completed at once, two a few seconds later."
    )
    async def mock_shots(self, info: Info, story_id: OfStoryId) -> StoryPayload:
        """Give a story virtual shots."""
        return await story_payload(
            info.context, stories.mock_shots(info.context, story_id), subject=("storyId",)
        )
