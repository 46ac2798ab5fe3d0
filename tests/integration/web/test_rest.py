"""The documented routes of the original service, over real sockets, with their envelope."""

import json
import re
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from db.rows import StoryRow
from domain import MAX_CONTENT_LENGTH, OPEN_STATUSES, Status, Style, Transition
from errors import InvalidInputError
from resolvers.stories import require_story
from resolvers.videos import get_video
from tests.factories import add_rows
from tests.fakes.origin import FakeOrigin
from tests.journeys import STORY, drawn_story, follow_until, settle
from tests.serving import serving_app
from tests.stage import Scene, Stage, in_scene
from web.app import create_app
from web.rest.operations import MAX_BODY_BYTES
from web.rest.routes import OPERATIONS
from web.rest.words import nearest_style, parse_transition, transition_name
from web.services import Services

DOCUMENTED = {
    ("POST", "/api/story/create"),
    ("GET", "/api/story/{id}"),
    ("GET", "/api/story/{id}/status"),
    ("GET", "/api/story/{id}/shots"),
    ("GET", "/api/shot/{id}"),
    ("POST", "/api/shot/{id}/update"),
    ("GET", "/api/shot/{id}/preview"),
    ("POST", "/api/story/{id}/mock-gen"),
    ("GET", "/api/story/all"),
    ("POST", "/api/story/{id}/generate-video"),
    ("GET", "/api/story/{id}/preview"),
}


@pytest.fixture
async def client(app_url: str) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=app_url, timeout=30) as client:
        yield client


def data_of(response: httpx.Response) -> Any:
    """The data of a success, whose envelope is right."""
    body = response.json()
    assert response.status_code == 200, body
    assert response.headers["content-type"] == "application/json"
    assert {key: body[key] for key in ("code", "message")} == {"code": 200, "message": "success"}
    assert set(body) == {"code", "message", "data"}
    return body["data"]


def failure_of(response: httpx.Response) -> tuple[int, str]:
    """Status and message of a failure, whose envelope is right."""
    body = response.json()
    assert body == {"code": response.status_code, "message": body["message"], "data": None}
    assert body["message"]
    return response.status_code, body["message"]


def is_utc(text: str) -> bool:
    """Whether it is an RFC 3339 time in UTC."""
    return datetime.fromisoformat(text).utcoffset() == timedelta(0) and "T" in text


async def story_of(stage: Stage, story_id: str) -> StoryRow:
    return await require_story(stage.context(), story_id)


async def test_a_story_goes_in_and_its_shots_come_out(
    client: httpx.AsyncClient, stage: Stage
) -> None:
    created = data_of(
        await client.post("/api/story/create", json={"content": STORY, "style": "动画"})
    )
    story_id = created["storyId"]
    await settle(stage, await story_of(stage, story_id))
    story = data_of(await client.get(f"/api/story/{story_id}"))
    status = data_of(await client.get(f"/api/story/{story_id}/status"))
    listed = data_of(await client.get(f"/api/story/{story_id}/shots"))

    assert created == {
        "storyId": str(UUID(story_id)),
        "title": "",
        "status": "pending",
        "phase": "writing",
        "createdAt": story["createdAt"],
    }
    assert is_utc(story["createdAt"])
    assert story == {
        "id": story_id,
        "title": story["title"],
        "content": STORY,
        "style": "animation",
        "status": "completed",
        "phase": "ready",
        "createdAt": created["createdAt"],
    }
    assert story["title"]
    ended = {"title": story["title"], "status": "completed", "phase": "ready"}
    assert status == created | ended
    assert (listed["storyId"], listed["storyTitle"]) == (story_id, story["title"])
    assert [shot["sortOrder"] for shot in listed["shots"]] == [1, 2, 3, 4]


