"""Does one piece of work: waits its turn, claims it, gets the result, stores and commits it.

A claim without a result ends in one of five ways: it is tried again later, moved to the next
service, interrupted, dropped because the work was canceled, or failed with a code.
"""

import asyncio
import random
from abc import ABC, abstractmethod
from contextlib import AbstractContextManager
from typing import Any, ClassVar, Generic, NoReturn, TypeVar

import structlog

from db.queries.work import Bill
from db.session import is_connection_lost
from domain import ServiceKind
from errors import DiskFullError, ProviderUnavailableError, StepError, WorkInterruptedError
from orchestration.queue.jobs import Job
from orchestration.queue.places import NoPlaceError
from orchestration.queue.retries import RetryLaterError
from orchestration.scratch import check_scratch_room
from orchestration.work import turns
from orchestration.work.errors import (
    SupersededError,
    TooManyInterruptionsError,
    UnexpectedError,
)
from orchestration.work.landing import Claim, Failed, Inputs, Made, Rows, Stored, ToClaim
from orchestration.work.making import Kept, Making, obtain
from orchestration.work.pauses import ServicePausedError
from orchestration.work.production import Production
from orchestration.work.progress import ProgressPlace, reporting

_LOG = structlog.get_logger()
_UNEXPECTED_ATTEMPTS = 2
_STORE_TRIES = 12
_LONGEST_STORE_WAIT_S = 15.0
"""Together about two minutes."""
_ROOM_AGAIN_S = 5.0
_AFTER_INTERRUPTION_S = 1.0
MAX_INTERRUPTIONS = 20
"""After this many claims without an answer, the work itself may be what kills the workers."""

Product = TypeVar("Product")


class Recipe(ABC, Rows[Inputs, Stored], Generic[Inputs, Product, Stored]):
    """The differences between kinds of work."""

    needs_scratch: ClassVar[bool] = False
    """Whether the work needs a working folder."""

    @abstractmethod
    def making(
        self, production: Production, claim: Claim[Inputs], /
    ) -> AbstractContextManager[Making[Product, Stored]]:
        """How the claim's result is made, with its resources opened.

        Raises:
            StepError: It cannot be made in the present state.
        """

    def idempotency_key(self, claim: Claim[Inputs], /) -> str:
        """The idempotency key for the service: the same for all attempts."""
        return claim.work.idempotency_key or str(claim.work.id)

    def progress_place(self, _claim: Claim[Inputs], /) -> ProgressPlace | None:
        """Where progress is shown; None shows none."""
        return None


Recipes = dict[ServiceKind, Recipe[Any, Any, Any]]


async def run_work(production: Production, recipes: Recipes, job: Job) -> None:
    """Do the job's work and show the result, or store the failure.

    Raises:
        RetryLaterError: Another attempt may succeed.
    """
    recipe = recipes[job.step.kind]
    await turns.wait_turn(production, job)
    try:
        if recipe.needs_scratch:
            check_scratch_room()
    except DiskFullError as error:
        await _wait_for_room(production, job.step.kind, job.provider, error)
    claim = await production.landing.claim(job.story_id, ToClaim(job.work_id, job.provider))
    if claim is None:
        return
    try:
        await _do(production, recipe, job, claim)
    except RetryLaterError:
        raise
    except WorkInterruptedError as error:  # counted by the next claim, which finds it GENERATING
        _LOG.warning("work interrupted", kind=str(claim.work.kind), reason=error.message)
        raise RetryLaterError(_AFTER_INTERRUPTION_S) from error
    except SupersededError:  # to be tried again, it would take the job from the later claim
        _LOG.info("work left to a later claim", kind=str(claim.work.kind))
    except StepError as error:
        await _end(production, claim, error)
    except Exception as error:
        if is_connection_lost(error):  # the work itself did not fail
            raise
        await _end(production, claim, UnexpectedError(error))


