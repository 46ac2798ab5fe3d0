"""Queries: consistent data, few statements, and errors without private details."""

import json
import re
from collections.abc import AsyncIterator

import httpx
import pytest
import structlog
from sqlalchemy import text

from db.models import Story
from db.session import Database
from domain import AspectRatio, Status, Style
from tests.factories import add_rows, add_shot
from tests.graphql_client import ask, post, serving_stage
from tests.stage import Stage
from tests.statements import counting

NESTED = """{ stories(first: 50) { nodes {
    id phase nextStep { code } progress thumbnailUrl usage { total } shotCounts { total }
    video { id status story { id } }
    filmWarnings { message }
    shots { id story { id title } take { number } takes { number cost shot: imageUrl } }
} } }"""
ABSENT = "0d3c2f6e-5f1d-4c8e-9a3b-6e1f0a2b4c5d"
"""An id that nothing has."""


@pytest.fixture(scope="module")
async def idle_url(idle_stage: Stage) -> AsyncIterator[str]:
    """The application without a worker."""
    async with serving_stage(idle_stage) as url:
        yield url


@pytest.fixture
async def url(idle_url: str, idle_stage: Stage) -> str:
    """The application with an empty database."""
    async with idle_stage.database.transaction() as session:
        await session.execute(text("DELETE FROM story"))
    return idle_url


@pytest.fixture
def stories_database(idle_stage: Stage) -> Database:
    return idle_stage.database


async def add_stories(database: Database, count: int, *, owner_id: str = "local") -> list[str]:
    """Stories without shots, oldest first."""
    ids: list[str] = []
    for number in range(count):
        async with database.transaction() as session:
            story = Story(
                owner_id=owner_id,
                content="Once.",
                title=f"Story {number}",
                style=Style.MOVIE,
                aspect_ratio=AspectRatio.WIDE_16_9,
                language="en",
            )
            session.add(story)
            await session.flush()
            ids.append(str(story.id))
    return ids


async def test_a_story_is_read_with_everything_made_from_it(
    url: str, stories_database: Database
) -> None:
    rows = await add_rows(stories_database)
    key = f"stories/{rows.story}/{rows.video}.srt"
    async with stories_database.transaction() as session:
        await session.execute(text("UPDATE video SET subtitles_key = :key"), {"key": key})
        await session.execute(text("UPDATE story SET synopsis = 'Somebody was.'"))

    data = await ask(
        url,
        """query($id: ID!) { story(id: $id) {
            __typename id revision title synopsis content style stylePrompt aspectRatio language
            status progress failure { code } thumbnailUrl eventCursor createdAt updatedAt
            shotCounts { total pending generating completed failed canceled }
            shots { id position status durationSeconds imageUrl thumbnailUrl take { id } }
            completed: shots(status: [COMPLETED]) { id } pending: shots(status: [PENDING]) { id }
            video {
                id status title videoUrl sizeBytes burnSubtitles
                subtitlesUrl captionsUrl: subtitlesUrl(format: VTT)
            }
        } }""",
        {"id": str(rows.story)},
    )

    story = data["story"]
    shot = story["shots"][0]
    assert story["__typename"] == "Story"
    assert story["synopsis"] == "Somebody was."
    assert story["content"] == "Once upon a time."
    assert story["style"] == "MOVIE"
    assert story["progress"] == 1
    assert story["failure"] is None
    assert story["shotCounts"]["completed"] == story["shotCounts"]["total"] == 1
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", story["createdAt"])
    assert shot["imageUrl"] == shot["thumbnailUrl"]
    assert shot["imageUrl"] == f"{url}/media/stories/{rows.story}/{rows.take}.png"
    assert story["thumbnailUrl"] == shot["imageUrl"]
    assert shot["take"] == {"id": str(rows.take)}
    assert story["completed"] == [{"id": str(rows.shot)}]
    assert story["pending"] == []
    assert story["video"]["id"] == str(rows.video)
    assert story["video"]["burnSubtitles"] is True
    assert story["video"]["subtitlesUrl"] == f"{url}/media/{key}"
    assert story["video"]["captionsUrl"] == f"{url}/media/{key}?format=vtt"


async def test_the_progress_of_a_story_is_a_plain_number(
    url: str, stories_database: Database
) -> None:
    rows = await add_rows(stories_database)
    for position in range(2, 9):
        await add_shot(stories_database, rows.story, position=position, status=Status.PENDING)

    data = await ask(
        url, "query($id: ID!) { story(id: $id) { progress } }", {"id": str(rows.story)}
    )

    assert data["story"] == {"progress": 0.2125}


async def test_nested_rows_of_any_number_of_stories_cost_the_same_statements(
    url: str, stories_database: Database
) -> None:
    await add_rows(stories_database)
    with counting(stories_database) as for_one:
        await ask(url, NESTED)
    for _ in range(9):
        await add_rows(stories_database)

    with counting(stories_database) as for_ten:
        data = await ask(url, NESTED)

    assert len(data["stories"]["nodes"]) == 10
    assert all(len(story["shots"]) == 1 for story in data["stories"]["nodes"])
    assert len(for_ten) == len(for_one)
    assert len([statement for statement in for_ten if "FROM shot" in statement]) == 3
    assert len(for_ten) <= 11


