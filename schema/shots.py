"""Shots: the type and the query for it."""

from collections.abc import Awaitable
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from db.rows import ClipRow, ShotRow, StoryRow, TakeRow
from domain import Motion, Status, Transition
from errors import NotFoundError
from resolvers import shots
from resolvers.clips import get_shown_clip
from schema.clips import Clip
from schema.failures import FAILURE, Failure
from schema.nodes import CREATED_AT, REVISION, UPDATED_AT, Info, Node, ShotId
from schema.takes import Take

if TYPE_CHECKING:
    from schema.stories import Story  # it imports us; Strawberry finds it by name


@strawberry.type(description="One camera set-up of a story, with the picture of a selected take.")
class Shot(Node):
    """The GraphQL face of ShotRow."""

    revision: int = strawberry.field(description=REVISION)
    position: int = strawberry.field(description="Its place in playing order, from 1.")
    title: str = strawberry.field(description="A few words that name it.")
    prompt: str = strawberry.field(description="What its picture is asked to show.")
    narration: str = strawberry.field(description="What the voice says and the subtitles show.")
    transition: Transition = strawberry.field(
        description="How it moves and hands over to the next shot."
    )
    motion: Motion = strawberry.field(
        description="What moves in it. With CLIP, `clip` is made of the picture that it shows."
    )
    duration_seconds: float = strawberry.field(description="How long it plays, in seconds.")
    status: Status = strawberry.field(
        description="Its newest take's status; while a new take is drawn, the selected one stays."
    )
    progress: float | None = strawberry.field(
        description="How far its picture is, 0 to 1; null when the provider does not tell."
    )
    attempt: int = strawberry.field(
        description="How often its present take was tried; 0 before the first try."
    )
    failure: Failure | None = strawberry.field(description=FAILURE)
    created_at: datetime = strawberry.field(description=CREATED_AT)
    updated_at: datetime = strawberry.field(description=UPDATED_AT)

    @classmethod
    def is_type_of(cls, row: object, _info: object) -> bool:
        """Whether the row is a shot's."""
        return isinstance(row, ShotRow)

    @strawberry.field(
        description="The story that it belongs to.",
        graphql_type=Annotated["Story", strawberry.lazy("schema.stories")],
    )
    @staticmethod
    async def story(shot: strawberry.Parent[ShotRow], info: Info) -> StoryRow:
        """One statement for any number of shots."""
        story = await info.context.loaders.story.load(shot.story_id)
        if story is None:
            raise NotFoundError("The story was deleted just now.")
        return story

    @strawberry.field(description="Where its picture is; null until there is one.")
    @staticmethod
    def image_url(shot: strawberry.Parent[ShotRow], info: Info) -> str | None:
        """Built from the key when read."""
        return info.context.media_url(shot.image_key)

    @strawberry.field(description="Where a picture for small places is; null until there is one.")
    @staticmethod
    def thumbnail_url(shot: strawberry.Parent[ShotRow], info: Info) -> str | None:
        """The picture itself serves as its thumbnail."""
        return info.context.media_url(shot.image_key)

    @strawberry.field(
        description="The selected take, whose picture is shown; null until one is complete.",
        graphql_type=Take | None,
    )
    @staticmethod
    async def take(shot: strawberry.Parent[ShotRow], info: Info) -> TakeRow | None:
        """One statement for any number of shots."""
        if shot.selected_take_id is None:
            return None
        return await info.context.loaders.take.load(shot.selected_take_id)

    @strawberry.field(
        description="The picture that it shows in motion; null when none was wished for, or while "
        "there is no picture. The film shows the picture as long as there is no clip.",
        graphql_type=Clip | None,
    )
    @staticmethod
    def clip(shot: strawberry.Parent[ShotRow], info: Info) -> Awaitable[ClipRow | None] | None:
        """One statement for any number of shots."""
        return get_shown_clip(info.context, shot)

    @strawberry.field(description="All its takes, oldest first.", graphql_type=list[Take])
    @staticmethod
    def takes(shot: strawberry.Parent[ShotRow], info: Info) -> Awaitable[list[TakeRow]]:
        """One statement for any number of shots."""
        return info.context.loaders.takes.load(shot.id)


@strawberry.type
class ShotQueries:
    """The part of Query about shots."""

    @strawberry.field(
        description="A shot; null when there is none with this id, or it is not yours.",
        graphql_type=Shot | None,
    )
    async def shot(self, info: Info, shot_id: ShotId) -> ShotRow | None:
        """One shot."""
        return await shots.get_shot(info.context, shot_id)
