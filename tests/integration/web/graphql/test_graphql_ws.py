"""graphql-transport-ws frame by frame, compared with the reference server, and its limits."""

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import select, update
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from db.models import Story
from schema.limits import MAX_ALIASES, MAX_FRAGMENTS, MAX_TOKENS
from tests.factories import add_rows
from tests.graphql_client import DEADLINE_S, PROTOCOL, ask, open_socket, serving_stage
from tests.node import needs_node, open_reference_server
from tests.serving import serving_app
from tests.stage import Stage
from web.graphql.websocket import MAX_MESSAGE_BYTES, MAX_OPERATIONS, WebSocketEndpoint

OURS = "subscription { storiesUpdated { id } }"
REFERENCE = "subscription { endless }"
EVENTS = "subscription($id: ID!) { storyEvents(storyId: $id) { seq type shot { title } } }"
RETITLE = """mutation($id: ID!, $title: String!) {
    updateShot(input: {id: $id, title: $title}) { userErrors { code } }
}"""


@pytest.fixture(scope="module")
async def idle_url(idle_stage: Stage) -> AsyncIterator[str]:
    """The application without a worker."""
    async with serving_stage(idle_stage) as url:
        yield url


@pytest.fixture(scope="module")
async def reference_url() -> AsyncIterator[str]:
    """The reference server."""
    async with open_reference_server() as url:
        yield url


@asynccontextmanager
async def connected(url: str, *protocols: str) -> AsyncGenerator[ClientConnection]:
    """A WebSocket on which nothing has been said."""
    address = url.replace("http", "ws", 1) + "/graphql"
    subprotocols = [Subprotocol(name) for name in protocols] or [PROTOCOL]
    async with connect(address, subprotocols=subprotocols) as connection:
        yield connection


async def send(connection: ClientConnection, frame: Any) -> None:
    """Text and bytes go as they are, everything else as JSON."""
    is_raw = isinstance(frame, (str, bytes))
    await connection.send(frame if is_raw else json.dumps(frame))


async def outcome(connection: ClientConnection) -> list[Any]:
    """The types of what the server says, without data, and the code with which it closes."""
    said: list[Any] = []
    with suppress(ConnectionClosed):
        async with asyncio.timeout(DEADLINE_S):
            while True:
                said.append(json.loads(await connection.recv())["type"])
    return [*(kind for kind in said if kind != "next"), connection.close_code]


def subscribe(query: str, id_: str = "1", **payload: object) -> dict[str, Any]:
    return {"id": id_, "type": "subscribe", "payload": {"query": query, **payload}}


INIT: dict[str, Any] = {"type": "connection_init"}
ACK = "connection_ack"
BYE = INIT
"""A second one ends every conversation that the server has no reason to end."""
COMPLETE = {"type": "complete", "id": "1"}


def endless(query: str) -> dict[str, Any]:
    """The subscription that each server has of its own."""
    return subscribe(query)


