"""Beside the subscriptions of one story: its log by pages, the dashboard, one film, any node."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text

from db.queries.events import append_events
from db.rows import NewEvent
from domain import EventType
from tests.factories import Rows, add_rows
from tests.graphql_client import DEADLINE_S, ask, open_socket, post, serving_stage
from tests.stage import Stage
from tests.statements import counting

LOG = """query ($id: ID!, $after: EventCursor, $first: Int! = 100) {
    storyEventLog(storyId: $id, after: $after, first: $first) {
        events { type seq cursor story { title shotCounts { total } } shot { id } deletedId }
        endCursor hasMore reset
    }
}"""
RENAME = """mutation ($id: ID!, $title: String!) {
    updateStory(id: $id, title: $title) { eventCursor userErrors { code } }
}"""
DELETE = "mutation ($id: ID!) { deleteStory(id: $id) { deletedId } }"
DASHBOARD = "subscription { storiesUpdated { id title shotCounts { completed } } }"
FILM = "subscription ($id: ID!) { videoUpdated(id: $id) { id status story { title } } }"
GENERATE = """mutation ($id: ID!) {
    generateVideo(input: {storyId: $id}) { video { id } userErrors { code } }
}"""
NODE = """query ($id: ID!) { node(id: $id) {
    __typename id ... on Story { title } ... on Shot { position } ... on Take { number }
    ... on Video { status }
} }"""


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


async def page_of(url: str, rows: Rows, **variables: object) -> dict[str, Any]:
    return (await ask(url, LOG, {"id": str(rows.story)} | variables))["storyEventLog"]


async def test_the_log_begins_with_a_snapshot_and_goes_on_page_by_page(
    url: str, rows: Rows
) -> None:
    begin = await page_of(url, rows)
    await rename(url, rows, "a", "b", "c")
    first = await page_of(url, rows, after=begin["endCursor"], first=2)
    second = await page_of(url, rows, after=first["endCursor"], first=2)
    end = await page_of(url, rows, after=second["endCursor"], first=2)

    assert [event["type"] for event in begin["events"]] == ["SNAPSHOT"]
    seqs = [event["seq"] for event in first["events"] + second["events"]]
    assert seqs == [1, 2, 3]
    assert (first["hasMore"], second["hasMore"], end["hasMore"]) == (True, False, False)
    assert end["events"] == []
    assert end["endCursor"] == second["endCursor"] == second["events"][-1]["cursor"]
    assert second["events"][0]["story"] == {"title": "c", "shotCounts": {"total": 1}}
    assert [page["reset"] for page in (begin, first, end)] == [False] * 3


async def test_a_cursor_that_the_log_has_forgotten_resets(
    url: str, rows: Rows, idle_stage: Stage
) -> None:
    begin = await page_of(url, rows)
    await rename(url, rows, "a", "b")
    async with idle_stage.database.transaction() as session:
        await session.execute(
            text("DELETE FROM event WHERE story_id = :id AND seq < 2"), {"id": rows.story}
        )

    page = await page_of(url, rows, after=begin["endCursor"])

    assert page["reset"]
    assert [event["type"] for event in page["events"]] == ["SNAPSHOT"]


async def test_the_log_of_a_deleted_story_tells_so_to_who_followed_it(url: str, rows: Rows) -> None:
    begin = await page_of(url, rows)
    await ask(url, DELETE, {"id": str(rows.story)})

    page = await page_of(url, rows, after=begin["endCursor"])
    stranger = await post(url, LOG, {"id": str(rows.story)})

    assert [event["type"] for event in page["events"]] == ["STORY_DELETED"]
    assert page["events"][0]["deletedId"] == str(rows.story)
    assert stranger["errors"][0]["extensions"]["code"] == "NOT_FOUND"


@pytest.mark.parametrize("first", [0, -1, 501])
async def test_a_page_out_of_range_is_refused(url: str, rows: Rows, first: int) -> None:
    answer = await post(url, LOG, {"id": str(rows.story), "first": first})

    assert answer["errors"][0]["extensions"]["code"] == "OUT_OF_RANGE"


async def test_the_dashboard_gets_each_story_of_the_viewer_as_it_changes(
    url: str, rows: Rows, idle_stage: Stage
) -> None:
    other = await add_rows(idle_stage.database)
    strangers = await add_rows(idle_stage.database, owner_id="somebody else")
    async with open_socket(url) as socket:
        changes = socket.follow(DASHBOARD)
        # A subscription is not acknowledged, and what changed before it listened is not its.
        waiting = asyncio.ensure_future(anext(changes))
        while not waiting.done():
            await rename(url, rows, "mine")
            await asyncio.wait({waiting}, timeout=0.1)
        first = await waiting
        async with idle_stage.database.transaction() as session:
            await append_events(session, strangers.story, [NewEvent(EventType.STORY_UPDATED)])
        await rename(url, other, "other")
        second = await anext(changes)
        while second["storiesUpdated"]["id"] == str(rows.story):
            second = await anext(changes)

    assert first["storiesUpdated"]["id"] == str(rows.story)
    assert second["storiesUpdated"] == {
        "id": str(other.story),
        "title": "other",
        "shotCounts": {"completed": 1},
    }


async def test_twenty_dashboards_of_one_viewer_cost_what_one_costs(
    url: str, rows: Rows, idle_stage: Stage
) -> None:
    query = "subscription { storiesUpdated { id phase shotCounts { total } thumbnailUrl } }"
    costs: list[int] = []
    for dashboards in (1, 20):
        statements, told = list[str](), list[dict[str, Any]]()
        async with open_socket(url) as socket:
            for _ in range(dashboards):
                await socket.subscribe(query)
            await become_watched(idle_stage, by=dashboards)
            for _ in range(2):  # who shares is known from the first change on
                with counting(idle_stage.database) as statements:
                    async with idle_stage.database.transaction() as session:
                        await append_events(
                            session, rows.story, [NewEvent(EventType.STORY_UPDATED)]
                        )
                    told = [(await socket.receive())["payload"]["data"] for _ in range(dashboards)]
        assert {found["storiesUpdated"]["id"] for found in told} == {str(rows.story)}
        costs.append(len([found for found in statements if found.startswith("SELECT")]))
        await become_watched(idle_stage, by=0)

    assert costs == [2, 2]  # the stories with their counts, and their first pictures


async def become_watched(stage: Stage, *, by: int) -> None:
    """Wait until so many dashboards are open."""
    async with asyncio.timeout(DEADLINE_S):
        while stage.services.dashboards.watched_by != by:
            await asyncio.sleep(0.005)


async def test_a_film_is_followed_until_its_story_is_gone(url: str, rows: Rows) -> None:
    async with open_socket(url) as socket:
        films = socket.follow(FILM, {"id": str(rows.video)})
        present = (await anext(films))["videoUpdated"]
        await ask(url, GENERATE, {"id": str(rows.story)})
        begun = (await anext(films))["videoUpdated"]
        await ask(url, DELETE, {"id": str(rows.story)})
        rest = [film async for film in films]

    assert (present["id"], present["status"]) == (str(rows.video), "COMPLETED")
    assert begun["status"] == "PENDING"
    assert [film["videoUpdated"]["status"] for film in rest] in ([], ["CANCELED"])


async def test_a_film_that_is_none_is_refused(url: str) -> None:
    async with open_socket(url) as socket:
        await socket.subscribe(FILM, {"id": str(uuid4())})
        answer = await socket.receive()

    assert answer["type"] == "error"
    assert answer["payload"][0]["extensions"]["code"] == "NOT_FOUND"


async def test_anything_is_found_by_its_id(url: str, rows: Rows) -> None:
    ids = {"Story": rows.story, "Shot": rows.shot, "Take": rows.take, "Video": rows.video}

    found = [(await ask(url, NODE, {"id": str(id_)}))["node"] for id_ in ids.values()]

    assert [(node["__typename"], node["id"]) for node in found] == [
        (name, str(id_)) for name, id_ in ids.items()
    ]


async def test_what_is_nobodys_or_a_strangers_is_no_node(url: str, idle_stage: Stage) -> None:
    strangers = await add_rows(idle_stage.database, owner_id="somebody else")
    ids = [strangers.story, strangers.shot, strangers.take, strangers.video, uuid4(), "nonsense"]

    found = [(await ask(url, NODE, {"id": str(id_)}))["node"] for id_ in ids]

    assert found == [None] * 6
