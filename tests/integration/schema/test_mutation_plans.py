"""Mutations are executed by plans as by graphql-core, and each once."""

import re
from typing import Any

import pytest
from graphql import OperationType
from strawberry.types import ExecutionResult

from schema.plans.answering import answer_by_plan
from schema.root import SCHEMA
from tests.factories import add_rows
from tests.stage import Stage
from web.graphql.answers import encode_json

_STORY = "id title style phase progress nextStep { code } shots { id } failure { code }"
CREATE = f"""mutation ($input: CreateStoryInput!) {{ made: createStory(input: $input) {{
    __typename story {{ {_STORY} }} eventCursor userErrors {{ code message field }} }} }}"""
FAILS_BELOW = CREATE.replace("progress", "progress thumbnailUrl(width: 0)")
RENAME = """mutation ($id: ID!, $title: String!) { updateShot(input: { id: $id, title: $title }) {
    shot { id title imageUrl } userErrors { code field } } }"""
_ID = re.compile(rb'"id":"[^"]+"')
_STORIES = "{ stories(first: 100) { nodes { title } } }"


async def both(
    stage: Stage, document: str, variables: dict[str, Any]
) -> tuple[ExecutionResult, ExecutionResult]:
    """The answers of graphql-core and of a plan."""
    context = stage.context()
    by_core = await SCHEMA.execute(document, variable_values=variables, context_value=context)
    by_plan = await answer_by_plan(document, variables, None, stage.context())
    assert by_plan is not None
    return by_core, by_plan


def told(result: ExecutionResult) -> bytes:
    """The answer as a client gets it, but for IDs and for making errors public."""
    errors = [error.formatted for error in result.errors or ()]
    return _ID.sub(b'"id":""', encode_json({"data": result.data, "errors": errors}))


async def count(stage: Stage, title: str) -> int:
    """How many of the stories have this title."""
    found = await SCHEMA.execute(_STORIES, context_value=stage.context())
    assert found.data is not None
    return [story["title"] for story in found.data["stories"]["nodes"]].count(title)


@pytest.mark.parametrize(
    "wish",
    [
        {"style": "ANIMATION"},
        {"motion": None},
        {"shotCount": 0},
        {"content": ""},
        {"language": "no language at all", "style": "REALISTIC"},
    ],
    ids=["one", "null", "too few shots", "empty", "two wrong values"],
)
async def test_a_mutation_is_answered_alike(idle_stage: Stage, wish: dict[str, Any]) -> None:
    variables = {"input": {"content": "A fox sings.", "title": "Alike", **wish}}
    if wish.get("motion", "") is None:  # null is no motion: the variables are refused
        await SCHEMA.execute(CREATE, variable_values=variables, context_value=idle_stage.context())
        assert await answer_by_plan(CREATE, variables, None, idle_stage.context()) is None
        return

    by_core, by_plan = await both(idle_stage, CREATE, variables)

    assert told(by_plan) == told(by_core)


async def test_a_change_of_an_existing_row_is_answered_alike(idle_stage: Stage) -> None:
    rows = await add_rows(idle_stage.database)

    by_core, by_plan = await both(idle_stage, RENAME, {"id": str(rows.shot), "title": "Renamed"})

    assert told(by_plan) == told(by_core)
    assert b"Renamed" in told(by_plan)


async def test_a_field_that_fails_below_does_not_execute_the_mutation_again(
    idle_stage: Stage,
) -> None:
    variables = {"input": {"content": "A fox sings.", "title": "Only once"}}

    by_core, by_plan = await both(idle_stage, FAILS_BELOW, variables)

    assert told(by_plan) == told(by_core)
    assert by_plan.errors
    assert by_plan.errors[0].path == ["made", "story", "thumbnailUrl"]
    assert await count(idle_stage, "Only once") == 2


async def test_several_mutations_are_left_to_graphql_core(idle_stage: Stage) -> None:
    document = CREATE.replace("made: createStory", "createStory").replace(
        "mutation ($input: CreateStoryInput!) {",
        "mutation ($input: CreateStoryInput!) { first: createStory(input: $input) { eventCursor }",
    )
    variables = {"input": {"content": "A fox sings.", "title": "Serial"}}
    await SCHEMA.execute(document, variable_values=variables, context_value=idle_stage.context())

    assert await answer_by_plan(document, variables, None, idle_stage.context()) is None
    assert await count(idle_stage, "Serial") == 2


async def test_a_request_that_may_only_query_gets_no_mutation(idle_stage: Stage) -> None:
    variables = {"input": {"content": "A fox sings.", "title": "By GET"}}
    await SCHEMA.execute(CREATE, variable_values=variables, context_value=idle_stage.context())

    kinds = [OperationType.QUERY]
    context = idle_stage.context()

    assert await answer_by_plan(CREATE, variables, None, context, kinds=kinds) is None
    assert await count(idle_stage, "By GET") == 1