async def test_a_shot_is_told_in_full_by_both_of_its_routes(
    client: httpx.AsyncClient, stage: Stage, app_url: str
) -> None:
    story, rows = await drawn_story(stage)

    shot = data_of(await client.get(f"/api/shot/{rows[0].id}"))
    preview = data_of(await client.get(f"/api/shot/{rows[0].id}/preview"))
    listed = data_of(await client.get(f"/api/story/{story.id}/shots"))["shots"]
    picture = await client.get(shot["imageUrl"])

    assert shot == preview == listed[0]
    assert shot == {
        "id": str(rows[0].id),
        "storyId": str(story.id),
        "sortOrder": 1,
        "title": "Shot 1",
        "prompt": rows[0].prompt,
        "narration": rows[0].narration,
        "transition": "Ken Burns",
        "status": "completed",
        "imageUrl": f"{app_url}/media/{rows[0].image_key}",
        "progress": 100,
        "createdAt": shot["createdAt"],
        "updatedAt": shot["updatedAt"],
    }
    assert is_utc(shot["createdAt"])
    assert is_utc(shot["updatedAt"])
    assert picture.headers["content-type"].startswith("image/")


async def test_the_original_answer_of_create_can_be_had_back(services: Services) -> None:
    options = replace(services.options, rest_create_status="completed")

    @asynccontextmanager
    async def open_services() -> AsyncGenerator[Services]:
        yield replace(services, options=options)

    app = create_app(open_services, options=options, allowed_hosts=())
    async with serving_app(app) as url, httpx.AsyncClient(base_url=url) as client:
        created = data_of(await client.post("/api/story/create", json={"content": STORY}))

    assert created["status"] == "completed"


async def test_a_bad_body_is_refused_with_a_sentence(client: httpx.AsyncClient) -> None:
    bad_bodies = [
        b"",
        b"{",
        b"null",
        b"5",
        b"[]",
        b'"text"',
        b"\xff\xfe\xfa",
        b"[" * 100_000,
        b"1" * 5_000,
        b"{}",
        b'{"content": null}',
        b'{"content": 5}',
        b'{"content": ["a"]}',
        b'{"content": ""}',
        b'{"content": " \\n\\t\\u3000"}',
        b'{"content": "NUL \\u0000"}',
        b'{"content": "lone \\ud800"}',
        b'{"content": "lost \\ufffd"}',
        b'{"content": "good", "style": 5}',
        json.dumps({"content": "x" * (MAX_CONTENT_LENGTH + 1)}).encode(),
    ]

    for body in bad_bodies:
        status, message = failure_of(await client.post("/api/story/create", content=body))

        assert status == 400, body[:50]
        assert message.endswith(".")


async def test_the_longest_story_fits_however_it_is_escaped(client: httpx.AsyncClient) -> None:
    longest = json.dumps({"content": "\N{DRAGON FACE}" * MAX_CONTENT_LENGTH})
    too_large = b" " * (MAX_BODY_BYTES + 1)

    accepted = await client.post("/api/story/create", content=longest)
    refused = await client.post("/api/story/create", content=too_large)

    data_of(accepted)
    assert failure_of(refused)[0] == 413


async def test_strange_stories_are_accepted(client: httpx.AsyncClient) -> None:
    for content in ("😀😀😀", "مرحبا بالعالم", '{"title": "x", "shots": []}', "\u202e x"):
        story_id = data_of(
            await client.post("/api/story/create", json={"content": content, "style": None})
        )["storyId"]

        assert data_of(await client.get(f"/api/story/{story_id}"))["content"] == content


async def test_every_unknown_id_is_404(client: httpx.AsyncClient) -> None:
    bodies = {"/api/shot/{id}/update": {"prompt": "A house"}}
    operations = [operation for operation in OPERATIONS if "{id}" in operation.path]
    for operation in operations:
        for id_ in (str(uuid4()), "17", "no-such-story", "%00", "%F0%9F%98%80", "a" * 2_000):
            path = operation.path.replace("{id}", id_)

            response = await client.request(operation.method, path, json=bodies.get(operation.path))

            assert failure_of(response)[0] == 404, path


