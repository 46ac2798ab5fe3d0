"""Plans and graphql-core give the same answer about every event of a subscription."""

import asyncio
import gc
import re
from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from db.queries.events import append_events
from db.rows import NewEvent
from domain import EventType
from resolvers.cursors import encode_event_cursor
from schema.plans.compiler import core_schema
from schema.plans.subscribing import Request, subscribe
from schema.root import SCHEMA
from tests.factories import add_every_state, add_rows
from tests.graphql_client import DEADLINE_S
from tests.random_documents import Document, subscriptions
from tests.stage import Stage
from web.graphql.answers import encode_json

BEGINNING_WITH_A_STATE = ("storyEvents", "storyUpdated", "videoUpdated")
TIME = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:\d\d)")
EVENTS = """subscription ($id: ID!, $after: EventCursor) {
  storyEvents(storyId: $id, after: $after) {
    __typename seq type cursor occurredAt story { title shots { title imageUrl(width: 0) } }
    shot { id } video { id } deletedId
  }
}"""


@pytest.fixture(scope="module")
async def ids(idle_stage: Stage) -> list[str]:
    """Stories in every state, with shots, clips and films; and one of another owner."""
    found: list[str] = []
    for rows, _ in await add_every_state(idle_stage.database):
        found += map(str, (rows.story, rows.video))
    other = await add_rows(idle_stage.database, owner_id="somebody else")
    return [*found, str(other.story), str(other.video)]


async def first_of(results: AsyncGenerator[Any], began: datetime) -> tuple[str, bytes]:
    """The kind of the first answer, and what a client gets of it but for the present time."""
    async with asyncio.timeout(DEADLINE_S), aclosing(results):
        result = await anext(results)
    errors = [error.formatted for error in result.errors or ()]
    text = encode_json({"data": result.data, "errors": errors}).decode()

    def without_now(found: re.Match[str]) -> str:
        return "now" if datetime.fromisoformat(found[0]) >= began else found[0]

    is_begun = "PreExecutionError" not in type(result).__name__
    return "next" if is_begun else "error", TIME.sub(without_now, text).encode()


async def by_core(stage: Stage, document: Document) -> AsyncGenerator[Any]:
    return await SCHEMA.stream(
        document.text, variable_values=document.variables, context_value=stage.context()
    )


async def by_plan(stage: Stage, document: Document) -> AsyncGenerator[Any] | None:
    request = Request(document=document.text, variables=document.variables, name=None)
    return await subscribe(request, stage.context())


@settings(
    max_examples=60,
    deadline=None,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),  # shrinking takes minutes
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
async def test_random_subscriptions_are_answered_alike(
    idle_stage: Stage, ids: list[str], data: st.DataObject
) -> None:
    document = data.draw(subscriptions(core_schema(SCHEMA), ids, BEGINNING_WITH_A_STATE))
    began = datetime.now(UTC)
    expected = await first_of(await by_core(idle_stage, document), began)
    gc.collect()  # what graphql-core leaves alone beside a failed field would warn later
    results = await by_plan(idle_stage, document)
    if results is None:
        assert b'"errors":[]' not in expected[1], "the plan does not know the document"
        return
    assert await first_of(results, began) == expected, document.text


async def test_missed_events_are_answered_alike(idle_stage: Stage, ids: list[str]) -> None:
    rows = await add_rows(idle_stage.database)
    news = [
        NewEvent(EventType.STORY_UPDATED),
        NewEvent(EventType.SHOT_STATUS_CHANGED, shot_id=rows.shot),
        NewEvent(EventType.SHOT_DELETED, shot_id=rows.take),
    ]
    async with idle_stage.database.transaction() as session:
        await append_events(session, rows.story, news)
    variables = {"id": str(rows.story), "after": encode_event_cursor(0)}
    document = Document(EVENTS, variables)

    async with (
        asyncio.timeout(DEADLINE_S),
        aclosing(await by_core(idle_stage, document)) as results,
    ):
        expected = [await anext(results) for _ in news]
    found = await by_plan(idle_stage, document)
    assert found is not None
    async with asyncio.timeout(DEADLINE_S), aclosing(found) as results:
        answers = [await anext(results) for _ in news]

    assert [one.data for one in answers] == [one.data for one in expected]
    assert [one.data["storyEvents"]["seq"] for one in answers if one.data] == [1, 2, 3]
    told = [[str(error) for error in one.errors or ()] for one in answers]
    assert told == [[str(error) for error in one.errors or ()] for one in expected]
    assert all(told)  # the picture's width: graphql-core answers instead of the plan
