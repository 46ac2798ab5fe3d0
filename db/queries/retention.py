"""Deletes old records in batches: all of them at once would hold their locks for minutes."""

from datetime import timedelta

from sqlalchemy import TextClause, text

from db.queries.idempotency import KEPT_FOR
from db.write_sessions import Writes

BATCH = 1_000
"""How many rows one call deletes at most: some 20 ms of work."""


def _oldest(table: str, moment: str) -> TextClause:
    return text(
        f"""
        WITH gone AS (
        DELETE FROM {table} WHERE ctid = ANY(ARRAY(
            SELECT ctid FROM {table} WHERE {moment} < now() - CAST(:age AS interval)
            ORDER BY {moment} LIMIT {BATCH}
        )) RETURNING 1
        ) SELECT count(*) FROM gone
        """  # noqa: S608 - constants
    )


_EVENTS = _oldest("event", "occurred_at")
_KEYS = _oldest("idempotency_key", "created_at")
_JOB_LOG = _oldest("pgqueuer_log", "created")


async def delete_old_events(session: Writes, *, older_than: timedelta) -> int:
    """Delete the oldest of the events older than that, and return how many.

    A client with an older cursor gets a snapshot.
    """
    return await _delete(session, _EVENTS, older_than)


async def delete_old_keys(session: Writes) -> int:
    """Delete the oldest of the expired idempotency keys, and return how many."""
    return await _delete(session, _KEYS, KEPT_FOR)


async def delete_old_job_log(session: Writes, *, older_than: timedelta) -> int:
    """Prune the queue's log, which otherwise keeps every step of every job for ever."""
    return await _delete(session, _JOB_LOG, older_than)


async def _delete(session: Writes, statement: TextClause, age: timedelta) -> int:
    return (await session.execute(statement, {"age": age})).scalar_one()
