"""A database outage: one code and one status in every transport, and whether data changed."""

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import replace
from typing import Any
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from websockets.exceptions import ConnectionClosed

import db.session
from db.queries import stories
from db.read_sessions import Reads
from db.session import Database, is_connection_lost
from errors import DatabaseUnavailableError
from orchestration.media.upload_links import UploadSlot
from resolvers.documents import TrustedDocuments
from resolvers.following import Following
from tests.factories import add_rows
from tests.fakes.origin import PICTURE
from tests.graphql_client import open_socket, serving_stage
from tests.outages import cable_to, refusing
from tests.owners import asking_for_keys, bearing
from tests.stage import Stage

MODERN = "application/graphql-response+json"
CLASSIC = "application/json"
CODE = "DATABASE_UNAVAILABLE"
REFUSALS = {
    "too many clients": "53300",
    "starting up": "57P03",
    "shutting down": "57P01",
    "after a crash": "57P02",
    "out of memory": "53200",
    "another password": "28P01",
    "dropped": "3D000",
    "rejected": "08004",
}
CREATE = """mutation ($content: String!) {
    createStory(input: {content: $content}) { story { id shots { id } } userErrors { code } }
}"""


def over(stage: Stage, database: Database) -> Stage:
    """The backend over another way to its database."""
    services = replace(
        stage.services,
        production=replace(stage.production, database=database),
        following=Following(database, stage.doorbell),
        documents=TrustedDocuments(database),
    )
    return replace(stage, services=services)


@pytest.fixture(params=[pytest.param(code, id=how) for how, code in REFUSALS.items()])
async def stage_refused(idle_stage: Stage, request: pytest.FixtureRequest) -> AsyncIterator[Stage]:
    """A backend whose database rejects all clients."""
    async with refusing(request.param) as url, Database(url) as database:
        yield over(idle_stage, database)


@pytest.fixture
async def stage_without(idle_stage: Stage) -> AsyncIterator[Stage]:
    """A backend without a server at its database's address."""
    async with Database("postgresql://nobody@127.0.0.1:1/none") as database:
        yield over(idle_stage, database)


def check_graphql(response: httpx.Response) -> dict[str, Any]:
    """The one error of an answer that says that the database is away."""
    assert response.status_code == 503, response.text
    assert response.headers["retry-after"] == "1"
    [error] = response.json()["errors"]
    assert error["extensions"] == {"code": CODE}
    return error


def check_envelope(response: httpx.Response) -> str:
    """The message of an envelope that says that the database is away."""
    assert response.status_code == 503, response.text
    assert response.headers["retry-after"] == "1"
    body = response.json()
    assert body == {"code": 503, "message": body["message"], "data": None, "error": CODE}
    return body["message"]


async def test_a_database_that_is_away_is_told_at_every_door(stage_without: Stage) -> None:
    await check_every_door(stage_without)


async def test_a_database_that_lets_nobody_in_is_told_at_every_door(stage_refused: Stage) -> None:
    await check_every_door(stage_refused)


async def check_every_door(stage_without: Stage) -> None:
    slot = UploadSlot(shot_id=uuid4(), take_id=uuid4())
    async with serving_stage(stage_without) as url, httpx.AsyncClient(base_url=url) as client:
        link, _ = stage_without.production.uploads.address(url, slot)
        for accept in (MODERN, CLASSIC):
            for query in (
                "{ story(id: 1) { id } }".replace("1", f'"{uuid4()}"'),
                "{ stories { totalCount nodes { id } } }",
                f'mutation {{ deleteStory(id: "{uuid4()}") {{ deletedId }} }}',
            ):
                answer = await client.post(
                    "/graphql", json={"query": query}, headers={"Accept": accept}
                )
                assert check_graphql(answer)["path"]
                assert answer.headers["content-type"] == accept
        registered = await client.post("/graphql", json={"documentId": f"sha256:{'a' * 64}"})
        check_graphql(registered)
        check_envelope(await client.get("/api/story/all"))
        check_envelope(await client.post("/api/story/create", json={"content": "A fox sings."}))
        check_envelope(await client.put(link, content=PICTURE))
        served = await client.post("/graphql", json={"query": "{ server { version } }"})

    assert served.status_code == 200


