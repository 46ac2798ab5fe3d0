"""Clips: the pictures of takes, set in motion."""

from datetime import datetime

import strawberry

from db.rows import ClipRow
from domain import Status
from schema.failures import FAILURE, Failure
from schema.nodes import CREATED_AT, REVISION, UPDATED_AT, Info, Node


@strawberry.type(
    description="A take's picture in motion. Made again, the old one stays until the new one is "
    "there; one that fails is replaced by a camera that moves over the picture."
)
class Clip(Node):
    """The GraphQL face of ClipRow."""

    revision: int = strawberry.field(description=REVISION)
    status: Status = strawberry.field(description="How far its newest making is.")
    progress: float | None = strawberry.field(
        description="How far it is, 0 to 1; null when the provider does not tell."
    )
    attempt: int = strawberry.field(description="How often it was tried; 0 before the first try.")
    failure: Failure | None = strawberry.field(description=FAILURE)
    provider: str = strawberry.field(
        description="The model service that makes it; `none` if none is configured."
    )
    model: str | None = strawberry.field(description="The model, where the service names one.")
    duration_seconds: float | None = strawberry.field(description="How long it plays, in seconds.")
    width: int | None = strawberry.field(description="Its width in pixels.")
    height: int | None = strawberry.field(description="Its height in pixels.")
    created_at: datetime = strawberry.field(description=CREATED_AT)
    updated_at: datetime = strawberry.field(description=UPDATED_AT)

    @classmethod
    def is_type_of(cls, row: object, _info: object) -> bool:
        """Whether the row is a clip's."""
        return isinstance(row, ClipRow)

    @strawberry.field(description="Where its MP4 file is; null until there is one.")
    @staticmethod
    def video_url(clip: strawberry.Parent[ClipRow], info: Info) -> str | None:
        """Built from the key when read."""
        return info.context.media_url(clip.media_key)
