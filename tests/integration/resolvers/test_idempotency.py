"""Idempotency keys: a repeated call has no second effect."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text

from db.queries.retention import delete_old_keys
from db.setting_names import USUAL_SESSIONS
from domain import Status
from tests.factories import Rows, add_rows
from tests.graphql_client import ask, serving_stage
from tests.stage import Stage

ERRORS = "userErrors { code field }"
CREATE = f"""mutation ($input: CreateStoryInput!) {{
    createStory(input: $input) {{ story {{ id title }} {ERRORS} }}
}}"""
MUTATIONS = {
    "updateShot": ("UpdateShotInput", "shot { id revision }"),
    "regenerateShot": ("RegenerateShotInput", "shot { id takes { id } }"),
    "addShot": ("AddShotInput", "shot { id }"),
    "retryStory": ("RetryStoryInput", "story { id shots { takes { id } } }"),
    "generateVideo": ("GenerateVideoInput", "video { id revision }"),
}


def mutation(name: str) -> str:
    kind, fields = MUTATIONS[name]
    return f"mutation ($input: {kind}!) {{ {name}(input: $input) {{ {fields} {ERRORS} }} }}"


@pytest.fixture(scope="module")
async def url(idle_stage: Stage) -> AsyncIterator[str]:
    """The application without a worker."""
    async with serving_stage(idle_stage) as url:
        yield url


@pytest.fixture
async def rows(idle_stage: Stage) -> Rows:
    return await add_rows(idle_stage.database)


async def create(url: str, **wish: object) -> dict[str, Any]:
    given = {"content": "Once upon a time."} | wish
    return (await ask(url, CREATE, {"input": given}))["createStory"]


async def test_more_at_once_than_there_are_sessions_make_one_story(url: str) -> None:
    key = uuid4().hex

    many = 2 * USUAL_SESSIONS
    answers = await asyncio.gather(*(create(url, idempotencyKey=key) for _ in range(many)))

    assert len({answer["story"]["id"] for answer in answers}) == 1
    assert all(answer["userErrors"] == [] for answer in answers)


async def test_a_key_with_another_input_is_refused(url: str) -> None:
    key = uuid4().hex
    await create(url, idempotencyKey=key)

    refused = await create(url, idempotencyKey=key, content="Another story.")

    assert refused["story"] is None
    assert refused["userErrors"] == [
        {"code": "IDEMPOTENCY_KEY_REUSED", "field": ["input", "idempotencyKey"]}
    ]


async def test_a_key_belongs_to_one_mutation(url: str, rows: Rows) -> None:
    key = uuid4().hex
    await create(url, idempotencyKey=key)

    wish = {"storyId": str(rows.story), "prompt": "A house", "idempotencyKey": key}
    refused = (await ask(url, mutation("addShot"), {"input": wish}))["addShot"]

    assert [error["code"] for error in refused["userErrors"]] == ["IDEMPOTENCY_KEY_REUSED"]


async def test_a_call_that_failed_leaves_its_key_free(url: str) -> None:
    key = uuid4().hex
    failed = await create(url, idempotencyKey=key, content=" ")

    mended = await create(url, idempotencyKey=key)

    assert failed["userErrors"][0]["code"] == "REQUIRED"
    assert mended["story"] is not None


@pytest.mark.parametrize(
    ("key", "code"), [("k" * 201, "TOO_LONG"), ("a\x00", "INVALID"), ("a\ud800", "INVALID")]
)
async def test_a_key_that_is_no_name_is_refused(url: str, key: str, code: str) -> None:
    refused = await create(url, idempotencyKey=key)

    assert refused["userErrors"] == [{"code": code, "field": ["input", "idempotencyKey"]}]


async def test_a_key_is_forgotten_after_a_day(url: str, idle_stage: Stage) -> None:
    key = uuid4().hex
    first = await create(url, idempotencyKey=key)
    async with idle_stage.database.transaction() as session:
        await session.execute(
            text("UPDATE idempotency_key SET created_at = now() - interval '25 hours'")
        )

    second = await create(url, idempotencyKey=key, content="Another story.")
    async with idle_stage.database.transaction() as session:
        await session.execute(
            text("UPDATE idempotency_key SET created_at = now() - interval '25 hours'")
        )
        await delete_old_keys(session)
        left = await session.execute(text("SELECT count(*) FROM idempotency_key"))

    assert second["story"]["id"] != first["story"]["id"]
    assert left.scalar_one() == 0


@pytest.mark.parametrize("name", MUTATIONS)
async def test_every_mutation_that_makes_something_happens_once(
    url: str, idle_stage: Stage, name: str
) -> None:
    rows = await add_rows(
        idle_stage.database, shot=Status.FAILED if name == "retryStory" else Status.COMPLETED
    )
    async with idle_stage.database.transaction() as session:
        await session.execute(text("UPDATE take SET media_key = 'x.jpg'"))
    wishes: dict[str, dict[str, object]] = {
        "updateShot": {"id": str(rows.shot), "title": "Anew"},
        "regenerateShot": {"id": str(rows.shot)},
        "addShot": {"storyId": str(rows.story), "prompt": "A house"},
        "retryStory": {"id": str(rows.story)},
        "generateVideo": {"storyId": str(rows.story), "allowMissingShots": True},
    }
    wish = wishes[name] | {"idempotencyKey": uuid4().hex}

    first, *others = [(await ask(url, mutation(name), {"input": wish}))[name] for _ in range(3)]

    assert first["userErrors"] == []
    assert others == [first, first]
