"""Draws one take of a shot: claim, model call, store, land. Every shot has its own outcome."""

import asyncio
from collections.abc import Coroutine
from uuid import UUID

import structlog

from db.queries import shots, takes
from db.queries.takes import DrawnTake, TakeToDraw
from db.session import AsyncSession
from domain import ServiceKind
from errors import ProviderTimeoutError, ProviderUnavailableError, StepError
from orchestration import fallbacks
from orchestration.attempts import attempt
from orchestration.jobs import Job
from orchestration.landing import ClaimTake, FailTake
from orchestration.media.store import digest, new_key, suffix_of
from orchestration.production import (
    Production,
    ProviderChangedError,
    ThinnedProgress,
    failure_of,
    show_progress,
)
from orchestration.providers.deadline import MovingDeadline
from orchestration.providers.job_ports import ImageJobProvider
from orchestration.providers.ports import (
    Image,
    ImageProvider,
    ImageRequest,
    ReportProgress,
    ResultUrl,
)
from orchestration.remote_pictures import draw_remotely, fetch_picture

_LOG = structlog.get_logger()
_STORE_TRIES = 4


async def draw_take(production: Production, job: Job) -> None:
    """Draw the take and show it, or store why there is no picture.

    Raises:
        RetryLaterError: Another attempt is worth it.
    """
    provider = production.image_provider(job.provider)
    await fallbacks.wait_turn(production, job)
    claim = await production.landing.claim(
        job.story_id, ClaimTake(take_id=job.subject_id, provider=provider.name)
    )
    if claim is None:
        return

    async def work() -> None:
        async with fallbacks.asking(production, job, attempt=claim.attempt):
            image = await _picture(production, provider, claim)
        await store_picture(
            production, claim.story_id, claim.take_id, image, provider=provider.name
        )

    async def fail(error: StepError) -> None:
        failure = failure_of(error, provider=provider.name, attempt=claim.attempt)
        await production.landing.land(claim.story_id, FailTake(claim.take_id, failure))
        _LOG.warning("picture failed", code=error.code, attempt=claim.attempt)

    await attempt(production, job, claim.attempt, work=work, fail=fail)


async def _picture(
    production: Production, provider: ImageProvider | ImageJobProvider, claim: TakeToDraw
) -> Image:
    """The picture; one that the service has made already is only downloaded."""
    if claim.provider != provider.name:
        raise ProviderChangedError("picture", claim.provider)
    deadline = MovingDeadline(production.patience.image_timeout_s)
    if claim.result_url is not None:
        return await _in_time(deadline, provider.download(claim.result_url))
    request, report = _request(claim), _report(production, claim)
    if isinstance(provider, ImageJobProvider):
        return await draw_remotely(production, provider, claim, request=request, report=report)

    async def draw() -> Image:
        watched = deadline.watch(report)
        drawn = await provider.draw(request, idempotency_key=str(claim.take_id), report=watched)
        if isinstance(drawn, ResultUrl):
            return await fetch_picture(production, provider, claim, drawn.url)
        return drawn

    return await _in_time(deadline, draw())


async def _in_time(deadline: MovingDeadline, work: Coroutine[None, None, Image]) -> Image:
    try:
        async with deadline:
            return await work
    except TimeoutError as error:
        raise ProviderTimeoutError("The picture took too long; try again.") from error


def _request(claim: TakeToDraw) -> ImageRequest:
    size = claim.aspect_ratio.size
    return ImageRequest(
        prompt=claim.prompt,
        style=claim.style,
        style_prompt=claim.style_prompt,
        width=size.width,
        height=size.height,
        seed=claim.seed,
    )


def _report(production: Production, claim: TakeToDraw) -> ReportProgress:
    async def show(progress: float) -> None:
        async def move(session: AsyncSession) -> bool:
            return await shots.raise_shot_progress(session, claim.shot_id, progress)

        await show_progress(production, claim.story_id, move, hint=f"shot {claim.shot_id}")

    return ThinnedProgress(show).report


async def store_picture(
    production: Production, story_id: UUID, take_id: UUID, image: Image, *, provider: str
) -> None:
    """Store the bytes, then show and charge them; a picture that nobody waits for is dropped.

    Raises:
        ProviderUnavailableError: The media store does not take it.
    """
    key = new_key(str(story_id), suffix_of(image.media_type))
    await _put_patiently(production, key, image.content)
    drawn = DrawnTake(
        take_id=take_id,
        media_key=key,
        digest=await asyncio.to_thread(digest, image.content),
        size_bytes=len(image.content),
        width=image.width,
        height=image.height,
        model=image.model,
        price=production.prices.of(ServiceKind.IMAGE, provider=provider),
    )
    if await production.landing.land(story_id, drawn):
        return

    async def shown(session: AsyncSession) -> bool:
        found = await takes.list_takes_by_id(session, [take_id])
        return take_id in found and found[take_id].image_key == key

    # A commit whose answer was lost looks like a late result when it is repeated.
    if not await production.database.commit(shown):
        _LOG.info("late picture dropped")
        await production.store.delete([key])


async def _put_patiently(production: Production, key: str, content: bytes) -> None:
    """Store the bytes, with some more tries: another attempt would pay for the picture again."""
    for number in range(1, _STORE_TRIES):
        try:
            return await production.store.put_bytes(key, content)
        except ProviderUnavailableError:
            _LOG.warning("picture not stored yet", attempt=number)
            await asyncio.sleep(production.patience.wait_s(number))
    return await production.store.put_bytes(key, content)
