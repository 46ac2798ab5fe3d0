"""Subscribers with equal operations share an answer, and nothing else."""

import asyncio
import gc
import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import pytest
from graphql import ExecutionResult, GraphQLError

from db.queries.events import append_events
from db.rows import NewEvent
from domain import EventType, Scope
from resolvers.cursors import encode_event_cursor
from resolvers.keys import create_key
from schema import sharing
from schema.sharing import Answers
from tests.factories import Rows, add_rows
from tests.graphql_client import DEADLINE_S, Socket, ask, open_socket, serving_stage
from tests.owners import bearing, serving_with_keys
from tests.stage import Stage
from tests.statements import counting

RENAME = """mutation($id: ID!, $title: String!) {
    updateStory(id: $id, title: $title) { eventCursor userErrors { code } }
}"""
DELETE = "mutation($id: ID!) { deleteStory(id: $id) { deletedId } }"
EVENTS = """subscription($id: ID!, $after: EventCursor, $deep: Boolean! = true) {
    storyEvents(storyId: $id, after: $after) {
        seq type cursor story { title shots @include(if: $deep) { title imageUrl } }
    }
}"""
TITLES = "subscription($id: ID!) { storyEvents(storyId: $id) { seq story { title } } }"
UPDATED = "subscription($id: ID!) { storyUpdated(id: $id) { title shots { title } } }"
SHOTS_READ = re.compile(r"ORDER BY (shot\.story_id, )?shot\.position")
"""By either executor."""


@pytest.fixture(scope="module")
async def url(idle_stage: Stage) -> AsyncIterator[str]:
    """The application without a worker."""
    async with serving_stage(idle_stage) as url:
        yield url


@pytest.fixture
async def rows(idle_stage: Stage) -> Rows:
    return await add_rows(idle_stage.database)


async def rename(url: str, rows: Rows, *titles: str) -> None:
    for title in titles:
        await ask(url, RENAME, {"id": str(rows.story), "title": title})


async def open_sockets(stack: AsyncExitStack, *urls: str) -> list[Socket]:
    return [await stack.enter_async_context(open_socket(url)) for url in urls]


async def follow(socket: Socket, rows: Rows, query: str = EVENTS, **variables: object) -> None:
    """Follow the story, and read what comes first."""
    await socket.subscribe(query, {"id": str(rows.story), **variables})
    await next_data(socket)


async def next_data(socket: Socket) -> dict[str, Any]:
    frame = await socket.receive()
    assert frame["type"] == "next"
    assert "errors" not in frame["payload"]
    return frame["payload"]["data"]


async def shots_read_for(stage: Stage, url: str, rows: Rows, sockets: list[Socket]) -> int:
    """How often the shots are read for one change that all of them are sent."""
    with counting(stage.database) as statements:
        await rename(url, rows, "Anew")
        changes = [await next_data(socket) for socket in sockets]
    for change in changes:
        story = change.get("storyUpdated") or change["storyEvents"]["story"]
        assert story["title"] == "Anew"
        assert [shot["title"] for shot in story["shots"]] == ["One"]
    return len([found for found in statements if SHOTS_READ.search(found)])


async def test_many_subscribers_are_answered_by_one_execution(
    url: str, idle_stage: Stage, rows: Rows
) -> None:
    async with AsyncExitStack() as stack:
        sockets = await open_sockets(stack, *[url] * 5)
        for socket in sockets:
            await follow(socket, rows)

        assert await shots_read_for(idle_stage, url, rows, sockets) == 1


async def test_changes_that_are_read_together_share_what_they_read(
    url: str, idle_stage: Stage, rows: Rows
) -> None:
    changes = [NewEvent(EventType.STORY_UPDATED)] * 20
    async with open_socket(url) as first:
        await follow(first, rows)  # from now on the document has a plan
    async with AsyncExitStack() as stack:
        [socket] = await open_sockets(stack, url)
        await follow(socket, rows)

        with counting(idle_stage.database) as statements:
            async with idle_stage.database.transaction() as session:
                await append_events(session, rows.story, changes)
            for _ in changes:
                await next_data(socket)

    assert len([found for found in statements if SHOTS_READ.search(found)]) == 1


async def test_whoever_resumes_shares_what_follows(url: str, idle_stage: Stage, rows: Rows) -> None:
    await rename(url, rows, "First", "Second")
    async with AsyncExitStack() as stack:
        new, resumed = await open_sockets(stack, url, url)
        await follow(new, rows)
        await follow(resumed, rows, after=encode_event_cursor(1))

        assert await shots_read_for(idle_stage, url, rows, [new, resumed]) == 1


