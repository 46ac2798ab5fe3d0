"""Subscriptions over WebSocket: the present state first, then every change, independently."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable
from typing import Any
from uuid import uuid4

import pytest
import structlog
from sqlalchemy import text
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from tests.factories import add_rows
from tests.fakes.origin import Behaviour, FakeOrigin
from tests.graphql_client import (
    DEADLINE_S,
    PROTOCOL,
    Socket,
    ask,
    open_socket,
    serving_stage,
)
from tests.stage import Stage
from tests.statements import counting

STORY = "The keeper lit the lamp. A ship came home. The storm went by. Everybody slept."
CREATE = """mutation($content: String!) { createStory(input: {content: $content}) {
    story { id } eventCursor
} }"""
RETITLE = """mutation($id: ID!, $title: String!) {
    updateShot(input: {id: $id, title: $title}) { eventCursor userErrors { code } }
}"""
DELETE = "mutation($id: ID!) { deleteStory(id: $id) { deletedId } }"
EVENTS = """subscription($id: ID!, $after: EventCursor) { storyEvents(storyId: $id, after: $after) {
    seq cursor type reset storyId deletedId occurredAt
    story { id revision status phase progress shotCounts { total completed } eventCursor }
    shot { id revision status title imageUrl story { id } } video { id status }
} }"""
UPDATED = """subscription($id: ID!) { storyUpdated(id: $id) {
    id revision status progress shotCounts { total completed } shots { title }
} }"""


@pytest.fixture(scope="module")
async def idle_url(idle_stage: Stage) -> AsyncIterator[str]:
    """The application without a worker."""
    async with serving_stage(idle_stage) as url:
        yield url


async def become(condition: Callable[[], bool], *, within_s: float) -> None:
    """Wait until the condition holds."""
    async with asyncio.timeout(within_s):
        while not condition():
            await asyncio.sleep(0.005)


def is_drawn(story: dict[str, Any]) -> bool:
    counts = story["shotCounts"]
    return counts["total"] > 0 and counts["completed"] == counts["total"]


async def created_story(url: str) -> str:
    return (await ask(url, CREATE, {"content": STORY}))["createStory"]["story"]["id"]


async def events_until_drawn(url: str, origin: FakeOrigin) -> tuple[str, list[dict[str, Any]]]:
    """A new story's id, and its events from before its script until all is drawn."""
    origin.behave("/llm", Behaviour(kind="hold"))
    story_id = await created_story(url)
    seen: list[dict[str, Any]] = []
    async with open_socket(url) as socket:
        async for data in socket.follow(EVENTS, {"id": story_id}):
            seen.append(data["storyEvents"])
            origin.release()
            if is_drawn(seen[-1]["story"]):
                break
    return story_id, seen


async def test_a_story_is_followed_to_its_pictures(app_url: str, origin: FakeOrigin) -> None:
    story_id, seen = await events_until_drawn(app_url, origin)

    logged = [found["seq"] for found in seen if found["type"] != "PROGRESS"]
    revisions = [found["story"]["revision"] for found in seen]
    assert seen[0]["type"] == "SNAPSHOT"
    assert seen[0]["reset"] is False
    assert {found["storyId"] for found in seen} == {story_id}
    assert logged == list(range(logged[0], logged[0] + len(logged)))
    assert revisions == sorted(revisions)
    assert {found["type"] for found in seen} >= {"SHOTS_ADDED", "SHOT_STATUS_CHANGED"}
    assert seen[-1]["story"]["progress"] == 1
    assert seen[-1]["shot"]["imageUrl"].startswith(f"{app_url}/media/stories/{story_id}/")


async def test_a_client_that_was_cut_off_gets_exactly_what_it_missed(
    app_url: str, origin: FakeOrigin
) -> None:
    story_id, events = await events_until_drawn(app_url, origin)
    seen = [found for found in events if found["type"] != "PROGRESS"]
    last = seen[-1]["seq"]

    resumed: list[int] = []
    async with open_socket(app_url) as socket:
        async for data in socket.follow(EVENTS, {"id": story_id, "after": seen[2]["cursor"]}):
            assert data["storyEvents"]["type"] != "SNAPSHOT"
            resumed.append(data["storyEvents"]["seq"])
            if resumed[-1] >= last:
                break

    assert resumed == list(range(seen[2]["seq"] + 1, last + 1))


async def test_the_newest_state_follows_each_change_until_the_story_is_deleted(
    idle_url: str, idle_stage: Stage
) -> None:
    rows = await add_rows(idle_stage.database)
    titles: list[str] = []

    async with open_socket(idle_url) as socket:
        async for data in socket.follow(UPDATED, {"id": str(rows.story)}):
            titles.append(data["storyUpdated"]["shots"][0]["title"])
            if len(titles) < 4:
                title = f"Title {len(titles)}"
                await ask(idle_url, RETITLE, {"id": str(rows.shot), "title": title})
            else:
                await ask(idle_url, DELETE, {"id": str(rows.story)})

    assert titles == ["One", "Title 1", "Title 2", "Title 3"]