CONVERSATIONS: dict[str, tuple[list[Any], list[Any]]] = {
    "init with null": ([{**INIT, "payload": None}, BYE], [ACK, 4429]),
    "init with an object": ([{**INIT, "payload": {"token": "x" * 9_999}}, BYE], [ACK, 4429]),
    "init with an array": ([{**INIT, "payload": []}], [4400]),
    "init with a text": ([{**INIT, "payload": "token"}], [4400]),
    "ping before init": ([{"type": "ping"}, INIT, BYE], ["pong", ACK, 4429]),
    "pong before init": ([{"type": "pong"}, INIT, BYE], [ACK, 4429]),
    "ping with null": ([INIT, {"type": "ping", "payload": None}, BYE], [ACK, "pong", 4429]),
    "ping with an object": (
        [INIT, {"type": "ping", "payload": {"a": 1}}, BYE],
        [ACK, "pong", 4429],
    ),
    "pong unasked": ([INIT, {"type": "pong", "payload": {}}, BYE], [ACK, 4429]),
    "ping with a number": ([INIT, {"type": "ping", "payload": 5}], [ACK, 4400]),
    "pong with an array": ([INIT, {"type": "pong", "payload": []}], [ACK, 4400]),
    "complete before init": ([{"type": "complete", "id": "1"}, INIT, BYE], [ACK, 4429]),
    "complete of nothing": ([INIT, {"type": "complete", "id": "9"}, BYE], [ACK, 4429]),
    "complete with an empty id": ([INIT, {"type": "complete", "id": ""}], [ACK, 4400]),
    "complete with a number": ([INIT, {"type": "complete", "id": 1}], [ACK, 4400]),
    "subscribe with an empty id": ([INIT, subscribe("{ x }", "")], [ACK, 4400]),
    "extensions a number": ([INIT, subscribe("{ x }", extensions=5)], [ACK, 4400]),
    "extensions an array": ([INIT, subscribe("{ x }", extensions=[])], [ACK, 4400]),
    "operationName a number": ([INIT, subscribe("{ x }", operationName=5)], [ACK, 4400]),
    "variables a text": ([INIT, subscribe("{ x }", variables="")], [ACK, 4400]),
    "no query": ([INIT, {"id": "1", "type": "subscribe", "payload": {}}], [ACK, 4400]),
    "a type of 1,000 letters": ([INIT, {"type": "x" * 1_000}], [ACK, 4400]),
    "a type of half a letter": ([INIT, {"type": "\ud800" * 99}], [ACK, 4400]),
    "no type": ([INIT, {}], [ACK, 4400]),
    "an empty type": ([INIT, {"type": ""}], [ACK, 4400]),
    "an empty frame": ([INIT, ""], [ACK, 4400]),
    "an empty binary frame": ([INIT, b""], [ACK, 4400]),
    "a text": ([INIT, '"text"'], [ACK, 4400]),
    "true": ([INIT, "true"], [ACK, 4400]),
    "NaN": ([INIT, "NaN"], [ACK, 4400]),
    "two objects": ([INIT, "{}{}"], [ACK, 4400]),
    "an array of messages": ([INIT, [{"type": "ping"}]], [ACK, 4400]),
    "deep": ([INIT, "[" * 100_000], [ACK, 4400]),
    "a number of 10,000 digits": ([INIT, "9" * 10_000], [ACK, 4400]),
    "subscribe before init": ([endless], [4401]),
    "an id twice": ([INIT, endless, endless], [ACK, 4409]),
    "complete, and again": ([INIT, endless, COMPLETE, COMPLETE, endless, BYE], [ACK, 4429]),
}


async def converse(url: str, frames: list[Any], query: str) -> list[Any]:
    async with connected(url) as connection:
        with suppress(ConnectionClosed):
            for frame in frames:
                await send(connection, frame(query) if callable(frame) else frame)
                await (await connection.ping())  # the reference server mixes up what comes at once
        return await outcome(connection)


@pytest.mark.parametrize(("frames", "expected"), CONVERSATIONS.values(), ids=CONVERSATIONS)
async def test_frames_are_answered_as_the_protocol_has_it(
    idle_url: str, frames: list[Any], expected: list[Any]
) -> None:
    assert await converse(idle_url, frames, OURS) == expected


@needs_node
@pytest.mark.parametrize(("frames", "expected"), CONVERSATIONS.values(), ids=CONVERSATIONS)
async def test_the_reference_server_answers_the_same(
    reference_url: str, frames: list[Any], expected: list[Any]
) -> None:
    assert await converse(reference_url, frames, REFERENCE) == expected


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        (b'{"type": "ping"}', 4400),
        ({"type": "next", "id": "1", "payload": {}}, 4400),
        ({"type": "connection_ack"}, 4400),
        ("é" * (MAX_MESSAGE_BYTES // 2) + "x", 1009),
        (["x" * MAX_MESSAGE_BYTES, "x"], 1009),
    ],
)
async def test_a_message_that_is_no_clients_ends_the_connection(
    idle_url: str, frame: Any, code: int
) -> None:
    async with open_socket(idle_url) as socket:
        with suppress(ConnectionClosed):
            await socket.connection.send(json.dumps(frame) if isinstance(frame, dict) else frame)

        assert await outcome(socket.connection) == [code]


@pytest.mark.parametrize("id_", ["x" * 200, "\ud800", "é" * 60])
async def test_an_id_in_use_is_refused_however_it_looks(idle_url: str, id_: str) -> None:
    frame = subscribe(OURS, id_)

    assert await converse(idle_url, [INIT, frame, frame], OURS) == [ACK, 4409]


async def test_text_that_is_no_utf8_ends_the_connection(idle_url: str) -> None:
    async with open_socket(idle_url) as socket:
        await socket.connection.send(b"\xff\xfe", text=True)

        assert await outcome(socket.connection) == [1007]


async def test_a_message_may_be_as_long_as_allowed_and_come_in_pieces(idle_url: str) -> None:
    text = json.dumps({"type": "ping", "payload": {"text": "x"}}).ljust(MAX_MESSAGE_BYTES)
    pieces = [text[start : start + 50_000] for start in range(0, len(text), 50_000)]

    async with open_socket(idle_url) as socket:
        for message in (text, pieces):
            await socket.connection.send(message)

            assert await socket.receive() == {"type": "pong", "payload": {"text": "x"}}


