"""Lists of stories and videos: filtered, searched, sorted, and paged without slips."""

import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import text

from db.read_sessions import Reads
from db.session import Database
from tests.factories import add_rows
from tests.graphql_client import ask, post, serving_stage
from tests.stage import Stage

STORIES = """query ($first: Int, $after: String, $last: Int, $before: String, $filter: StoryFilter,
    $order: StoryOrder) {
  stories(first: $first, after: $after, last: $last, before: $before, filter: $filter,
      orderBy: $order) {
    nodes { title } totalCount
    pageInfo { startCursor endCursor hasNextPage hasPreviousPage }
} }"""
VIDEOS = "query ($filter: VideoFilter) { videos(filter: $filter) { nodes { title } totalCount } }"
TEXT = "从前有一座山，山里有一座庙，庙里有一个老和尚在讲故事。" * 55
"""About 1,500 characters."""


@dataclass
class Library:
    """An application with stories of known titles."""

    url: str
    database: Database

    async def add(self, title: str | None, **values: object) -> None:
        rows = await add_rows(self.database)
        sets = {"title": title} | values
        names = ", ".join(f"{name} = :{name}" for name in sets)
        async with self.database.transaction() as session:
            await session.execute(
                text(f"UPDATE story SET {names} WHERE id = :id"),
                sets | {"id": rows.story},
            )

    async def page(self, **variables: object) -> dict[str, Any]:
        return (await ask(self.url, STORIES, variables))["stories"]

    async def titles(self, **variables: object) -> list[str | None]:
        return [node["title"] for node in (await self.page(**variables))["nodes"]]


@pytest.fixture
async def library(idle_stage: Stage) -> AsyncIterator[Library]:
    async with idle_stage.database.transaction() as session:
        await session.execute(text("DELETE FROM story"))
    async with serving_stage(idle_stage) as url:
        yield Library(url, idle_stage.database)


@pytest.mark.parametrize(
    ("wanted", "titles"),
    [
        ({"search": "守株"}, ["守株待兔"]),
        ({"search": "hARe"}, ["The Tortoise and the Hare"]),
        ({"search": "宋人"}, ["守株待兔"]),
        ({"search": "100%"}, ["100% wool"]),
        ({"search": "_"}, ["a_b"]),
        ({"search": "%"}, ["100% wool"]),
        ({"search": "nowhere"}, []),
        ({"search": "  "}, ["a_b", "100% wool", "守株待兔", "The Tortoise and the Hare"]),
        ({"style": ["ANIMATION"]}, ["守株待兔"]),
        ({"style": []}, []),
        ({"status": ["FAILED", "CANCELED"]}, ["100% wool"]),
        ({"createdAfter": "2100-01-01T00:00:00Z"}, []),
        ({"createdBefore": "2000-01-01T00:00:00Z"}, []),
        ({"createdAfter": "2000-01-01T00:00:00Z", "search": "wool"}, ["100% wool"]),
    ],
)
async def test_a_filter_keeps_what_fits_and_the_count_agrees(
    library: Library, wanted: dict[str, Any], titles: list[str]
) -> None:
    await library.add("The Tortoise and the Hare")
    await library.add("守株待兔", content="宋人有耕者。", style="ANIMATION")
    await library.add("100% wool", status="FAILED")
    await library.add("a_b")

    page = await library.page(filter=wanted)

    assert [node["title"] for node in page["nodes"]] == titles
    assert page["totalCount"] == len(titles)


async def test_films_are_found_by_their_storys_words_and_status(library: Library) -> None:
    await library.add("The Tortoise and the Hare")
    await library.add("守株待兔", content="宋人有耕者。")

    found = (await ask(library.url, VIDEOS, {"filter": {"search": "耕者"}}))["videos"]
    none = (await ask(library.url, VIDEOS, {"filter": {"status": ["FAILED"]}}))["videos"]

    assert found == {"nodes": [{"title": "守株待兔"}], "totalCount": 1}
    assert none == {"nodes": [], "totalCount": 0}


@pytest.mark.parametrize("field", ["CREATED_AT", "UPDATED_AT", "TITLE"])
@pytest.mark.parametrize("direction", ["ASC", "DESC"])
async def test_pages_join_without_a_slip_while_stories_are_added(
    library: Library, field: str, direction: str
) -> None:
    for title in ("c", "a", None, "b", "a"):
        await library.add(title)
    order = {"field": field, "direction": direction}
    everything = await library.titles(first=50, order=order)

    seen: list[str | None] = []
    after = None
    while True:
        page = await library.page(first=2, after=after, order=order)
        seen += [node["title"] for node in page["nodes"] if node["title"] != "new"]
        if not page["pageInfo"]["hasNextPage"]:
            break
        after = page["pageInfo"]["endCursor"]
        await library.add("new")
    end = await library.page(last=2, before=page["pageInfo"]["endCursor"], order=order)

    assert seen == everything
    assert end["pageInfo"]["hasNextPage"]
    if field == "TITLE":
        names = [title or "" for title in everything]
        assert names == sorted(names, reverse=direction == "DESC")


async def test_a_cursor_of_another_order_is_refused(library: Library) -> None:
    await library.add("a")
    by_title = await library.page(order={"field": "TITLE"})

    answer = await post(
        library.url, STORIES, {"after": by_title["pageInfo"]["endCursor"], "first": 1}
    )

    assert answer["errors"][0]["extensions"]["code"] == "INVALID"


@pytest.mark.parametrize("search", ["x" * 201, "a\x00", "a\ud800"])
async def test_words_that_no_text_contains_are_refused(library: Library, search: str) -> None:
    answer = await post(library.url, STORIES, {"filter": {"search": search}})

    assert answer["errors"][0]["extensions"]["code"] in ("TOO_LONG", "INVALID")


async def test_two_characters_are_found_in_a_thousand_stories_at_once(library: Library) -> None:
    await library.add("the one", content=TEXT + "终于找到")
    async with library.database.transaction() as session:
        await session.execute(
            text(
                """INSERT INTO story (id, owner_id, content, style, aspect_ratio, language, status,
                    auto_render, attempt, event_seq, revision)
                SELECT gen_random_uuid(), 'local', :content || n, 'MOVIE', 'WIDE_16_9', 'zh',
                    'COMPLETED', false, 0, 0, 0
                FROM generate_series(1, 1000) AS n"""
            ),
            {"content": TEXT},
        )
    page: dict[str, Any] = {}
    searched_s: list[float] = []
    read_s: list[float] = []
    for _ in range(5):
        began = time.perf_counter()
        page = await library.page(filter={"search": "终于"})
        searched_s.append(time.perf_counter() - began)
        began = time.perf_counter()
        await library.database.read(read_every_text)
        read_s.append(time.perf_counter() - began)

    assert (page["nodes"], page["totalCount"]) == ([{"title": "the one"}], 1)
    assert min(searched_s) < 20 * min(read_s)  # 3 to 6 times: a request, the page and its count


async def read_every_text(session: Reads) -> None:
    """What a search without an index does at least."""
    await session.execute(text("SELECT count(*) FROM story WHERE lower(content) LIKE '%终于%'"))
