"""Mutations: errors that the caller can fix are data, with the path of their cause."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest

from db.queries.shots import get_shot
from db.session import Database
from domain import Status
from tests.factories import add_rows
from tests.graphql_client import ask, post, serving_stage
from tests.stage import Stage

ERRORS = "userErrors { code message field }"
CREATE = f"""mutation($input: CreateStoryInput!) {{ createStory(input: $input) {{
    story {{ id status style aspectRatio title content eventCursor shots {{ id }} }}
    eventCursor {ERRORS}
}} }}"""
UPDATE = f"""mutation($input: UpdateShotInput!) {{ updateShot(input: $input) {{
    shot {{ id revision title prompt transition durationSeconds status takes {{ number }} }}
    story {{ id eventCursor }} eventCursor {ERRORS}
}} }}"""
ABSENT = "0d3c2f6e-5f1d-4c8e-9a3b-6e1f0a2b4c5d"
"""An id that nothing has."""


@pytest.fixture(scope="module")
async def url(idle_stage: Stage) -> AsyncIterator[str]:
    """The application without a worker."""
    async with serving_stage(idle_stage) as url:
        yield url


@pytest.fixture
def rows_database(idle_stage: Stage) -> Database:
    return idle_stage.database


async def test_a_story_is_accepted_with_the_cursor_to_follow_it_from(url: str) -> None:
    wish = {"content": "Once upon a time.", "style": "ANIMATION", "aspectRatio": "SQUARE_1_1"}

    payload = (await ask(url, CREATE, {"input": wish}))["createStory"]

    story = payload["story"]
    assert payload["userErrors"] == []
    assert payload["eventCursor"] == story["eventCursor"]
    assert story["status"] == "PENDING"
    assert (story["style"], story["aspectRatio"]) == ("ANIMATION", "SQUARE_1_1")
    assert (story["content"], story["title"], story["shots"]) == ("Once upon a time.", None, [])


@pytest.mark.parametrize(
    ("wish", "code", "field"),
    [
        ({"content": ""}, "REQUIRED", "content"),
        ({"content": " \n\t "}, "REQUIRED", "content"),
        ({"content": "x" * 200_001}, "TOO_LONG", "content"),
        ({"content": "a\x00b"}, "INVALID", "content"),
        ({"content": "a\ud800b"}, "INVALID", "content"),
        ({"content": "lost: \ufffd"}, "INVALID", "content"),
        ({"content": "x", "title": "\ufffd"}, "INVALID", "title"),
        ({"content": "x", "title": "t" * 201}, "TOO_LONG", "title"),
        ({"content": "x", "stylePrompt": "s\x00"}, "INVALID", "stylePrompt"),
        ({"content": "x", "language": "l" * 36}, "TOO_LONG", "language"),
        ({"content": "x", "shotCount": 0}, "OUT_OF_RANGE", "shotCount"),
        ({"content": "x", "shotCount": 201}, "OUT_OF_RANGE", "shotCount"),
    ],
)
async def test_a_wish_that_cannot_be_is_a_user_error(
    url: str, wish: dict[str, Any], code: str, field: str
) -> None:
    payload = (await ask(url, CREATE, {"input": wish}))["createStory"]

    [error] = payload["userErrors"]
    assert payload["story"] is payload["eventCursor"] is None
    assert (error["code"], error["field"]) == (code, ["input", field])
    assert error["message"]


async def test_a_style_that_is_none_is_refused_before_anything_happens(url: str) -> None:
    answer = await post(url, CREATE, {"input": {"content": "x", "style": "WATERCOLOUR"}})

    [error] = answer["errors"]
    assert error["extensions"] == {"code": "GRAPHQL_VALIDATION_FAILED"}
    assert "WATERCOLOUR" in error["message"]


async def test_a_shot_is_changed_and_drawn_anew(url: str, rows_database: Database) -> None:
    rows = await add_rows(rows_database)
    edit = {
        "id": str(rows.shot), "title": "Two", "prompt": "A tower", "transition": "CROSSFADE",
        "durationSeconds": 3.5, "regenerate": True, "expectedRevision": 1,
    }  # fmt: skip

    payload = (await ask(url, UPDATE, {"input": edit}))["updateShot"]

    shot = payload["shot"]
    assert payload["userErrors"] == []
    assert payload["story"] == {"id": str(rows.story), "eventCursor": payload["eventCursor"]}
    assert shot["revision"] > 1
    assert (shot["title"], shot["prompt"], shot["transition"]) == ("Two", "A tower", "CROSSFADE")
    assert shot["durationSeconds"] == 3.5
    assert shot["status"] == "PENDING"
    assert [take["number"] for take in shot["takes"]] == [1, 2]


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"expectedRevision": 99}, "CONFLICT", ["input", "expectedRevision"]),
        ({"durationSeconds": 0.1}, "OUT_OF_RANGE", ["input", "durationSeconds"]),
        ({"durationSeconds": 61}, "OUT_OF_RANGE", ["input", "durationSeconds"]),
        ({"title": " "}, "REQUIRED", ["input", "title"]),
        ({"prompt": "p" * 8_001}, "TOO_LONG", ["input", "prompt"]),
        ({"narration": "\x00"}, "INVALID", ["input", "narration"]),
        ({"narration": "\ufffd"}, "INVALID", ["input", "narration"]),
    ],
)
async def test_a_change_that_cannot_be_changes_nothing(
    url: str, rows_database: Database, change: dict[str, Any], code: str, field: list[str]
) -> None:
    rows = await add_rows(rows_database)

    payload = (await ask(url, UPDATE, {"input": {"id": str(rows.shot), **change}}))["updateShot"]
    shot = await ask(
        url, "query($id: ID!) { shot(id: $id) { revision title } }", {"id": str(rows.shot)}
    )

    [error] = payload["userErrors"]
    assert payload["shot"] is payload["story"] is payload["eventCursor"] is None
    assert (error["code"], error["field"]) == (code, field)
    assert shot["shot"] == {"revision": 1, "title": "One"}


async def test_a_regenerated_shot_keeps_its_picture_and_an_open_one_is_left_alone(
    url: str, rows_database: Database
) -> None:
    rows = await add_rows(rows_database)
    query = f"""mutation($input: RegenerateShotInput!) {{ regenerateShot(input: $input) {{
        shot {{ status imageUrl take {{ id }} takes {{ number seed prompt status }} }} {ERRORS}
    }} }}"""
    wish = {"id": str(rows.shot), "prompt": "A castle", "seed": 7}

    first = (await ask(url, query, {"input": wish}))["regenerateShot"]
    second = (await ask(url, query, {"input": wish}))["regenerateShot"]

    assert first["userErrors"] == []
    assert first["shot"]["status"] == "PENDING"
    assert first["shot"]["imageUrl"]
    assert first["shot"]["take"] == {"id": str(rows.take)}
    assert first["shot"]["takes"][1] == {
        "number": 2, "seed": 7, "prompt": "A castle", "status": "PENDING",
    }  # fmt: skip
    assert [error["code"] for error in second["userErrors"]] == ["INVALID_STATE"]


async def test_a_take_is_selected(url: str, rows_database: Database) -> None:
    rows = await add_rows(rows_database)
    query = f"""mutation($shot: ID!, $take: ID!) {{ selectTake(shotId: $shot, takeId: $take) {{
        shot {{ take {{ id number }} status }} {ERRORS}
    }} }}"""

    taken = await ask(url, query, {"shot": str(rows.shot), "take": str(rows.take)})
    absent = await ask(url, query, {"shot": str(rows.shot), "take": str(uuid4())})

    shot = {"take": {"id": str(rows.take), "number": 1}, "status": "COMPLETED"}
    assert taken["selectTake"] == {"shot": shot, "userErrors": []}
    [error] = absent["selectTake"]["userErrors"]
    assert (error["code"], error["field"]) == ("NOT_FOUND", ["takeId"])


async def test_a_story_is_canceled_retried_and_deleted(url: str) -> None:
    created = (await ask(url, CREATE, {"input": {"content": "Once."}}))["createStory"]["story"]
    cancel = f"mutation($id: ID!) {{ cancelStory(id: $id) {{ story {{ status }} {ERRORS} }} }}"
    retry = f"""mutation($id: ID!) {{ retryStory(input: {{id: $id}}) {{
        story {{ status }} {ERRORS} }} }}"""
    delete = f"mutation($id: ID!) {{ deleteStory(id: $id) {{ deletedId {ERRORS} }} }}"
    id_ = {"id": created["id"]}

    canceled = (await ask(url, cancel, id_))["cancelStory"]
    canceled_again = (await ask(url, cancel, id_))["cancelStory"]
    retried = (await ask(url, retry, id_))["retryStory"]
    deleted = (await ask(url, delete, id_))["deleteStory"]
    left = await ask(url, "query($id: ID!) { story(id: $id) { id } }", id_)

    assert canceled == {"story": {"status": "CANCELED"}, "userErrors": []}
    assert [error["code"] for error in canceled_again["userErrors"]] == ["INVALID_STATE"]
    assert retried == {"story": {"status": "PENDING"}, "userErrors": []}
    assert deleted == {"deletedId": created["id"], "userErrors": []}
    assert left == {"story": None}


async def test_only_the_named_shots_are_retried(url: str, rows_database: Database) -> None:
    rows = await add_rows(rows_database, shot=Status.FAILED)
    query = f"""mutation($input: RetryStoryInput!) {{ retryStory(input: $input) {{
        story {{ shotCounts {{ pending failed }} }} {ERRORS} }} }}"""

    absent = await ask(url, query, {"input": {"id": str(rows.story), "shotIds": [str(uuid4())]}})
    retried = await ask(url, query, {"input": {"id": str(rows.story), "shotIds": [str(rows.shot)]}})

    [error] = absent["retryStory"]["userErrors"]
    assert (error["code"], error["field"]) == ("NOT_FOUND", ["input", "shotIds"])
    assert retried["retryStory"] == {
        "story": {"shotCounts": {"pending": 1, "failed": 0}}, "userErrors": [],
    }  # fmt: skip


async def test_a_film_is_rendered_and_stopped(url: str, rows_database: Database) -> None:
    rows = await add_rows(rows_database)
    generate = f"""mutation($input: GenerateVideoInput!) {{ generateVideo(input: $input) {{
        video {{ id status story {{ id }} }} story {{ video {{ id }} }} eventCursor {ERRORS}
    }} }}"""
    cancel = f"mutation($id: ID!) {{ cancelVideo(id: $id) {{ video {{ status }} {ERRORS} }} }}"

    started = (await ask(url, generate, {"input": {"storyId": str(rows.story)}}))["generateVideo"]
    running = (await ask(url, generate, {"input": {"storyId": str(rows.story)}}))["generateVideo"]
    stopped = (await ask(url, cancel, {"id": str(rows.video)}))["cancelVideo"]
    stopped_again = (await ask(url, cancel, {"id": str(rows.video)}))["cancelVideo"]

    video = {"id": str(rows.video), "status": "PENDING", "story": {"id": str(rows.story)}}
    assert started["video"] == running["video"] == video
    assert started["story"] == {"video": {"id": str(rows.video)}}
    assert started["eventCursor"] == running["eventCursor"]
    assert stopped == {"video": {"status": "CANCELED"}, "userErrors": []}
    assert [error["code"] for error in stopped_again["userErrors"]] == ["INVALID_STATE"]


async def test_a_film_without_pictures_is_refused(url: str, rows_database: Database) -> None:
    rows = await add_rows(rows_database, shot=Status.PENDING, video=Status.FAILED)
    query = f"""mutation($input: GenerateVideoInput!) {{
        generateVideo(input: $input) {{ video {{ id }} {ERRORS} }} }}"""

    answer = (await ask(url, query, {"input": {"storyId": str(rows.story)}}))["generateVideo"]

    assert answer["video"] is None
    [error] = answer["userErrors"]
    assert (error["code"], error["field"]) == ("INVALID_STATE", ["input", "allowMissingShots"])


async def test_a_story_gets_virtual_shots_once(url: str) -> None:
    created = (await ask(url, CREATE, {"input": {"content": "Once."}}))["createStory"]["story"]
    query = f"""mutation($id: ID!) {{ mockShots(storyId: $id) {{
        story {{ status shots {{ status imageUrl }} }} {ERRORS} }} }}"""

    first = (await ask(url, query, {"id": created["id"]}))["mockShots"]
    second = (await ask(url, query, {"id": created["id"]}))["mockShots"]

    statuses = [shot["status"] for shot in first["story"]["shots"]]
    assert first["story"]["status"] == "COMPLETED"
    assert statuses[:2] == ["COMPLETED", "COMPLETED"]
    assert len(statuses) == 4
    assert [error["code"] for error in second["userErrors"]] == ["CONFLICT"]


UNKNOWN = [
    ("cancelStory(id: $id)", ["id"]),
    ("deleteStory(id: $id)", ["id"]),
    ("retryStory(input: {id: $id})", ["input", "id"]),
    ("mockShots(storyId: $id)", ["storyId"]),
    ("updateShot(input: {id: $id})", ["input", "id"]),
    ("regenerateShot(input: {id: $id})", ["input", "id"]),
    (f'selectTake(shotId: $id, takeId: "{ABSENT}")', ["shotId"]),
    ("uploadTake(shotId: $id)", ["shotId"]),
    ("generateVideo(input: {storyId: $id})", ["input", "storyId"]),
    ("cancelVideo(id: $id)", ["id"]),
]


@pytest.mark.parametrize(("mutation", "field"), UNKNOWN)
@pytest.mark.parametrize("id_", [ABSENT, "no id", "\x00\ud800"])
async def test_an_unknown_or_malformed_id_is_a_user_error(
    url: str, mutation: str, field: list[str], id_: str
) -> None:
    name = mutation.partition("(")[0]

    data = await ask(url, f"mutation($id: ID!) {{ {mutation} {{ {ERRORS} }} }}", {"id": id_})

    [error] = data[name]["userErrors"]
    assert (error["code"], error["field"]) == ("NOT_FOUND", field)


async def test_what_is_somebody_elses_cannot_be_changed(url: str, rows_database: Database) -> None:
    rows = await add_rows(rows_database, owner_id="somebody else")
    mutations = f"""mutation($story: ID!, $shot: ID!, $video: ID!) {{
        deleteStory(id: $story) {{ {ERRORS} }}
        updateShot(input: {{id: $shot, title: "Mine"}}) {{ {ERRORS} }}
        cancelVideo(id: $video) {{ {ERRORS} }}
    }}"""

    data = await ask(
        url,
        mutations,
        {"story": str(rows.story), "shot": str(rows.shot), "video": str(rows.video)},
    )

    assert [payload["userErrors"][0]["code"] for payload in data.values()] == ["NOT_FOUND"] * 3
    async with rows_database.reading() as session:
        shot = await get_shot(session, rows.shot)
    assert shot is not None
    assert shot.title == "One"


async def test_a_second_mutation_of_an_operation_shows_what_it_did(
    url: str, rows_database: Database
) -> None:
    rows = await add_rows(rows_database)

    data = await ask(
        url,
        """mutation($id: ID!) {
            a: updateShot(input: {id: $id, title: "A"}) { story { shots { title } } }
            b: updateShot(input: {id: $id, title: "B"}) { story { shots { title } } }
        }""",
        {"id": str(rows.shot)},
    )

    assert [payload["story"]["shots"][0]["title"] for payload in data.values()] == ["A", "B"]
