"""Gets the result of claimed work: downloads a made result, polls a submitted job, else begins it.

The state at the service is stored on the work's row before anything else happens. So a worker that
continues after a crash polls or downloads, and never submits again. Polling is part of the step: a
job in flight at the service is a step in flight here, so the limit holds for it, until its end.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import structlog

from db.queries import work
from db.queries.work import ClaimedWork, Whereabouts
from db.session import Writes, is_connection_lost
from errors import (
    ProviderTimeoutError,
    QuotaExceededError,
    ResultExpiredError,
    StepError,
    WorkInterruptedError,
)
from orchestration.providers.deadline import MovingDeadline
from orchestration.providers.http.addresses import is_data_url
from orchestration.providers.http.transport import before_sending
from orchestration.providers.ports import (
    At,
    Begun,
    Call,
    Provider,
    Ready,
    RemoteJobs,
    ReportProgress,
    Submitted,
)
from orchestration.queue.retries import RetryLaterError, to_its_end
from orchestration.queue.webhooks import RARER, Bell
from orchestration.work.errors import SupersededError, UnexpectedError
from orchestration.work.production import Production

_LOG = structlog.get_logger()

Product = TypeVar("Product")
Stored = TypeVar("Stored")


async def _nothing_to_fetch(_url: str) -> Any:
    raise TypeError("what is made without a URL cannot be downloaded")


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept(Generic[Stored]):
    """A stored result: what is shown of it, and what it counts in the kind's unit.

    Its bytes are at `keys`; nobody needs those at `replaced` once it is shown.
    """

    stored: Stored
    model: str | None = None
    units: int = 1
    keys: tuple[str, ...] = ()
    replaced: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Making(Generic[Product, Stored]):
    """How the result of one claim is made, fetched and stored.

    `provider` is None where it is made here. With `reports_answers`, each report is an answer of
    the service, and extends the time as progress does. `what` and `again` are for sentences:
    "picture", "draw it again".
    """

    provider: Provider[Any, Any] | None
    begin: Callable[[Call], Awaitable[Begun[Product]]]
    fetch: Callable[[str], Awaitable[Product]] = _nothing_to_fetch
    store: Callable[[Product], Awaitable[Kept[Stored]]]
    what: str
    again: str
    reports_answers: bool = False


async def obtain(
    production: Production,
    claim: ClaimedWork,
    making: Making[Product, Any],
    *,
    idempotency_key: str,
    report: ReportProgress,
    answered: Callable[[], None],
) -> Product:
    """The result, made or found; `answered` is called when the service has made it.

    Raises:
        StepError: With its code; SUBMIT_UNCERTAIN if a person must check before it is repeated.
        RetryLaterError: The work was changed in the meantime.
        SupersededError: It was changed before a job was submitted.
    """
    errand = _Errand(
        production,
        claim,
        making,
        idempotency_key=idempotency_key,
        report=report,
        answered=answered,
    )
    if isinstance(making.provider, RemoteJobs) and claim.result_url is None:
        return await errand.have_done(making.provider)
    async with errand.in_time():
        return await errand.ask()


class _Errand(Generic[Product]):
    """One claim on its way to the result."""

    def __init__(
        self,
        production: Production,
        claim: ClaimedWork,
        making: Making[Product, Any],
        *,
        idempotency_key: str,
        report: ReportProgress,
        answered: Callable[[], None],
    ) -> None:
        self._production = production
        self._claim = claim
        self._making = making
        self._key = idempotency_key
        self._answered = answered
        self._has_left = False
        self._deadline = MovingDeadline(
            production.patience.timeout_s(claim.kind), by_any_report=making.reports_answers
        )
        self._report = self._deadline.watch(report)

    @asynccontextmanager
    async def in_time(self) -> AsyncGenerator[None]:
        """Bound a call that may be repeated."""
        try:
            async with self._deadline:
                yield
        except TimeoutError as error:
            raise ProviderTimeoutError(f"The {self._making.what} timed out. Try again.") from error

    async def ask(self) -> Product:
        """Download a made result, or call a service that answers with it."""
        if self._claim.result_url is not None:
            return await self._making.fetch(self._claim.result_url)
        begun = await self._making.begin(self._call(webhook=None))
        self._answered()
        match begun:
            case Ready():
                return begun.product
            case At():
                return await self._fetch(begun.url)
            case Submitted():
                raise TypeError("a service without jobs accepted a job")

    async def have_done(self, jobs: RemoteJobs) -> Product:
        """Submit the job, or find it again, wait for its end and fetch the result."""
        webhook = None
        if jobs.calls_back:
            webhook = self._production.webhooks.address(jobs.name, self._claim.id)
        job_id = self._claim.remote_job_id or await self._submit(jobs, webhook)
        try:
            with self._production.webhooks.bell_of(self._claim.id) as bell:
                async with self._deadline:
                    return await self._wait_and_fetch(jobs, job_id, bell, is_told=bool(webhook))
        except QuotaExceededError:  # another service may do it instead
            await self._forget(remote_job_id=job_id)
            raise
        except TimeoutError:
            await jobs.cancel(job_id)
            raise ProviderTimeoutError(
                f"The {self._making.what} timed out. To retry, {self._making.again}.",
                retryable=False,
            ) from None

    async def _wait_and_fetch(
        self, jobs: RemoteJobs, job_id: str, bell: Bell, *, is_told: bool
    ) -> Product:
        url = await self._wait(jobs, job_id, bell, is_told=is_told)
        self._answered()
        try:
            return await self._fetch(url)
        except ResultExpiredError:
            fresh = await self._wait(jobs, job_id, bell, is_told=is_told)
            if fresh == url:
                raise
            return await self._fetch(fresh)

    async def _wait(self, jobs: RemoteJobs, job_id: str, bell: Bell, *, is_told: bool) -> str:
        """Poll until the job is done, and return the address of its result."""
        while True:
            pause_s = jobs.poll_interval_s * (RARER if is_told else 1)
            try:
                found = await jobs.poll(job_id)
            except StepError as error:
                if not error.retryable:
                    raise
                _LOG.warning("poll failed, the remote job goes on", code=error.code)
                pause_s = max(pause_s, error.retry_after_s or 0)
            else:
                if isinstance(found, At):
                    return found.url
                if found.progress is not None:
                    await self._report(found.progress)
            await bell.rest(pause_s)

    async def _fetch(self, url: str) -> Product:
        """Download the result while its address is being stored, which happens in any case.

        Also on a timeout, because the database may be what takes so long.
        """
        if is_data_url(url):  # the result itself
            return await self._making.fetch(url)
        found = Whereabouts(work_id=self._claim.id, result_url=url)
        keeping = asyncio.create_task(to_its_end(self._keep(found)))
        try:
            return await self._making.fetch(url)
        finally:
            await keeping

    async def _submit(self, jobs: RemoteJobs, webhook: str | None) -> str:
        """Submit the job; afterwards its ID is on the row, or it is canceled."""
        if self._claim.was_submitted and not jobs.knows_keys:
            raise StepError(
                f"The {self._making.what} may already have been submitted when the worker stopped. "
                f"Check the service, then {self._making.again}.",
                code="SUBMIT_UNCERTAIN",
            )
        return await to_its_end(self._submit_and_keep(jobs, webhook))

    async def _submit_and_keep(self, jobs: RemoteJobs, webhook: str | None) -> str:
        try:
            with before_sending(self._intend):
                begun = await self._making.begin(self._call(webhook=webhook))
        except StepError as error:
            if _is_not_accepted(error):
                await self._forget()
            raise
        except (SupersededError, WorkInterruptedError):
            raise
        except Exception as error:
            if is_connection_lost(error):  # the intent was not recorded, so nothing was sent
                raise
            # Once it was sent, its fate is unknown: never repeat it automatically.
            raise UnexpectedError(error, retryable=not self._has_left) from error
        if not isinstance(begun, Submitted):
            raise TypeError("a service with jobs started no job")
        submitted = Whereabouts(work_id=self._claim.id, remote_job_id=begun.job_id)
        if not await self._keep(submitted):
            await jobs.cancel(begun.job_id)
            raise RetryLaterError(0)
        return begun.job_id

    async def _intend(self) -> None:
        """Record that the job may be at the service from now on: the request is being sent."""
        intent = Whereabouts(work_id=self._claim.id, submitting=self._claim.stores[-1])
        if not await self._keep(intent):
            raise SupersededError
        self._has_left = True

    async def _keep(self, found: Whereabouts) -> bool:
        return await self._production.landing.land(self._claim.story_id, found)

    async def _forget(self, *, remote_job_id: str | None = None) -> None:
        async def forget(session: Writes) -> None:
            await work.forget_submission(session, self._claim.id, remote_job_id=remote_job_id)

        await self._production.database.commit(forget)

    def _call(self, *, webhook: str | None) -> Call:
        return Call(idempotency_key=self._key, webhook=webhook, report=self._report)


def _is_not_accepted(error: StepError) -> bool:
    """Whether a submission with this error has certainly begun no job."""
    return error.retryable or isinstance(error, QuotaExceededError)