async def test_the_last_event_says_that_the_story_is_gone(idle_url: str, idle_stage: Stage) -> None:
    rows = await add_rows(idle_stage.database)
    seen: list[dict[str, Any]] = []

    async with open_socket(idle_url) as socket:
        async for data in socket.follow(EVENTS, {"id": str(rows.story)}):
            seen.append(data["storyEvents"])
            if len(seen) == 1:
                await ask(idle_url, DELETE, {"id": str(rows.story)})
    async with open_socket(idle_url) as socket:
        variables = {"id": str(rows.story), "after": seen[0]["cursor"]}
        resumed = [data["storyEvents"] async for data in socket.follow(EVENTS, variables)]

    assert [found["type"] for found in seen] == ["SNAPSHOT", "STORY_DELETED"]
    assert seen[0]["video"] == {"id": str(rows.video), "status": "COMPLETED"}
    assert seen[1]["deletedId"] == str(rows.story)
    assert seen[1]["story"] is None
    assert resumed == seen[1:]


async def test_an_event_brings_its_counts_without_a_statement_of_its_own(
    idle_url: str, idle_stage: Stage
) -> None:
    rows = await add_rows(idle_stage.database)
    async with open_socket(idle_url) as socket:
        for _ in range(5):
            await socket.subscribe(EVENTS, {"id": str(rows.story)})
        for _ in range(5):
            await socket.receive()

        with counting(idle_stage.database) as statements:
            await ask(idle_url, RETITLE, {"id": str(rows.shot), "title": "Anew"})
            events = [(await socket.receive())["payload"]["data"] for _ in range(5)]

    assert {found["storyEvents"]["shot"]["title"] for found in events} == {"Anew"}
    assert len([found for found in statements if "AS shots ON true" in found]) == 1


async def test_operations_of_one_socket_do_not_share_what_they_read(
    idle_url: str, idle_stage: Stage
) -> None:
    rows = await add_rows(idle_stage.database)
    query = "query($id: ID!) { story(id: $id) { shots { title } } }"

    async with open_socket(idle_url) as socket:
        before = [data async for data in socket.follow(query, {"id": str(rows.story)})]
        changed = [
            data async for data in socket.follow(RETITLE, {"id": str(rows.shot), "title": "Anew"})
        ]
        after = [data async for data in socket.follow(query, {"id": str(rows.story)})]

    assert before == [{"story": {"shots": [{"title": "One"}]}}]
    assert changed[0]["updateShot"]["userErrors"] == []
    assert after == [{"story": {"shots": [{"title": "Anew"}]}}]


@pytest.mark.parametrize(
    ("query", "variables", "code"),
    [
        (EVENTS, {"id": str(uuid4())}, "NOT_FOUND"),
        (EVENTS, {"id": "no id"}, "NOT_FOUND"),
        (UPDATED, {"id": str(uuid4())}, "NOT_FOUND"),
        (UPDATED, {"id": "\x00\ud800"}, "NOT_FOUND"),
        (EVENTS, {"id": str(uuid4()), "after": "nonsense"}, "INVALID"),
        (EVENTS, {"id": str(uuid4()), "after": 5}, "INVALID"),
        (EVENTS, {}, "GRAPHQL_VALIDATION_FAILED"),
        ("subscription { ", {}, "GRAPHQL_PARSE_FAILED"),
        ("subscription { nonsense }", {}, "GRAPHQL_VALIDATION_FAILED"),
        ("", {}, "BAD_REQUEST"),
    ],
)
async def test_what_is_wrong_with_an_operation_ends_it_alone(
    idle_url: str, idle_stage: Stage, query: str, variables: dict[str, Any], code: str
) -> None:
    rows = await add_rows(idle_stage.database)

    async with open_socket(idle_url) as socket:
        kept = await socket.subscribe(EVENTS, {"id": str(rows.story)})
        snapshot = await socket.receive()
        refused = await socket.subscribe(query, variables)
        error = await socket.receive()
        await ask(idle_url, RETITLE, {"id": str(rows.shot), "title": "Anew"})
        change = await socket.receive()

    assert (snapshot["id"], snapshot["type"]) == (kept, "next")
    assert (error["id"], error["type"]) == (refused, "error")
    assert [found["extensions"]["code"] for found in error["payload"]] == [code]
    assert (change["id"], change["type"]) == (kept, "next")


async def test_an_unexpected_exception_is_masked_over_websocket_too(
    idle_url: str, idle_stage: Stage
) -> None:
    rows = await add_rows(idle_stage.database)
    async with idle_stage.database.transaction() as session:
        broken = text("UPDATE story SET failure = '{}' WHERE id = :id")
        await session.execute(broken, {"id": rows.story})

    with structlog.testing.capture_logs() as lines:
        async with open_socket(idle_url) as socket:
            await socket.subscribe(UPDATED, {"id": str(rows.story)})
            frame = await socket.receive()

    assert frame["type"] == "next", frame
    [error] = frame["payload"]["errors"]
    [line] = [line for line in lines if line["log_level"] == "error"]
    assert error["message"] == "Internal server error"
    assert error["extensions"]["code"] == "INTERNAL_SERVER_ERROR"
    assert error["extensions"]["requestId"] == line["request_id"]
    assert "occurred_at" not in json.dumps(frame)


