"""A worker's probes show from outside when it no longer receives jobs."""

import asyncio
import signal
from pathlib import Path

import httpx
import pytest

from tests.databases import run_sql
from tests.outages import cable_to
from tests.program import DEADLINE_S, Program

END_LISTENERS = """SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND application_name = 'ai-story worker'"""
DEAF = {"ok": False, "message": "The connection of the queue is lost. Reconnecting."}
COMMANDS = pytest.mark.parametrize(
    "command", [("worker", "--port", "0"), ("serve", "--port", "0")], ids=["worker", "serve"]
)


async def ready_with(client: httpx.AsyncClient, status: int) -> httpx.Response:
    """The probe's answer once it has this status."""
    async with asyncio.timeout(DEADLINE_S):
        while True:
            answer = await client.get("/readyz")
            if answer.status_code == status:
                return answer
            await asyncio.sleep(0.1)


@COMMANDS
async def test_a_worker_that_hears_of_no_work_is_not_ready(
    home: Path, database_url: str, command: tuple[str, ...]
) -> None:
    async with cable_to(database_url) as (cable, url):
        settings = {"AI_STORY_DATABASE_URL": url}
        program = await (await Program.start(*command, home=home, settings=settings)).ready()
        async with httpx.AsyncClient(base_url=program.url) as client:
            before = await ready_with(client, 200)
            cable.admit_nobody()  # the connections that are open go on
            await run_sql(database_url, END_LISTENERS)
            deaf = await ready_with(client, 503)
            alive = await client.get("/healthz")
            cable.mend()
            after = await ready_with(client, 200)
        ended = await program.stopped(signal.SIGTERM)

    works = {"ok": True, "message": "worker in this process; workers in total: 1"}
    assert before.json()["checks"]["engine"] == works
    assert (deaf.json()["status"], deaf.json()["checks"]["engine"]) == ("not ready", DEAF)
    assert (alive.status_code, alive.json()["status"]) == (200, "alive")
    assert after.json()["checks"]["engine"] == works
    assert ended.code == 0, ended.errors


async def test_a_workers_port_answers_probes_alone(home: Path, database_url: str) -> None:
    settings = {"AI_STORY_DATABASE_URL": database_url}
    arguments = ("worker", "--host", "0.0.0.0", "--port", "0")
    program = await (await Program.start(*arguments, home=home, settings=settings)).ready()
    async with httpx.AsyncClient(base_url=program.url) as client:
        # An orchestrator names the address of the container.
        ready = await client.get("/readyz", headers={"Host": "10.1.2.3:8001"})
        graphql = await client.post("/graphql", json={"query": "{ stories { nodes { id } } }"})
        page = await client.get("/")
    await program.stopped(signal.SIGTERM)

    assert ready.status_code == 200
    assert ready.json().keys() == {"status", "checks", "providers"}
    assert (graphql.status_code, page.status_code) == (404, 404)