async def test_what_belongs_to_somebody_else_is_404(
    client: httpx.AsyncClient, stage: Stage
) -> None:
    rows = await add_rows(stage.database, owner_id="somebody")

    for path in (f"/api/story/{rows.story}", f"/api/story/{rows.story}/preview"):
        assert failure_of(await client.get(path))[0] == 404
    assert failure_of(await client.get(f"/api/shot/{rows.shot}"))[0] == 404
    assert data_of(await client.get("/api/story/all")) == []


async def test_a_wrong_method_and_a_wrong_address_get_the_envelope(
    client: httpx.AsyncClient,
) -> None:
    get = await client.get(f"/api/story/{uuid4()}/generate-video")
    post = await client.post("/api/story/all")
    delete = await client.delete(f"/api/story/{uuid4()}")

    assert failure_of(get)[0] == failure_of(post)[0] == failure_of(delete)[0] == 405
    assert get.headers["allow"] == "POST"
    assert post.headers["allow"] == "GET, HEAD"
    assert delete.headers["allow"] == "GET, HEAD"
    for path in ("/api", "/api/story", "/api/nothing/here", "/api/story//shots", "/api/story/all/"):
        assert failure_of(await client.get(path))[0] == 404, path


async def test_a_prompt_that_differs_draws_the_picture_anew(
    client: httpx.AsyncClient, stage: Stage, origin: FakeOrigin
) -> None:
    story, rows = await drawn_story(stage)
    calls = origin.calls["/pic"]

    updated = data_of(
        await client.post(f"/api/shot/{rows[0].id}/update", json={"prompt": "A red house"})
    )
    _, redrawn = await settle(stage, story)

    assert set(updated) == {"status"}
    assert updated["status"] in ("pending", "generating", "completed")
    assert redrawn[0].prompt == "A red house"
    assert redrawn[0].image_key != rows[0].image_key
    assert origin.calls["/pic"] == calls + 1


async def test_what_is_left_out_empty_or_the_same_is_left_alone(
    client: httpx.AsyncClient, stage: Stage
) -> None:
    rows = await add_rows(stage.database)
    path = f"/api/shot/{rows.shot}"
    before = data_of(await client.get(path))
    same = {"prompt": before["prompt"], "narration": None, "transition": before["transition"]}

    for body in ({}, {"prompt": "", "narration": " ", "transition": ""}, same, {"unknown": 1}):
        assert data_of(await client.post(f"{path}/update", json=body)) == {"status": "completed"}

    assert data_of(await client.get(path)) == before


async def test_narration_and_transition_change_without_a_new_picture(
    client: httpx.AsyncClient, stage: Stage
) -> None:
    rows = await add_rows(stage.database)
    change = {"narration": "Once more.", "transition": "ken burns"}

    updated = data_of(await client.post(f"/api/shot/{rows.shot}/update", json=change))
    shot = data_of(await client.get(f"/api/shot/{rows.shot}"))

    assert updated == {"status": "completed"}
    assert (shot["narration"], shot["transition"]) == ("Once more.", "Ken Burns")


async def test_any_prompt_draws_a_failed_shot_again(
    client: httpx.AsyncClient, stage: Stage
) -> None:
    rows = await add_rows(stage.database, shot=Status.FAILED)

    updated = data_of(
        await client.post(f"/api/shot/{rows.shot}/update", json={"prompt": "A house"})
    )
    _, shots = await settle(stage, await story_of(stage, str(rows.story)))

    assert updated["status"] != "failed"
    assert shots[0].status is Status.COMPLETED


async def test_a_shot_that_is_being_drawn_takes_words_but_no_prompt(
    client: httpx.AsyncClient, stage: Stage
) -> None:
    rows = await add_rows(stage.database, shot=Status.GENERATING)
    path = f"/api/shot/{rows.shot}/update"

    refused = await client.post(path, json={"prompt": "Another house"})
    taken = await client.post(path, json={"narration": "Other words."})

    assert failure_of(refused)[0] == 409
    assert data_of(taken) == {"status": "generating"}


