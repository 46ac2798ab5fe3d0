"""The composition root: builds the backend from the settings and closes it in reverse order."""

import asyncio
import gc
import tomllib
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import structlog
from broadcaster import Broadcast

from cli.authentication import (
    authentication_of,
    open_links,
    open_uploads,
    open_webhooks,
)
from cli.open_files import allow_sockets
from cli.provider_choices import provider_choices
from cli.storage import media_location, migrate_database, open_postgres, open_store
from db.session import Database
from domain import BUILT_IN, ServiceKind
from errors import SetupError
from orchestration.media.lettering.typefaces import Typefaces, system_folders
from orchestration.media.links import MediaLinks
from orchestration.media.store import MediaStore
from orchestration.media.upload_links import UploadLinks
from orchestration.prices import Prices
from orchestration.providers.registry import Providers
from orchestration.queue.doorbell import open_doorbell
from orchestration.queue.driver import LastingDriver
from orchestration.queue.engine import Engine
from orchestration.queue.webhooks import Webhooks
from orchestration.recipes.cookbook import recipes_of
from orchestration.scratch import delete_abandoned_folders
from orchestration.variants import Variants
from orchestration.work.landing import Landing
from orchestration.work.pauses import Pauses
from orchestration.work.production import Patience, Production
from orchestration.worker import Limits, Worker
from resolvers.dashboards import Dashboards
from resolvers.documents import TrustedDocuments
from resolvers.following import Following
from service_settings import usual_concurrency
from settings import Settings
from web.readiness import Readiness
from web.services import Services, WebOptions

_LOG = structlog.get_logger()
_GC_THRESHOLDS = (20_000, 20, 50)
_PROJECT = Path(__file__).parent.parent / "pyproject.toml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Backend:
    """A running backend, and a displayable location of its data."""

    services: Services
    driver: LastingDriver
    worker: Worker | None
    database_place: str
    media_place: str

    async def wait(self) -> None:
        """Never return while everything works.

        Raises:
            RuntimeError: A part that must not end has ended. Its own exception is raised if it had
                one.
        """
        tasks = [asyncio.create_task(self.driver.wait())]
        if self.worker is not None:
            tasks.append(asyncio.create_task(self.worker.wait()))
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            await done.pop()
            raise RuntimeError("a part of the backend ended by itself")
        finally:
            for task in tasks:
                task.cancel()


@asynccontextmanager
async def open_backend(settings: Settings, *, with_worker: bool) -> AsyncGenerator[Backend]:
    """Run everything but HTTP; without a worker this process only writes to the queue.

    On exit, paid calls may finish in time, other work returns to the queue, and the bundled
    PostgreSQL stops.

    Raises:
        SetupError: Something is missing or invalid; whatever was opened is closed again.
    """
    if with_worker:
        allow_sockets(settings.calls_at_once)
    await asyncio.to_thread(delete_abandoned_folders)  # uploads leave some without a worker too
    async with AsyncExitStack() as stack:
        database, database_place = await open_postgres(stack, settings)
        providers = await stack.enter_async_context(_providers(settings))
        engine = _engine(settings, database) if with_worker else None
        driver = engine.driver if engine is not None else LastingDriver(database.direct_url)
        media_place = media_location(settings)
        await database.check_at_start(is_long=True)
        with database.starting():
            await migrate_database(database)
            stack.push_async_callback(driver.close)
            await driver.open()
            doorbell = await stack.enter_async_context(open_doorbell(driver))
            store = await asyncio.to_thread(open_store, media_place)
            production = _production(
                settings,
                database=database,
                providers=providers,
                store=store,
                links=await open_links(settings, database),
                uploads=await open_uploads(database),
                webhooks=await open_webhooks(settings, database),
            )
            await production.pauses.follow(driver)
            await production.webhooks.follow(driver)
        worker = None
        if engine is not None:
            worker = await _started_worker(stack, settings, engine, production)
        # A full collection of the imported objects blocks the event loop for 0.1 s, and with the
        # usual thresholds one starts every few pushes: it was 40 % of their CPU.
        gc.freeze()
        gc.set_threshold(*_GC_THRESHOLDS)
        yield Backend(
            services=_services(
                settings,
                production=production,
                doorbell=doorbell,
                readiness=Readiness(production, driver, worker),
            ),
            driver=driver,
            worker=worker,
            database_place=database_place,
            media_place=media_place,
        )


