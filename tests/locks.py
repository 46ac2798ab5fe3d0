"""Waits until a statement of another connection waits, so races need no sleep."""

import asyncio

from sqlalchemy import text

from db.session import Database

_COUNT = text(
    "SELECT count(*) FROM pg_stat_activity "
    "WHERE wait_event_type = 'Lock' AND datname = current_database()"
)


async def somebody_waits(database: Database) -> None:
    """Return when a statement in this database waits for a lock."""
    async with asyncio.timeout(10), database.reading() as session:
        while not (await session.execute(_COUNT)).scalar_one():
            await asyncio.sleep(0.01)
