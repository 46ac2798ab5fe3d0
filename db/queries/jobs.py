"""Statements on PgQueuer's tables that PgQueuer does not offer; ADR 40 gives the reason of each."""

from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta

from sqlalchemy import bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import Text

from db.connections import WORKER
from db.read_sessions import Reads
from db.write_sessions import Writes

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

LIST_PICKED_BY = "SELECT id, slot FROM pgqueuer WHERE status = 'picked' AND queue_manager_id = $1"

PLACES_CHANNEL = "ai_story_places"
"""The NOTIFY channel on which a job of another worker is told, by its ID, that it has a place."""

# The slots that are left come first among the free ones: nobody else can take them before the end.
# A place whose job ended without leaving it, with its worker or canceled, is free in the table.
MOVE_PLACES = f"""
    WITH gate AS (
        SELECT * FROM unnest($3::text[], $4::bigint[]) AS gate(entrypoint, places)
    ), ours AS (
        UPDATE pgqueuer AS job SET slot = NULL
        FROM (
            SELECT id, entrypoint, slot FROM pgqueuer
            WHERE id = ANY($2::bigint[]) AND queue_manager_id = $1 AND status = 'picked'
            ORDER BY id FOR UPDATE
        ) AS held
        WHERE job.id = held.id
        RETURNING held.entrypoint, held.slot
    ), free AS (
        SELECT entrypoint, slot,
            row_number() OVER (PARTITION BY entrypoint ORDER BY is_ours DESC, slot) AS turn
        FROM (
            SELECT ours.entrypoint, ours.slot, true AS is_ours
            FROM ours JOIN gate ON gate.entrypoint = ours.entrypoint AND slot < places
            UNION ALL
            SELECT gate.entrypoint, place, false
            FROM gate CROSS JOIN generate_series(0, places - 1) AS place
            WHERE NOT EXISTS (
                SELECT FROM pgqueuer AS job
                WHERE job.entrypoint = gate.entrypoint AND status = 'picked' AND slot = place
            )
        ) AS places
    ), waiting AS (
        SELECT id, entrypoint, row_number() OVER (PARTITION BY entrypoint ORDER BY id) AS turn
        FROM (
            SELECT job.id, job.entrypoint
            FROM pgqueuer AS job JOIN gate ON gate.entrypoint = job.entrypoint
            WHERE status = 'picked' AND slot >= places AND id <> ALL($2::bigint[])
            ORDER BY id LIMIT (SELECT count(*) FROM free) FOR UPDATE OF job SKIP LOCKED
        ) AS longest
    ), moved AS (
        UPDATE pgqueuer AS job SET slot = free.slot
        FROM waiting JOIN free USING (entrypoint, turn)
        WHERE job.id = waiting.id
        RETURNING job.id, queue_manager_id
    )
    SELECT id, CASE WHEN queue_manager_id <> $1
        THEN pg_notify('{PLACES_CHANNEL}', id::text)::text END AS told
    FROM moved
"""  # noqa: S608 - a constant
"""Leave places, and give the free ones to the jobs that have waited longest; returns their IDs.

$1: the worker. $2: its jobs that leave theirs, or wait no longer. $3, $4: entrypoints, and how many
places each has. Jobs that wait have a slot beyond these.
"""


# Jobs have no other status, but the index of their keys is for these two.
# In the order of the heartbeats, which also lock many rows at once: no deadlock.
_JOB = (
    *("id", "priority", "created", "updated", "heartbeat", "execute_after", "status"),
    *("entrypoint", "payload", "attempts", "queue_manager_id", "slot", "headers"),
)
_LOCK = text(
    f"SELECT {', '.join(_JOB)} FROM pgqueuer  "  # noqa: S608 - constants
    "WHERE dedupe_key = ANY(:keys) AND status IN ('queued', 'picked') ORDER BY id FOR UPDATE"
).bindparams(bindparam("keys", type_=ARRAY(Text())))


async def lock_jobs(session: Writes, keys: Collection[str]) -> Sequence[Mapping[str, object]]:
    """The rows of the queued or running jobs with these keys, locked."""
    result = await session.execute(_LOCK, {"keys": list(keys)})
    return [dict(zip(_JOB, row, strict=True)) for row in result.all()]


_REROUTE = text(
    """
    UPDATE pgqueuer SET entrypoint = :entrypoint, updated = now()
    WHERE status = 'queued' AND starts_with(entrypoint, :step) AND entrypoint <> ALL(:served)
        AND execute_after < now() - CAST(:waited AS interval)
    RETURNING id
    """
).bindparams(bindparam("served", type_=ARRAY(Text())))


async def reroute_jobs(
    session: Writes,
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
    return len(result.all())


_MOVE = text(
    "UPDATE pgqueuer SET entrypoint = :entrypoint, payload = :payload, slot = NULL, "
    "updated = now() WHERE dedupe_key = :key AND status IN ('queued', 'picked')"
)


async def move_job(session: Writes, key: str, *, entrypoint: str, payload: bytes) -> None:
    """Move the job with this key to another provider; a running one moves when it ends."""
    await session.execute(_MOVE, {"key": key, "entrypoint": entrypoint, "payload": payload})


async def try_housekeeping_lock(session: Writes) -> bool:
    """Whether this worker does the housekeeping now; the lock ends with the transaction."""
    result = await session.execute(text("SELECT pg_try_advisory_xact_lock(421979340)"))
    return bool(result.scalar_one())


async def count_workers(session: Reads) -> int:
    """The number of workers that listen on this database."""
    return (await session.execute(_COUNT_WORKERS, {"name": WORKER})).scalar_one()
