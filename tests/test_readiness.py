"""/readyz tells what keeps the process from working, and what to do; /healthz that it lives."""

import asyncio
import shutil
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from db.embedded import EmbeddedPostgres
from db.migrate import migrate
from db.session import Database
from orchestration.providers.known import KnownService
from orchestration.providers.registry import ProviderChoice, Providers
from tests.conftest import make_reachable_folder
from tests.fake_origin import FakeOrigin, serving
from tests.graphql_client import serving_stage
from tests.stage import Scene, Stage, open_stage

DEADLINE_S = 30


async def ready_at(url: str) -> tuple[int, dict[str, Any]]:
    """The status and what it says, as anybody may read it."""
    async with httpx.AsyncClient(timeout=DEADLINE_S) as client:
        answer = await client.get(f"{url}/readyz")
    return answer.status_code, answer.json()


async def becomes(url: str, status: int) -> dict[str, Any]:
    """What it says once it answers so; what was found is known for a second."""
    async with asyncio.timeout(DEADLINE_S):
        while True:
            found, body = await ready_at(url)
            if found == status:
                return body
            await asyncio.sleep(0.05)


async def test_a_process_that_works_says_that_every_part_is_well(stage: Stage) -> None:
    async with serving_stage(stage) as url:
        status, body = await ready_at(url)

    assert (status, body["status"]) == (200, "ready")
    assert {name: part["ok"] for name, part in body["parts"].items()} == dict.fromkeys(
        ("database", "engine", "storage", "script", "image", "video"), True
    )
    assert body["parts"]["engine"]["status"] == "works here"


async def test_without_a_worker_it_tells_whether_anybody_works(
    database_url: str, tmp_path: Path, origin: FakeOrigin
) -> None:
    idle = Scene(with_worker=False)
    async with open_stage(database_url, tmp_path, origin, idle) as front:
        # The stage's own engine stands for a worker of the fleet: it holds the worker's lock.
        async with serving_stage(front) as url:
            status, body = await ready_at(url)
            await front.engine.driver.close()
        async with serving_stage(front) as url:
            alone = await becomes(url, 200)

    assert status == 200
    assert body["parts"]["engine"] == {"ok": True, "status": "1 at work elsewhere"}
    assert alone["parts"]["engine"]["ok"] is False
    assert "main.py worker" in alone["parts"]["engine"]["toDo"]
    assert alone["status"] == "ready"


async def test_a_media_folder_that_cannot_be_written_is_named(stage: Stage, tmp_path: Path) -> None:
    shutil.rmtree(tmp_path / "media")
    (tmp_path / "media").write_text("in the way")

    async with serving_stage(stage) as url:
        status, body = await ready_at(url)

    assert (status, body["status"]) == (503, "not ready")
    assert body["parts"]["storage"]["ok"] is False
    assert "AI_STORY_MEDIA_URL" in body["parts"]["storage"]["toDo"]
    assert body["parts"]["database"]["ok"] is True


async def test_a_probe_leaves_nothing_in_the_store(stage: Stage, tmp_path: Path) -> None:
    async with serving_stage(stage) as url:
        await ready_at(url)

    assert list((tmp_path / "media").rglob("*")) == []


async def test_a_service_that_is_away_is_told_and_is_no_reason_to_stop(stage: Stage) -> None:
    away = KnownService("image", "origin", url="http://127.0.0.1:1")
    production = replace(stage.production, services=(away,))
    services = replace(stage.services, production=production)

    async with serving_stage(replace(stage, services=services)) as url:
        status, body = await ready_at(url)

    assert status == 200
    assert body["parts"]["image"]["ok"] is False
    assert body["parts"]["image"]["toDo"]


@pytest.mark.slow
async def test_a_stopped_database_is_told_within_two_seconds_and_its_return_too(
    tmp_path: Path,
) -> None:
    home = make_reachable_folder()
    postgres = await EmbeddedPostgres.start(home)
    try:
        async with Database(postgres.url) as database:
            await migrate(database.engine)
        async with (
            serving(FakeOrigin()) as origin,
            open_stage(postgres.url, tmp_path, origin) as stage,
            serving_stage(stage) as url,
        ):
            await becomes(url, 200)
            await postgres.stop()
            gone = await becomes(url, 503)
            async with httpx.AsyncClient() as client:
                began = time.monotonic()
                answers = await asyncio.gather(
                    *(client.get(f"{url}/readyz", timeout=DEADLINE_S) for _ in range(20))
                )
                took_s = time.monotonic() - began
                alive = await client.get(f"{url}/healthz")
            postgres = await EmbeddedPostgres.start(home)
            back = await becomes(url, 200)
    finally:
        await postgres.stop()
        await asyncio.to_thread(shutil.rmtree, home)

    assert gone["parts"]["database"]["ok"] is False
    assert "PostgreSQL" in gone["parts"]["database"]["toDo"]
    assert {answer.status_code for answer in answers} == {503}
    assert took_s < 4
    assert alive.status_code == 200
    assert back["parts"]["engine"]["status"] == "works here"


async def test_the_registry_tells_the_models_and_nothing_that_is_not_so() -> None:
    def chosen(name: str, **more: str) -> ProviderChoice:
        return ProviderChoice(name=name, timeout_s=1, concurrency=1, **more)

    async with Providers(
        script=chosen("origin", url="http://127.0.0.1:1", model="ignored"),
        image=chosen("studio"),
        video=chosen("videos", url="http://127.0.0.1:1", model="film-1"),
    ) as providers:
        told = [(known.kind, known.name, known.models) for known in providers.known]
        available = [await known.is_available() for known in providers.known]

    assert told == [
        ("script", "origin", []),
        ("image", "studio", []),
        ("video", "videos", ["film-1"]),
    ]
    assert available == [False, True, False]
