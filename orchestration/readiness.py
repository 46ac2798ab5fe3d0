"""Whether this process can work: its database, its engine, its storage, its model services."""

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass

from db.queries.jobs import count_workers
from db.session import Database, is_connection_lost
from errors import AIStoryError
from orchestration.media.store import MediaStore
from orchestration.production import Production
from orchestration.providers.known import KnownService
from orchestration.worker import Worker

_PATIENCE_S = 1.8


@dataclass(frozen=True, slots=True)
class Finding:
    """How a part is; `to_do` is what helps, and only what is `needed` keeps us from working."""

    is_well: bool
    status: str
    to_do: str | None = None
    needed: bool = True


async def check_readiness(production: Production, worker: Worker | None) -> dict[str, Finding]:
    """Look at every part at once, for two seconds at most; a `worker` is this process's own."""
    names = ("database", "engine", "storage", *(known.kind for known in production.services))
    findings = await asyncio.gather(
        _in_time(_check_database(production.database), _SILENT),
        _in_time(_check_engine(production.database, worker), _UNKNOWN_FLEET),
        _in_time(_check_storage(production.store), _NO_STORAGE),
        *(_check_service(known) for known in production.services),
    )
    return dict(zip(names, findings, strict=True))


_SILENT = Finding(False, "silent", "Start PostgreSQL, or check AI_STORY_DATABASE_URL.")
_DEAF = Finding(
    False, "does not listen", "It comes back with the database; if not, restart the process."
)
_ENDED = Finding(False, "has ended", "Restart the process; the log says why.")
_UNKNOWN_FLEET = Finding(False, "unknown while the database is silent", needed=False)
_NO_WORKER = Finding(
    False,
    "no worker is alive: new work waits",
    "Start `main.py worker`, or `main.py serve` without --no-worker.",
    needed=False,
)
_NO_STORAGE = Finding(
    False,
    "cannot be written and read",
    "Check AI_STORY_MEDIA_URL, its rights and the free space.",
)
_AWAY = Finding(
    False, "nobody listens at its address", "Start the service, or check its URL.", needed=False
)


async def _in_time(check: Awaitable[Finding], otherwise: Finding) -> Finding:
    try:
        async with asyncio.timeout(_PATIENCE_S):
            return await check
    except (AIStoryError, TimeoutError):
        return otherwise
    except Exception as error:
        if not is_connection_lost(error):
            raise
        return otherwise


async def _check_database(database: Database) -> Finding:
    await database.check()
    return Finding(True, "answers")


async def _check_engine(database: Database, worker: Worker | None) -> Finding:
    if worker is not None:
        if not worker.is_running:
            return _ENDED
        return Finding(True, "works here") if worker.is_listening else _DEAF
    async with database.reading() as session:
        workers = await count_workers(session)
    return Finding(True, f"{workers} at work elsewhere", needed=False) if workers else _NO_WORKER


async def _check_storage(store: MediaStore) -> Finding:
    await store.check()
    return Finding(True, "can be written and read")


async def _check_service(known: KnownService) -> Finding:
    return Finding(True, known.name) if await known.is_available() else _AWAY
