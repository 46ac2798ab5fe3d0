"""Mutations of the order of a story's shots."""

from typing import Annotated

import strawberry

from domain import (
    MAX_NARRATION_LENGTH,
    MAX_PROMPT_LENGTH,
    MAX_TITLE_LENGTH,
    Motion,
    Transition,
    built_from,
)
from errors import RequestError
from resolvers import storyboard
from schema.errors import user_errors
from schema.nodes import IDEMPOTENCY_KEY, Info, OfStoryId, ShotId
from schema.shot_mutations import ShotPayload, shot_payload
from schema.story_mutations import DeletePayload, StoryPayload, story_payload


@strawberry.input(description="Input of `addShot`.")
class AddShotInput:
    """The GraphQL type of ShotWish."""

    story_id: strawberry.ID = strawberry.field(description="The ID of the story.")
    after_shot_id: strawberry.ID | None = strawberry.field(
        default=None, description="The shot after which to insert it. The default is the last shot."
    )
    title: str | None = strawberry.field(
        default=None,
        description=f"Short title, at most {MAX_TITLE_LENGTH} characters. The default is the "
        "beginning of the prompt.",
    )
    prompt: str = strawberry.field(
        description=f"Prompt for the picture, at most {MAX_PROMPT_LENGTH:,} characters."
    )
    narration: str | None = strawberry.field(
        default=None,
        description="Text of the narration and the subtitles, at most "
        f"{MAX_NARRATION_LENGTH:,} characters. The default is none.",
    )
    transition: Transition | None = strawberry.field(
        default=None,
        description="Camera movement and transition to the next shot. The default is KEN_BURNS.",
    )
    motion: Motion | None = strawberry.field(
        default=None, description="Kind of motion. The default is that of the story."
    )
    generate: bool = strawberry.field(
        default=True,
        description="Whether to draw it now. If false, the shot is CANCELED until "
        "`regenerateShot`.",
    )
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)

    def wish(self) -> storyboard.ShotWish:
        """Convert to the resolvers' type."""
        return built_from(self, storyboard.ShotWish)


@strawberry.type
class StoryboardMutations:
    """The part of Mutation about the order of shots."""

    @strawberry.mutation(description="Adds a shot to a story with a completed script.")
    async def add_shot(
        self,
        info: Info,
        shot: Annotated[
            AddShotInput, strawberry.argument(name="input", description="The shot to add.")
        ],
    ) -> ShotPayload:
        """Add a shot."""
        work = storyboard.add_shot(info.context, shot.wish())
        return await shot_payload(info.context, work, subject=("input", "storyId"))

    @strawberry.mutation(
        description="Deletes a shot with its takes and cancels its running work. Later shots move "
        "up."
    )
    async def delete_shot(self, info: Info, shot_id: ShotId) -> DeletePayload:
        """Delete a shot."""
        try:
            deleted = await storyboard.delete_shot(info.context, shot_id)
        except RequestError as error:
            return DeletePayload(user_errors=user_errors(error, subject=("id",)))
        info.context.loaders.forget()
        return DeletePayload(deleted_id=strawberry.ID(str(deleted)))

    @strawberry.mutation(description="Changes the playback order of the shots.")
    async def reorder_shots(
        self,
        info: Info,
        story_id: OfStoryId,
        shot_ids: Annotated[
            list[strawberry.ID],
            strawberry.argument(
                description="All shots of the story, each exactly once, in the new order."
            ),
        ],
    ) -> StoryPayload:
        """Reorder the shots."""
        work = storyboard.reorder_shots(info.context, story_id, shot_ids)
        return await story_payload(info.context, work, subject=("storyId",))
