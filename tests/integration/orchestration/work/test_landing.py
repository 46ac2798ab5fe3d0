"""Group commit: many changes in one transaction, and one bad item sinks no neighbour."""

import asyncio

from db.queries.takes import StoredPicture
from db.queries.work import Bill
from domain import Status
from orchestration.work.landing import Made, ToClaim
from resolvers.shots import require_shot
from tests.factories import Rows, add_rows, add_shot
from tests.stage import Stage
from tests.statements import counting


async def made(stage: Stage, rows: Rows, *, digest: str = "d") -> Made[StoredPicture]:
    """A picture that lands."""
    claim = await stage.production.landing.claim(rows.story, ToClaim(rows.take, "origin"))
    assert claim is not None
    picture = StoredPicture(
        id=rows.take,
        media_key=f"stories/{rows.story}/x.png",
        digest=digest,
        size_bytes=1,
        width=1,
        height=1,
        model=None,
    )
    bill = Bill(work_id=rows.take, model=None, units=1, price=None, store=claim.work.stores[-1])
    return Made(claim.work, picture, bill)


async def test_one_bad_item_sinks_no_neighbour(idle_stage: Stage) -> None:
    good = await add_rows(idle_stage.database, shot=Status.GENERATING)
    bad = await add_shot(idle_stage.database, good.story, position=2, status=Status.GENERATING)
    landing = idle_stage.production.landing

    outcomes = await asyncio.gather(
        landing.land(good.story, await made(idle_stage, good)),
        landing.land(good.story, await made(idle_stage, bad, digest="no text may hold \x00")),
        return_exceptions=True,
    )

    assert outcomes[0] is True
    assert isinstance(outcomes[1], Exception)
    context = idle_stage.context()
    assert (await require_shot(context, str(good.shot))).status is Status.COMPLETED
    assert (await require_shot(context, str(bad.shot))).status is Status.GENERATING


async def test_what_arrives_together_is_committed_together(idle_stage: Stage) -> None:
    first = await add_rows(idle_stage.database, shot=Status.PENDING)
    others = [
        await add_shot(idle_stage.database, first.story, position=n, status=Status.PENDING)
        for n in range(2, 32)
    ]
    claims = [ToClaim(rows.take, "origin") for rows in (first, *others)]
    with counting(idle_stage.database) as statements:
        claimed = await asyncio.gather(
            *(idle_stage.production.landing.claim(first.story, claim) for claim in claims)
        )

    assert all(claimed)
    assert len([one for one in statements if "FOR UPDATE" in one]) == 1  # of a transaction each