async def test_of_several_protocols_ours_is_taken(idle_url: str) -> None:
    async with connected(idle_url, "graphql-ws", PROTOCOL) as connection:
        await send(connection, INIT)

        assert connection.subprotocol == PROTOCOL
        assert json.loads(await connection.recv()) == {"type": ACK}


async def test_a_server_that_is_full_asks_to_come_again(idle_stage: Stage) -> None:
    options = replace(idle_stage.services.options, connections=2)
    async with serving_stage(idle_stage, options) as url:
        async with connected(url), open_socket(url) as socket, connected(url) as refused:
            turned_away = await outcome(refused)
            served = [data async for data in socket.follow("{ viewer { id } }")]
        async with open_socket(url) as socket:
            again = [data async for data in socket.follow("{ viewer { id } }")]

    assert turned_away == [1013]
    assert served == again == [{"viewer": {"id": "local"}}]


@asynccontextmanager
async def locked_row(stage: Stage, story_id: UUID) -> AsyncGenerator[None]:
    """Nobody else can change the story meanwhile."""
    async with stage.database.transaction() as session:
        await session.execute(select(Story.id).where(Story.id == story_id).with_for_update())
        yield


async def test_an_operation_that_takes_too_long_ends_at_every_door(idle_stage: Stage) -> None:
    rows = await add_rows(idle_stage.database)
    options = replace(idle_stage.services.options, operation_timeout_s=0.2)
    variables = {"id": str(rows.shot), "title": "Too late"}
    async with serving_stage(idle_stage, options) as url, open_socket(url) as socket:
        followed = socket.follow(EVENTS, {"id": str(rows.story)})
        await anext(followed)
        async with locked_row(idle_stage, rows.story), open_socket(url) as writer:
            await writer.subscribe(RETITLE, variables)
            over_socket = await writer.receive()
            async with httpx.AsyncClient(base_url=url) as client:
                body = {"query": RETITLE, "variables": variables}
                over_http = await client.post("/graphql", json=body)
        await ask(url, RETITLE, {**variables, "title": "In time"})
        event = await anext(followed)

    (error,) = over_http.json()["errors"]
    assert over_http.status_code == 503
    assert error["extensions"] == {"code": "TIMEOUT"}
    assert (over_socket["type"], over_socket["payload"]) == ("error", [error])
    assert event["storyEvents"]["shot"] == {"title": "In time"}, "nothing came of what was late"


async def test_who_does_not_shake_hands_in_time_is_closed(idle_stage: Stage) -> None:
    endpoint = WebSocketEndpoint(init_timeout=timedelta(milliseconds=50))
    app = Starlette(routes=[WebSocketRoute("/graphql", endpoint)])
    app.state.services = idle_stage.services

    async with serving_app(app) as url, connected(url) as connection:
        await send(connection, {"type": "ping"})

        assert await outcome(connection) == ["pong", 4408]


DEEP = "{ stories { nodes { " + "shots { story { " * 8 + "id" + "} }" * 8 + "} } }"
TAKES = "nodes { shots { takes { id number prompt seed provider model status } } }"
TOO_MUCH: dict[str, tuple[str, dict[str, Any], str]] = {
    "depth": (DEEP, {}, "QUERY_TOO_DEEP"),
    "aliases": (
        "{ viewer { " + " ".join(f"a{n}: id" for n in range(MAX_ALIASES + 1)) + " } }",
        {},
        "TOO_MANY_ALIASES",
    ),
    "cost by a variable": (
        "query($n: Int) { stories(first: $n) { " + TAKES + " } }",
        {"n": 100},
        "QUERY_TOO_LARGE",
    ),
    "fragments": (
        "{ ...F0 } "
        + " ".join(
            f"fragment F{n} on Query {{ viewer {{ id }} }}" for n in range(MAX_FRAGMENTS + 1)
        ),
        {},
        "TOO_MANY_FRAGMENTS",
    ),
    "tokens": ("{ viewer { " + "id " * MAX_TOKENS + "} }", {}, "GRAPHQL_PARSE_FAILED"),
    "subscription": (
        "subscription { storiesUpdated { "
        + " ".join(f"a{n}: id" for n in range(MAX_ALIASES + 1))
        + " } }",
        {},
        "TOO_MANY_ALIASES",
    ),
}


@pytest.mark.parametrize(("query", "variables", "code"), TOO_MUCH.values(), ids=TOO_MUCH)
async def test_an_operation_that_asks_for_too_much_is_refused_alone(
    idle_url: str, query: str, variables: dict[str, Any], code: str
) -> None:
    async with open_socket(idle_url) as socket:
        id_ = await socket.subscribe(query, variables)
        refusal = await socket.receive()
        after = [data async for data in socket.follow("{ viewer { id } }")]

    assert (refusal["type"], refusal["id"]) == ("error", id_)
    assert [error["extensions"]["code"] for error in refusal["payload"]] == [code]
    assert after == [{"viewer": {"id": "local"}}]


