"""Statements about charges; those of pictures are written where their takes land."""

from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID, uuid5

from sqlalchemy import Uuid, bindparam, case, func, select, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Charge
from db.rows import UsageLine
from domain import ServiceKind


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCharge:
    """One result of a model service; its id names the result, so that it is charged once."""

    id: UUID
    story_id: UUID
    kind: ServiceKind
    provider: str
    model: str | None
    units: int
    price: Decimal | None


def charge_id(subject_id: UUID, run: int) -> UUID:
    """The id of the charge for what one run of a step made."""
    return uuid5(subject_id, str(run))


# The lock keeps the story from being deleted between the look and the insertion.
_ADD = text(
    """
    INSERT INTO charge (id, story_id, kind, provider, model, units, price)
    SELECT :id, story.id, :kind, :provider, :model, :units, CAST(:price AS numeric)
    FROM story WHERE story.id = :story_id
    FOR KEY SHARE
    ON CONFLICT (id) DO NOTHING
    """
).bindparams(bindparam("id", type_=Uuid()), bindparam("story_id", type_=Uuid()))


async def add_charge(session: AsyncSession, charge: NewCharge) -> None:
    """Record the charge; one that stands already, or whose story is gone, is left alone."""
    await session.execute(
        _ADD,
        {
            "id": charge.id,
            "story_id": charge.story_id,
            "kind": charge.kind.value,
            "provider": charge.provider,
            "model": charge.model,
            "units": charge.units,
            "price": charge.price,
        },
    )


_USAGE = (
    select(
        Charge.story_id,
        Charge.kind,
        Charge.provider,
        Charge.model,
        func.sum(Charge.units),
        # A sum passes over nulls, but an unknown price makes the whole unknown.
        case((func.bool_and(Charge.price.is_not(None)), func.sum(Charge.price))),
    )
    .where(Charge.story_id == func.any(bindparam("story_ids", type_=ARRAY(Uuid()))))
    .group_by(Charge.story_id, Charge.kind, Charge.provider, Charge.model)
    .order_by(func.min(Charge.occurred_at), Charge.kind, Charge.provider, Charge.model)
)


async def list_usage(
    session: AsyncSession, story_ids: Collection[UUID]
) -> list[tuple[UUID, UsageLine]]:
    """What was used for the stories, with each line its story, in the order of first use."""
    result = await session.execute(_USAGE, {"story_ids": list(story_ids)})
    return [
        (row[0], UsageLine(*row[1:4], units=int(row[4]), price=_money(row[5]))) for row in result
    ]


_COSTS = select(Charge.id, Charge.price).where(
    Charge.id == func.any(bindparam("take_ids", type_=ARRAY(Uuid())))
)


async def list_take_costs(
    session: AsyncSession, take_ids: Collection[UUID]
) -> dict[UUID, float | None]:
    """What the takes cost, of those whose picture came."""
    result = await session.execute(_COSTS, {"take_ids": list(take_ids)})
    return {row[0]: _money(row[1]) for row in result}


def _money(amount: Decimal | None) -> float | None:
    """As clients see it; sums are made of exact numbers before."""
    return None if amount is None else float(amount)
