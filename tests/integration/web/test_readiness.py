"""What /readyz and the server's providers say: the truth, soon, whatever is down behind us."""

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx

from db.session import Database
from domain import ServiceKind
from orchestration.media.store import MediaStore
from orchestration.providers.reach import ProviderFacts, Reach
from orchestration.queue.driver import LastingDriver
from tests.fakes.origin import FakeOrigin
from tests.graphql_client import ask, serving_stage
from tests.serving import DEADLINE_S
from tests.stage import Stage, open_stage
from web.readiness import Finding, Readiness

PROVIDERS = "{ server { providers { kind name models available } } }"


def looking(stage: Stage, **changed: Any) -> Stage:
    """The stage with parts of its production changed, and nothing remembered."""
    production = replace(stage.production, **changed)
    readiness = Readiness(production, stage.engine.driver, stage.worker)
    services = replace(stage.services, production=production, readiness=readiness)
    return replace(stage, services=services)


async def probe(stage: Stage) -> tuple[int, dict[str, Any]]:
    async with serving_stage(stage) as url, httpx.AsyncClient(base_url=url) as client:
        answer = await client.get("/readyz")
    return answer.status_code, answer.json()


def unwell(report: dict[str, Any]) -> dict[str, str]:
    """What is not well, and what to do."""
    return {n: check["message"] for n, check in report["checks"].items() if not check["ok"]}


async def test_all_is_well(stage: Stage) -> None:
    status, report = await probe(stage)

    assert status == 200
    assert report["status"] == "ready"
    assert {name: check["message"] for name, check in report["checks"].items()} == {
        "database": "answers",
        "engine": "worker in this process; workers in total: 1",
        "storage": "files can be written and read",
        "scratch": "temporary files have room",
    }


async def test_the_fleets_workers_are_counted(
    idle_stage: Stage, database: Database, tmp_path: Path, origin: FakeOrigin
) -> None:
    driver = LastingDriver(database.url)
    await driver.open()
    production = replace(idle_stage.production, database=database)

    async def engine() -> Finding:
        return (await Readiness(production, driver, None).report()).findings["engine"]

    alone = await engine()
    async with open_stage(database.url, tmp_path, origin):
        served = await engine()
    await driver.close()

    assert alone == Finding(True, "no worker is running; start `main.py worker`")
    assert served == Finding(True, "workers in other processes; workers in total: 1")


async def test_a_database_that_is_away_is_told_soon(idle_stage: Stage) -> None:
    async with Database("postgresql://nobody@127.0.0.1:1/none") as silent:
        began = time.monotonic()
        status, report = await probe(looking(idle_stage, database=silent))
        took_s = time.monotonic() - began

    assert status == 503
    assert report["status"] == "not ready"
    assert "Check that it is running" in unwell(report)["database"]
    assert unwell(report).keys() == {"database", "engine"}
    assert took_s < 10


async def test_a_media_folder_that_takes_nothing_is_told(idle_stage: Stage, tmp_path: Path) -> None:
    store = MediaStore.open(str(tmp_path / "media"))
    (tmp_path / "media").rmdir()
    (tmp_path / "media").write_text("a file where the folder was")

    status, report = await probe(looking(idle_stage, store=store))

    assert status == 503
    assert unwell(report) == {"storage": "Media cannot be stored. Check AI_STORY_MEDIA_URL."}


async def test_a_worker_that_stopped_is_told(
    database_url: str, tmp_path: Path, origin: FakeOrigin
) -> None:
    async with open_stage(database_url, tmp_path, origin) as stage:
        assert stage.worker is not None
        await stage.worker.stop(patience_s=0)

        status, report = await probe(looking(stage))

    assert status == 503
    assert "Restart the process" in unwell(report)["engine"]


@asynccontextmanager
async def door() -> AsyncGenerator[tuple[str, asyncio.Server]]:
    """A port at which somebody takes connections."""

    async def hang_up(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    server = await asyncio.start_server(hang_up, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1", server


async def test_providers_are_what_is_configured_and_whether_they_are_there(
    idle_stage: Stage,
) -> None:
    async with door() as (open_url, server):
        facts = (
            ProviderFacts(ServiceKind.SCRIPT, "openai", ("small-1",), open_url),
            ProviderFacts(ServiceKind.IMAGE, "origin", (), "http://127.0.0.1:1"),
            ProviderFacts(ServiceKind.VIDEO, "studio", (), "studio://?latency=1"),
            ProviderFacts(ServiceKind.VOICE, "studio"),
        )
        stage = looking(idle_stage, providers=facts, reach=Reach(known_for_s=0))
        async with serving_stage(stage) as url:
            there = (await ask(url, PROVIDERS))["server"]["providers"]
            status, report = await probe(stage)
            server.close()
            await server.wait_closed()
            away = (await ask(url, PROVIDERS))["server"]["providers"]

    assert there == [
        {"kind": "script", "name": "openai", "models": ["small-1"], "available": True},
        {"kind": "image", "name": "origin", "models": [], "available": False},
        {"kind": "video", "name": "studio", "models": [], "available": True},
        {"kind": "voice", "name": "studio", "models": [], "available": True},
    ]
    told = [{**provider, "paused_until": None} for provider in there]
    assert (status, report["providers"]) == (200, told), "they are told of, and decide nothing"
    assert [provider["available"] for provider in away] == [False, False, True, True]


async def test_many_probes_at_once_look_once(idle_stage: Stage) -> None:
    async with door() as (open_url, _):
        facts = (ProviderFacts(ServiceKind.SCRIPT, "openai", (), open_url),)
        stage = looking(idle_stage, providers=facts)

        async with asyncio.timeout(DEADLINE_S):
            reports = await asyncio.gather(*(stage.services.readiness.report() for _ in range(50)))

    assert len({id(report) for report in reports}) == 1