async def test_a_shot_update_with_a_wrong_value_is_400(
    client: httpx.AsyncClient, stage: Stage
) -> None:
    rows = await add_rows(stage.database)
    wrong: list[object] = [
        [],
        {"prompt": 5},
        {"prompt": "x" * 8_001},
        {"narration": "NUL \x00"},
        {"transition": "wipe"},
        {"transition": ["CUT"]},
    ]

    for body in wrong:
        response = await client.post(f"/api/shot/{rows.shot}/update", json=body)

        assert failure_of(response)[0] == 400, body


async def test_virtual_shots_are_drawn_two_at_once_and_two_later(
    client: httpx.AsyncClient, stage: Stage, origin: FakeOrigin
) -> None:
    origin.latency_s = 60  # the script must not come first
    story_id = data_of(await client.post("/api/story/create", json={"content": STORY}))["storyId"]

    assert data_of(await client.post(f"/api/story/{story_id}/mock-gen")) is None
    shots = data_of(await client.get(f"/api/story/{story_id}/shots"))["shots"]
    again = await client.post(f"/api/story/{story_id}/mock-gen")
    await settle(stage, await story_of(stage, story_id))
    settled = data_of(await client.get(f"/api/story/{story_id}/shots"))["shots"]

    assert [shot["status"] for shot in shots] == ["completed"] * 2 + ["generating"] * 2
    assert failure_of(again)[0] == 409
    assert [shot["status"] for shot in settled] == ["completed"] * 4
    assert all(shot["imageUrl"] for shot in settled)
    assert origin.calls["/pic"] == 0


@in_scene(Scene(videos=("origin",)))
async def test_a_film_is_rendered_on_demand_and_plays(
    client: httpx.AsyncClient, stage: Stage
) -> None:
    story, _ = await drawn_story(stage, "The keeper lit the lamp.")
    path = f"/api/story/{story.id}"

    early = await client.get(f"{path}/preview")
    asset_id = data_of(await client.post(f"{path}/generate-video"))
    running = data_of(await client.post(f"{path}/generate-video"))
    await follow_until(
        stage, story.id, lambda c: c.video is not None and c.video.status not in OPEN_STATUSES
    )
    asset = data_of(await client.get(f"{path}/preview"))
    film = await client.get(asset["videoUrl"], headers={"Range": "bytes=4-7"})
    thumbnail = await client.get(asset["thumbnailUrl"])
    listed = data_of(await client.get("/api/story/all"))
    again = data_of(await client.post(f"{path}/generate-video"))
    rerendered = data_of(await client.get(f"{path}/preview"))

    assert failure_of(early)[0] == 404
    assert asset_id == running == again == {"id": asset["id"]}
    video = await get_video(stage.context(), asset["id"])
    assert video is not None
    assert asset == {
        "id": str(video.id),
        "storyId": str(story.id),
        "title": story.title,
        "videoUrl": asset["videoUrl"],
        "thumbnailUrl": asset["thumbnailUrl"],
        "duration": asset["duration"],
        "status": "completed",
        "progress": 100,
        "createdAt": asset["createdAt"],
    }
    assert isinstance(asset["duration"], int)
    assert asset["duration"] == round(video.duration_seconds or 0)
    assert is_utc(asset["createdAt"])
    assert film.content == b"ftyp"
    assert thumbnail.headers["content-type"] == "image/jpeg"
    assert listed == [asset]
    assert rerendered["videoUrl"] == asset["videoUrl"], "the film that is there plays on"


async def test_a_film_needs_shots_and_their_pictures(
    client: httpx.AsyncClient, stage: Stage, origin: FakeOrigin
) -> None:
    origin.latency_s = 60
    story_id = data_of(await client.post("/api/story/create", json={"content": STORY}))["storyId"]
    undrawn = await add_rows(stage.database, shot=Status.GENERATING)

    without_shots = await client.post(f"/api/story/{story_id}/generate-video")
    without_pictures = await client.post(f"/api/story/{undrawn.story}/generate-video")

    assert failure_of(without_shots)[0] == 400
    assert failure_of(without_pictures)[0] == 409


