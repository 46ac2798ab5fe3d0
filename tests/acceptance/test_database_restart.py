"""PostgreSQL is gone for a while under calls that go on: none is repeated, work goes on."""

import asyncio
import os
import shutil
import signal
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest
from sqlalchemy.engine import URL, make_url

from db.embedded import EmbeddedPostgres
from db.migrate import migrate
from db.session import Database
from domain import Status
from tests.databases import make_reachable_folder
from tests.fakes.origin import FakeOrigin
from tests.journeys import follow_until, is_settled, read, start_story
from tests.stage import Scene, open_stage


async def test_a_database_restart_repeats_no_call(tmp_path: Path, origin: FakeOrigin) -> None:
    home = make_reachable_folder()
    postgres = await EmbeddedPostgres.start(home)
    async with Database(postgres.url) as database:
        await migrate(database.engine)
    origin.latencies_s["/pic"] = 6.0

    async with open_stage(postgres.url, tmp_path, origin, Scene(heartbeat_s=3)) as stage:
        story = await start_story(stage)
        await follow_until(stage, story.id, lambda change: change.counts.generating == 4)
        settled = asyncio.create_task(follow_until(stage, story.id, is_settled))
        (pid_file,) = home.glob("postgres/*/postmaster.pid")
        postmaster = int(pid_file.read_text().split()[0])
        os.kill(postmaster, signal.SIGINT)  # a fast shutdown; its supervisor starts it again
        await settled
        _, shots = await read(stage, story)
    await postgres.stop()
    await asyncio.to_thread(shutil.rmtree, home)

    assert {shot.status for shot in shots} == {Status.COMPLETED}
    assert origin.calls["/pic"] == 4


class Cable:
    """A way to the database that can be cut: a relay on a port of loopback."""

    def __init__(self, url: URL) -> None:
        self._url = url
        self._is_cut = False
        self._writers: set[asyncio.StreamWriter] = set()

    def cut(self) -> None:
        """Drop every connection and let nobody through."""
        self._is_cut = True
        for writer in self._writers:
            writer.transport.abort()

    def mend(self) -> None:
        """Let everybody through again."""
        self._is_cut = False

    async def relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Carry one connection."""
        if self._is_cut:
            writer.transport.abort()
            return
        far_reader, far_writer = await self._connect()
        pair = {writer, far_writer}
        self._writers |= pair
        await asyncio.gather(_pump(reader, far_writer), _pump(far_reader, writer))
        self._writers -= pair

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        host = str(self._url.query.get("host") or self._url.host or "127.0.0.1")
        port = int(str(self._url.query.get("port") or self._url.port or 5432))
        if host.startswith("/"):
            return await asyncio.open_unix_connection(f"{host}/.s.PGSQL.{port}")
        return await asyncio.open_connection(host, port)


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()
    writer.transport.abort()


@asynccontextmanager
async def cable_to(database_url: str) -> AsyncGenerator[tuple[Cable, str]]:
    """A cable to the database, and the database's address at its near end."""
    url = make_url(database_url)
    cable = Cable(url)
    server = await asyncio.start_server(cable.relay, "127.0.0.1", 0)
    query = {name: value for name, value in url.query.items() if name not in ("host", "port")}
    near = url.set(host="127.0.0.1", port=server.sockets[0].getsockname()[1], query=query)
    yield cable, near.render_as_string(hide_password=False)
    server.close()


@pytest.mark.parametrize("outage_s", [3.4, 3.8])
async def test_an_outage_longer_than_the_heartbeat_takes_no_job_from_the_living(
    database_url: str, tmp_path: Path, origin: FakeOrigin, outage_s: float
) -> None:
    origin.shots = 12
    origin.latencies_s["/pic"] = 6.0
    scene = Scene(heartbeat_s=2)

    async with (
        cable_to(database_url) as (cable, url),
        open_stage(url, tmp_path, origin, scene) as one,
        open_stage(url, tmp_path, origin, scene),
    ):
        story = await start_story(one)
        await follow_until(one, story.id, lambda change: change.counts.generating == 12)
        cable.cut()
        await asyncio.sleep(outage_s)
        cable.mend()
        await follow_until(one, story.id, is_settled)
        _, shots = await read(one, story)

    assert {shot.status for shot in shots} == {Status.COMPLETED}
    assert origin.calls["/pic"] == 12