async def test_different_selections_get_what_they_asked_for(url: str, rows: Rows) -> None:
    async with AsyncExitStack() as stack:
        deep, flat, titles, updated = await open_sockets(stack, *[url] * 4)
        await follow(deep, rows)
        await follow(flat, rows, deep=False)
        await follow(titles, rows, TITLES)
        await follow(updated, rows, UPDATED)

        await rename(url, rows, "Anew")
        changes = [await next_data(socket) for socket in (deep, flat, titles, updated)]

    assert list(changes[0]["storyEvents"]["story"]) == ["title", "shots"]
    assert list(changes[1]["storyEvents"]["story"]) == ["title"]
    assert list(changes[2]["storyEvents"]) == ["seq", "story"]
    assert changes[3] == {"storyUpdated": {"title": "Anew", "shots": [{"title": "One"}]}}


async def test_each_gets_media_addresses_under_the_name_that_he_used(url: str, rows: Rows) -> None:
    urls = [url, url.replace("127.0.0.1", "localhost")]
    async with AsyncExitStack() as stack:
        sockets = await open_sockets(stack, *urls)
        for socket in sockets:
            await follow(socket, rows)

        await rename(url, rows, "Anew")
        changes = [await next_data(socket) for socket in sockets]

    for told, change in zip(urls, changes, strict=True):
        [shot] = change["storyEvents"]["story"]["shots"]
        assert shot["imageUrl"].startswith(f"{told}/media/")


async def test_viewers_never_share(url: str, idle_stage: Stage, rows: Rows) -> None:
    keys = [
        (await create_key(idle_stage.database, name, owner_id="local", scope=scope))[0]
        for name, scope in (("phone", Scope.WRITE), ("desk", Scope.ADMIN))
    ]
    async with serving_with_keys(idle_stage) as guarded, AsyncExitStack() as stack:
        sockets = [
            await stack.enter_async_context(open_socket(guarded, bearing(key)))
            for key in (keys[0], keys[0], keys[1])
        ]
        for socket in sockets:
            await follow(socket, rows)

        assert await shots_read_for(idle_stage, url, rows, sockets) == 2


async def seqs_to(socket: Socket, last: int) -> list[int]:
    seen: list[int] = []
    while not seen or seen[-1] < last:
        seen.append((await next_data(socket))["storyEvents"]["seq"])
    return seen


async def append(stage: Stage, rows: Rows, count: int) -> None:
    for _ in range(count):
        async with stage.database.transaction() as session:
            await append_events(session, rows.story, [NewEvent(EventType.STORY_UPDATED)])


async def test_who_comes_in_the_middle_misses_nothing_and_sees_nothing_twice(
    url: str, idle_stage: Stage, rows: Rows
) -> None:
    async with AsyncExitStack() as stack:
        sockets = await open_sockets(stack, *[url] * 4)
        await append(idle_stage, rows, 10)
        writing = asyncio.create_task(append(idle_stage, rows, 100))
        followed = {"id": str(rows.story)}
        await sockets[0].subscribe(EVENTS, {**followed, "after": encode_event_cursor(0)})
        first = [(await next_data(sockets[0]))["storyEvents"]["seq"] for _ in range(20)]
        for socket, after in zip(sockets[1:], (10, 15, 19), strict=True):
            await socket.subscribe(EVENTS, {**followed, "after": encode_event_cursor(after)})
        async with asyncio.timeout(DEADLINE_S):
            rest = await asyncio.gather(*(seqs_to(socket, 110) for socket in sockets))
            await writing

    assert first + rest[0] == list(range(1, 111))
    assert rest[1:] == [list(range(start, 111)) for start in (11, 16, 20)]


async def test_one_who_does_not_read_delays_nobody_and_gets_it_all_later(
    url: str, idle_stage: Stage, rows: Rows
) -> None:
    async with AsyncExitStack() as stack:
        slow, fast, fast_too = await open_sockets(stack, url, url, url)
        for socket in (slow, fast, fast_too):
            await follow(socket, rows)
        slow.connection.transport.pause_reading()
        await append(idle_stage, rows, 300)

        assert await seqs_to(fast, 300) == list(range(1, 301))
        assert await seqs_to(fast_too, 300) == list(range(1, 301))
        slow.connection.transport.resume_reading()
        assert await seqs_to(slow, 300) == list(range(1, 301))


