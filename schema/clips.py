"""Clips: the pictures of takes, in motion."""

from datetime import datetime

import strawberry

from db.rows import ClipRow
from domain import Status
from schema.failures import FAILURE, Failure
from schema.nodes import CREATED_AT, REVISION, UPDATED_AT, Info, Node
from schema.reads import READS, MediaKey


@strawberry.type(
    description="An animated picture of a take. While it is made again, the previous clip stays "
    "available. If it fails, the film shows the picture with camera movement."
)
class Clip(Node):
    """The GraphQL type of ClipRow."""

    revision: int = strawberry.field(description=REVISION)
    status: Status = strawberry.field(description="Status of the latest generation.")
    progress: float | None = strawberry.field(
        description="Progress, 0 to 1. Null if the provider does not report it."
    )
    attempt: int = strawberry.field(description="Number of attempts.")
    failure: Failure | None = strawberry.field(description=FAILURE)
    provider: str = strawberry.field(description="The provider. `none` if none is configured.")
    model: str | None = strawberry.field(description="The model, if known.")
    duration_seconds: float | None = strawberry.field(description="Duration in seconds.")
    width: int | None = strawberry.field(description="Width in pixels.")
    height: int | None = strawberry.field(description="Height in pixels.")
    created_at: datetime = strawberry.field(description=CREATED_AT)
    updated_at: datetime = strawberry.field(description=UPDATED_AT)

    @classmethod
    def is_type_of(cls, row: object, _info: object) -> bool:
        """Whether the row is a clip's."""
        return isinstance(row, ClipRow)

    @strawberry.field(
        description="URL of the MP4. Null until a clip is completed.",
        metadata={READS: MediaKey("media_key")},
    )
    @staticmethod
    def video_url(clip: strawberry.Parent[ClipRow], info: Info) -> str | None:
        """Generated from the key on read."""
        return info.context.media_url(clip.media_key)
