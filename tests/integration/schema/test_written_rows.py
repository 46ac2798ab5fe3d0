"""Answers that PostgreSQL writes are those of graphql-core, byte for byte, and one statement."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text, update
from strawberry.types import ExecutionResult

from db.models import Shot, Story
from db.rows import Failure
from domain import Scope, Status
from orchestration.media.links import MediaLinks
from resolvers.context import Context
from resolvers.policies import Viewer
from schema.plans.answering import answer_by_plan
from schema.root import SCHEMA
from tests.factories import add_clip, add_rows, add_shot
from tests.stage import Stage
from tests.statements import counting
from web.graphql.answers import encode_json

FAILURE = "failure { __typename code message retryable provider attempt occurredAt }"
STANDING = """phase progress nextStep { __typename code message } twice: progress
    shotCounts { total completed open: pending failed }
    thumbnailUrl wide: thumbnailUrl(width: 900)"""
TAKE = f"__typename number status prompt model imageUrl width {FAILURE} createdAt"
CLIP = f"id status progress durationSeconds videoUrl {FAILURE}"
SHOT = f"""__typename id revision position title prompt narration transition motion durationSeconds
    status progress attempt imageUrl small: thumbnailUrl(width: 300) createdAt updatedAt
    {FAILURE} take {{ {TAKE} }} takes {{ {TAKE} }} clip {{ {CLIP} }}"""
STORY = f"""__typename id revision title synopsis style stylePrompt aspectRatio language textFormat
    motion status {FAILURE} {STANDING} eventCursor again: eventCursor createdAt updatedAt
    shots {{ {SHOT} }}"""
ONE = f"query ($id: ID!) {{ story(id: $id) {{ {STORY} }} }}"
PAGE = f"""{{ stories(first: 3) {{ __typename nodes {{ ...Some }} pageInfo {{ endCursor }} }} }}
    fragment Some on Story {{ {STORY} }}"""

ODD_TEXTS = (
    'quotes " and \\ and / and </script>',
    "".join(map(chr, range(1, 32))) + "\x7f\x80\x9f",
    "\u2028\u2029\ufeff\u200b é ß 中文 😀 \U0010ffff",
    "null",
    '","title":"not the end',
    "",
)
ODD_NUMBERS = (0.0, 1.0, 4.5, 0.1, 1 / 3, 600.0, 5e-324, 0.30000000000000004, 123456789.25)
MOMENTS = (
    datetime(2026, 1, 31, 12, 0, 0, 999_999, UTC),
    datetime(1969, 12, 31, 23, 59, 59, 123_456, UTC),
    datetime(9999, 12, 31, 23, 59, 59, 999_000, UTC),
    datetime(2026, 6, 1, 0, 0, 0, 1_000, UTC) + timedelta(hours=5),
)


@pytest.fixture(scope="module")
async def story_id(idle_stage: Stage) -> AsyncIterator[UUID]:
    """A story with unusual values in every column."""
    database = idle_stage.database
    rows = await add_rows(database)
    story_id = rows.story
    await add_clip(database, rows, status=Status.COMPLETED, media_key="clips/odd.mp4")
    for position in range(2, len(ODD_NUMBERS) + 2):
        await add_shot(database, story_id, position=position, status=Status.COMPLETED)
    async with database.transaction() as session:
        for position in range(1, len(ODD_NUMBERS) + 2):
            number = ODD_NUMBERS[position % len(ODD_NUMBERS)]
            words = ODD_TEXTS[position % len(ODD_TEXTS)]
            values: dict[str, Any] = {
                "title": words,
                "prompt": words * 2,
                "narration": words,
                "duration_seconds": number,
                "progress": number if number <= 1 else None,
                "created_at": MOMENTS[position % len(MOMENTS)],
                "failure": failure(words, MOMENTS[position % len(MOMENTS)], position % 2),
            }
            where = Shot.story_id == story_id, Shot.position == position
            await session.execute(update(Shot).where(*where).values(**values))
        story = {"synopsis": ODD_TEXTS[0], "style_prompt": ODD_TEXTS[1], "title": ODD_TEXTS[2]}
        await session.execute(update(Story).where(Story.id == story_id).values(**story))
    yield story_id
    async with database.transaction() as session:
        await session.execute(text("DELETE FROM story WHERE id = :id"), {"id": story_id})


def failure(words: str, moment: datetime, attempt: int) -> dict[str, Any]:
    """As it is stored, with a provider or without."""
    provider = words if attempt else None
    return Failure("ODD", words, bool(attempt), provider, attempt, moment).to_json()


async def answers(
    stage: Stage, document: str, variables: dict[str, Any], links: MediaLinks | None = None
) -> tuple[ExecutionResult, ExecutionResult | None, list[str]]:
    """By graphql-core and by the plan, and the plan's statements."""

    def context() -> Context:
        production = replace(stage.production, links=links or stage.production.links)
        return replace(stage.context(), production=production, base_url='https://"ö".test/"')

    by_core = await SCHEMA.execute(document, variable_values=variables, context_value=context())
    with counting(stage.database) as statements:
        by_plan = await answer_by_plan(document, variables, None, context())
    return by_core, by_plan, statements


