"""The costs of a story so far, and estimates for new ones."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from db.rows import UsageLine
from orchestration.recipes.estimating import estimate
from resolvers.context import Context
from resolvers.stories import StoryWish, checked_story


@dataclass(frozen=True, slots=True)
class Usage:
    """The work of model services, and its cost in the operator's currency.

    `total` is None if one price is unknown: unknown is not zero.
    """

    currency: str
    lines: Sequence[UsageLine]

    @property
    def total(self) -> float | None:
        """The sum of all lines."""
        prices = [line.price for line in self.lines if line.price is not None]
        return sum(prices, 0.0) if len(prices) == len(self.lines) else None


async def read_usage(context: Context, story_id: UUID) -> Usage:
    """The usage of the story, in one statement for any number of stories."""
    return Usage(context.production.prices.currency, await context.loaders.usage.load(story_id))


async def estimate_story(context: Context, wish: StoryWish) -> Usage:
    """Estimate the cost of the story and one film of it; nothing is created.

    Raises:
        InvalidInputError: With the invalid field, as in `create_story`.
    """
    request = checked_story(context, wish)
    lines = await estimate(context.production, request)
    return Usage(context.production.prices.currency, lines)
