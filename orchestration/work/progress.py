"""Publishes the progress of work to clients."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from uuid import UUID

import structlog

from db.queries.events import ring
from db.queries.progress import raise_progress
from db.queries.work import ClaimedWork
from db.session import is_connection_lost
from orchestration.providers.ports import ReportProgress
from orchestration.work.production import Production

_LOG = structlog.get_logger()
_PROGRESS_EVERY_S = 0.5


@dataclass(frozen=True, slots=True)
class ProgressPlace:
    """The row that shows the progress of some work, and the notification of its subscribers."""

    id: UUID
    hint: str


class ThinnedProgress:
    """Passes on at most two reports a second; the last value wins."""

    def __init__(self, store: Callable[[float], Awaitable[None]]) -> None:
        """`store` stores a value 0..1 where clients see it."""
        self._store = store
        self._stored_at = 0.0
        self._lock = asyncio.Lock()

    async def report(self, progress: float) -> None:
        """Report 0..1; anything outside is clamped."""
        now = time.monotonic()
        if now - self._stored_at < _PROGRESS_EVERY_S or self._lock.locked():
            return
        async with self._lock:
            self._stored_at = now
            await self._store(min(max(progress, 0.0), 1.0))


def reporting(
    production: Production, work: ClaimedWork, place: ProgressPlace | None
) -> ReportProgress:
    """Stores the progress of the work on its row, if it has one.

    A failure to store it does not fail the work.
    """

    async def show(progress: float) -> None:
        if place is None:
            return
        try:
            async with production.database.writing() as session:
                moved = await raise_progress(
                    session, work.kind, place.id, work_id=work.id, progress=progress
                )
                if moved:
                    await ring(session, work.story_id, hint=place.hint)
        except Exception as error:
            if not is_connection_lost(error):
                _LOG.exception("progress not stored")

    return ThinnedProgress(show).report
