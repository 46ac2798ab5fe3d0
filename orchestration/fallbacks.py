"""Gives a step to the next service in the operator's order while its own is down or over quota.

A job stands in the queue under its provider's name, which bounds what is in flight there; so it
moves, instead of being done elsewhere on the sly. What was begun at a service stays with it: it is
paid for, or may be.
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import structlog

from db.queries.jobs import move_job
from db.queries.remote_takes import was_begun
from db.session import AsyncSession
from errors import (
    ProviderTimeoutError,
    ProviderUnavailableError,
    QuotaExceededError,
    RateLimitedError,
    StepError,
)
from orchestration.jobs import Job, Step
from orchestration.pauses import Pause, ServicePausedError
from orchestration.production import Production, forget_attempt
from orchestration.retries import RetryLaterError, backoff_s

_LOG = structlog.get_logger()
_KINDS = {Step.WRITE_SCRIPT: "script", Step.DRAW: "image"}
_AWAY = RateLimitedError, ProviderUnavailableError, ProviderTimeoutError, ServicePausedError
_SOON_S = 0.1


def soonest_pause(production: Production, kind: str) -> Pause | None:
    """What holds up new work of the kind: the pause that ends first, if all have one."""
    pauses = [production.pauses.current(kind, name) for name in _order(production, kind)]
    in_force = [pause for pause in pauses if pause is not None]
    if len(in_force) < len(pauses):
        return None
    return min(in_force, key=lambda pause: pause.remaining_s)


async def wait_turn(production: Production, job: Job) -> None:
    """Let the step begin only while its service is not left alone.

    Raises:
        RetryLaterError: It is. The job stands at the next service then, if one is free.
    """
    kind = _KINDS[job.step]
    try:
        production.pauses.hold(kind, job.provider)
    except RetryLaterError as error:
        await _pass_on(production, job, kind)
        others = [production.pauses.current(kind, name) for name in _order(production, kind)]
        soonest = min((one.remaining_s + _SOON_S for one in others if one), default=error.delay_s)
        raise RetryLaterError(min(error.delay_s, soonest)) from error


@asynccontextmanager
async def asking(production: Production, job: Job, *, attempt: int) -> AsyncGenerator[None]:
    """Around a call to the step's service, as `Pauses.asking`.

    Raises:
        RetryLaterError: It is down or over quota, and the job stands at the next one now.
    """
    kind = _KINDS[job.step]
    try:
        async with production.pauses.asking(kind, job.provider):
            yield
    except StepError as error:
        was_attempt = not isinstance(error, ServicePausedError)
        is_away = error.retryable and isinstance(error, _AWAY)
        if not (is_away or isinstance(error, QuotaExceededError)):
            raise
        if was_attempt and attempt >= production.patience.max_attempts:
            raise
        await _pass_on(production, job, kind, attempt=attempt, was_attempt=was_attempt)
        raise


async def _pass_on(
    production: Production, job: Job, kind: str, *, attempt: int = 0, was_attempt: bool = True
) -> None:
    """Move the job to the next service that is free; returns when it stays.

    Raises:
        RetryLaterError: It moved.
    """
    order = _order(production, kind)
    if job.provider not in order:
        return
    here = order.index(job.provider)
    circle = order[here + 1 :] + order[:here]
    chosen = next((name for name in circle if production.pauses.is_free(kind, name)), None)
    if chosen is None or not await _move(production, job, chosen):
        return
    _LOG.warning("step given to the next provider", provider=job.provider, to=chosen)
    if not was_attempt:
        await forget_attempt(production, job)
    # Who has gone round once does not go round without a breath.
    is_further = order.index(chosen) > here
    raise RetryLaterError(0 if is_further or not attempt else backoff_s(attempt))


async def _move(production: Production, job: Job, provider: str) -> bool:
    async def work(session: AsyncSession) -> bool:
        if job.step is Step.DRAW and await was_begun(session, job.subject_id):
            return False
        await move_job(session, job.key, entrypoint=f"{job.step}.{provider}")
        return True

    return await production.database.commit(work)


def _order(production: Production, kind: str) -> list[str]:
    providers = production.scripts if kind == "script" else production.images
    return [provider.name for provider in providers]
