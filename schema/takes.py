"""Takes: the generations of a shot's picture."""

from collections.abc import Awaitable
from datetime import datetime

import strawberry

from db.rows import ClipRow, TakeRow
from domain import Status
from schema.clips import Clip
from schema.failures import FAILURE, Failure
from schema.nodes import CREATED_AT, Info, Node
from schema.usage import MONEY


@strawberry.type(description="One generation of a shot's picture; filled once, then unchanged.")
class Take(Node):
    """The GraphQL face of TakeRow."""

    number: int = strawberry.field(description="Its number among the takes of its shot, from 1.")
    prompt: str = strawberry.field(description="What the picture was asked to show.")
    seed: int | None = strawberry.field(
        description="The seed: the same prompt and seed give the same picture where the "
        "provider keeps that promise; null if a person sent it."
    )
    provider: str = strawberry.field(
        description="The model service that draws it; `upload` if a person sent it."
    )
    model: str | None = strawberry.field(description="The model, where the service names one.")
    status: Status = strawberry.field(description="How far it is.")
    width: int | None = strawberry.field(description="The picture's width in pixels.")
    height: int | None = strawberry.field(description="The picture's height in pixels.")
    failure: Failure | None = strawberry.field(description=FAILURE)
    created_at: datetime = strawberry.field(description=CREATED_AT)

    @classmethod
    def is_type_of(cls, row: object, _info: object) -> bool:
        """Whether the row is a take's."""
        return isinstance(row, TakeRow)

    @strawberry.field(
        description="What its picture cost; null until there is one, and if a person sent it. "
        f"{MONEY}",
        graphql_type=float | None,
    )
    @staticmethod
    def cost(take: strawberry.Parent[TakeRow], info: Info) -> Awaitable[float | None]:
        """One statement for any number of takes."""
        return info.context.loaders.take_cost.load(take.id)

    @strawberry.field(
        description="The picture in motion; null when none was wished for.",
        graphql_type=Clip | None,
    )
    @staticmethod
    def clip(take: strawberry.Parent[TakeRow], info: Info) -> Awaitable[ClipRow | None]:
        """One statement for any number of takes."""
        return info.context.loaders.clip.load(take.id)

    @strawberry.field(description="Where the picture is; null until there is one.")
    @staticmethod
    def image_url(take: strawberry.Parent[TakeRow], info: Info) -> str | None:
        """Built from the key when read."""
        return info.context.media_url(take.image_key)
