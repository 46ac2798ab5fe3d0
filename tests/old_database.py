"""The database that version 0.1.0 left behind, and services that know what it had submitted."""

import io
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import PIL.Image
from alembic import command
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncEngine

from db.connections import connect
from db.migrate import alembic_config
from db.session import Database
from domain import ServiceKind
from orchestration.prices import Prices
from tests.databases import fresh_database
from tests.fakes.openai import FakeOpenAI
from tests.fakes.origin import FakeOrigin, make_film, make_picture
from tests.fakes.service import serving
from tests.fakes.vendors import FakeReplicate
from tests.stage import Scene, hurried

_SCRIPT = Path(__file__).parent / "cases" / "databases" / "before_work.sql"
BEFORE_WORK = "0009"
"""The migration at which the program of before stood."""
_JOBS = 100
"""More than each service had."""


@dataclass(frozen=True, slots=True)
class OldServices:
    """The services that the database tells of; their jobs of before are done at the first poll."""

    origin: FakeOrigin
    replicate: FakeReplicate
    animator: FakeReplicate
    next: FakeOpenAI

    def scene(self) -> Scene:
        """A backend that asks them all, at the prices of before."""
        return Scene(
            replicate=self.replicate,
            animators=(self.animator,),
            next_in_line=self.next,
            videos=("studio", "videos", "origin"),
            patience=hurried(max_attempts=3),
            prices=Prices(
                usual={
                    ServiceKind.SCRIPT: Decimal("0.01"),
                    ServiceKind.IMAGE: Decimal("0.04"),
                    ServiceKind.VIDEO: Decimal("0.5"),
                    ServiceKind.CLIP: Decimal("0.1"),
                }
            ),
        )


@asynccontextmanager
async def serving_old_services() -> AsyncGenerator[OldServices]:
    """Serve them."""
    jobs = {f"job-{number}": 0 for number in range(1, _JOBS)}
    async with AsyncExitStack() as stack:
        services = OldServices(
            origin=await stack.enter_async_context(serving(FakeOrigin(polls=1))),
            replicate=await stack.enter_async_context(serving(FakeReplicate(polls=1))),
            animator=await stack.enter_async_context(serving(FakeReplicate(polls=1))),
            next=await stack.enter_async_context(serving(FakeOpenAI())),
        )
        services.origin.jobs = {f"video_{number}": 0 for number in range(1, _JOBS)}
        services.replicate.jobs = dict(jobs)
        services.animator.jobs = dict(jobs)
        services.animator.clips = set(jobs)
        yield services


@asynccontextmanager
async def old_database(server_url: str, services: OldServices) -> AsyncGenerator[str]:
    """The database as it was left, at its old migration; the value is its address."""
    script = _SCRIPT.read_text(encoding="utf-8")
    for name in ("origin", "replicate", "animator", "next"):
        script = script.replace(f"@{name}@", getattr(services, name).url)
    async with fresh_database(server_url) as url:
        async with Database(url) as database:
            await upgrade(database.engine, BEFORE_WORK)
        connection = await connect(url)
        try:
            await connection.execute(script)
        finally:
            await connection.close(timeout=5)
        yield url


async def upgrade(engine: AsyncEngine, revision: str) -> None:
    """Bring the schema to that migration."""

    def run(connection: Connection) -> None:
        config = alembic_config()
        config.attributes["connection"] = connection
        command.upgrade(config, revision)

    async with engine.begin() as connection:
        await connection.run_sync(run)


async def fetch(database: Database, statement: str) -> list[Any]:
    """The rows that the statement answers; of one column, its values."""
    async with database.reading() as session:
        rows = (await session.execute(text(statement))).all()
    return [row[0] if len(row) == 1 else tuple(row) for row in rows]


async def list_media_keys(database: Database) -> set[str]:
    """Where everything lies that is shown."""
    return set(
        await fetch(
            database,
            """
            SELECT key FROM (
                SELECT media_key AS key FROM take
                UNION SELECT media_key FROM clip
                UNION SELECT unnest(ARRAY[media_key, thumbnail_key, subtitles_key]) FROM video
            ) AS stored
            WHERE key IS NOT NULL
            """,
        )
    )


def write_media(folder: Path, keys: set[str]) -> None:
    """Write a small file of its type under each key."""
    picture = io.BytesIO()
    PIL.Image.new("RGB", (64, 36)).save(picture, "JPEG")
    contents = {
        ".png": make_picture(),
        ".jpg": picture.getvalue(),
        ".mp4": make_film(),
        ".srt": b"1\n00:00:00,000 --> 00:00:01,000\nOnce.\n",
    }
    for key in keys:
        path = folder / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(contents[path.suffix])
