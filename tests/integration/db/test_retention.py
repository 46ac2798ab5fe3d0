"""Old records are deleted in short transactions, however many there are."""

from datetime import timedelta

from sqlalchemy import text

from db.queries.events import append_events
from db.queries.retention import BATCH
from db.rows import NewEvent
from domain import EventType
from orchestration.housekeeping import delete_old_records
from tests.factories import add_rows
from tests.stage import Stage
from tests.statements import counting

DAYS = timedelta(days=7)
OLD = """
    INSERT INTO event (story_id, seq, type, occurred_at)
    SELECT :story, -n, 'STORY_UPDATED', now() - interval '8 days'
    FROM generate_series(1, :count) AS n
"""


async def test_many_old_events_are_deleted_a_batch_at_a_time(idle_stage: Stage) -> None:
    rows = await add_rows(idle_stage.database)
    async with idle_stage.database.transaction() as session:
        await append_events(session, rows.story, [NewEvent(EventType.STORY_UPDATED)])
        await session.execute(text(OLD), {"story": rows.story, "count": 2 * BATCH + 1})

    with counting(idle_stage.database) as statements:
        await delete_old_records(idle_stage.database, event_retention=DAYS)

    async with idle_stage.database.reading() as session:
        left = await session.execute(
            text("SELECT seq FROM event WHERE story_id = :story"), {"story": rows.story}
        )
        assert left.scalars().all() == [1]
    assert len([one for one in statements if "DELETE FROM event " in one]) == 3
