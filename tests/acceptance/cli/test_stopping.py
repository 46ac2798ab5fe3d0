"""SIGTERM ends every command in time, whatever is unavailable."""

import asyncio
import signal
import time
from pathlib import Path

import pytest

from tests.outages import cable_to
from tests.program import Program

DRAIN_S = 3
MOST_S = DRAIN_S + 15


@pytest.mark.parametrize(
    "command", [("worker",), ("serve", "--port", "0")], ids=["worker", "serve"]
)
async def test_sigterm_ends_what_has_lost_its_database(
    home: Path, database_url: str, command: tuple[str, ...]
) -> None:
    async with cable_to(database_url) as (cable, url):
        settings = {"AI_STORY_DATABASE_URL": url, "AI_STORY_DRAIN_S": str(DRAIN_S)}
        program = await Program.start(*command, home=home, settings=settings)
        await program.ready()
        cable.cut()
        await asyncio.sleep(1)  # it looks for its database
        told_at = time.monotonic()
        ended = await program.stopped(signal.SIGTERM)
        took_s = time.monotonic() - told_at

    assert took_s < MOST_S
    assert ended.code == 0, ended.errors
