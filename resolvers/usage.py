"""What a story has cost so far, and what one will cost."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from db.rows import UsageLine
from orchestration.providers.ports import ScriptRequest
from orchestration.recipes.estimating import estimate
from resolvers.context import Context
from resolvers.stories import StoryWish, checked_story


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


async def estimate_story(context: Context, wish: StoryWish) -> Usage:
    """What the story and one film of it will cost, about; nothing is made.

    Raises:
        InvalidInputError: With the field that is wrong, as `create_story` does.
    """
    new = checked_story(context, wish)
    request = ScriptRequest(
        content=new.content,
        title=new.title,
        style=new.style,
        style_prompt=new.style_prompt,
        language=new.language or None,
        shot_count=new.shot_count,
    )
    lines = await estimate(context.production, request, motion=new.motion)
    return Usage(context.production.prices.currency, lines)
