"""Moves a step to the next service in the operator's order while its own is down or over quota.

A job is queued under its provider's name, which bounds what is in flight there. So the job moves to
another queue entry instead of calling another service directly. Work begun at a service stays
there, because it is, or may be, paid for. A rate limit of a few seconds is waited out. A job that
moved because of a pause returns if the first service is available before its turn comes, because
the next one may be slow.
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import structlog

from db.queries.jobs import move_job
from db.queries.work import move_work, release_work
from db.rows import Failure
from db.session import Writes
from domain import ServiceKind
from errors import (
    ProviderTimeoutError,
    ProviderUnavailableError,
    QuotaExceededError,
    RateLimitedError,
    StepError,
)
from orchestration.queue.jobs import Job
from orchestration.queue.retries import RetryLaterError
from orchestration.work.landing import Claim
from orchestration.work.pauses import Pause, PauseReason, ServicePausedError
from orchestration.work.production import Production

_LOG = structlog.get_logger()
_GUEST = "guest"
"""The detail of a job that moved only because its service was paused."""
_WORTH_MOVING_S = 5.0
_AWAY = RateLimitedError, ProviderUnavailableError, ProviderTimeoutError


def soonest_pause(production: Production, kind: ServiceKind) -> Pause | None:
    """What delays new work of the kind: the pause that ends first, if all are paused."""
    names = production.line_up.names(kind)
    pauses = [production.pauses.current(kind, name) for name in names]
    in_force = [pause for pause in pauses if pause is not None]
    if not pauses or len(in_force) < len(pauses):
        return None
    return min(in_force, key=lambda pause: pause.remaining_s)


async def wait_turn(production: Production, job: Job) -> None:
    """Let the step begin only if its service is not paused.

    Raises:
        RetryLaterError: It is. The job is then queued at the next available service, or at an
            earlier one that is available again.
    """
    kind = job.step.kind
    if await _goes_back(production, job):
        raise RetryLaterError(0)
    try:
        production.pauses.hold(kind, job.provider)
    except RetryLaterError as error:
        if await _passes_on(production, job, was_attempt=False):
            raise RetryLaterError(0) from error
        others = [name for name in production.line_up.names(kind) if name != job.provider]
        pauses = [production.pauses.current(kind, name) for name in others]
        waits = [ServicePausedError(pause).wait_s for pause in pauses if pause is not None]
        raise RetryLaterError(min([error.delay_s, *waits])) from error


@asynccontextmanager
async def asking(
    production: Production, job: Job, claim: Claim[Any], *, is_ours: bool
) -> AsyncGenerator[None]:
    """Around a call to the work's service, like `Pauses.asking`; no effect for built-in work.

    Raises:
        RetryLaterError: It is down or over quota, and the job is now queued at the next one.
    """
    if is_ours:
        yield
        return
    try:
        async with production.pauses.asking(job.step.kind, claim.work.provider):
            yield
    except ServicePausedError as error:
        if await _passes_on(production, job, was_attempt=False):
            await release(production, claim)
            raise RetryLaterError(0) from error
        raise
    except StepError as error:
        is_last = claim.number >= production.patience.max_attempts
        may_move = not is_last and is_away(error)
        if may_move and await _passes_on(production, job, was_attempt=True):
            await release(production, claim, failure=failure_of(error, claim))
            is_broke = isinstance(error, QuotaExceededError)  # the next one need not wait for that
            wait_s = 0 if is_broke else production.patience.wait_s(claim.number)
            raise RetryLaterError(wait_s) from error
        raise


async def release(
    production: Production, claim: Claim[Any], *, failure: Failure | None = None
) -> None:
    """End a claim whose work is to be tried again; only a `failure` counts as an attempt."""

    async def work(session: Writes) -> None:
        await release_work(session, claim.work, failure=failure)

    await production.database.commit(work)


def failure_of(error: StepError, claim: Claim[Any]) -> Failure:
    """The failure to store if the error ends the attempt."""
    return Failure.now(
        code=error.code,
        message=error.message,
        retryable=error.retryable,
        provider=claim.work.provider,
        attempt=claim.number,
    )


def is_away(error: StepError) -> bool:
    """Whether it concerns the service, not the request: another service may succeed."""
    return isinstance(error, QuotaExceededError) or (error.retryable and isinstance(error, _AWAY))


async def _passes_on(production: Production, job: Job, *, was_attempt: bool) -> bool:
    """Move the job to the next available service; False if it stays."""
    kind = job.step.kind
    order = production.line_up.names(kind)
    if job.provider not in order or (
        not was_attempt and is_soon_free(production, kind, job.provider)
    ):
        return False
    here = order.index(job.provider)
    circle = order[here + 1 :] + order[:here]
    chosen = next((name for name in circle if production.pauses.is_free(kind, name)), None)
    detail = "" if was_attempt else _GUEST
    if chosen is None or not await _move(production, job, chosen, detail=detail):
        return False
    _LOG.warning("step given to the next provider", provider=job.provider, to=chosen)
    return True


async def _goes_back(production: Production, job: Job) -> bool:
    """Move a job back to the first available service before its own; False if it stays."""
    kind = job.step.kind
    order = production.line_up.names(kind)
    if job.detail != _GUEST or job.provider not in order:
        return False
    before = order[: order.index(job.provider)]
    chosen = next((name for name in before if production.pauses.is_free(kind, name)), None)
    return chosen is not None and await _move(production, job, chosen, detail=_GUEST)


def is_soon_free(production: Production, kind: ServiceKind, provider: str) -> bool:
    """Whether it is a short rate limit: waiting is quicker than moving."""
    pause = production.pauses.current(kind, provider)
    if pause is None or pause.reason is not PauseReason.RATE_LIMITED:
        return False
    return pause.remaining_s < _WORTH_MOVING_S


async def _move(production: Production, job: Job, provider: str, *, detail: str) -> bool:
    """Queue the job there; False if it was begun where it is."""
    moved = replace(job, provider=provider, detail=detail)

    async def work(session: Writes) -> bool:
        if not await move_work(session, job.work_id, provider=provider):
            return False
        await move_job(session, moved.key, entrypoint=moved.entrypoint, payload=moved.to_payload())
        return True

    return await production.database.commit(work)