async def test_one_operation_too_many_is_refused_until_another_completes(idle_url: str) -> None:
    async with open_socket(idle_url) as socket:
        ids = [await socket.subscribe(OURS) for _ in range(MAX_OPERATIONS)]
        refused = await socket.subscribe(OURS)
        refusal = await socket.receive()
        await socket.send({"id": ids[0], "type": "complete"})
        after = [data async for data in socket.follow("{ viewer { id } }")]

    assert (refusal["type"], refusal["id"]) == ("error", refused)
    assert refusal["payload"][0]["extensions"]["code"] == "TOO_MANY_OPERATIONS"
    assert after == [{"viewer": {"id": "local"}}]


async def test_one_connection_too_many_is_told_to_come_later(idle_stage: Stage) -> None:
    options = replace(idle_stage.services.options, connections_per_viewer=2)

    async with serving_stage(idle_stage, options) as url, open_socket(url):
        async with open_socket(url):
            assert await converse(url, [INIT], OURS) == [1013]
        async with asyncio.timeout(DEADLINE_S):  # the server hears a little later that one has gone
            while await converse(url, [INIT, BYE], OURS) != [ACK, 4429]:
                pass
        assert await converse(url, [INIT, BYE], OURS) == [ACK, 4429]


async def test_an_id_that_is_completed_can_be_used_at_once(
    idle_url: str, idle_stage: Stage
) -> None:
    rows = await add_rows(idle_stage.database)
    variables = {"id": str(rows.story)}
    async with open_socket(idle_url) as socket:
        for _ in range(100):
            await socket.send(subscribe(EVENTS, variables=variables))
            await socket.send({"id": "1", "type": "complete"})
        for query in ("{ viewer { id } }", "{", "{ viewer { id } }"):
            await socket.send(subscribe(query))
            await socket.send({"id": "1", "type": "complete"})
        last = EVENTS.replace("storyEvents", "last: storyEvents")
        await socket.send(subscribe(last, variables=variables))
        frame = await socket.receive()
        while '"last"' not in json.dumps(frame):
            assert frame["id"] == "1"
            frame = await socket.receive()
        await ask(idle_url, RETITLE, {"id": str(rows.shot), "title": "Anew"})
        titles: list[str] = []
        while titles[-1:] != ["Anew"]:
            frame = await socket.receive()
            assert frame["type"] == "next"
            titles += [shot["title"] for shot in [frame["payload"]["data"]["last"]["shot"]] if shot]
        await socket.send({"type": "ping"})

        assert await socket.receive() == {"type": "pong"}
    assert titles == ["Anew"]


async def are_gone(tasks: set[asyncio.Task[Any]], stage: Stage) -> None:
    """Wait until nothing runs that did not run before, and nobody follows a story."""
    async with asyncio.timeout(1):
        while asyncio.all_tasks() - tasks or stage.services.following._reader.feeds:  # pyright: ignore[reportPrivateUsage]
            await asyncio.sleep(0.005)


async def test_clients_that_die_at_any_moment_leave_nothing_behind(
    idle_url: str, idle_stage: Stage
) -> None:
    rows = await add_rows(idle_stage.database)
    before = asyncio.all_tasks()
    for answers in range(12):
        async with open_socket(idle_url) as socket:
            for query in (EVENTS, OURS, EVENTS, RETITLE):
                await socket.subscribe(query, {"id": str(rows.story), "title": "x"})
            for _ in range(min(answers, 3)):
                await socket.receive()

            socket.connection.transport.abort()

    await are_gone(before, idle_stage)


async def test_a_client_that_stops_reading_is_let_go(idle_stage: Stage) -> None:
    rows = await add_rows(idle_stage.database)
    async with idle_stage.database.transaction() as session:
        await session.execute(update(Story).values(content="x" * 200_000))
    query = (
        "query($id: ID!) { story(id: $id) { "
        + "".join(f"a{n}: content " for n in range(20))
        + "} }"
    )

    async with serving_stage(idle_stage, ping_s=0.2) as url:
        before = asyncio.all_tasks()
        async with open_socket(url) as socket:
            socket.connection.transport.pause_reading()
            for _ in range(10):
                await socket.subscribe(query, {"id": str(rows.story)})
            async with asyncio.timeout(DEADLINE_S):
                while any("run_asgi" in repr(task) for task in asyncio.all_tasks() - before):
                    await asyncio.sleep(0.005)
            socket.connection.transport.abort()
