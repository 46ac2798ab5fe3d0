"""Statements on PgQueuer's tables that PgQueuer does not offer; ADR 40 gives the reason of each."""

from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from typing import cast

from sqlalchemy import bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.types import Text

from db.connections import WORKER
from db.read_sessions import Reads

TRY_WORKER_LOCK = "SELECT pg_try_advisory_lock(hashtextextended($1, 0))"
"""The lock that a living worker holds on its LISTEN connection. $1: its ID as text."""

_COUNT_WORKERS = text(
    "SELECT count(*) FROM pg_stat_activity "
    "WHERE datname = current_database() AND application_name = :name"
)

LIST_UNLOCKED = """
    SELECT owner FROM unnest($1::text[]) AS owner
    WHERE pg_try_advisory_xact_lock(hashtextextended(owner, 0))
"""
"""Which of these workers hold no worker lock. $1: their IDs. Autocommit releases the locks."""

HAND_BACK_OF_OWNERS = """
    UPDATE pgqueuer SET status = 'queued', queue_manager_id = NULL, slot = NULL, updated = now()
    WHERE status = 'picked' AND queue_manager_id::text = ANY($1::text[])
    RETURNING id
"""

HAND_BACK_JOBS = """
    UPDATE pgqueuer SET status = 'queued', queue_manager_id = NULL, slot = NULL, updated = now()
    WHERE status = 'picked' AND queue_manager_id = $1 AND id = ANY($2::bigint[])
    RETURNING id
"""

LIST_PICKED_BY = "SELECT id FROM pgqueuer WHERE status = 'picked' AND queue_manager_id = $1"


# Jobs have no other status, but the index of their keys is for these two.
# In the order of the heartbeats, which also lock many rows at once: no deadlock.
_LOCK = text(
    "SELECT * FROM pgqueuer WHERE dedupe_key = ANY(:keys) AND status IN ('queued', 'picked') "
    "ORDER BY id FOR UPDATE"
).bindparams(bindparam("keys", type_=ARRAY(Text())))


async def lock_jobs(session: AsyncSession, keys: Collection[str]) -> Sequence[Mapping[str, object]]:
    """The rows of the queued or running jobs with these keys, locked."""
    result = await session.execute(_LOCK, {"keys": list(keys)})
    return [dict(row) for row in result.mappings()]


_REROUTE = text(
    """
    UPDATE pgqueuer SET entrypoint = :entrypoint, updated = now()
    WHERE status = 'queued' AND starts_with(entrypoint, :step) AND entrypoint <> ALL(:served)
        AND execute_after < now() - CAST(:waited AS interval)
    """
).bindparams(bindparam("served", type_=ARRAY(Text())))


async def reroute_jobs(
    session: AsyncSession,
    *,
    step: str,
    entrypoint: str,
    served: Sequence[str],
    waited: timedelta,
) -> int:
    """Move jobs of a provider that no longer has workers to the present one; returns the number."""
    result = await session.execute(
        _REROUTE,
        {"step": f"{step}.", "entrypoint": entrypoint, "served": list(served), "waited": waited},
    )
    return cast("int", getattr(result, "rowcount", 0))


_MOVE = text(
    "UPDATE pgqueuer SET entrypoint = :entrypoint, payload = :payload, slot = NULL, "
    "updated = now() WHERE dedupe_key = :key AND status IN ('queued', 'picked')"
)


async def move_job(session: AsyncSession, key: str, *, entrypoint: str, payload: bytes) -> None:
    """Move the job with this key to another provider; a running one moves when it ends."""
    await session.execute(_MOVE, {"key": key, "entrypoint": entrypoint, "payload": payload})


async def try_housekeeping_lock(session: AsyncSession) -> bool:
    """Whether this worker does the housekeeping now; the lock ends with the transaction."""
    result = await session.execute(text("SELECT pg_try_advisory_xact_lock(421979340)"))
    return bool(result.scalar_one())


async def count_workers(session: Reads) -> int:
    """The number of workers that listen on this database."""
    return (await session.execute(_COUNT_WORKERS, {"name": WORKER})).scalar_one()
