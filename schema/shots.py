"""Shots: the type and the query for it."""

from collections.abc import Awaitable
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from db.queries import clips, takes
from db.rows import ClipRow, ShotRow, StoryRow, TakeRow
from domain import Motion, Status, Transition
from errors import NotFoundError
from resolvers import shots
from resolvers.clips import get_shown_clip
from schema.clips import Clip
from schema.failures import FAILURE, Failure
from schema.nodes import CREATED_AT, REVISION, UPDATED_AT, Info, Node, ShotId
from schema.pictures import ANY_WIDTH, Width, picture_url
from schema.reads import READS, MediaKey
from schema.takes import Take

if TYPE_CHECKING:
    from schema.stories import Story  # it imports this module; Strawberry finds it by name


@strawberry.type(description="One camera setup of a story, with the picture of the selected take.")
class Shot(Node):
    """The GraphQL type of ShotRow."""

    revision: int = strawberry.field(description=REVISION)
    position: int = strawberry.field(description="Position in playback order, from 1.")
    title: str = strawberry.field(description="Short title.")
    prompt: str = strawberry.field(description="Prompt for the picture.")
    narration: str = strawberry.field(description="Text of the narration and the subtitles.")
    transition: Transition = strawberry.field(
        description="Camera movement and transition to the next shot."
    )
    motion: Motion = strawberry.field(
        description="Kind of motion. With CLIP, `clip` is made from the selected picture."
    )
    duration_seconds: float = strawberry.field(
        description="Duration in seconds: the reading time of the narration, unless it was set "
        "explicitly. In the film, it follows the voice."
    )
    status: Status = strawberry.field(
        description="Status of the newest take. The selected take stays until the new one is "
        "completed."
    )
    progress: float | None = strawberry.field(
        description="Progress of the picture, 0 to 1. Null if the provider does not report it."
    )
    attempt: int = strawberry.field(description="Number of attempts at the newest take.")
    failure: Failure | None = strawberry.field(description=FAILURE)
    created_at: datetime = strawberry.field(description=CREATED_AT)
    updated_at: datetime = strawberry.field(description=UPDATED_AT)

    @classmethod
    def is_type_of(cls, row: object, _info: object) -> bool:
        """Whether the row is a shot's."""
        return isinstance(row, ShotRow)

    @strawberry.field(
        description="The story to which it belongs.",
        graphql_type=Annotated["Story", strawberry.lazy("schema.stories")],
    )
    @staticmethod
    async def story(shot: strawberry.Parent[ShotRow], info: Info) -> StoryRow:
        """One statement for any number of shots."""
        story = await info.context.loaders.story.load(shot.story_id)
        if story is None:
            raise NotFoundError("The story was deleted just now.")
        return story

    @strawberry.field(
        description="URL of the picture. Null until one is completed.",
        metadata={READS: MediaKey("image_key")},
    )
    @staticmethod
    def image_url(
        shot: strawberry.Parent[ShotRow], info: Info, width: Width = ANY_WIDTH
    ) -> str | None:
        """Generated from the key on read."""
        return picture_url(info, shot.image_key, width)

    @strawberry.field(
        description="URL of the picture, as `imageUrl`. Null until one is completed. For a small "
        "one, pass `width`.",
        metadata={READS: MediaKey("image_key")},
    )
    @staticmethod
    def thumbnail_url(
        shot: strawberry.Parent[ShotRow], info: Info, width: Width = ANY_WIDTH
    ) -> str | None:
        """The picture itself serves as its thumbnail."""
        return picture_url(info, shot.image_key, width)

    @strawberry.field(
        description="The selected take. Null until one is completed.",
        graphql_type=Take | None,
        metadata={READS: takes.SHOWN},
    )
    @staticmethod
    async def take(shot: strawberry.Parent[ShotRow], info: Info) -> TakeRow | None:
        """One statement for any number of shots."""
        if shot.selected_take_id is None:
            return None
        return await info.context.loaders.take.load(shot.selected_take_id)

    @strawberry.field(
        description="The clip of the selected picture. Null without motion CLIP, or while there "
        "is no picture. Without a completed clip the film shows the picture.",
        graphql_type=Clip | None,
        metadata={READS: clips.SHOWN},
    )
    @staticmethod
    def clip(shot: strawberry.Parent[ShotRow], info: Info) -> Awaitable[ClipRow | None] | None:
        """One statement for any number of shots."""
        return get_shown_clip(info.context, shot)

    @strawberry.field(
        description="All takes, oldest first.",
        graphql_type=list[Take],
        metadata={READS: takes.OF_SHOT},
    )
    @staticmethod
    def takes(shot: strawberry.Parent[ShotRow], info: Info) -> Awaitable[list[TakeRow]]:
        """One statement for any number of shots."""
        return info.context.loaders.takes.load(shot.id)


@strawberry.type
class ShotQueries:
    """The part of Query about shots."""

    @strawberry.field(
        description="Fetches a shot. Null if it does not exist or belongs to another owner.",
        graphql_type=Shot | None,
    )
    async def shot(self, info: Info, shot_id: ShotId) -> ShotRow | None:
        """One shot."""
        return await shots.get_shot(info.context, shot_id)
