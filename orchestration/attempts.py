"""One attempt at a step: its work, and what becomes of whatever that raises.

A service's error is tried again as long as that may help. What nobody expected is a bug of ours or
of a library: it ends the step with a sentence of its own, after one more try at most.
"""

from collections.abc import Awaitable, Callable

import structlog

from db.session import is_connection_lost
from errors import AIStoryError, StepError
from orchestration.jobs import Job
from orchestration.pauses import ServicePausedError
from orchestration.production import Production, forget_attempt
from orchestration.retries import RetryLaterError

_LOG = structlog.get_logger()
_UNEXPECTED_ATTEMPTS = 2


class AttemptsExhaustedError(StepError):
    """The step was begun too often without an end: it takes its worker down, or is too slow."""

    code = "ATTEMPTS_EXHAUSTED"
    retryable = True

    def __init__(self) -> None:
        super().__init__(
            "The step was started several times and never came to an end; try again, or change it."
        )


class UnexpectedError(StepError):
    """Something raised what is no error of a step; the log has it whole."""

    code = "INTERNAL"
    retryable = True

    def __init__(self, error: Exception, *, retryable: bool = True) -> None:
        """Only errors of ours have messages that are safe to show; of others it tells the type."""
        message = (
            error.message
            if isinstance(error, AIStoryError)
            else f"Something went wrong here that nobody expected ({type(error).__name__}); the "
            "server's log says more. Try again, and report it if it comes back."
        )
        super().__init__(message, retryable=retryable)
        _LOG.error("step failed unexpectedly", exc_info=error)


async def attempt(
    production: Production,
    job: Job,
    number: int,
    *,
    work: Callable[[], Awaitable[None]],
    fail: Callable[[StepError], Awaitable[None]],
) -> None:
    """Do the work, or store with `fail` why it cannot be done; `number` counts from 1.

    Raises:
        RetryLaterError: Another attempt is worth it, or this was none.
    """
    try:
        if number > production.patience.max_attempts:  # used up by crashes
            raise AttemptsExhaustedError
        await work()
    except RetryLaterError:
        raise
    except StepError as error:
        await _end(production, job, error, number, fail=fail)
    except Exception as error:
        if is_connection_lost(error):  # the database is away, which says nothing of the step
            raise
        await _end(production, job, UnexpectedError(error), number, fail=fail)


async def _end(
    production: Production,
    job: Job,
    error: StepError,
    number: int,
    *,
    fail: Callable[[StepError], Awaitable[None]],
) -> None:
    if isinstance(error, ServicePausedError):
        await forget_attempt(production, job)
        raise RetryLaterError(error.wait_s) from error
    most = production.patience.max_attempts
    if isinstance(error, UnexpectedError):
        most = min(most, _UNEXPECTED_ATTEMPTS)
    if error.retryable and number < most:
        _LOG.warning("step tried again", code=error.code, attempt=number)
        wait_s = production.patience.wait_s(number, asked_s=error.retry_after_s)
        raise RetryLaterError(wait_s) from error
    await fail(error)
