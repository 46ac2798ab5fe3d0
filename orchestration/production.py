"""What every workflow works with: the database, the store, the services, and how patient to be."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from uuid import UUID

import structlog

from db.queries import clips, stories, takes, videos
from db.queries.events import ring
from db.rows import Failure
from db.session import AsyncSession, Database, is_connection_lost
from errors import StepError
from orchestration.jobs import Job, Step
from orchestration.landing import Landing
from orchestration.media.links import MediaLinks
from orchestration.media.store import MediaStore
from orchestration.media.typefaces import Typefaces
from orchestration.media.upload_links import UploadLinks
from orchestration.pauses import Pauses
from orchestration.prices import Prices
from orchestration.providers.job_ports import ImageJobProvider
from orchestration.providers.line_up import LineUp
from orchestration.providers.ports import ImageProvider, PictureDecoder
from orchestration.providers.reach import ProviderFacts, Reach
from orchestration.retries import backoff_s
from orchestration.webhooks import Webhooks

_LOG = structlog.get_logger()
_PROGRESS_EVERY_S = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long and how often a workflow tries, in seconds and attempts."""

    max_attempts: int = 4
    first_retry_s: float = 0.5
    """The least wait after a first attempt; it doubles with each further one."""
    script_timeout_s: float = 300
    image_timeout_s: float = 600
    video_timeout_s: float = 3600
    clip_timeout_s: float = 1800
    mock_delay_s: float = 3.0
    """Until the second half of development data is drawn."""

    def wait_s(self, attempt: int, *, asked_s: float | None = None) -> float:
        """Seconds after an attempt, counted from 1, until the next; `asked_s` is the service's."""
        return backoff_s(attempt, first_s=self.first_retry_s, retry_after_s=asked_s)


@dataclass(frozen=True, slots=True, kw_only=True)
class Production:
    """The tools of the workflows; one per process.

    The services stand in `line_up`. `public_url` is where they can fetch our media, by `links`;
    without it pictures travel as data URLs. Pictures of one's own come by `uploads` and pass
    `decoder`. By `webhooks` services tell that a job has ended. `providers` tells of the services,
    `reach` whether they are there, and `pauses` which are left alone. Estimates, and warnings of
    films to come, take turns by `estimating`. `typefaces` are what films composed here are
    lettered with.
    """

    database: Database
    landing: Landing
    store: MediaStore
    pauses: Pauses
    line_up: LineUp
    studio_image: ImageProvider
    decoder: PictureDecoder
    uploads: UploadLinks
    patience: Patience = field(default_factory=Patience)
    prices: Prices = field(default_factory=Prices)
    public_url: str | None = None
    links: MediaLinks = field(default_factory=MediaLinks)
    webhooks: Webhooks = field(default_factory=Webhooks)
    providers: tuple[ProviderFacts, ...] = ()
    reach: Reach = field(default_factory=Reach)
    estimating: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(1))
    typefaces: Typefaces = field(default_factory=Typefaces)

    def image_provider(self, name: str) -> ImageProvider | ImageJobProvider:
        """The painter of that name, the studio's for development data too; else the first one."""
        known = *self.line_up.images, self.studio_image
        return next((one for one in known if one.name == name), self.line_up.image)


def failure_of(error: StepError, *, provider: str, attempt: int) -> Failure:
    """What is stored on the row when the error ends the step."""
    return Failure.now(
        code=error.code,
        message=error.message,
        retryable=error.retryable,
        provider=provider,
        attempt=attempt,
    )


class ProviderChangedError(StepError):
    """What was begun at one service cannot go on at another."""

    code = "PROVIDER_CHANGED"

    def __init__(self, begun: str, provider: str) -> None:
        """`begun` is what was being made: "picture"."""
        super().__init__(
            f"The {begun} was begun at '{provider}', which is not configured any more; make it "
            "again."
        )


async def forget_attempt(production: Production, job: Job) -> None:
    """Do not count the attempt of a job that its worker hands back because it stops.

    A worker that dies has no time for this: what takes workers down uses its attempts up.
    """

    async def work(session: AsyncSession) -> None:
        match job.step:
            case Step.WRITE_SCRIPT:
                await stories.forget_attempt(session, job.subject_id, run=job.run)
            case Step.DRAW:
                await takes.forget_attempt(session, job.subject_id)
            case Step.ANIMATE:
                await clips.forget_attempt(session, job.subject_id, run=job.run)
            case Step.RENDER:
                await videos.forget_attempt(session, job.subject_id, run=job.run)
            case Step.ABORT | Step.DELETE_MEDIA:
                pass  # these count no attempts

    await production.database.commit(work)


class ThinnedProgress:
    """Passes on at most two reports a second; the last value wins."""

    def __init__(self, store: Callable[[float], Awaitable[None]]) -> None:
        """`store` keeps a value 0..1 where clients see it."""
        self._store = store
        self._stored_at = 0.0
        self._lock = asyncio.Lock()

    async def report(self, progress: float) -> None:
        """Report 0..1; anything outside is clamped."""
        now = time.monotonic()
        if now - self._stored_at < _PROGRESS_EVERY_S or self._lock.locked():
            return
        async with self._lock:
            self._stored_at = now
            await self._store(min(max(progress, 0.0), 1.0))


async def show_progress(
    production: Production,
    story_id: UUID,
    move: Callable[[AsyncSession], Awaitable[bool]],
    *,
    hint: str,
) -> None:
    """Store how far a step is with `move`, and ring if that moved anything.

    What cannot be stored is not worth failing the step for. `hint` names what moved, for `ring`.
    """
    try:
        async with production.database.transaction() as session:
            if await move(session):
                await ring(session, story_id, hint=hint)
    except Exception as error:
        if not is_connection_lost(error):
            _LOG.exception("progress not stored")


def seed_of(take_id: UUID) -> int:
    """A seed for a take that asked for none: repeatable, and different for every take."""
    return take_id.int % 2**31
