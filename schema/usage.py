"""Usage: the work of model services, and its cost."""

import strawberry

import resolvers.usage
from db.rows import UsageLine as UsageLineRow
from domain import ServiceKind, UsageUnit

MONEY = (
    "In the currency of `Story.usage`, by the prices in the settings. Null if the price is unknown."
)


@strawberry.type(description="Usage and cost of one model.")
class UsageLine:
    """The GraphQL type of the row."""

    kind: ServiceKind = strawberry.field(description="Stage of the pipeline.")
    provider: str = strawberry.field(description="The provider. `studio` is built in.")
    model: str | None = strawberry.field(description="The model, if known.")
    units: int = strawberry.field(description="Quantity in `unit`.")
    unit: UsageUnit = strawberry.field(description="Unit of the quantity.")
    price: float | None = strawberry.field(description=f"Total price of the line. {MONEY}")

    @classmethod
    def is_type_of(cls, row: object, _info: object) -> bool:
        """Whether the row is a line."""
        return isinstance(row, UsageLineRow)


@strawberry.type(
    description="Usage and cost of a story: actual in `Story.usage`, estimated in `estimateStory`."
)
class Usage:
    """The GraphQL type of resolvers.usage.Usage."""

    currency: str = strawberry.field(description="Currency of all prices, as an ISO 4217 code.")
    total: float | None = strawberry.field(
        description="Sum of the lines. Null if any price is unknown."
    )
    lines: list[UsageLine] = strawberry.field(
        description="One line per model, in the order of first use."
    )

    @classmethod
    def is_type_of(cls, row: object, _info: object) -> bool:
        """Whether the row is a usage."""
        return isinstance(row, resolvers.usage.Usage)
