"""A complete backend for a test: database, worker and model services, composed from real parts."""

from collections.abc import AsyncGenerator, Generator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import httpx
import pytest
from broadcaster import Broadcast

from db.session import Database
from domain import ServiceKind
from orchestration.media.lettering.typefaces import Typefaces
from orchestration.media.store import MediaStore
from orchestration.media.upload_links import UploadLinks
from orchestration.prices import Prices
from orchestration.providers.automatic1111 import Automatic1111ImageProvider
from orchestration.providers.http.download import Downloads
from orchestration.providers.http.exchange import Endpoint, open_client
from orchestration.providers.images.pictures import Pictures
from orchestration.providers.jobs.clip_provider import TableClipProvider
from orchestration.providers.jobs.image_provider import TableImageProvider
from orchestration.providers.jobs.service import JobService
from orchestration.providers.jobs.vendor import read_vendor
from orchestration.providers.jobs.video_provider import TableVideoProvider
from orchestration.providers.line_up import LineUp
from orchestration.providers.openai.image_provider import OpenAIImageProvider
from orchestration.providers.openai.script_provider import OpenAIScriptProvider
from orchestration.providers.openai.voice_provider import OpenAIVoiceProvider
from orchestration.providers.origin import (
    OriginImageProvider,
    OriginScriptProvider,
    OriginVideoProvider,
)
from orchestration.providers.ports import (
    ClipProvider,
    ImageProvider,
    ScriptProvider,
    VideoProvider,
)
from orchestration.providers.reach import ProviderFacts
from orchestration.providers.studio import (
    StudioImageProvider,
    StudioScriptProvider,
)
from orchestration.queue.doorbell import open_doorbell
from orchestration.queue.engine import Engine
from orchestration.queue.webhooks import Webhooks
from orchestration.recipes.cookbook import recipes_of
from orchestration.variants import Variants
from orchestration.work.landing import Landing
from orchestration.work.pauses import Pauses
from orchestration.work.production import Patience, Production
from orchestration.worker import Limits, Worker
from resolvers.context import LOCAL_VIEWER, Context
from resolvers.dashboards import Dashboards
from resolvers.documents import TrustedDocuments
from resolvers.following import Following
from resolvers.loaders import Loaders
from tests.fakes.automatic1111 import FakeAutomatic1111
from tests.fakes.comfyui import FakeComfyUI
from tests.fakes.openai import FakeOpenAI
from tests.fakes.origin import FakeOrigin
from tests.fakes.vendors import FakeFal, FakeReplicate
from tests.model_services import comfyui_image
from tests.pools import DECODING, PAINTERS
from web.readiness import Readiness
from web.services import Services, WebOptions

_MEDIA = "media"
hurried = partial(Patience, first_retry_s=0.05, mock_delay_s=1.0)
"""The timeouts of a test's backend: as in production, except the delays between attempts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """How a test's backend differs from the usual one.

    `script` is studio or origin, `videos` are some of studio, origin and videos, in order.
    """

    script: str = "origin"
    openai: FakeOpenAI | None = None
    """Writes the script and draws the pictures, if given."""
    replicate: FakeReplicate | None = None
    """Draws the pictures in jobs, if given."""
    fal: FakeFal | None = None
    """Likewise."""
    animators: tuple[FakeReplicate, ...] = ()
    """Animate pictures, in order: animator, animator-2."""
    webhooks: Webhooks = field(default_factory=Webhooks)
    poll_interval_s: float = 0.02
    """Of the pictures' jobs."""
    automatic1111: FakeAutomatic1111 | None = None
    """Draws the pictures, if given."""
    comfyui: FakeComfyUI | None = None
    """Draws the pictures, if given."""
    speakers: tuple[FakeOpenAI, ...] = ()
    """Speak in films composed here, in order: openai, openai-2; without one there is no voice."""
    next_in_line: FakeOpenAI | None = None
    """The fallback that writes and draws, if given."""
    videos: tuple[str, ...] = ("studio",)
    key: str | None = None
    """For every service."""
    typefaces: Typefaces = field(default_factory=Typefaces)
    with_worker: bool = True
    patience: Patience = field(default_factory=lambda: hurried(max_attempts=2))
    limits: Limits = field(
        default_factory=lambda: Limits(usual={ServiceKind.IMAGE: 1_000, ServiceKind.VIDEO: 4})
    )
    prices: Prices = field(default_factory=Prices)
    timeout_s: float = 10
    rate_limit_patience_s: float = 900
    shortest_pause_s: float = 1.0
    outage_patience_s: float = 0
    """By default a service that is down uses up attempts at once."""
    heartbeat_s: float = 15