async def test_over_a_socket_the_operation_ends_and_the_others_go_on(stage_without: Stage) -> None:
    follow = "subscription ($id: ID!) { storyEvents(storyId: $id) { type } }"
    async with serving_stage(stage_without) as url, open_socket(url) as socket:
        query = await socket.subscribe("{ stories { totalCount } }")
        asked = await socket.receive()
        completed = await socket.receive()
        followed = await socket.subscribe(follow, {"id": str(uuid4())})
        refused = await socket.receive()
        await socket.subscribe("{ server { version } }")
        served = await socket.receive()

    assert [asked["id"], asked["type"], completed["type"]] == [query, "next", "complete"]
    assert asked["payload"]["errors"][0]["extensions"] == {"code": CODE}
    assert (refused["id"], refused["type"]) in ((followed, "next"), (followed, "error"))
    assert CODE in json.dumps(refused["payload"])
    assert "data" in served["payload"]


async def test_who_cannot_be_recognised_is_told_the_same(stage_without: Stage) -> None:
    key = bearing("aistory_" + "k" * 43)
    async with serving_stage(asking_for_keys(stage_without)) as url:
        async with httpx.AsyncClient(base_url=url, headers=key) as client:
            graphql = await client.post("/graphql", json={"query": "{ viewer { id } }"})
            rest = await client.get("/api/story/all")
        with pytest.raises(ConnectionClosed) as closed:
            async with open_socket(url, key):
                pass

    assert check_graphql(graphql)["message"] == check_envelope(rest)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1013
    assert "database" in closed.value.rcvd.reason


@asynccontextmanager
async def cut_when(stage: Stage, statement: bytes) -> AsyncGenerator[httpx.AsyncClient]:
    """A client of a backend that loses its database as soon as it sends these bytes."""
    async with (
        cable_to(stage.database.url) as (cable, url),
        Database(url) as database,
        serving_stage(over(stage, database)) as app_url,
        httpx.AsyncClient(base_url=app_url, timeout=20) as client,
    ):
        warm = await client.post("/graphql", json={"query": "{ stories { totalCount } }"})
        assert warm.status_code == 200, warm.text
        cable.cut_at(statement)
        yield client


async def contents(stage: Stage, *wanted: str) -> list[bool]:
    """Whether there is a story of each content."""
    async with stage.database.reading() as session:
        rows = await session.execute(text("SELECT content FROM story"))
        there = {row[0] for row in rows}
    return [content in there for content in wanted]


async def create(client: httpx.AsyncClient, content: str) -> httpx.Response:
    body = {"query": CREATE, "variables": {"content": content}}
    return await client.post("/graphql", json=body)


async def told_of_a_story(stage: Stage, content: str, *, cut_at: bytes) -> str:
    """What both doors say of a new story when the database is lost at this statement."""
    async with cut_when(stage, cut_at) as client:
        error = check_graphql(await create(client, content))
    async with cut_when(stage, cut_at) as client:
        message = check_envelope(await client.post("/api/story/create", json={"content": content}))
    assert error["message"] == message
    return message


async def test_a_query_whose_connection_is_lost_may_be_asked_again(idle_stage: Stage) -> None:
    async with cut_when(idle_stage, b"SELECT") as client:
        error = check_graphql(
            await client.post("/graphql", json={"query": "{ stories { totalCount } }"})
        )

    assert error["message"].endswith("Try again later.")


async def test_a_change_that_was_not_saved_says_so(idle_stage: Stage) -> None:
    message = await told_of_a_story(idle_stage, "lost before", cut_at=b"INSERT INTO story")

    assert "nothing was changed" in message
    assert await contents(idle_stage, "lost before") == [False]


async def test_a_change_that_may_have_been_saved_says_so(idle_stage: Stage) -> None:
    message = await told_of_a_story(idle_stage, "lost while saving", cut_at=b"COMMIT;")

    assert "may have been saved" in message
    assert "idempotencyKey" in message


async def test_what_was_saved_is_not_asked_for_again_when_its_answer_is_lost(
    idle_stage: Stage,
) -> None:
    async with cut_when(idle_stage, b"FROM shot") as client:
        answer = await create(client, "saved")

    [error] = answer.json()["errors"]
    assert answer.status_code == 200
    assert error["extensions"] == {"code": CODE}
    assert "some of the changes were saved" in error["message"]
    assert await contents(idle_stage, "saved") == [True]


