"""What every workflow works with: the database, the store, the services, and how patient to be."""

import asyncio
from dataclasses import dataclass, field
from uuid import UUID

from db.session import Database
from orchestration.media.lettering.typefaces import Typefaces
from orchestration.media.links import MediaLinks
from orchestration.media.store import MediaStore
from orchestration.media.upload_links import UploadLinks
from orchestration.prices import Prices
from orchestration.providers.job_ports import ImageJobProvider
from orchestration.providers.line_up import LineUp
from orchestration.providers.ports import ImageProvider, PictureDecoder
from orchestration.providers.reach import ProviderFacts, Reach
from orchestration.queue.retries import backoff_s
from orchestration.queue.webhooks import Webhooks
from orchestration.work.landing import Landing
from orchestration.work.pauses import Pauses


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

    def image_provider(self, name: str) -> ImageProvider | ImageJobProvider | None:
        """The painter of that name, the studio's for development data too."""
        known = *self.line_up.images, self.studio_image
        return next((one for one in known if one.name == name), None)


def seed_of(take_id: UUID) -> int:
    """A seed for a take that asked for none: repeatable, and different for every take."""
    return take_id.int % 2**31
