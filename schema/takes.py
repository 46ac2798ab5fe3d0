"""Takes: the generations of a shot's picture."""

from collections.abc import Awaitable
from datetime import datetime

import strawberry

from db.rows import ClipRow, TakeRow
from domain import Status
from schema.clips import Clip
from schema.failures import FAILURE, Failure
from schema.nodes import CREATED_AT, Info, Node
from schema.pictures import ANY_WIDTH, Width, picture_url
from schema.reads import READS, MediaKey
from schema.usage import MONEY


@strawberry.type(
    description="One generated picture of a shot. It does not change once it is completed."
)
class Take(Node):
    """The GraphQL type of TakeRow."""

    number: int = strawberry.field(description="Number of the take within its shot, from 1.")
    prompt: str = strawberry.field(description="Prompt of the picture.")
    seed: int | None = strawberry.field(
        description="The seed. With some providers, the same prompt and seed give the same "
        "picture. Null if uploaded."
    )
    provider: str = strawberry.field(description="The provider. `upload` if uploaded.")
    model: str | None = strawberry.field(description="The model, if known.")
    status: Status = strawberry.field(description="Status of the take.")
    width: int | None = strawberry.field(description="Width of the picture in pixels.")
    height: int | None = strawberry.field(description="Height of the picture in pixels.")
    failure: Failure | None = strawberry.field(description=FAILURE)
    created_at: datetime = strawberry.field(description=CREATED_AT)

    @classmethod
    def is_type_of(cls, row: object, _info: object) -> bool:
        """Whether the row is a take's."""
        return isinstance(row, TakeRow)

    @strawberry.field(
        description=f"Cost of the picture. Null until it is completed, and if uploaded. {MONEY}",
        graphql_type=float | None,
    )
    @staticmethod
    def cost(take: strawberry.Parent[TakeRow], info: Info) -> Awaitable[float | None]:
        """One statement for any number of takes."""
        return info.context.loaders.take_cost.load(take.id)

    @strawberry.field(
        description="The clip of the picture. Null if none was requested.",
        graphql_type=Clip | None,
    )
    @staticmethod
    def clip(take: strawberry.Parent[TakeRow], info: Info) -> Awaitable[ClipRow | None]:
        """One statement for any number of takes."""
        return info.context.loaders.clip.load(take.id)

    @strawberry.field(
        description="URL of the picture. Null until it is completed.",
        metadata={READS: MediaKey("image_key")},
    )
    @staticmethod
    def image_url(
        take: strawberry.Parent[TakeRow], info: Info, width: Width = ANY_WIDTH
    ) -> str | None:
        """Generated from the key on read."""
        return picture_url(info, take.image_key, width)
