"""PgQueuer's statements about jobs, which may fail quietly once a worker stops.

If the database is gone by then, the jobs stay with the dead worker, and others take them back.
PgQueuer itself would log a traceback for each.
"""

from collections.abc import Generator
from contextlib import contextmanager
from datetime import timedelta

import structlog
from pgqueuer.adapters.persistence.queries import Queries
from pgqueuer.domain.models import Job, TracebackRecord
from pgqueuer.domain.types import JOB_STATUS, JobId

from errors import DatabaseUnavailableError

_LOG = structlog.get_logger()


class QueueStatements(Queries):
    """The statements of a worker, over a driver that is told when to give up."""

    async def retry_job(
        self, job: Job, delay: timedelta, traceback_record: TracebackRecord | None
    ) -> None:
        """Return the job to the queue."""
        with _left_to_others("job not returned"):
            await super().retry_job(job, delay, traceback_record)

    async def log_jobs(
        self, job_status: list[tuple[Job, JOB_STATUS, TracebackRecord | None]]
    ) -> None:
        """Delete ended jobs."""
        with _left_to_others("ended jobs not deleted"):
            await super().log_jobs(job_status)

    async def update_heartbeat(self, job_ids: list[JobId]) -> None:
        """Report that the jobs are being done."""
        with _left_to_others("heartbeat not sent"):
            await super().update_heartbeat(job_ids)


@contextmanager
def _left_to_others(event: str) -> Generator[None]:
    try:
        yield
    except DatabaseUnavailableError:
        _LOG.info(event)