async def test_all_films_are_listed_newest_first_however_many(
    client: httpx.AsyncClient, stage: Stage
) -> None:
    made = [await add_rows(stage.database) for _ in range(102)]

    assets = data_of(await client.get("/api/story/all"))

    assert [asset["id"] for asset in assets] == [str(rows.video) for rows in reversed(made)]
    assert assets[0]["duration"] is None
    assert assets[0]["videoUrl"] is None

    newest = data_of(await client.get("/api/story/all", params={"limit": 60}))
    page = {"limit": 60, "before": newest[-1]["id"]}
    rest = data_of(await client.get("/api/story/all", params=page))

    assert (len(newest), len(rest)) == (60, 42)
    assert [*newest, *rest] == assets


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=501", "limit=x", "limit=", "limit=٣", "before=x", "before="]
)
async def test_a_wrong_part_of_the_list_is_refused(client: httpx.AsyncClient, query: str) -> None:
    status, message = failure_of(await client.get(f"/api/story/all?{query}"))

    assert status == 400
    assert query.partition("=")[0] in message


async def test_the_openapi_document_tells_every_route_and_names_only_what_it_holds(
    client: httpx.AsyncClient,
) -> None:
    response = await client.get("/api/openapi.json")
    document = response.json()
    told = {
        (method.upper(), path): operation
        for path, item in document["paths"].items()
        for method, operation in item.items()
    }
    references = re.findall(r'"#/components/schemas/(\w+)"', response.text)

    assert document["openapi"] == "3.1.0"
    assert document["info"]["version"] == "0.0.0-test"
    assert set(told) == DOCUMENTED
    assert set(references) == set(document["components"]["schemas"])
    assert len({operation["operationId"] for operation in told.values()}) == len(told)
    assert told["POST", "/api/story/create"]["responses"].keys() == {
        "200",
        "400",
        "413",
        "500",
        "503",
    }
    shot = document["components"]["schemas"]["Shot"]
    assert shot["properties"]["status"]["enum"] == [status.lower() for status in Status]
    assert "sortOrder" in shot["required"]


async def test_the_readable_page_shows_every_route_and_loads_nothing(
    client: httpx.AsyncClient,
) -> None:
    response = await client.get("/api/docs")

    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert "default-src 'none'" in response.headers["content-security-policy"]
    assert all(f"<code>{path}</code>" in response.text for _, path in DOCUMENTED)
    assert "//" not in response.text.replace("<!doctype", "")


@pytest.mark.parametrize(
    ("text", "style"),
    [
        ("movie", Style.MOVIE),
        ("Animation", Style.ANIMATION),
        (" REALISTIC ", Style.REALISTIC),
        ("电影", Style.MOVIE),
        ("动画", Style.ANIMATION),
        ("写实风格", Style.REALISTIC),
        ("amimation", Style.ANIMATION),
        ("relistic", Style.REALISTIC),
        ("moive", Style.MOVIE),
        ("an animated movie", Style.ANIMATION),
        ("日本动漫", Style.ANIMATION),
        ("photo-real", Style.REALISTIC),
        ("real", Style.REALISTIC),
        ("surreal", Style.MOVIE),
        ("ＲＥＡＬＩＳＴＩＣ", Style.REALISTIC),
        ("watercolour", Style.MOVIE),
        ("", Style.MOVIE),
        ("x" * 100_000, Style.MOVIE),
    ],
)
def test_a_style_in_free_text_is_taken_for_the_nearest(text: str, style: Style) -> None:
    assert nearest_style(text) is style


def test_a_transition_is_known_by_both_of_its_names_in_any_case() -> None:
    for transition in Transition:
        for name in (transition, transition_name(transition)):
            for spelling in (name, name.lower(), f" {name.title()} ", name.replace(" ", "-")):
                assert parse_transition(spelling) is transition
    with pytest.raises(InvalidInputError):
        parse_transition("wipe")
