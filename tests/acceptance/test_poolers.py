"""A whole story through PgBouncer, in both of its modes."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import httpx
import pytest

from tests.graphql_client import Socket, ask, open_socket
from tests.own_pgbouncer import needs_pgbouncer, pgbouncer
from tests.own_postgres import OwnPostgres, own_postgres
from tests.program import SMALL_FILMS, Program, run_program, temporary_home

pytestmark = needs_pgbouncer
_MADE_WITHIN_S = 240
"""On a machine that is busy with other tests too."""
STORY = "A fox learns to sing. The moon listens. At dawn the whole forest hums."


@pytest.fixture(scope="module")
async def server() -> AsyncIterator[OwnPostgres]:
    async with own_postgres("host all all all scram-sha-256") as server:
        yield server


@pytest.fixture
async def settings(
    server: OwnPostgres, request: pytest.FixtureRequest
) -> AsyncIterator[dict[str, str]]:
    """The settings of a process behind a pooler; its pool is as small as it may be."""
    mode: str = request.param
    usual = SMALL_FILMS | {"AI_STORY_VOICE_PROVIDER": "none", "AI_STORY_DATABASE_SESSIONS": "6"}
    async with pgbouncer(server, mode=mode, size=6 if mode == "session" else 2) as pooled:
        urls = {"AI_STORY_DATABASE_URL": pooled.url()}
        if mode == "transaction":
            urls["AI_STORY_DATABASE_DIRECT_URL"] = server.url()
        yield usual | urls


each_mode = pytest.mark.parametrize("settings", ["session", "transaction"], indirect=True)


@each_mode
async def test_a_film_is_made(settings: dict[str, str], tmp_path: Path) -> None:
    film = tmp_path / "fox.mp4"
    arguments = ("film", "-", "-o", str(film), "--shots", "3")

    ended = await run_program(
        *arguments, home=tmp_path, settings=settings, text=STORY, deadline_s=_MADE_WITHIN_S
    )

    assert ended.code == 0, ended.errors
    assert film.stat().st_size > 10_000
    assert "Traceback" not in ended.errors


@each_mode
async def test_crowds_are_served_from_a_small_pool(settings: dict[str, str]) -> None:
    with temporary_home() as home:
        program = await Program.start("serve", "--port", "0", home=home, settings=settings)
        try:
            await program.ready()
            made = await ask(program.url, CREATE, {"content": STORY})
            story = {"id": made["createStory"]["story"]["id"]}
            async with AsyncExitStack() as stack:
                sockets = [
                    await stack.enter_async_context(open_socket(program.url)) for _ in range(12)
                ]
                for one in sockets:
                    await one.subscribe(FOLLOW, story)
                answers = await asyncio.gather(*(ask(program.url, SHOW, story) for _ in range(60)))
                async with asyncio.timeout(_MADE_WITHIN_S):
                    while not await is_completed(program.url, story):
                        await asyncio.sleep(0.1)
                for one in sockets:
                    await hear_of_completion(one)
            async with httpx.AsyncClient(base_url=program.url) as client:
                ready = await client.get("/readyz")
        finally:
            ended = await program.stopped()

    assert all(answer["story"]["id"] == story["id"] for answer in answers)
    assert ready.status_code == 200, ready.text
    assert ended.code == 0
    assert "Traceback" not in ended.errors


CREATE = """mutation ($content: String!) {
    createStory(input: {content: $content, shotCount: 3}) { story { id } userErrors { code } }
}"""
SHOW = "query ($id: ID!) { story(id: $id) { id status shots { id status } } }"
FOLLOW = "subscription ($id: ID!) { storyUpdated(id: $id) { status } }"


async def is_completed(url: str, story: dict[str, str]) -> bool:
    """Whether all its pictures are drawn."""
    shown = await ask(url, SHOW, story)
    return bool(shown["story"]["status"] == "COMPLETED")


async def hear_of_completion(one: Socket) -> None:
    """Read what was sent, up to the end."""
    while True:
        frame = await one.receive()
        if frame["payload"]["data"]["storyUpdated"]["status"] == "COMPLETED":
            return


async def test_a_pooler_by_transaction_alone_is_refused_in_one_sentence(
    server: OwnPostgres, tmp_path: Path
) -> None:
    async with pgbouncer(server, mode="transaction") as pooled:
        settings = {"AI_STORY_DATABASE_URL": pooled.url()}
        long = await run_program("serve", "--port", "0", home=tmp_path, settings=settings)
        short = await run_program("keys", "list", home=tmp_path, settings=settings)

    for ended in (long, short):
        assert ended.code == 2
        assert ended.errors.count("\n") == 1
        assert "Set AI_STORY_DATABASE_DIRECT_URL" in ended.errors