async def _do(
    production: Production, recipe: Recipe[Any, Any, Any], job: Job, claim: Claim[Any]
) -> None:
    """One attempt."""
    if claim.work.interruptions > MAX_INTERRUPTIONS:
        raise TooManyInterruptionsError(claim.work.interruptions)
    with recipe.making(production, claim) as making:
        await _wait_for_place(production, job, claim)
        async with turns.asking(production, job, claim, is_ours=making.provider is None):
            product = await obtain(
                production,
                claim.work,
                making,
                idempotency_key=recipe.idempotency_key(claim),
                report=reporting(production, claim.work, recipe.progress_place(claim)),
                answered=job.place.leave,
            )
        kept = await _store(production, claim, making, product)
    await land(production, claim, kept)
    await production.pauses.tell_room(claim.work.kind, claim.work.provider)


async def _wait_for_place(production: Production, job: Job, claim: Claim[Any]) -> None:
    """Return when the service may be called, or has made the result before.

    Raises:
        RetryLaterError: The worker stops first.
    """
    if claim.work.result_url is not None:
        return
    try:
        await job.place.wait()
    except NoPlaceError as error:
        await turns.release(production, claim)
        raise RetryLaterError(0) from error


async def _store(
    production: Production, claim: Claim[Any], making: Making[Product, Stored], product: Product
) -> Kept[Stored]:
    """Store the result, however long the media store is full: it may be paid for.

    A store that does not answer is asked again a few times.
    """
    number = 0
    while True:
        number += 1
        try:
            return await making.store(product)
        except DiskFullError:
            await production.pauses.tell_full_disk(claim.work.kind, claim.work.provider)
        except ProviderUnavailableError:
            if number >= _STORE_TRIES:
                raise
        _LOG.warning("result not stored yet", kind=str(claim.work.kind), attempt=number)
        await asyncio.sleep(min(production.patience.wait_s(number), _LONGEST_STORE_WAIT_S))


async def land(production: Production, claim: Claim[Any], kept: Kept[Any]) -> None:
    """Show and charge a stored result; if the work was canceled, delete it."""
    kind, provider = claim.work.kind, claim.work.provider
    bill = Bill(
        work_id=claim.work.id,
        model=kept.model,
        units=kept.units,
        price=production.prices.of(kind, provider=provider, units=kept.units),
        store=claim.work.stores[-1],
    )
    if await production.landing.land(claim.work.story_id, Made(claim.work, kept.stored, bill)):
        unused = kept.replaced
    else:
        _LOG.info("late result dropped", kind=str(kind))
        unused = kept.keys
    if unused:
        await production.store.delete(unused)


async def _wait_for_room(
    production: Production, kind: ServiceKind, provider: str, error: DiskFullError
) -> NoReturn:
    await production.pauses.tell_full_disk(kind, provider)
    raise RetryLaterError(_ROOM_AGAIN_S * random.uniform(1, 2)) from error  # noqa: S311 - jitter


async def _end(production: Production, claim: Claim[Any], error: StepError) -> None:
    """Schedule another try of the work, or store the failure.

    Raises:
        RetryLaterError: Another attempt may succeed, or this was none.
    """
    if isinstance(error, ServicePausedError):
        await turns.release(production, claim)
        raise RetryLaterError(error.wait_s) from error
    if isinstance(error, DiskFullError):
        await turns.release(production, claim)
        await _wait_for_room(production, claim.work.kind, claim.work.provider, error)
    most = production.patience.max_attempts
    if isinstance(error, UnexpectedError):
        most = min(most, _UNEXPECTED_ATTEMPTS)
    if isinstance(error, TooManyInterruptionsError):
        most = 0
    failure = turns.failure_of(error, claim)
    if error.retryable and claim.number < most:
        await turns.release(production, claim, failure=failure)
        _LOG.warning("work tried again", code=error.code, attempt=claim.number)
        wait_s = production.patience.wait_s(claim.number, asked_s=error.retry_after_s)
        raise RetryLaterError(wait_s) from error
    await production.landing.land(claim.work.story_id, Failed(claim.work, failure))
    _LOG.warning("work failed", kind=str(claim.work.kind), code=error.code, attempt=claim.number)
