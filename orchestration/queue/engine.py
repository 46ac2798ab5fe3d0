"""The durable queue: PgQueuer, extended so that lost connections and killed workers lose no work.

Our tables are the truth; the queue only delivers work. Each job runs as an asyncio task here. The
worker's lock on its LISTEN connection proves that it is alive. A worker that has picked jobs and
holds no lock is dead, and its jobs are requeued within two to three seconds. The heartbeat is the
fallback.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import cast
from uuid import UUID, uuid4

import anyio
import structlog
from pgqueuer.core.qm import QueueManager
from pgqueuer.domain.errors import RetryRequested
from pgqueuer.domain.models import Context as JobContext
from pgqueuer.domain.models import Job as QueuedJob
from pgqueuer.domain.models import TableChangedEvent
from pgqueuer.domain.types import Channel, QueueManagerId

from db.queries.jobs import HAND_BACK_JOBS, HAND_BACK_OF_OWNERS, LIST_PICKED_BY, LIST_UNLOCKED
from db.session import is_connection_lost
from orchestration.queue.driver import LastingDriver
from orchestration.queue.jobs import Job
from orchestration.queue.places import ANYWHERE, Place, Places
from orchestration.queue.retries import RetryLaterError
from orchestration.queue.statements import QueueStatements

_LOG = structlog.get_logger()
_HAND_BACK_EVERY_S = 1.0
_BATCH_SIZE = 50
_DEQUEUE_TIMEOUT = timedelta(seconds=5)
_POLL_INTERVAL = timedelta(seconds=0.5)
_RETRY_AFTER_BUG_S = 5.0

Handler = Callable[[Job], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Entrypoint:
    """The handler of one kind of work.

    `limit` is the number of such jobs in flight over the whole fleet, 0 for no limit. So many more
    are picked `ahead`: they wait for a place until one of these leaves its own. A `patient`
    one is paid for: a worker that stops lets it finish, up to the drain time, before returning it
    to the queue.
    """

    name: str
    handler: Handler
    limit: int
    ahead: int = 0
    patient: bool = False


def changed_payload(channel: Channel) -> str:
    """The queue's own notification, for changes that its trigger does not announce."""
    event = TableChangedEvent(
        channel=channel,
        sent_at=datetime.now(UTC),
        type="table_changed_event",
        operation="update",
        table="pgqueuer",
    )
    return event.model_dump_json(exclude={"received_at"})


