"""Statements about the cost of model services."""

from collections.abc import Collection
from dataclasses import asdict, dataclass
from decimal import Decimal
from uuid import UUID

from sqlalchemy import Uuid, case, func, select
from sqlalchemy.dialects.postgresql import insert

from db.models import Story, Work
from db.queries.arguments import array_argument
from db.read_sessions import Reads
from db.rows import UsageLine
from db.write_sessions import Writes
from domain import ServiceKind, Status

_USAGE = (
    select(
        Work.story_id,
        Work.kind,
        Work.provider,
        Work.model,
        func.sum(Work.units),
        # A sum ignores nulls, but an unknown price makes the total unknown.
        case((func.bool_and(Work.price.is_not(None)), func.sum(Work.price))),
    )
    .where(
        Work.story_id == func.any(array_argument("story_ids", Uuid())),
        Work.units.is_not(None),
    )
    .group_by(Work.story_id, Work.kind, Work.provider, Work.model)
    .order_by(func.min(Work.ended_at), Work.kind, Work.provider, Work.model)
)


async def list_usage(session: Reads, story_ids: Collection[UUID]) -> list[tuple[UUID, UsageLine]]:
    """The usage of the stories, with each line its story, in the order of first use."""
    result = await session.execute(_USAGE, {"story_ids": list(story_ids)})
    return [
        (story_id, UsageLine(kind, provider, model, int(units or 0), _money(price)))
        for story_id, kind, provider, model, units, price in result
    ]


_COSTS = select(Work.id, Work.price).where(
    Work.id == func.any(array_argument("take_ids", Uuid())), Work.units.is_not(None)
)


async def list_take_costs(session: Reads, take_ids: Collection[UUID]) -> dict[UUID, float | None]:
    """The costs of those takes whose picture arrived."""
    result = await session.execute(_COSTS, {"take_ids": list(take_ids)})
    return {row[0]: _money(row[1]) for row in result}


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    """Paid work inside of other work; `price` None is unknown.

    Its ID names it, so that it is charged once.
    """

    id: UUID
    story_id: UUID
    subject_id: UUID
    kind: ServiceKind
    provider: str
    model: str | None
    units: int
    price: Decimal | None


async def add_charge(session: Writes, charge: Charge) -> None:
    """Record the charge as finished work; no effect if it exists, or the story was deleted."""
    owner_id = (
        await session.execute(select(Story.owner_id).where(Story.id == charge.story_id))
    ).scalar_one_or_none()
    if owner_id is None:
        return
    await session.execute(
        insert(Work)
        .values(**asdict(charge), owner_id=owner_id, status=Status.COMPLETED, ended_at=func.now())
        .on_conflict_do_nothing()
    )


def _money(amount: Decimal | None) -> float | None:
    """As clients see it; sums are computed from exact numbers before."""
    return None if amount is None else float(amount)