async def test_of_two_changes_the_first_is_told_to_be_done(idle_stage: Stage) -> None:
    both = """mutation {
        first: createStory(input: {content: "the first of two"}) { story { id } }
        second: createStory(input: {content: "the second of two"}) { story { id } }
    }"""
    async with cut_when(idle_stage, b"the second of two") as client:
        answer = await client.post("/graphql", json={"query": both}, headers={"Accept": MODERN})

    [error] = answer.json()["errors"]
    assert (answer.status_code, error["path"]) == (200, ["second"])
    assert "some of the changes were saved" in error["message"]
    assert await contents(idle_stage, "the first of two", "the second of two") == [True, False]


async def test_an_operation_that_takes_too_long_says_what_it_has_done(idle_stage: Stage) -> None:
    rows = await add_rows(idle_stage.database)
    query = f"""mutation {{
        first: createStory(input: {{content: "in time"}}) {{ story {{ id }} }}
        second: deleteStory(id: "{rows.story}") {{ deletedId }}
    }}"""
    options = replace(idle_stage.services.options, operation_timeout_s=1.0)
    async with (
        serving_stage(idle_stage, options) as url,
        httpx.AsyncClient(base_url=url, timeout=20) as client,
        idle_stage.database.transaction() as session,
    ):
        assert await stories.lock_row(session, rows.story)
        answer = await client.post("/graphql", json={"query": query})

    [error] = answer.json()["errors"]
    assert (answer.status_code, error["extensions"]["code"]) == (503, "TIMEOUT")
    assert "some of the changes were saved" in error["message"]
    assert await contents(idle_stage, "in time") == [True]


async def test_a_connection_that_is_ended_under_a_statement_is_lost(database: Database) -> None:
    began: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    async def sleep() -> None:
        async with database.reading() as session:
            began.set_result((await session.execute(text("SELECT pg_backend_pid()"))).scalar_one())
            await session.execute(text("SELECT pg_sleep(20)"))

    sleeping = asyncio.create_task(sleep())
    async with database.reading() as session:
        end = text("SELECT pg_terminate_backend(:process)")
        await session.execute(end, {"process": await began})
    with pytest.raises(DatabaseUnavailableError):
        await sleeping


@pytest.mark.parametrize("opened", [Database.reading, Database.transaction])
async def test_a_pool_without_a_free_connection_is_no_bug(
    database_url: str,
    monkeypatch: pytest.MonkeyPatch,
    opened: Callable[[Database], AbstractAsyncContextManager[Reads]],
) -> None:
    monkeypatch.setattr(db.session, "_POOL_TIMEOUT_S", 0.1)
    async with Database(database_url) as database:

        async def take_all() -> None:
            async with AsyncExitStack() as stack:
                for _ in range(30):
                    session = await stack.enter_async_context(opened(database))
                    await session.execute(text("SELECT 1"))

        with pytest.raises(DatabaseUnavailableError):
            await take_all()


@pytest.mark.parametrize(
    ("statement", "values"),
    [
        ("SELECT CAST(:n AS int)", {"n": 10**20}),
        ("SELECT CAST(:n AS int)", {"n": "seven"}),
        ("SELECT 1 FROM nothing", {}),
    ],
)
async def test_a_statement_that_is_wrong_is_not_taken_for_a_lost_connection(
    database: Database, statement: str, values: dict[str, Any]
) -> None:
    with pytest.raises(DBAPIError):
        async with database.transaction() as session:
            await session.execute(text(statement), values)


@pytest.mark.parametrize("count", [1, 32_768])
async def test_too_many_values_are_not_taken_for_a_lost_connection(
    database: Database, count: int
) -> None:
    async with database.transaction() as session:
        connection = await session.connection()
        with pytest.raises(DBAPIError) as wrong:
            await connection.exec_driver_sql("SELECT 1", tuple(range(count)))

    assert not is_connection_lost(wrong.value)


async def test_a_file_that_is_missing_is_not_the_databases_fault(database: Database) -> None:
    with pytest.raises(FileNotFoundError):
        async with database.transaction():
            raise FileNotFoundError
