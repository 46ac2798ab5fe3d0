"""Real parts for every test: a PostgreSQL with a separate database per test, a model service."""

import asyncio
import os
import shutil
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest
from sqlalchemy.engine import make_url

from cli.open_files import allow_sockets
from db.embedded import EmbeddedPostgres
from db.migrate import migrate
from db.session import Database
from tests.databases import (
    empty_database,
    fresh_database,
    make_reachable_folder,
    run_sql,
)
from tests.fakes.origin import FakeOrigin, serving
from tests.journeys import drawn_story
from tests.pools import close_pools
from tests.program import kill_all_on, run_program, temporary_home
from tests.serving import serving_app
from tests.stage import Scene, Stage, open_stage
from web.services import Services

if TYPE_CHECKING:
    from playwright.async_api import Browser


allow_sockets(4_000)  # many tests serve and call in one process; the usual limit is 1,024, or 256

# Each client of httpx reads all certificate authorities anew, which takes 24 ms of CPU: more than
# most tests, which call this machine alone.
pytest.MonkeyPatch().setattr(
    "httpx._transports.default.create_ssl_context", cache(httpx.create_ssl_context)
)


@pytest.fixture(scope="session", autouse=True)
async def pools() -> AsyncIterator[None]:
    """Worker processes end with the tests."""
    yield
    await close_pools()


@pytest.fixture(scope="session")
async def server_url() -> AsyncIterator[str]:
    """A PostgreSQL: the one of AI_STORY_TEST_DATABASE_URL, else the bundled one."""
    if url := os.environ.get("AI_STORY_TEST_DATABASE_URL"):
        yield url
        return
    home = make_reachable_folder()
    postgres = await EmbeddedPostgres.start(home)
    # Nothing here must survive a power failure; a crash of a process it survives anyway.
    await run_sql(postgres.url, "ALTER SYSTEM SET fsync = off")
    await run_sql(postgres.url, "SELECT pg_reload_conf()")
    yield postgres.url
    await postgres.stop()
    await asyncio.to_thread(shutil.rmtree, home)


@pytest.fixture(scope="session")
async def template_name(server_url: str) -> AsyncIterator[str]:
    """A migrated database to copy: quicker than migrating one for each test."""
    async with fresh_database(server_url) as url:
        async with Database(url) as database:
            await migrate(database.engine)
        yield make_url(url).database or ""


@pytest.fixture(scope="session")
async def used_database_url(server_url: str, template_name: str) -> AsyncIterator[str]:
    """A migrated database for one test after the other."""
    async with fresh_database(server_url, template=template_name) as url:
        yield url


@pytest.fixture
async def database_url(used_database_url: str) -> AsyncIterator[str]:
    """A migrated database of the test's own."""
    yield used_database_url
    await empty_database(used_database_url)


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """A migrated database, opened."""
    async with Database(database_url) as database:
        yield database


@pytest.fixture
async def origin() -> AsyncIterator[FakeOrigin]:
    """A model service that counts its calls and misbehaves on request."""
    async with serving(FakeOrigin()) as origin:
        yield origin


@pytest.fixture
async def stage(
    request: pytest.FixtureRequest, database_url: str, tmp_path: Path, origin: FakeOrigin
) -> AsyncIterator[Stage]:
    """A running backend: worker, origin's script and pictures, films composed here.

    The marker `in_scene` changes it.
    """
    scene: Scene | None = getattr(request, "param", None)
    async with open_stage(database_url, tmp_path, origin, scene) as stage:
        yield stage


@pytest.fixture
async def filming_stage(
    database_url: str, tmp_path: Path, origin: FakeOrigin
) -> AsyncIterator[Stage]:
    """A running backend whose films the origin's video service makes."""
    async with open_stage(database_url, tmp_path, origin, Scene(videos=("origin",))) as stage:
        yield stage


@pytest.fixture(scope="module")
async def idle_stage(
    server_url: str, template_name: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Stage]:
    """A backend without a worker: only the test changes the rows, each test its own."""
    async with (
        fresh_database(server_url, template=template_name) as url,
        serving(FakeOrigin()) as origin,
        open_stage(url, tmp_path_factory.mktemp("idle"), origin, Scene(with_worker=False)) as stage,
    ):
        yield stage


@pytest.fixture(scope="session")
async def migrated_home() -> AsyncIterator[Path]:
    """A migrated home at rest, to copy: quicker than a first start."""
    with temporary_home() as home:
        ended = await run_program("migrate", home=home)
        assert ended.code == 0, ended.errors
        yield home


@pytest.fixture(scope="module")
def used_home(migrated_home: Path) -> Iterator[Path]:
    """A migrated home for one test of a command after the other."""
    with temporary_home(like=migrated_home) as home:
        yield home


@pytest.fixture
def home(used_home: Path) -> Iterator[Path]:
    """The home at rest, before and after."""
    yield used_home
    kill_all_on(used_home)


@pytest.fixture
def services(stage: Stage) -> Services:
    """The running backend as the web package sees it."""
    return stage.services


@pytest.fixture
async def app_url(services: Services) -> AsyncIterator[str]:
    """The whole application over real sockets."""
    from web.app import create_app  # after the fixtures: its import is the slowest

    @asynccontextmanager
    async def open_services() -> AsyncGenerator[Services]:
        yield services

    app = create_app(open_services, options=services.options, allowed_hosts=())
    async with serving_app(app) as url:
        yield url


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print adapter x case, as the tests of the adapters' defence found it."""
    found: dict[str, dict[str, str]] = {}
    for outcome, mark in (("passed", "ok"), ("failed", "FAILED")):
        for report in terminalreporter.stats.get(outcome, []):
            if (
                "tests/unit/orchestration/providers/http/test_defence.py" in report.nodeid
                and report.when == "call"
            ):
                case, _, adapter = report.nodeid.rpartition("[")[2].rstrip("]").rpartition("-")
                found.setdefault(case, {})[adapter] = mark
    if not found:
        return
    adapters = sorted({adapter for row in found.values() for adapter in row})
    terminalreporter.section("what services answer x adapters")
    terminalreporter.write_line(f"{'':24}" + "".join(f"{name:>18}" for name in adapters))
    for case, row in found.items():
        marks = "".join(f"{row.get(name, '-'):>18}" for name in adapters)
        terminalreporter.write_line(f"{case:24}" + marks)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Where everything is installed, a skipped test is a test that did not run."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("AI_STORY_TEST_NO_SKIPS") and reporter and reporter.stats.get("skipped"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator["Browser"]:
    """A Chromium; tests that need it are marked with `needs_browser`."""
    from tests.browser import open_browser  # most tests start without Playwright

    async with open_browser() as browser:
        yield browser


@pytest.fixture
async def url(stage: Stage) -> AsyncIterator[str]:
    """The application over a running backend."""
    from tests.graphql_client import serving_stage

    async with serving_stage(stage) as url:
        yield url


@pytest.fixture
async def story(stage: Stage) -> str:
    """The ID of a story whose four pictures are ready."""
    made, _ = await drawn_story(stage)
    return str(made.id)
