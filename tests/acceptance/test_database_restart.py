"""PostgreSQL restarts during running calls: none is repeated, and work continues."""

import asyncio
import os
import shutil
import signal
from pathlib import Path

import pytest
from sqlalchemy import text

from db.embedded import EmbeddedPostgres
from db.migrate import migrate
from db.session import Database
from domain import Status
from tests.databases import make_reachable_folder
from tests.fakes.origin import FakeOrigin
from tests.journeys import follow_until, is_settled, read, start_story
from tests.outages import cable_to
from tests.own_postgres import needs_own_postgres, own_postgres
from tests.stage import Scene, open_stage

STOP_S = 10
END_OTHERS = text(
    """SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query NOT LIKE 'LISTEN%'
        AND pid <> pg_backend_pid() AND backend_type = 'client backend'"""
)


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


@needs_own_postgres
async def test_a_database_that_waits_for_its_clients_to_leave_delays_no_stop(
    tmp_path: Path, origin: FakeOrigin
) -> None:
    """SIGTERM makes PostgreSQL keep its connections, such as ours, and accept no other."""
    async with own_postgres("host all all 127.0.0.1/32 scram-sha-256") as server:
        async with Database(server.url()) as database:
            await migrate(database.engine)
        async with open_stage(server.url(), tmp_path, origin) as stage:
            postmaster = int((server.folder / "data" / "postmaster.pid").read_text().split()[0])
            os.kill(postmaster, signal.SIGTERM)
            async with stage.database.reading() as session:  # all but one: that of notifications
                await session.execute(END_OTHERS)
            assert stage.worker is not None

            async with asyncio.timeout(STOP_S):
                await stage.worker.stop(patience_s=0)
