"""Whether everything that the work needs responds: the database, the queue, the media store.

Providers are reported and do not count: a story is accepted while its model is unavailable.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from typing import Any

import structlog

from db.queries.jobs import count_workers
from db.session import is_connection_lost
from errors import AIStoryError, DiskFullError
from orchestration.queue.driver import LastingDriver
from orchestration.scratch import check_scratch_room
from orchestration.work.production import Production
from orchestration.worker import Worker
from resolvers.servers import ProviderRow, list_providers

_LOG = structlog.get_logger()
_PATIENCE_S = 2.0
_KNOWN_FOR_S = 1.0
"""Several probes arrive at once, every second."""
_STORAGE_KNOWN_FOR_S = 60.0
"""Writing to an object store costs a little money."""


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of one check: whether it passed, and a sentence."""

    ok: bool
    message: str


@dataclass(frozen=True, slots=True)
class Report:
    """The results; `is_ready` if all required checks passed."""

    findings: dict[str, Finding]
    providers: list[dict[str, Any]]

    @property
    def is_ready(self) -> bool:
        """Whether the process can do its work."""
        return all(finding.ok for finding in self.findings.values())

    def as_json(self) -> dict[str, Any]:
        """The report in the form that is sent."""
        return {
            "status": "ready" if self.is_ready else "not ready",
            "checks": {name: asdict(finding) for name, finding in self.findings.items()},
            "providers": self.providers,
        }


class Readiness:
    """Runs the checks and caches their results briefly; never takes longer than 2 s."""

    def __init__(
        self, production: Production, driver: LastingDriver, worker: Worker | None
    ) -> None:
        """`worker` is the worker of this process, if it has one."""
        self._production = production
        self._driver = driver
        self._worker = worker
        self._looked_at: float | None = None
        self._looking: asyncio.Task[Report] | None = None
        self._stored_at: float | None = None

    async def report(self) -> Report:
        """The present state of all dependencies."""
        if self._looking is None or (self._looking.done() and self._is_old()):
            self._looking = asyncio.create_task(self._look(), name="readiness")
        return await asyncio.shield(self._looking)

    def _is_old(self) -> bool:
        return self._looked_at is None or time.monotonic() - self._looked_at > _KNOWN_FOR_S

    async def _look(self) -> Report:
        database, storage, scratch, providers = await asyncio.gather(
            _tried(self._database, "PostgreSQL does not answer. Check that it is running."),
            _tried(self._storage, "Media cannot be stored. Check AI_STORY_MEDIA_URL."),
            _tried(self._scratch, "Temporary files cannot be written. Check TMPDIR."),
            list_providers(self._production),
        )
        engine = await _tried(self._engine, "The queue does not answer.")
        self._looked_at = time.monotonic()
        findings = {
            "database": database,
            "engine": engine,
            "storage": storage,
            "scratch": scratch,
        }
        return Report(findings, [_as_json(row) for row in providers])

    async def _database(self) -> str:
        await self._production.database.check()
        if self._production.database.is_full:
            raise _NotWellError("The disk of the database is full. Make room there.")
        return "answers"

    async def _storage(self) -> str:
        now = time.monotonic()
        if self._stored_at is None or now - self._stored_at > _STORAGE_KNOWN_FOR_S:
            self._stored_at = None
            await self._production.store.check()
            self._stored_at = now
        return "files can be written and read"

    async def _scratch(self) -> str:
        check_scratch_room()
        return "temporary files have room"

    async def _engine(self) -> str:
        if not self._driver.is_listening:
            raise _NotWellError("The connection of the queue is lost. Reconnecting.")
        if self._worker is not None and not self._worker.is_working:
            raise _NotWellError("The worker of this process has stopped. Restart the process.")
        async with self._production.database.reading() as session:
            workers = await count_workers(session)
        if self._worker is not None:
            return f"worker in this process; workers in total: {workers}"
        if workers:
            return f"workers in other processes; workers in total: {workers}"
        return "no worker is running; start `main.py worker`"


def _as_json(row: ProviderRow) -> dict[str, Any]:
    until = row.paused_until
    return {
        **asdict(row),
        "kind": row.kind.word,
        "paused_until": None if until is None else until.isoformat(),
    }


class _NotWellError(AIStoryError):
    """A dependency responds but does not work."""


async def _tried(look: Callable[[], Awaitable[str]], otherwise: str) -> Finding:
    try:
        async with asyncio.timeout(_PATIENCE_S):
            return Finding(ok=True, message=await look())
    except (_NotWellError, DiskFullError) as error:
        return Finding(ok=False, message=error.message)
    except Exception as error:
        if not (isinstance(error, (AIStoryError, TimeoutError)) or is_connection_lost(error)):
            raise
        _LOG.warning("not ready", error=type(error).__name__)
        return Finding(ok=False, message=otherwise)