async def test_the_total_is_counted_only_when_asked_for(
    url: str, stories_database: Database
) -> None:
    await add_stories(stories_database, 3)

    with counting(stories_database) as without:
        await ask(url, "{ stories(first: 2) { nodes { id } pageInfo { hasNextPage } } }")
    with counting(stories_database) as with_total:
        data = await ask(url, "{ stories(first: 2) { nodes { id } totalCount } }")

    assert data["stories"]["totalCount"] == 3
    assert len(without) == 1
    assert len(with_total) == 2


async def test_pages_go_forward_and_backward(url: str, stories_database: Database) -> None:
    newest_first = (await add_stories(stories_database, 5))[::-1]
    query = """query($first: Int, $after: String, $last: Int, $before: String) {
        stories(first: $first, after: $after, last: $last, before: $before) {
            edges { cursor node { id } } nodes { id }
            pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
        }
    }"""

    first = (await ask(url, query, {"first": 2}))["stories"]
    second = (await ask(url, query, {"first": 2, "after": first["pageInfo"]["endCursor"]}))[
        "stories"
    ]
    back = (await ask(url, query, {"last": 2, "before": second["edges"][0]["cursor"]}))["stories"]
    end = (await ask(url, query, {"last": 2}))["stories"]

    assert [edge["node"]["id"] for edge in first["edges"]] == newest_first[:2]
    assert first["pageInfo"]["hasNextPage"] is True
    assert first["pageInfo"]["hasPreviousPage"] is False
    assert [node["id"] for node in second["nodes"]] == newest_first[2:4]
    assert second["pageInfo"]["startCursor"] == second["edges"][0]["cursor"]
    assert [node["id"] for node in back["nodes"]] == newest_first[:2]
    assert [node["id"] for node in end["nodes"]] == newest_first[3:]


async def test_an_empty_page_has_no_cursors(url: str) -> None:
    data = await ask(
        url, "{ videos { nodes { id } totalCount pageInfo { startCursor endCursor hasNextPage } } }"
    )

    info = {"startCursor": None, "endCursor": None, "hasNextPage": False}
    assert data["videos"] == {"nodes": [], "totalCount": 0, "pageInfo": info}


async def test_videos_are_the_library(url: str, stories_database: Database) -> None:
    rows = await add_rows(stories_database)

    data = await ask(url, "{ videos { edges { cursor node { id story { id } } } totalCount } }")

    [edge] = data["videos"]["edges"]
    assert edge["node"] == {"id": str(rows.video), "story": {"id": str(rows.story)}}
    assert data["videos"]["totalCount"] == 1


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ('after: "nonsense"', "INVALID"),
        ('before: "😀"', "INVALID"),
        ("first: 0", "OUT_OF_RANGE"),
        ("last: 101", "OUT_OF_RANGE"),
        ("first: 1, last: 1", "INVALID"),
    ],
)
async def test_a_page_that_cannot_be_is_a_top_level_error(
    url: str, arguments: str, code: str
) -> None:
    answer = await post(url, f"{{ stories({arguments}) {{ nodes {{ id }} }} }}")

    assert answer["data"] is None
    assert answer["errors"][0]["extensions"] == {"code": code}


@pytest.mark.parametrize("noun", ["story", "shot", "video"])
@pytest.mark.parametrize("id_", [ABSENT, "", "no id", "\x00", "\ud800", "9" * 10_000])
async def test_an_unknown_or_malformed_id_is_null(url: str, noun: str, id_: str) -> None:
    data = await ask(url, f"query($id: ID!) {{ {noun}(id: $id) {{ id }} }}", {"id": id_})

    assert data == {noun: None}


async def test_what_is_somebody_elses_is_not_there(url: str, stories_database: Database) -> None:
    rows = await add_rows(stories_database, owner_id="somebody else")

    data = await ask(
        url,
        """query($story: ID!, $shot: ID!, $video: ID!) {
            story(id: $story) { id } shot(id: $shot) { id } video(id: $video) { id }
            stories { nodes { id } totalCount } videos { nodes { id } totalCount }
        }""",
        {"story": str(rows.story), "shot": str(rows.shot), "video": str(rows.video)},
    )

    assert [data[noun] for noun in ("story", "shot", "video")] == [None] * 3
    assert [data[nouns] for nouns in ("stories", "videos")] == [{"nodes": [], "totalCount": 0}] * 2


async def test_a_failure_is_shown(url: str, stories_database: Database) -> None:
    rows = await add_rows(stories_database, story=Status.FAILED)
    failure = {
        "code": "BAD_JSON", "message": "Sorry.", "retryable": True, "provider": "origin",
        "attempt": 2, "occurred_at": "2026-01-02T03:04:05.678901+00:00",
    }  # fmt: skip
    async with stories_database.transaction() as session:
        await session.execute(
            text("UPDATE story SET failure = CAST(:failure AS jsonb)"),
            {"failure": json.dumps(failure)},
        )

    data = await ask(
        url,
        """query($id: ID!) { story(id: $id) {
            failure { code message retryable provider attempt occurredAt }
        } }""",
        {"id": str(rows.story)},
    )

    shown = data["story"]["failure"]
    assert shown.pop("occurredAt") == "2026-01-02T03:04:05.678Z"
    assert shown == {name: value for name, value in failure.items() if name != "occurred_at"}


