"""Real parts for every test: a PostgreSQL with a database of the test's own, a model service."""

import asyncio
import os
import shutil
import socket
import tempfile
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
import uvicorn
from sqlalchemy.engine import make_url
from starlette.types import ASGIApp

from db.connections import connect
from db.embedded import EmbeddedPostgres
from db.migrate import migrate
from db.session import Database
from tests.fake_origin import FakeOrigin, serving
from tests.journeys import drawn_story
from tests.program import kill_all_on, run_program, temporary_home
from tests.stage import Scene, Stage, open_stage
from web.services import Services

if TYPE_CHECKING:
    from playwright.async_api import Browser

DEADLINE_S = 30


def make_reachable_folder() -> Path:
    """A folder that the database's account can enter; pytest's own are closed when we are root."""
    folder = Path(tempfile.mkdtemp(prefix="ai-story-test-", dir="/tmp"))
    folder.chmod(0o711)
    return folder


@pytest.fixture(scope="session")
async def server_url() -> AsyncIterator[str]:
    """A PostgreSQL: the one of AI_STORY_TEST_DATABASE_URL, else the bundled one."""
    if url := os.environ.get("AI_STORY_TEST_DATABASE_URL"):
        yield url
        return
    home = make_reachable_folder()
    postgres = await EmbeddedPostgres.start(home)
    # Nothing here must outlive the power; what must outlive a crash of ours does so without.
    await run_sql(postgres.url, "ALTER SYSTEM SET fsync = off")
    await run_sql(postgres.url, "SELECT pg_reload_conf()")
    yield postgres.url
    await postgres.stop()
    await asyncio.to_thread(shutil.rmtree, home)


async def run_sql(url: str, statement: str) -> None:
    """Run one statement outside any transaction."""
    connection = await connect(url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close(timeout=5)


def named(server_url: str, name: str) -> str:
    """The address of another database of the same server."""
    return make_url(server_url).set(database=name).render_as_string(hide_password=False)


@asynccontextmanager
async def fresh_database(server_url: str, *, template: str = "template1") -> AsyncGenerator[str]:
    """A database for a while, a copy of the template; the value is its address."""
    name = f"test_{uuid4().hex}"
    await run_sql(server_url, f"CREATE DATABASE {name} TEMPLATE {template}")
    yield named(server_url, name)
    await run_sql(server_url, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="session")
async def template_name(server_url: str) -> AsyncIterator[str]:
    """A migrated database to copy: quicker than migrating one for each test."""
    async with fresh_database(server_url) as url:
        async with Database(url) as database:
            await migrate(database.engine)
        yield make_url(url).database or ""


@pytest.fixture
async def database_url(server_url: str, template_name: str) -> AsyncIterator[str]:
    """A migrated database of the test's own."""
    async with fresh_database(server_url, template=template_name) as url:
        yield url


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
async def stage(database_url: str, tmp_path: Path, origin: FakeOrigin) -> AsyncIterator[Stage]:
    """A running backend: worker, origin's script and pictures, films composed here."""
    async with open_stage(database_url, tmp_path, origin) as stage:
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
    """A backend in which nobody works: only the test moves the rows, each test its own."""
    async with (
        fresh_database(server_url, template=template_name) as url,
        serving(FakeOrigin()) as origin,
        open_stage(url, tmp_path_factory.mktemp("idle"), origin, Scene(with_worker=False)) as stage,
    ):
        yield stage


@pytest.fixture(scope="module")
async def used_home() -> AsyncIterator[Path]:
    """A migrated home for one test of a command after the other."""
    with temporary_home() as home:
        ended = await run_program("migrate", home=home)
        assert ended.code == 0, ended.errors
        yield home


@pytest.fixture
def home(used_home: Path) -> Iterator[Path]:
    """The home at rest, before and after."""
    yield used_home
    kill_all_on(used_home)


@pytest.fixture
def services(stage: Stage) -> Services:
    """The running backend as the web room sees it."""
    return stage.services


@asynccontextmanager
async def serving_app(app: ASGIApp, *, ping_s: float | None = None) -> AsyncGenerator[str]:
    """Serve the application on a free port of loopback; the value is its address.

    WebSockets are pinged every `ping_s` seconds and have as many to answer; None is the server's
    own pace.
    """
    listener = socket.create_server(("127.0.0.1", 0))
    # asyncio does so only for sockets that it made itself; without it answers wait 40 ms.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    from cli.http_server import configuration  # late, like every import of the web room here

    config = configuration(app)
    if ping_s is not None:
        config.ws_ping_interval = config.ws_ping_timeout = ping_s
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        async with asyncio.timeout(DEADLINE_S):
            while not server.started:
                if task.done():
                    await task
                await asyncio.sleep(0.005)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        await task


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


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run what starts and kills processes last: the quick answers come first."""
    items.sort(key=lambda item: item.get_closest_marker("slow") is not None)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print adapter x case, as the tests of the adapters' defence found it."""
    found: dict[str, dict[str, str]] = {}
    for outcome, mark in (("passed", "ok"), ("failed", "FAILED")):
        for report in terminalreporter.stats.get(outcome, []):
            if "tests/test_defence.py" in report.nodeid and report.when == "call":
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


@pytest.fixture(scope="module")
async def browser() -> AsyncIterator["Browser"]:
    """A Chromium; tests that want it are marked with `needs_browser`."""
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
    """The id of a story whose four pictures are there."""
    made, _ = await drawn_story(stage)
    return str(made.id)
