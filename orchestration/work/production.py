"""The context of every workflow: the database, the store, the services, and the retry policy."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

from db.session import Database
from domain import ServiceKind
from orchestration.media.lettering.typefaces import Typefaces
from orchestration.media.links import MediaLinks
from orchestration.media.store import MediaStore
from orchestration.media.upload_links import UploadLinks
from orchestration.prices import Prices
from orchestration.providers.line_up import LineUp
from orchestration.providers.ports import ImageProvider, PictureDecoder
from orchestration.providers.reach import ProviderFacts, Reach
from orchestration.queue.retries import backoff_s
from orchestration.queue.webhooks import Webhooks
from orchestration.variants import Variants
from orchestration.work.landing import Landing
from orchestration.work.pauses import Pauses

_TIMEOUT_S = 600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """The timeouts and retries of a workflow, in seconds and attempts."""

    max_attempts: int = 4
    first_retry_s: float = 0.5
    """The least wait after a first attempt; it doubles with each further one."""
    timeouts_s: Mapping[ServiceKind, float] = field(default_factory=dict[ServiceKind, float])
    """How long a step of a kind may take without progress."""
    mock_delay_s: float = 3.0
    """Until the second half of development data is drawn."""

    def timeout_s(self, kind: ServiceKind) -> float:
        """How long a step of the kind may take without progress."""
        return self.timeouts_s.get(kind, _TIMEOUT_S)

    def wait_s(self, attempt: int, *, asked_s: float | None = None) -> float:
        """Seconds after an attempt, counted from 1, until the next; `asked_s` is the service's."""
        return backoff_s(attempt, first_s=self.first_retry_s, retry_after_s=asked_s)


@dataclass(frozen=True, slots=True, kw_only=True)
class Production:
    """The dependencies of the workflows; one per process.

    `line_up` has the services. `public_url` is where they can fetch our media, by `links`; without
    it pictures are sent as data URLs. Uploads arrive through `uploads` and pass `decoder`, which
    also makes the `variants` of pictures; services
    call `webhooks` when a job has ended. `providers` describes the services, `reach` checks whether
    they are reachable, and `pauses` has the paused ones. Estimates and predicted film warnings take
    turns by `estimating`. `typefaces` are the fonts of films composed here, and `film_shrink`
    divides their sides.
    """

    database: Database
    landing: Landing
    store: MediaStore
    pauses: Pauses
    line_up: LineUp
    studio_image: ImageProvider
    decoder: PictureDecoder
    variants: Variants
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
    film_shrink: int = 1


def seed_of(take_id: UUID) -> int:
    """A seed for a take without one: repeatable, and different for every take."""
    return take_id.int % 2**31