async def test_an_unexpected_exception_is_masked_and_logged(
    url: str, stories_database: Database
) -> None:
    rows = await add_rows(stories_database)
    async with stories_database.transaction() as session:
        await session.execute(text("UPDATE take SET failure = '{}'"))

    with structlog.testing.capture_logs() as lines:
        answer = await post(
            url, "query($id: ID!) { shot(id: $id) { id takes { id } } }", {"id": str(rows.shot)}
        )

    [error] = answer["errors"]
    [line] = [line for line in lines if line["log_level"] == "error"]
    assert error["message"] == "Internal server error"
    assert error["path"] == ["shot", "takes"]
    assert error["extensions"]["code"] == "INTERNAL_SERVER_ERROR"
    assert error["extensions"]["requestId"] == line["request_id"]
    assert "occurred_at" not in json.dumps(answer)


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("{ stories { ", "GRAPHQL_PARSE_FAILED"),
        ("{ nonsense }", "GRAPHQL_VALIDATION_FAILED"),
        ("query($id: ID!) { story(id: $id) { id } }", "GRAPHQL_VALIDATION_FAILED"),
        ("{ server { version } } # " + "x" * 10_000, None),
        ("{ nonsense } # " + "x" * 10_000, "GRAPHQL_VALIDATION_FAILED"),
    ],
)
async def test_a_document_is_judged_the_same_every_time(
    url: str, query: str, code: str | None
) -> None:
    answers = [await post(url, query) for _ in range(2)]

    codes = [[error["extensions"]["code"] for error in a.get("errors", [])] for a in answers]
    assert codes == [[code] if code else []] * 2


@pytest.mark.parametrize(
    "body",
    [b"null", b"5", b"[]", b'"x"', b"", b"{", b"\xff\xfe", b'{"query": 5}', b'{"query": null}',
     b'{"query": "{ server { version } }", "variables": {"x": NaN}}', b"[" * 100_000],
)  # fmt: skip
async def test_a_body_that_is_no_request_is_refused_as_json(url: str, body: bytes) -> None:
    async with httpx.AsyncClient() as client:
        response = await client.post(
            f"{url}/graphql", content=body, headers={"Content-Type": "application/json"}
        )

    assert response.status_code == 400
    assert response.json()["errors"][0]["extensions"]["code"] == "BAD_REQUEST"


async def test_no_simple_request_can_change_anything(url: str) -> None:
    mutation = 'mutation { createStory(input: {content: "x"}) { story { id } } }'
    async with httpx.AsyncClient() as client:
        by_get = await client.get(f"{url}/graphql", params={"query": mutation})
        by_form = await client.post(f"{url}/graphql", data={"query": mutation})
        by_parts = await client.post(
            f"{url}/graphql",
            data={"operations": json.dumps({"query": mutation}), "map": "{}"},
            files={"0": b""},
        )
        by_text = await client.post(
            f"{url}/graphql",
            content=json.dumps({"query": mutation}),
            headers={"Content-Type": "text/plain"},
        )
    created = await ask(url, "{ stories { totalCount } }")

    assert [r.status_code for r in (by_get, by_form, by_parts, by_text)] == [405, 415, 415, 415]
    assert created["stories"]["totalCount"] == 0


async def test_a_query_by_get_is_answered(url: str) -> None:
    async with httpx.AsyncClient() as client:
        answer = await client.get(
            f"{url}/graphql", params={"query": "{ viewer { id name } server { version } }"}
        )
        refused = await client.put(f"{url}/graphql")

    assert answer.json()["data"] == {
        "viewer": {"id": "local", "name": "Local"}, "server": {"version": "0.0.0-test"},
    }  # fmt: skip
    assert refused.status_code == 405


async def test_the_server_tells_what_it_accepts(url: str) -> None:
    data = await ask(
        url,
        """{ server { providers { kind name }
            limits { maxContentLength maxShotsPerStory maxPageSize maxQueryDepth maxQueryCost }
        } }""",
    )

    server = data["server"]
    assert server["limits"] == {
        "maxContentLength": 200_000, "maxShotsPerStory": 200, "maxPageSize": 100,
        "maxQueryDepth": 14, "maxQueryCost": 50_000,
    }  # fmt: skip
    assert server["providers"] == [
        {"kind": "script", "name": "origin"},
        {"kind": "image", "name": "origin"},
        {"kind": "video", "name": "studio"},
    ]


async def test_text_arrives_as_it_is(url: str, stories_database: Database) -> None:
    rows = await add_rows(stories_database)
    title = '守株待兔 😀 مرحبا " \\ \u2028'
    async with stories_database.transaction() as session:
        await session.execute(text("UPDATE story SET title = :title"), {"title": title})

    data = await ask(url, "query($id: ID!) { story(id: $id) { title } }", {"id": str(rows.story)})

    assert data["story"]["title"] == title
