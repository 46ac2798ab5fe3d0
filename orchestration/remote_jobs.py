"""Has a service do work in a job: submit once, poll until it has ended, fetch what it made.

How far the remote work has come stands on our row before anything else happens, so that whoever
goes on after a crash polls or downloads, and never submits again. The poll goes on inside the step:
a job in flight at the service is a step in flight here, so that the limit holds for it.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

import structlog

from db.queries import remote_work
from db.queries.remote_work import RemoteSubject
from db.session import AsyncSession
from domain import Status
from errors import ProviderTimeoutError, QuotaExceededError, ResultExpiredError, StepError
from orchestration.attempts import UnexpectedError
from orchestration.production import Production
from orchestration.providers.deadline import MovingDeadline
from orchestration.providers.job_ports import FindsJobs, RemoteJobs
from orchestration.providers.ports import ReportProgress
from orchestration.retries import RetryLaterError, to_its_end
from orchestration.webhooks import RARER, Bell

_LOG = structlog.get_logger()

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteWork(Generic[T]):
    """One piece of work: how far its row says that it is, how it is submitted and fetched.

    `submit` is given the address to call when the job has ended, if the service is told one, and
    answers with the remote id. `what` and `again` are for sentences: "picture", "draw it again".
    """

    subject: RemoteSubject
    was_submitted: bool
    remote_job_id: str | None
    submit: Callable[[str | None], Awaitable[str]]
    fetch: Callable[[str], Awaitable[T]]
    what: str
    again: str


async def do_remotely(
    production: Production,
    provider: RemoteJobs,
    work: RemoteWork[T],
    *,
    report: ReportProgress,
    timeout_s: float,
) -> T:
    """Submit the job, or find it again, wait for its end and fetch the result.

    `timeout_s` bounds it from here on, longer while the service reports progress.

    Raises:
        StepError: With its code; SUBMIT_UNCERTAIN when a person must look before it is repeated.
    """
    job_id = work.remote_job_id
    if job_id is None:
        job_id = await _submit(production, provider, work)
    deadline = MovingDeadline(timeout_s)
    report = deadline.watch(report)
    is_told = _webhook(production, provider, work) is not None
    try:
        with production.webhooks.bell_of(work.subject.id) as bell:
            async with deadline:
                url = await _wait(provider, job_id, report, bell, is_told=is_told)
                try:
                    return await work.fetch(url)
                except ResultExpiredError:
                    fresh = await _wait(provider, job_id, report, bell, is_told=is_told)
                    if fresh == url:
                        raise
                    return await work.fetch(fresh)
    except QuotaExceededError:  # another service may do it instead
        await forget(production, work.subject, remote_job_id=job_id)
        raise
    except TimeoutError:
        await provider.cancel(job_id)
        raise ProviderTimeoutError(
            f"The {work.what} took too long and was given up; {work.again}.", retryable=False
        ) from None


async def _wait(
    provider: RemoteJobs, job_id: str, report: ReportProgress, bell: Bell, *, is_told: bool
) -> str:
    """Poll until the job is done, and answer where its result lies; the deadline is the step's."""
    while True:
        pause_s = provider.poll_interval_s * (RARER if is_told else 1)
        try:
            state = await provider.poll(job_id)
        except StepError as error:
            if not error.retryable:
                raise
            _LOG.warning("poll failed, the remote job goes on", code=error.code)
            pause_s = max(pause_s, error.retry_after_s or 0)
        else:
            if state.status in (Status.FAILED, Status.CANCELED):
                raise state.to_error()
            if state.result_url is not None:
                return state.result_url
            if state.progress is not None:
                await report(state.progress)
        await bell.rest(pause_s)


def _webhook(production: Production, provider: RemoteJobs, work: RemoteWork[T]) -> str | None:
    """Where the service tells that the job has ended, if it can."""
    if not provider.calls_back:
        return None
    return production.webhooks.address(provider.name, work.subject.id)


async def _submit(production: Production, provider: RemoteJobs, work: RemoteWork[T]) -> str:
    """Submit, with the intent on the row before and the remote id right after."""
    if work.was_submitted and not isinstance(provider, FindsJobs):  # who finds jobs looks first
        raise StepError(
            f"The {work.what} may have been submitted already when the worker stopped; look at the "
            f"service, then {work.again}.",
            code="SUBMIT_UNCERTAIN",
        )
    if not await keep(production, work.subject, submitting=True):
        raise RetryLaterError(0)  # canceled meanwhile: the next claim finds nothing
    return await to_its_end(_submit_and_keep(production, provider, work))


async def _submit_and_keep(
    production: Production, provider: RemoteJobs, work: RemoteWork[T]
) -> str:
    """Submit; the remote id is on the row afterwards, or the remote job is told to stop."""
    try:
        job_id = await work.submit(_webhook(production, provider, work))
    except StepError as error:
        if is_not_accepted(error):
            await forget(production, work.subject)
        raise
    except Exception as error:  # nobody knows how far it came: never again by itself
        raise UnexpectedError(error, retryable=False) from error
    if not await keep(production, work.subject, remote_job_id=job_id):
        await provider.cancel(job_id)
        raise RetryLaterError(0)
    return job_id


def is_not_accepted(error: StepError) -> bool:
    """Whether a submission that ended so has certainly begun no job."""
    return error.retryable or isinstance(error, QuotaExceededError)


async def keep(
    production: Production,
    subject: RemoteSubject,
    *,
    submitting: bool = False,
    remote_job_id: str | None = None,
    result_url: str | None = None,
) -> bool:
    """Have it stand on the row how far the remote work is; False when the row moved on."""

    async def work(session: AsyncSession) -> bool:
        return await remote_work.keep_remote_state(
            session,
            subject,
            submitting=submitting,
            remote_job_id=remote_job_id,
            result_url=result_url,
        )

    return await production.database.commit(work)


async def forget(
    production: Production, subject: RemoteSubject, *, remote_job_id: str | None = None
) -> None:
    """Have the row say that nothing was submitted, or that this job came to nothing."""

    async def work(session: AsyncSession) -> None:
        await remote_work.forget_submission(session, subject, remote_job_id=remote_job_id)

    await production.database.commit(work)
