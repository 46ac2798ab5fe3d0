"""Scratch."""

import asyncio
import contextlib
from pathlib import Path

from sqlalchemy.engine import make_url

from domain import Status
from tests.fake_origin import FakeOrigin
from tests.journeys import follow_until, is_settled, read, start_story
from tests.stage import Scene, open_stage


class Proxy:
    def __init__(self, url: str) -> None:
        self.target = make_url(url)
        self.up = True
        self.writers: set[asyncio.StreamWriter] = set()

    async def start(self) -> str:
        self.server = await asyncio.start_server(self.handle, "127.0.0.1", 0)
        port = self.server.sockets[0].getsockname()[1]
        query = {k: v for k, v in self.target.query.items() if k not in ("host", "port")}
        return self.target.set(host="127.0.0.1", port=port, query=query).render_as_string(
            hide_password=False
        )

    def drop(self) -> None:
        self.up = False
        for writer in list(self.writers):
            writer.transport.abort()

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not self.up:
            writer.transport.abort()
            return
        host = self.target.query.get("host") or self.target.host
        port = self.target.query.get("port") or self.target.port or 5432
        if str(host).startswith("/"):
            r2, w2 = await asyncio.open_unix_connection(f"{host}/.s.PGSQL.{port}")
        else:
            r2, w2 = await asyncio.open_connection(str(host), int(str(port)))
        self.writers |= {writer, w2}

        async def pump(a: asyncio.StreamReader, b: asyncio.StreamWriter) -> None:
            with contextlib.suppress(OSError):
                while data := await a.read(65536):
                    b.write(data)
                    await b.drain()
            b.transport.abort()

        await asyncio.gather(pump(reader, w2), pump(r2, writer))
        self.writers -= {writer, w2}


import pytest


@pytest.mark.parametrize("gap", [3.0, 3.2, 3.4, 3.6, 3.8, 4.0])
async def test_outage(gap: float, database_url: str, tmp_path: Path, origin: FakeOrigin) -> None:
    origin.latencies_s["/pic"] = 6.0
    origin.shots = 12
    proxy = Proxy(database_url)
    url = await proxy.start()
    scene = Scene(heartbeat_s=2, timeout_s=30)
    async with (
        open_stage(url, tmp_path, origin, scene) as one,
        open_stage(url, tmp_path, origin, scene),
    ):
        story = await start_story(one)
        await follow_until(one, story.id, lambda change: change.counts.generating == 12)
        proxy.drop()
        await asyncio.sleep(gap)
        proxy.up = True
        await follow_until(one, story.id, is_settled)
        _, shots = await read(one, story)
    proxy.server.close()
    assert {shot.status for shot in shots} == {Status.COMPLETED}
    assert origin.calls["/pic"] == 12
