"""Reads the cost of a story for tests."""

from decimal import Decimal
from uuid import UUID

from domain import ServiceKind
from orchestration.prices import Prices
from resolvers.usage import Usage, read_usage
from tests.stage import Stage

PRICES = Prices(
    usual={
        ServiceKind.SCRIPT: Decimal("0.05"),
        ServiceKind.IMAGE: Decimal("0.039"),
        ServiceKind.VIDEO: Decimal("1.5"),
        ServiceKind.VOICE: Decimal("0.015"),
    }
)


async def usage_of(stage: Stage, story_id: UUID) -> Usage:
    return await read_usage(stage.context(), story_id)


def units(usage: Usage, kind: ServiceKind) -> int:
    return sum(line.units for line in usage.lines if line.kind is kind)


def price(usage: Usage, kind: ServiceKind) -> float:
    """The exact sum of the kind's lines."""
    prices = [line.price for line in usage.lines if line.kind is kind]
    assert None not in prices
    return float(sum(Decimal(str(price)) for price in prices))
