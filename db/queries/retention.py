"""Deletes old records in batches: all of them at once would hold their locks for minutes."""

from datetime import timedelta

from sqlalchemy import CursorResult, TextClause, text
from sqlalchemy.ext.asyncio import AsyncSession

from db.queries.idempotency import KEPT_FOR

BATCH = 1_000
"""How many rows one call deletes at most: some 20 ms of work."""


def _oldest(table: str, moment: str) -> TextClause:
    return text(
        f"""
        DELETE FROM {table} WHERE ctid = ANY(ARRAY(
            SELECT ctid FROM {table} WHERE {moment} < now() - CAST(:age AS interval)
            ORDER BY {moment} LIMIT {BATCH}
        ))
        """  # noqa: S608 - constants
    )


_EVENTS = _oldest("event", "occurred_at")
_KEYS = _oldest("idempotency_key", "created_at")
_JOB_LOG = _oldest("pgqueuer_log", "created")


async def delete_old_events(session: AsyncSession, *, older_than: timedelta) -> int:
    """Delete the oldest of the events older than that, and return how many.

    A client with an older cursor gets a snapshot.
    """
    return await _delete(session, _EVENTS, older_than)


async def delete_old_keys(session: AsyncSession) -> int:
    """Delete the oldest of the expired idempotency keys, and return how many."""
    return await _delete(session, _KEYS, KEPT_FOR)


async def delete_old_job_log(session: AsyncSession, *, older_than: timedelta) -> int:
    """Prune the queue's log, which otherwise keeps every step of every job for ever."""
    return await _delete(session, _JOB_LOG, older_than)


async def _delete(session: AsyncSession, statement: TextClause, age: timedelta) -> int:
    result = await session.execute(statement, {"age": age})
    return result.rowcount if isinstance(result, CursorResult) else 0
