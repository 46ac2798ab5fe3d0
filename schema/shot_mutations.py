"""Mutations of shots and their takes."""

from collections.abc import Awaitable
from typing import Annotated

import strawberry

from db.rows import ShotRow
from domain import (
    MAX_NARRATION_LENGTH,
    MAX_PROMPT_LENGTH,
    MAX_SHOT_SECONDS,
    MAX_TITLE_LENGTH,
    MIN_SHOT_SECONDS,
    Motion,
    Transition,
    built_from,
)
from errors import RequestError
from resolvers import clips, shots, stories
from resolvers.context import Context
from schema.errors import user_errors
from schema.nodes import IDEMPOTENCY_KEY, Info
from schema.shots import Shot
from schema.story_mutations import StoryPayload


@strawberry.input(description="Changes to a shot. Omitted or null fields stay unchanged.")
class UpdateShotInput:
    """The GraphQL type of ShotEdit."""

    id: strawberry.ID = strawberry.field(description="The ID of the shot.")
    expected_revision: int | None = strawberry.field(
        default=None,
        description="Prevents lost updates: if the shot has another `revision`, the error is "
        "CONFLICT.",
    )
    title: str | None = strawberry.field(
        default=None, description=f"Short title, at most {MAX_TITLE_LENGTH} characters."
    )
    prompt: str | None = strawberry.field(
        default=None,
        description=f"Prompt for the picture, at most {MAX_PROMPT_LENGTH:,} characters. The "
        "current picture stays until it is regenerated.",
    )
    narration: str | None = strawberry.field(
        default=None,
        description="Text of the narration and the subtitles, at most "
        f"{MAX_NARRATION_LENGTH:,} characters.",
    )
    transition: Transition | None = strawberry.field(
        default=None, description="Camera movement and transition to the next shot."
    )
    duration_seconds: float | None = strawberry.field(
        default=None,
        description=f"Duration, {MIN_SHOT_SECONDS:g} to {MAX_SHOT_SECONDS:g} seconds. The shot "
        "lasts longer if its narration takes longer.",
    )
    motion: Motion | None = strawberry.field(
        default=None,
        description="Kind of motion. CLIP makes a clip of the picture, STILL stops a running one.",
    )
    regenerate: bool = strawberry.field(
        default=False, description="Whether to regenerate the picture."
    )
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)

    def edit(self) -> shots.ShotEdit:
        """Convert to the resolvers' type."""
        return built_from(self, shots.ShotEdit)


@strawberry.input(description="Input of `regenerateShot`.")
class RegenerateShotInput:
    """The shot, and the new values for this take."""

    id: strawberry.ID = strawberry.field(description="The ID of the shot.")
    prompt: str | None = strawberry.field(
        default=None,
        description=f"Prompt for the picture, at most {MAX_PROMPT_LENGTH:,} characters. The "
        "default is the current prompt of the shot.",
    )
    seed: int | None = strawberry.field(
        default=None, description="A seed from 0 to 2147483647. The default is a random seed."
    )
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)


@strawberry.input(description="Input of `regenerateClip`.")
class RegenerateClipInput:
    """The shot."""

    id: strawberry.ID = strawberry.field(description="The ID of the shot.")
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)


@strawberry.type(description="Result of a mutation of a shot.")
class ShotPayload(StoryPayload):
    """The shot and its story, or the errors."""

    shot_row: strawberry.Private[ShotRow | None] = None

    @strawberry.field(
        description="The shot after the change. Null on error.", graphql_type=Shot | None
    )
    def shot(self) -> ShotRow | None:
        "The item."
        return self.shot_row


async def shot_payload(
    context: Context, work: Awaitable[ShotRow], *, subject: tuple[str, ...]
) -> ShotPayload:
    try:
        changed = await work
        context.loaders.forget()  # an earlier mutation of the same operation may have filled them
        # The story first: an event before its cursor is visible in the shot, which is read after
        # it.
        story = await stories.require_story(context, str(changed.story_id))
        shot = await shots.require_shot(context, str(changed.id))
    except RequestError as error:
        return ShotPayload(user_errors=user_errors(error, subject=subject))
    return ShotPayload(shot_row=shot, story_row=story)


@strawberry.type
class ShotMutations:
    """The part of Mutation about shots."""

    @strawberry.mutation(description="Updates a shot, and regenerates its picture on request.")
    async def update_shot(
        self,
        info: Info,
        shot: Annotated[
            UpdateShotInput, strawberry.argument(name="input", description="The changes.")
        ],
    ) -> ShotPayload:
        """Change a shot."""
        work = shots.update_shot(info.context, shot.id, shot.edit())
        return await shot_payload(info.context, work, subject=("input", "id"))

    @strawberry.mutation(
        description="Generates a new take of a shot. The current picture stays until the new one "
        "is completed."
    )
    async def regenerate_shot(
        self,
        info: Info,
        shot: Annotated[
            RegenerateShotInput,
            strawberry.argument(name="input", description="The shot to regenerate."),
        ],
    ) -> ShotPayload:
        """Regenerate a shot's picture."""
        work = shots.regenerate_shot(
            info.context,
            shot.id,
            prompt=shot.prompt,
            seed=shot.seed,
            idempotency_key=shot.idempotency_key,
        )
        return await shot_payload(info.context, work, subject=("input", "id"))

    @strawberry.mutation(
        description="Generates the clip of a shot again. The current clip stays until the new one "
        "is completed."
    )
    async def regenerate_clip(
        self,
        info: Info,
        shot: Annotated[
            RegenerateClipInput,
            strawberry.argument(name="input", description="The shot whose clip to regenerate."),
        ],
    ) -> ShotPayload:
        """Regenerate a clip."""
        work = clips.regenerate_clip(info.context, shot.id, idempotency_key=shot.idempotency_key)
        return await shot_payload(info.context, work, subject=("input", "id"))

    @strawberry.mutation(description="Selects one of the completed takes of a shot.")
    async def select_take(
        self,
        info: Info,
        shot_id: Annotated[strawberry.ID, strawberry.argument(description="The ID of the shot.")],
        take_id: Annotated[strawberry.ID, strawberry.argument(description="The ID of the take.")],
    ) -> ShotPayload:
        """Select another take."""
        work = shots.select_take(info.context, shot_id, take_id)
        return await shot_payload(info.context, work, subject=("shotId",))