@pytest.mark.parametrize("document", [ONE, PAGE], ids=["one", "page"])
@pytest.mark.parametrize("secret", [None, b"secret"], ids=["plain", "signed"])
async def test_odd_values_are_written_alike_in_one_statement(
    idle_stage: Stage, story_id: UUID, document: str, secret: bytes | None
) -> None:
    links = MediaLinks(secret, clock=lambda: 1_800_000_000.0)
    variables = {"id": str(story_id)}
    by_core, by_plan, statements = await answers(idle_stage, document, variables, links)

    assert by_core.errors is None
    assert (b"signature=" in encode_json(by_core.data)) is (secret is not None)
    assert by_plan is not None
    assert encode_json(by_plan.data) == encode_json(by_core.data)
    assert len(statements) == 1


async def test_a_story_without_shots_has_an_empty_list(idle_stage: Stage) -> None:
    rows = await add_rows(idle_stage.database)
    async with idle_stage.database.transaction() as session:
        await session.execute(text("DELETE FROM shot WHERE story_id = :id"), {"id": rows.story})

    by_core, by_plan, statements = await answers(idle_stage, ONE, {"id": str(rows.story)})

    assert by_plan is not None
    assert encode_json(by_plan.data) == encode_json(by_core.data)
    assert b'"shots":[]' in encode_json(by_plan.data)
    assert len(statements) == 1


@pytest.mark.parametrize("admin", [True, False])
async def test_another_owner_is_told_nothing(idle_stage: Stage, admin: bool) -> None:
    rows = await add_rows(idle_stage.database, owner_id="somebody else")
    document, variables = ONE, {"id": str(rows.story)}
    await SCHEMA.execute(document, variable_values=variables, context_value=idle_stage.context())
    context = idle_stage.context()
    if admin:
        context = replace(context, viewer=Viewer("operator", "Operator", Scope.ADMIN))

    answer = await answer_by_plan(document, variables, None, context)

    assert answer is not None
    assert answer.data is not None
    assert (encode_json(answer.data["story"]) != b"null") is admin


@pytest.mark.parametrize("width", [0, -1])
async def test_an_invalid_argument_is_left_to_graphql_core(
    idle_stage: Stage, story_id: UUID, width: int
) -> None:
    document = f"""query ($id: ID!) {{ story(id: $id) {{ shots {{
        imageUrl(width: {width}) }} }} }}"""

    by_core, by_plan, _ = await answers(idle_stage, document, {"id": str(story_id)})

    assert by_core.errors
    assert by_plan is None


@pytest.mark.parametrize(
    "selection",
    [
        "id waiting { until }",
        "id shots(status: COMPLETED) { id }",
        "id shots { id takes { id seed } }",
        "usage { total } shots { id imageUrl takes { number } }",
    ],
)
async def test_what_is_not_written_is_answered_as_before(
    idle_stage: Stage, story_id: UUID, selection: str
) -> None:
    document = f"query ($id: ID!) {{ story(id: $id) {{ {selection} }} }}"

    by_core, by_plan, _ = await answers(idle_stage, document, {"id": str(story_id)})

    assert by_plan is not None
    assert encode_json(by_plan.data) == encode_json(by_core.data)


async def test_stories_in_two_places_of_a_page_are_not_mixed_up(
    idle_stage: Stage, story_id: UUID
) -> None:
    document = "{ stories(first: 2) { nodes { title } edges { node { id style } cursor } } }"

    by_core, by_plan, _ = await answers(idle_stage, document, {"id": str(story_id)})

    assert by_plan is not None
    assert encode_json(by_plan.data) == encode_json(by_core.data)