def in_scene(scene: Scene) -> pytest.MarkDecorator:
    """Mark a test whose `stage`, and the fixtures based on it, use this scene."""
    return pytest.mark.parametrize("stage", [scene], indirect=True, ids=[""])


@dataclass(frozen=True, slots=True)
class Stage:
    """The running backend."""

    services: Services
    engine: Engine
    worker: Worker | None
    doorbell: Broadcast
    media: Path
    """The folder of its media store."""

    @property
    def production(self) -> Production:
        return self.services.production

    @property
    def database(self) -> Database:
        return self.services.production.database

    def context(self) -> Context:
        """A fresh context of the local viewer."""
        return Context(
            viewer=LOCAL_VIEWER,
            production=self.production,
            following=self.services.following,
            dashboards=self.services.dashboards,
            base_url="http://test",
            loaders=Loaders(self.database),
        )


@asynccontextmanager
async def open_stage(
    database_url: str, folder: Path, origin: FakeOrigin, scene: Scene | None = None
) -> AsyncGenerator[Stage]:
    """Run a backend whose script and pictures come from the origin service."""
    scene = scene or Scene()
    async with AsyncExitStack() as stack:
        database = await stack.enter_async_context(Database(database_url))
        engine = Engine(database_url, heartbeat_timeout_s=scene.heartbeat_s)
        await engine.driver.open()
        stack.push_async_callback(engine.driver.close)
        production = await _production(stack, database, folder, origin, scene)
        await production.pauses.follow(engine.driver)
        await production.webhooks.follow(engine.driver)
        doorbell = open_doorbell(engine.driver)
        await stack.enter_async_context(doorbell)
        worker = None
        if scene.with_worker:
            worker = Worker(engine, production, limits=scene.limits)
            worker.start()
            stack.push_async_callback(worker.stop, patience_s=0.2)
        following = Following(database, doorbell)
        services = Services(
            production=production,
            following=following,
            dashboards=Dashboards(database, doorbell),
            documents=TrustedDocuments(database),
            readiness=Readiness(production, engine.driver, worker),
            options=WebOptions(version="0.0.0-test"),
        )
        yield Stage(services, engine, worker, doorbell, media=folder / _MEDIA)


def _next_in_line(
    client: httpx.AsyncClient, place: Endpoint, pictures: Pictures, scene: Scene
) -> tuple[tuple[ScriptProvider, ...], tuple[ImageProvider, ...]]:
    if scene.next_in_line is None:
        return (), ()
    place = replace(place, name="next", base_url=f"{scene.next_in_line.url}/v1")
    script = OpenAIScriptProvider(client, place, model="writer-1")
    place = replace(place, kind=ServiceKind.IMAGE)
    image = OpenAIImageProvider(client, place, model="painter-1", pictures=pictures)
    return (script,), (image,)


def _voices(
    client: httpx.AsyncClient, place: Endpoint, scene: Scene
) -> Generator[OpenAIVoiceProvider]:
    for number, speaker in enumerate(scene.speakers, start=1):
        name = _numbered("openai", number)
        place = replace(place, name=name, base_url=f"{speaker.url}/v1")
        yield OpenAIVoiceProvider(client, place, model=f"speaker-{number}")


def _numbered(name: str, number: int) -> str:
    return name if number == 1 else f"{name}-{number}"


def _video(
    client: httpx.AsyncClient, place: Endpoint, downloads: Downloads
) -> VideoProvider | None:
    match place.name:
        case "studio":
            return None
        case "origin":
            return OriginVideoProvider(client, place, downloads=downloads)
        case _:
            place = replace(place, base_url=f"{place.base_url}/v1")
            vendor = read_vendor("videos")
            jobs = JobService(client, place, vendor, submit_client=client, model="film-1")
            return TableVideoProvider(jobs, downloads=downloads, poll_interval_s=0.05)


def _animator(
    client: httpx.AsyncClient, place: Endpoint, scene: Scene, service: FakeReplicate
) -> ClipProvider:
    number = scene.animators.index(service) + 1
    place = replace(
        place, name="animator" if number == 1 else f"animator-{number}", base_url=service.url
    )
    jobs = JobService(
        client, place, read_vendor("replicate"), submit_client=client, model="owner/animator"
    )
    downloads = Downloads(client, place, public_client=client, pauses_s=(0.01, 0.01))
    return TableClipProvider(jobs, downloads=downloads, poll_interval_s=scene.poll_interval_s)