async def test_who_leaves_is_missed_by_nobody(url: str, rows: Rows) -> None:
    async with AsyncExitStack() as stack:
        staying, dying, leaving = await open_sockets(stack, url, url, url)
        await follow(staying, rows)
        await follow(dying, rows)
        await leaving.send(
            {
                "id": "1",
                "type": "subscribe",
                "payload": {"query": EVENTS, "variables": {"id": str(rows.story)}},
            }
        )
        await leaving.receive()
        await rename(url, rows, "First")
        dying.connection.transport.abort()
        await leaving.send({"id": "1", "type": "complete"})
        await rename(url, rows, "Second")

        titles = [(await next_data(staying))["storyEvents"]["story"]["title"] for _ in range(2)]

    assert titles == ["First", "Second"]


async def test_the_end_of_the_story_completes_all(url: str, rows: Rows) -> None:
    async with AsyncExitStack() as stack:
        sockets = await open_sockets(stack, *[url] * 6)
        for socket, query in zip(sockets, (EVENTS, TITLES, UPDATED) * 2, strict=True):
            await follow(socket, rows, query)

        await ask(url, DELETE, {"id": str(rows.story)})
        ends = [await last_frame(socket) for socket in sockets]

    assert [frame["type"] for frame in ends] == ["complete"] * 6


async def last_frame(socket: Socket) -> dict[str, Any]:
    while (frame := await socket.receive())["type"] == "next":
        pass
    return frame


async def test_nothing_is_kept_for_nobody(url: str, rows: Rows) -> None:
    async with AsyncExitStack() as stack:
        for socket in await open_sockets(stack, url, url):
            await follow(socket, rows, "subscription Unheard" + EVENTS.removeprefix("subscription"))

    def is_kept() -> bool:
        gc.collect()
        return any("Unheard" in str(key) for key in sharing._answers)  # pyright: ignore[reportPrivateUsage]

    async with asyncio.timeout(DEADLINE_S):
        while is_kept():
            await asyncio.sleep(0.01)


class Subscribers:
    """Two who share, and what executes for them."""

    def __init__(self) -> None:
        self.answers = Answers()
        self.alive = [Subscriber(), Subscriber()]
        for subscriber in self.alive:
            self.answers.subscribers.add(subscriber)
        self.executions = 0
        self.gate = asyncio.Event()

    def ask(self, row: object, result: ExecutionResult) -> asyncio.Task[ExecutionResult]:
        """One of them asks for an answer."""

        async def execute() -> ExecutionResult:
            self.executions += 1
            await self.gate.wait()
            return result

        async def give() -> ExecutionResult:
            answer = self.answers.give(row, execute)
            return answer if isinstance(answer, ExecutionResult) else await answer

        return asyncio.create_task(give())


class Subscriber:
    """A subscriber object that is alive."""


async def begun(subscribers: Subscribers) -> None:
    async with asyncio.timeout(DEADLINE_S):
        while not subscribers.executions:
            await asyncio.sleep(0)


async def test_when_the_one_who_executes_leaves_another_takes_over() -> None:
    subscribers, row = Subscribers(), object()
    result = ExecutionResult({"a": 1})
    leaving, *waiting = (subscribers.ask(row, result) for _ in range(4))
    await begun(subscribers)

    leaving.cancel()
    subscribers.gate.set()
    answers = await asyncio.gather(*waiting)

    assert [answer.data for answer in answers] == [{"a": 1}] * 3
    assert subscribers.executions == 2


async def test_an_error_is_shared_with_nobody() -> None:
    subscribers, row = Subscribers(), object()
    failed = ExecutionResult(None, [GraphQLError("It failed.")])
    asked = [subscribers.ask(row, failed) for _ in range(3)]
    await begun(subscribers)

    subscribers.gate.set()
    answers = await asyncio.gather(*asked)
    later = await subscribers.ask(row, ExecutionResult({"a": 1}))

    assert [answer.errors for answer in answers] == [failed.errors] * 3
    assert later.data == {"a": 1}
    assert subscribers.executions == 4


async def test_equal_rows_are_not_the_same_row() -> None:
    subscribers = Subscribers()
    subscribers.gate.set()

    answers = [
        await subscribers.ask(("a", number // 10), ExecutionResult({"n": number}))
        for number in range(3)
    ]

    assert [answer.data for answer in answers] == [{"n": 0}, {"n": 1}, {"n": 2}]