def web_options(settings: Settings) -> WebOptions:
    """The operator's HTTP settings."""
    project = tomllib.loads(_PROJECT.read_text(encoding="utf-8"))["project"]
    return WebOptions(
        public_url=settings.public_url,
        cors_origins=settings.cors_origins,
        rest_create_status=settings.rest_create_status,
        connections_per_viewer=settings.connections_per_viewer,
        connections=settings.connections,
        operation_timeout_s=settings.operation_timeout_s,
        version=project["version"],
        introspection=settings.introspection,
        asks_credentials=settings.auth != "off",
    )


def _engine(settings: Settings, database: Database) -> Engine:
    return Engine(database.direct_url, heartbeat_timeout_s=settings.heartbeat_s)


def _providers(settings: Settings) -> Providers:
    return Providers(
        provider_choices(settings),
        allowed_hosts=settings.result_hosts,
        vendors=settings.vendors,
    )


def _production(
    settings: Settings,
    *,
    database: Database,
    providers: Providers,
    store: MediaStore,
    links: MediaLinks,
    uploads: UploadLinks,
    webhooks: Webhooks,
) -> Production:
    return Production(
        database=database,
        landing=Landing(database, recipes_of(providers.line_up)),
        store=store,
        pauses=Pauses(
            database,
            rate_limit_patience_s=settings.rate_limit_patience_s,
            outage_patience_s=settings.outage_patience_s,
        ),
        line_up=providers.line_up,
        studio_image=providers.studio_image,
        patience=Patience(
            max_attempts=settings.max_attempts,
            timeouts_s={kind: settings.first(kind).timeout_s for kind in ServiceKind},
        ),
        prices=Prices(
            usual={kind: settings.first(kind).settings.price for kind in ServiceKind},
            further={
                (one.kind, one.shown_name): one.price
                for one in provider_choices(settings)
                if one.place > 1
            },
            currency=settings.currency,
        ),
        public_url=settings.public_url,
        decoder=providers.decoder,
        variants=Variants(store, providers.decoder),
        links=links,
        uploads=uploads,
        webhooks=webhooks,
        providers=providers.facts,
        typefaces=typefaces_of(settings),
        film_shrink=providers.film_shrink,
    )


def typefaces_of(settings: Settings) -> Typefaces:
    """The fonts for the text in films.

    Raises:
        SetupError: The operator's folder does not exist.
    """
    if settings.fonts is None:
        return Typefaces()
    if not settings.fonts.is_dir():
        raise SetupError(f"AI_STORY_FONTS must be a folder: {settings.fonts} does not exist.")
    return Typefaces((settings.fonts, *system_folders()))


def _services(
    settings: Settings, *, production: Production, doorbell: Broadcast, readiness: Readiness
) -> Services:
    return Services(
        production=production,
        following=Following(production.database, doorbell),
        dashboards=Dashboards(production.database, doorbell),
        documents=TrustedDocuments(
            production.database, is_enforced=settings.documents == "enforce"
        ),
        readiness=readiness,
        options=web_options(settings),
        authentication=authentication_of(settings, production.database),
    )


def limits_of(settings: Settings) -> Limits:
    """How many jobs run at once."""
    return Limits(
        usual={kind: settings.first(kind).concurrency for kind in ServiceKind},
        by_provider={
            # The painter of development data, whatever was chosen.
            (ServiceKind.IMAGE, BUILT_IN): usual_concurrency(ServiceKind.IMAGE, BUILT_IN),
            **{(one.kind, one.shown_name): one.concurrency for one in provider_choices(settings)},
        },
    )


async def _started_worker(
    stack: AsyncExitStack, settings: Settings, engine: Engine, production: Production
) -> Worker:
    worker = Worker(
        engine,
        production,
        limits=limits_of(settings),
        event_retention=timedelta(days=settings.event_retention_days),
    )
    worker.start()
    stack.push_async_callback(_stop_worker, worker, patience_s=settings.drain_s)
    return worker


async def _stop_worker(worker: Worker, *, patience_s: float) -> None:
    try:
        await worker.stop(patience_s=patience_s)
    except asyncio.CancelledError:  # second signal: return everything to the queue now
        _LOG.warning("paid calls interrupted")
        await worker.stop(patience_s=0)
        raise