async def _production(
    stack: AsyncExitStack, database: Database, folder: Path, origin: FakeOrigin, scene: Scene
) -> Production:
    client = await stack.enter_async_context(open_client())

    def endpoint(kind: ServiceKind) -> Endpoint:
        return Endpoint(
            kind=kind, name="origin", base_url=origin.url, timeout_s=scene.timeout_s, key=scene.key
        )

    downloads = Downloads(
        client, endpoint(ServiceKind.IMAGE), public_client=client, pauses_s=(0.01, 0.01)
    )
    pictures = Pictures(downloads, DECODING)
    image: ImageProvider = OriginImageProvider(
        client, endpoint(ServiceKind.IMAGE), pictures=pictures
    )
    vendors = {"replicate": scene.replicate, "fal": scene.fal}
    for name, vendor in ((name, one) for name, one in vendors.items() if one is not None):
        place = replace(endpoint(ServiceKind.IMAGE), name=name, base_url=vendor.url)
        jobs = JobService(
            client, place, read_vendor(name), submit_client=client, model="owner/painter"
        )
        own = Downloads(client, place, public_client=client, pauses_s=(0.01, 0.01))
        image = TableImageProvider(
            jobs, pictures=Pictures(own, DECODING), poll_interval_s=scene.poll_interval_s
        )
    if scene.automatic1111 is not None:
        place = replace(
            endpoint(ServiceKind.IMAGE), name="automatic1111", base_url=scene.automatic1111.url
        )
        image = Automatic1111ImageProvider(client, place, pictures=pictures, look_every_s=0.02)
    if scene.comfyui is not None:
        place = replace(endpoint(ServiceKind.IMAGE), name="comfyui", base_url=scene.comfyui.url)
        own = Downloads(client, place, public_client=client, pauses_s=(0.01, 0.01))
        image, progress = comfyui_image(client, place, Pictures(own, DECODING))
        stack.push_async_callback(progress.aclose)
    script: ScriptProvider = OriginScriptProvider(client, endpoint(ServiceKind.SCRIPT))
    if scene.script == "studio":
        script = StudioScriptProvider(PAINTERS)
    if scene.openai is not None:
        place = replace(
            endpoint(ServiceKind.SCRIPT), name="openai", base_url=f"{scene.openai.url}/v1"
        )
        script = OpenAIScriptProvider(client, place, model="writer-1")
        image = OpenAIImageProvider(
            client, replace(place, kind=ServiceKind.IMAGE), model="painter-1", pictures=pictures
        )
    further_scripts, further_images = _next_in_line(
        client, endpoint(ServiceKind.SCRIPT), pictures, scene
    )
    line_up = LineUp(
        scripts=(script, *further_scripts),
        images=(image, *further_images),
        videos=tuple(
            _video(client, replace(endpoint(ServiceKind.VIDEO), name=name), downloads)
            for name in scene.videos
        ),
        voices=tuple(_voices(client, endpoint(ServiceKind.VOICE), scene)),
        clips=tuple(
            _animator(client, endpoint(ServiceKind.CLIP), scene, one) for one in scene.animators
        ),
    )
    store = MediaStore.open(str(folder / _MEDIA))
    return Production(
        database=database,
        landing=Landing(database, recipes_of(line_up)),
        store=store,
        pauses=Pauses(
            database,
            rate_limit_patience_s=scene.rate_limit_patience_s,
            outage_patience_s=scene.outage_patience_s,
            shortest_s=scene.shortest_pause_s,
        ),
        line_up=line_up,
        webhooks=scene.webhooks,
        studio_image=StudioImageProvider(PAINTERS),
        decoder=pictures,
        variants=Variants(store, pictures),
        uploads=UploadLinks(b"what the fleet signs uploads with"),
        patience=scene.patience,
        prices=scene.prices,
        typefaces=scene.typefaces,
        film_shrink=4,  # a tenth of the CPU; tests that make films by the program make whole ones
        providers=(
            ProviderFacts(ServiceKind.SCRIPT, scene.script, (), origin.url),
            ProviderFacts(ServiceKind.IMAGE, "origin", (), origin.url),
            ProviderFacts(ServiceKind.VIDEO, scene.videos[0], (), origin.url),
            *[ProviderFacts(ServiceKind.CLIP, clip.name) for clip in line_up.clips],
        ),
    )
