"""PostgreSQL restarts under calls longer than the heartbeat: none is repeated, work goes on."""

import asyncio
import os
import shutil
import signal
from pathlib import Path

import pytest

from db.embedded import EmbeddedPostgres
from db.migrate import migrate
from db.session import Database
from domain import Status
from tests.conftest import make_reachable_folder
from tests.fake_origin import FakeOrigin
from tests.journeys import follow_until, is_settled, read, start_story
from tests.stage import Scene, open_stage


@pytest.mark.slow
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
