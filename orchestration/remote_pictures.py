"""Has a picture drawn as a remote job, and fetches what services have drawn.

How far the remote work has come stands on the take's row before anything else happens, so that
whoever goes on after a crash polls or downloads, and never submits again. The poll goes on inside
the step: a job in flight at the service is a step in flight here, so that the limit holds for it.
"""

import asyncio

import structlog

from db.queries import remote_takes
from db.queries.takes import TakeToDraw
from db.session import AsyncSession
from domain import Status
from errors import ProviderTimeoutError, QuotaExceededError, ResultExpiredError, StepError
from orchestration.landing import KeepResultUrl
from orchestration.production import Production
from orchestration.providers.deadline import MovingDeadline
from orchestration.providers.ports import (
    FindsJobs,
    Image,
    ImageJobProvider,
    ImageProvider,
    ImageRequest,
    ReportProgress,
)
from orchestration.retries import RetryLaterError, to_its_end
from orchestration.webhooks import RARER, Bell

_LOG = structlog.get_logger()


async def draw_remotely(
    production: Production,
    provider: ImageJobProvider,
    claim: TakeToDraw,
    *,
    request: ImageRequest,
    report: ReportProgress,
) -> Image:
    """Submit the job, or find it again, and wait for its picture.

    Raises:
        StepError: With its code; SUBMIT_UNCERTAIN when a person must look before it is repeated.
    """
    job_id = claim.remote_job_id
    if job_id is None:
        job_id = await _submit(production, provider, claim, request)
    deadline = MovingDeadline(production.patience.image_timeout_s)
    report = deadline.watch(report)
    is_told = _webhook(production, provider, claim) is not None
    try:
        with production.webhooks.bell_of(claim.take_id) as bell:
            async with deadline:
                url = await _wait(provider, job_id, report, bell, is_told=is_told)
                try:
                    return await fetch_picture(production, provider, claim, url)
                except ResultExpiredError:
                    fresh = await _wait(provider, job_id, report, bell, is_told=is_told)
                    if fresh == url:
                        raise
                    return await fetch_picture(production, provider, claim, fresh)
    except TimeoutError:
        await provider.cancel(job_id)
        raise ProviderTimeoutError(
            "The picture took too long and was given up; draw it again.", retryable=False
        ) from None


async def fetch_picture(
    production: Production, provider: ImageProvider | ImageJobProvider, claim: TakeToDraw, url: str
) -> Image:
    """Fetch the picture while its address is being stored: whatever comes of it, that stands."""
    if url.startswith("data:"):  # the picture itself
        return await provider.download(url)
    keeping = asyncio.create_task(
        production.landing.land(claim.story_id, KeepResultUrl(claim.take_id, url))
    )
    try:
        return await provider.download(url)
    finally:
        await keeping


async def _wait(
    provider: ImageJobProvider, job_id: str, report: ReportProgress, bell: Bell, *, is_told: bool
) -> str:
    """Poll until the job is done, and answer where its picture lies; the deadline is the step's."""
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


def _webhook(production: Production, provider: ImageJobProvider, claim: TakeToDraw) -> str | None:
    """Where the service tells that the job has ended, if it can."""
    if not provider.calls_back:
        return None
    return production.webhooks.address(provider.name, claim.take_id)


async def _submit(
    production: Production, provider: ImageJobProvider, claim: TakeToDraw, request: ImageRequest
) -> str:
    """Submit, with the intent on the row before and the remote id right after."""
    if claim.was_submitted and not isinstance(provider, FindsJobs):  # who finds jobs looks first
        raise StepError(
            "The picture may have been submitted already when the worker stopped; look at the "
            "service, then draw it again.",
            code="SUBMIT_UNCERTAIN",
        )
    if not await _keep(production, claim):
        raise RetryLaterError(0)  # canceled meanwhile: the next claim finds nothing
    return await to_its_end(_submit_and_keep(production, provider, claim, request))


async def _submit_and_keep(
    production: Production, provider: ImageJobProvider, claim: TakeToDraw, request: ImageRequest
) -> str:
    """Submit; the remote id is on the row afterwards, or the remote job is told to stop."""
    try:
        webhook = _webhook(production, provider, claim)
        job_id = await provider.submit(request, idempotency_key=str(claim.take_id), webhook=webhook)
    except StepError as error:
        if error.retryable or isinstance(error, QuotaExceededError):  # certainly not accepted

            async def forget(session: AsyncSession) -> None:
                await remote_takes.forget_submission(session, claim.take_id)

            await production.database.commit(forget)
        raise
    if not await _keep(production, claim, remote_job_id=job_id):
        await provider.cancel(job_id)
        raise RetryLaterError(0)
    return job_id


async def _keep(
    production: Production, claim: TakeToDraw, *, remote_job_id: str | None = None
) -> bool:
    async def work(session: AsyncSession) -> bool:
        return await remote_takes.keep_submission(
            session, claim.take_id, remote_job_id=remote_job_id
        )

    return await production.database.commit(work)
