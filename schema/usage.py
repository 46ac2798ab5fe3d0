"""Usage: what model services did, and what it cost."""

import strawberry

import resolvers.usage
from db.rows import UsageLine as UsageLineRow
from domain import ServiceKind, UsageUnit

MONEY = (
    "In the currency of `Story.usage`, by the prices that the operator has set; null while that "
    "price is not known, which is not the same as free."
)


@strawberry.type(description="What one model does for a story.")
class UsageLine:
    """The GraphQL face of the row."""

    kind: ServiceKind = strawberry.field(description="What it makes.")
    provider: str = strawberry.field(description="The model service; `studio` is built in.")
    model: str | None = strawberry.field(description="The model, where the service names one.")
    units: int = strawberry.field(description="How much it makes, counted in `unit`.")
    unit: UsageUnit = strawberry.field(description="What is counted.")
    price: float | None = strawberry.field(description=f"What all of it costs. {MONEY}")

    @classmethod
    def is_type_of(cls, row: object, _info: object) -> bool:
        """Whether the row is a line."""
        return isinstance(row, UsageLineRow)


@strawberry.type(
    description="What model services do for a story, and what that costs: so far as `Story.usage`, "
    "about and beforehand as `estimateStory`."
)
class Usage:
    """The GraphQL face of resolvers.usage.Usage."""

    currency: str = strawberry.field(description="The currency of all prices, by ISO 4217.")
    total: float | None = strawberry.field(
        description="The sum of the lines; null as soon as one of their prices is not known."
    )
    lines: list[UsageLine] = strawberry.field(
        description="Line by line, in the order of first use."
    )

    @classmethod
    def is_type_of(cls, row: object, _info: object) -> bool:
        """Whether the row is a usage."""
        return isinstance(row, resolvers.usage.Usage)