async def test_subscribers_hold_no_database_connection(idle_url: str, idle_stage: Stage) -> None:
    rows = await add_rows(idle_stage.database)
    pools = idle_stage.database.readers, idle_stage.database.writers

    async with open_socket(idle_url) as socket:
        for _ in range(40):
            await socket.subscribe(EVENTS, {"id": str(rows.story)})
        for _ in range(40):
            await socket.receive()

        await become(lambda: not any(pool.lent for pool in pools), within_s=1)


async def is_unfollowed(stage: Stage) -> None:
    """No story is followed any more, and no task of a follower remains."""

    def is_idle() -> bool:
        names = {task.get_name() for task in asyncio.all_tasks()}
        return not stage.services.following._reader.feeds and not names & {"follower", "doorbell"}  # pyright: ignore[reportPrivateUsage]

    await become(is_idle, within_s=1)


async def test_a_client_that_completes_or_dies_leaves_nothing_behind(
    idle_url: str, idle_stage: Stage
) -> None:
    rows = await add_rows(idle_stage.database)
    async with open_socket(idle_url) as socket:
        id_ = await socket.subscribe(EVENTS, {"id": str(rows.story)})
        await socket.receive()
        await socket.send({"id": id_, "type": "complete"})
        await is_unfollowed(idle_stage)
        for query in (EVENTS, UPDATED):
            await socket.subscribe(query, {"id": str(rows.story)})
            await socket.receive()
        await socket.subscribe(EVENTS, {"id": str(rows.story)})

        socket.connection.transport.abort()
        await is_unfollowed(idle_stage)


@pytest.mark.parametrize("payload", [{}, {"payload": None}, {"payload": {"token": "x"}}])
async def test_a_handshake_may_carry_a_payload(idle_url: str, payload: dict[str, Any]) -> None:
    address = idle_url.replace("http", "ws", 1) + "/graphql"
    async with connect(address, subprotocols=[PROTOCOL]) as connection:
        socket = Socket(connection)

        await socket.send({"type": "connection_init", **payload})
        acknowledged = await socket.receive()
        await socket.send({"type": "ping", "payload": None})
        pong = await socket.receive()

    assert acknowledged == {"type": "connection_ack"}
    assert pong["type"] == "pong"


INIT = {"type": "connection_init"}
REQUEST = {"id": "1", "type": "subscribe", "payload": {"query": EVENTS}}


BROKEN: list[tuple[list[Any], int]] = [
    ([{"type": "connection_init", "payload": 5}], 4400),
    ([INIT, INIT], 4429),
    ([REQUEST], 4401),
    ([INIT, []], 4400),
    ([INIT, 5], 4400),
    ([INIT, None], 4400),
    ([INIT, {"type": 5}], 4400),
    ([INIT, {"type": "nonsense"}], 4400),
    ([INIT, {"type": "complete"}], 4400),
    ([INIT, {"type": "complete", "id": []}], 4400),
    ([INIT, {"type": "subscribe", "id": "1"}], 4400),
    ([INIT, {**REQUEST, "payload": {"query": 5}}], 4400),
    ([INIT, {**REQUEST, "payload": {"query": EVENTS, "variables": []}}], 4400),
    ([INIT, {**REQUEST, "id": 1}], 4400),
    ([INIT, "not JSON {"], 4400),
    ([INIT, b"binary"], 4400),
]


async def close_code(connection: ClientConnection) -> int | None:
    """The code with which the server closes, whatever it sends before."""
    with contextlib.suppress(ConnectionClosed):
        async with asyncio.timeout(DEADLINE_S):
            while True:
                await connection.recv()
    return connection.close_code


@pytest.mark.parametrize(("frames", "code"), BROKEN)
async def test_a_client_that_breaks_the_protocol_is_closed(
    idle_url: str, frames: list[Any], code: int
) -> None:
    address = idle_url.replace("http", "ws", 1) + "/graphql"
    async with connect(address, subprotocols=[PROTOCOL]) as connection:
        for frame in frames:
            is_raw = isinstance(frame, (str, bytes))
            await connection.send(frame if is_raw else json.dumps(frame))

        assert await close_code(connection) == code


async def test_an_id_in_use_is_refused(idle_url: str, idle_stage: Stage) -> None:
    rows = await add_rows(idle_stage.database)
    payload = {"query": EVENTS, "variables": {"id": str(rows.story)}}
    async with open_socket(idle_url) as socket:
        for _ in range(2):
            await socket.send({"id": "1", "type": "subscribe", "payload": payload})

        assert await close_code(socket.connection) == 4409


@pytest.mark.parametrize("protocols", [["graphql-ws"], None])
async def test_another_protocol_is_not_spoken(idle_url: str, protocols: list[str] | None) -> None:
    address = idle_url.replace("http", "ws", 1) + "/graphql"
    subprotocols = None if protocols is None else [Subprotocol(name) for name in protocols]
    async with connect(address, subprotocols=subprotocols) as connection:
        assert await close_code(connection) == 4406
