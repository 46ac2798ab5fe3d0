"""What can be done with stories."""

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
)
from errors import RequestError
from resolvers import retries, stories
from resolvers.context import Context
from schema.errors import Payload, user_errors
from schema.nodes import IDEMPOTENCY_KEY, Info, OfStoryId, StoryId
from schema.scalars import EventCursor
from schema.stories import Story

EVENT_CURSOR = (
    "The last event that this answer contains, to follow `storyEvents` from; null if failed."
)
DELETED_ID = "The id of what was deleted; null when nothing was."


@strawberry.input(description="A story to make.")
class CreateStoryInput:
    """The GraphQL face of StoryWish."""

    content: str = strawberry.field(
        description=f"The story's text, at most {MAX_CONTENT_LENGTH:,} characters."
    )
    title: str | None = strawberry.field(
        default=None,
        description=f"Its title, at most {MAX_TITLE_LENGTH} characters; unless told, the script "
        "finds one.",
    )
    style: Style = strawberry.field(default=Style.MOVIE, description="The look of the pictures.")
    style_prompt: str | None = strawberry.field(
        default=None,
        description="The look in your own words, in addition to `style`, at most "
        f"{MAX_STYLE_PROMPT_LENGTH:,} characters.",
    )
    aspect_ratio: AspectRatio = strawberry.field(
        default=AspectRatio.WIDE_16_9, description="The shape of the pictures and the film."
    )
    language: str | None = strawberry.field(
        default=None,
        description="The language of the narration as a BCP 47 tag, at most "
        f"{MAX_LANGUAGE_LENGTH} characters; unless told, the text's own.",
    )
    shot_count: int | None = strawberry.field(
        default=None,
        description=f"How many shots you wish for, {MIN_SHOTS_WISHED} to {MAX_SHOTS_PER_STORY}; "
        "unless told, the script decides.",
    )
    auto_render: bool = strawberry.field(
        default=False,
        description="Whether to render the film as soon as every picture and clip is there.",
    )
    motion: Motion = strawberry.field(
        default=Motion.STILL,
        description="What moves in its shots; CLIP needs a service that sets pictures in motion.",
    )
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)

    def wish(self) -> stories.StoryWish:
        """The same, as the resolvers take it."""
        return stories.StoryWish(
            content=self.content,
            title=self.title,
            style=self.style,
            style_prompt=self.style_prompt,
            aspect_ratio=self.aspect_ratio,
            language=self.language,
            shot_count=self.shot_count,
            auto_render=self.auto_render,
            motion=self.motion,
            idempotency_key=self.idempotency_key,
        )


@strawberry.input(description="What to start again.")
class RetryStoryInput:
    """The story, and perhaps some of its shots."""

    id: strawberry.ID = strawberry.field(description="The story's id.")
    shot_ids: list[strawberry.ID] | None = strawberry.field(
        default=None, description="Only these of its shots; unless told, all that did not succeed."
    )
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)


@strawberry.type(description="The answer of a mutation about a story.")
class StoryPayload(Payload):
    """The story, or why nothing was done."""

    row: strawberry.Private[StoryRow | None] = None

    @strawberry.field(
        description="The story after the change; null if failed.", graphql_type=Story | None
    )
    def story(self) -> StoryRow | None:
        """The row."""
        return self.row

    @strawberry.field(description=EVENT_CURSOR)
    def event_cursor(self) -> EventCursor | None:
        """The seq of the story's last event."""
        return None if self.row is None else EventCursor(self.row.event_seq)


@strawberry.type(description="The answer of a mutation that deletes.")
class DeletePayload(Payload):
    """The id, or why nothing was deleted."""

    deleted_id: strawberry.ID | None = strawberry.field(default=None, description=DELETED_ID)


async def story_payload(
    context: Context, work: Awaitable[StoryRow], *, subject: tuple[str, ...]
) -> StoryPayload:
    try:
        story = await work
    except RequestError as error:
        return StoryPayload(user_errors=user_errors(error, subject=subject))
    context.loaders.forget()  # an earlier mutation of the same operation may have filled them
    return StoryPayload(row=story)


@strawberry.type
class StoryMutations:
    """The part of Mutation about stories."""

    @strawberry.mutation(
        description="Accept a story. It is stored before the answer, and from then on its script, "
        "its pictures and, if wished, its film come by themselves; follow them with `storyEvents`."
    )
    async def create_story(
        self,
        info: Info,
        story: Annotated[
            CreateStoryInput, strawberry.argument(name="input", description="The story to make.")
        ],
    ) -> StoryPayload:
        """Accept a story."""
        return await story_payload(
            info.context, stories.create_story(info.context, story.wish()), subject=("input",)
        )

    @strawberry.mutation(description="Give a story another title.")
    async def update_story(
        self,
        info: Info,
        story_id: StoryId,
        title: Annotated[
            str,
            strawberry.argument(description=f"1 to {MAX_TITLE_LENGTH} characters."),
        ],
    ) -> StoryPayload:
        """Give a story another title."""
        work = stories.update_story(info.context, story_id, title=title)
        return await story_payload(info.context, work, subject=("id",))

    @strawberry.mutation(
        description="Stop what is being made: the script, or the open shots and the film. What is "
        "finished stays."
    )
    async def cancel_story(self, info: Info, story_id: StoryId) -> StoryPayload:
        """Stop what is being made."""
        return await story_payload(
            info.context, stories.cancel_story(info.context, story_id), subject=("id",)
        )

    @strawberry.mutation(
        description="Start again what failed or was canceled, and nothing else: what succeeded "
        "is neither made nor paid for twice."
    )
    async def retry_story(
        self,
        info: Info,
        retry: Annotated[
            RetryStoryInput, strawberry.argument(name="input", description="What to start again.")
        ],
    ) -> StoryPayload:
        """Start again what failed."""
        work = retries.retry_story(
            info.context, retry.id, shot_ids=retry.shot_ids, idempotency_key=retry.idempotency_key
        )
        return await story_payload(info.context, work, subject=("input", "id"))

    @strawberry.mutation(
        description="Delete a story with its shots, its film and their files. Its subscriptions "
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
        description="Development data: give a story without shots four virtual ones, two with "
        "pictures at once and two a few seconds later."
    )
    async def mock_shots(self, info: Info, story_id: OfStoryId) -> StoryPayload:
        """Give a story virtual shots."""
        return await story_payload(
            info.context, stories.mock_shots(info.context, story_id), subject=("storyId",)
        )