class Engine:
    """One worker: takes jobs from the queue and runs them until it is stopped."""

    def __init__(self, url: str, *, heartbeat_timeout_s: float = 15.0) -> None:
        """Open nothing yet."""
        self.worker_id: UUID = uuid4()
        self.driver = LastingDriver(
            url, worker_id=self.worker_id, heartbeat_timeout_s=heartbeat_timeout_s
        )
        self._heartbeat_timeout = timedelta(seconds=heartbeat_timeout_s)
        self._queries = QueueStatements(self.driver)
        self._queues = QueueManager(self._queries)
        self._queues.queue_manager_id = QueueManagerId(self.worker_id)
        # Freed capacity and new jobs are announced, so this is only for lost announcements.
        self._queues.min_dequeue_poll_interval = _POLL_INTERVAL
        self._places = Places(self.driver, self.worker_id)
        self._handing_back = asyncio.Event()
        self._abandoning = asyncio.Event()
        self._patient: set[asyncio.Task[None]] = set()

    @property
    def entrypoints(self) -> list[str]:
        """The kinds of work that this worker serves."""
        return [str(name) for name in self._queues.entrypoint_registry]

    def serve(self, entrypoint: Entrypoint) -> None:
        """Register an entrypoint; before `run`."""

        async def handle(queued: QueuedJob, context: JobContext) -> None:
            await self._run_job(entrypoint, queued, context)

        if entrypoint.ahead:
            self._places.limit(entrypoint.name, entrypoint.limit)
        picked = entrypoint.limit + entrypoint.ahead
        self._queues.entrypoint(entrypoint.name, concurrency_limit=picked, accepts_context=True)(
            handle
        )

    async def run(self) -> None:
        """Work until `drain`; the driver must be open."""
        await self._places.follow()
        hand_back = asyncio.create_task(self._hand_back_for_ever(), name="hand back")
        try:
            await self._queues.run(
                dequeue_timeout=_DEQUEUE_TIMEOUT,
                batch_size=_BATCH_SIZE,
                heartbeat_timeout=self._heartbeat_timeout,
                log_aggregation_interval=timedelta(0),  # we prune the log instead
            )
        finally:
            hand_back.cancel()
            await asyncio.wait({hand_back})

    async def drain(self, *, patience_s: float) -> None:
        """Stop taking jobs; return those that can be repeated freely at once, the rest in time."""
        self._queues.shutdown.set()
        self._handing_back.set()
        self._places.close()
        if self._patient:
            _LOG.info("waiting for paid calls to end", calls=len(self._patient), most_s=patience_s)
            await asyncio.wait(self._patient, timeout=patience_s)
        self._abandoning.set()

    async def _run_job(
        self, entrypoint: Entrypoint, queued: QueuedJob, context: JobContext
    ) -> None:
        """Run one job so that PgQueuer sees success, a retry or a cancellation, never a failure."""
        place = self._place_of(queued)
        job = Job.from_payload(
            queued.entrypoint, queued.payload, retries=queued.attempts, place=place
        )
        log_ids = {"job_id": queued.id, "step": str(job.step), "story_id": str(job.story_id)}
        leave = self._abandoning if entrypoint.patient else self._handing_back
        with context.cancellation, structlog.contextvars.bound_contextvars(**log_ids):
            if self._handing_back.is_set():  # picked just before the drain: nothing new begins
                raise RetryRequested(timedelta(0))
            task = asyncio.create_task(self._guarded(entrypoint.handler, job))
            if entrypoint.patient:
                self._patient.add(task)
                task.add_done_callback(self._patient.discard)
            left = asyncio.create_task(leave.wait())
            try:
                await asyncio.wait({task, left}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                left.cancel()
                ended = task.done()
                task.cancel()
                # Reached after a cancellation too: the step has ended before the job is released.
                with anyio.CancelScope(shield=True):
                    await asyncio.wait({task})
                    await place.end()
            if task.cancelled():  # by something inside the step, or by the drain
                if ended:
                    raise RetryRequested(timedelta(seconds=_RETRY_AFTER_BUG_S))
                raise RetryRequested(timedelta(0))
            if (later := task.exception()) is not None:
                self._wake_after(cast(RetryLaterError, later).delay_s)
                raise RetryRequested(timedelta(seconds=cast(RetryLaterError, later).delay_s))

    def _place_of(self, queued: QueuedJob) -> Place:
        if not self._places.knows(queued.entrypoint):
            return ANYWHERE
        if queued.slot is None:  # taken over after it had left its place: it needs another one
            raise RetryRequested(timedelta(0))
        return self._places.of(queued.entrypoint, queued.id, slot=queued.slot)

    async def _guarded(self, handler: Handler, job: Job) -> None:
        try:
            await handler(job)
        except RetryLaterError:
            raise
        except Exception as error:
            if is_connection_lost(error):
                _LOG.warning("step interrupted by the loss of the database")
            else:  # a bug of ours: the rows limit the attempts
                _LOG.exception("step failed unexpectedly")
            raise RetryLaterError(_RETRY_AFTER_BUG_S) from None

    def _wake_after(self, delay_s: float) -> None:
        """Check the queue when the retry is due: its trigger does not announce updates."""
        channel = self._queues.channel
        asyncio.get_running_loop().call_later(
            delay_s + 0.01, self.driver.poke, channel, changed_payload(channel)
        )

    async def _hand_back_for_ever(self) -> None:
        """Once a second, requeue jobs of dead workers, and jobs that were picked but not received.

        Only after two checks, because one may be a network glitch, and requeueing repeats calls.
        """
        suspects: set[str] = set()
        unseen: set[int] = set()
        while True:
            try:
                found, lost = await self._list_orphaned_owners(), await self._list_unseen_jobs()
                await self._hand_back(sorted(found & suspects), sorted(lost & unseen))
                suspects, unseen = found, lost
            except Exception as error:  # e.g. a deadlock with another worker here
                if not is_connection_lost(error):  # the worker stops during a database outage
                    _LOG.exception("handing back failed")
            await asyncio.sleep(_HAND_BACK_EVERY_S)

    async def _list_orphaned_owners(self) -> set[str]:
        owners = [owner.queue_manager_id for owner in await self._queries.active_workers()]
        others = [str(owner) for owner in owners if owner != self.worker_id]
        rows = await self.driver.fetch(LIST_UNLOCKED, others) if others else []
        return {str(row["owner"]) for row in rows}

    async def _list_unseen_jobs(self) -> set[int]:
        """Those that were picked but not received; the places of the others are compared."""
        picked = await self.driver.fetch(LIST_PICKED_BY, self.worker_id)
        self._places.look_again(picked)
        seen = {int(job_id) for job_id in self._queues.job_context}
        return {cast(int, row["id"]) for row in picked} - seen

    async def _hand_back(self, owners: list[str], job_ids: list[int]) -> None:
        rows: list[dict[str, object]] = []
        if owners:
            rows += await self.driver.fetch(HAND_BACK_OF_OWNERS, owners)
        if job_ids:
            rows += await self.driver.fetch(HAND_BACK_JOBS, self.worker_id, job_ids)
        if rows:
            _LOG.info("jobs of a lost worker handed back", jobs=len(rows))
            channel = self._queues.channel
            await self.driver.notify(channel, changed_payload(channel))
