"""What a story has cost so far."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from db.rows import UsageLine
from resolvers.context import Context


@dataclass(frozen=True, slots=True)
class Usage:
    """What model services did, and what they cost in the currency that the operator calculates in.

    `total` is None as soon as one price is not known: unknown is not zero.
    """

    currency: str
    lines: Sequence[UsageLine]

    @property
    def total(self) -> float | None:
        """The sum of all lines."""
        prices = [line.price for line in self.lines if line.price is not None]
        return sum(prices, 0.0) if len(prices) == len(self.lines) else None


async def read_usage(context: Context, story_id: UUID) -> Usage:
    """The story's, one statement for any number of stories."""
    return Usage(context.production.prices.currency, await context.loaders.usage.load(story_id))
