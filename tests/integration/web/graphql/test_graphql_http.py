"""GraphQL over HTTP: status codes and media types, and what one operation may ask for."""

import json
import time
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import httpx
import pytest
from graphql import GraphQLError

from domain import Style
from schema.limits import MAX_ALIASES, MAX_FRAGMENTS, MAX_TOKENS
from schema.root import SCHEMA
from tests.node import needs_node, run_node
from tests.serving import serving_app
from web.app import create_app
from web.graphql.http import MAX_BODY_BYTES
from web.services import Services

MODERN = "application/graphql-response+json"
CLASSIC = "application/json"
JSON_BODY = {"Content-Type": CLASSIC}


@pytest.fixture
async def client(app_url: str) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=app_url, timeout=20) as client:
        yield client


async def send(
    client: httpx.AsyncClient, query: str, *, accept: str = MODERN, **fields: object
) -> httpx.Response:
    content = json.dumps({"query": query, **fields})
    return await client.post("/graphql", content=content, headers=JSON_BODY | {"Accept": accept})


def codes(response: httpx.Response) -> list[str]:
    return [error["extensions"]["code"] for error in response.json()["errors"]]


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        (MODERN, MODERN),
        (CLASSIC, CLASSIC),
        ("*/*", CLASSIC),
        ("application/*", CLASSIC),
        (f"text/plain, {MODERN};q=0.9, {CLASSIC};q=0.5", MODERN),
        (f"{MODERN};q=0, {CLASSIC}", CLASSIC),
        (f"{CLASSIC.upper()};charset=utf-8", CLASSIC),
    ],
)
async def test_the_answer_has_the_first_media_type_that_is_accepted(
    client: httpx.AsyncClient, accept: str, media_type: str
) -> None:
    response = await send(client, "{ viewer { id } }", accept=accept)

    assert response.status_code == 200
    assert response.headers["content-type"] == media_type
    assert response.headers["vary"] == "Accept"


@pytest.mark.parametrize(
    ("request_fields", "status", "code"),
    [
        ({"headers": {"Accept": "text/plain"}}, 406, "NOT_ACCEPTABLE"),
        ({"headers": {"Content-Type": "text/plain"}}, 415, "UNSUPPORTED_MEDIA_TYPE"),
        ({"headers": {"Content-Type": ""}}, 415, "UNSUPPORTED_MEDIA_TYPE"),
        (
            {"headers": {"Content-Type": "application/json; charset=latin-1"}},
            415,
            "UNSUPPORTED_MEDIA_TYPE",
        ),
        (
            {"headers": {"Content-Type": "application/x-www-form-urlencoded"}},
            415,
            "UNSUPPORTED_MEDIA_TYPE",
        ),
        ({"content": b" " * (MAX_BODY_BYTES + 1)}, 413, "PAYLOAD_TOO_LARGE"),
        ({"method": "PUT"}, 405, "BAD_REQUEST"),
        ({"method": "DELETE"}, 405, "BAD_REQUEST"),
        ({"method": "PATCH"}, 405, "BAD_REQUEST"),
        ({"content": b'{"query": "{ viewer { id } }", "variables": [1]}'}, 400, "BAD_REQUEST"),
        ({"content": b'{"query": "{ viewer { id } }", "operationName": 5}'}, 400, "BAD_REQUEST"),
        ({"content": b'{"query": "{ viewer { id } }", "extensions": "x"}'}, 400, "BAD_REQUEST"),
        ({"content": b'{"query": ""}'}, 400, "BAD_REQUEST"),
        ({"content": b'[{"query": "{ viewer { id } }"}]'}, 400, "BAD_REQUEST"),
    ],
)
async def test_a_request_that_is_none_is_refused_with_a_code(
    client: httpx.AsyncClient, request_fields: dict[str, Any], status: int, code: str
) -> None:
    given: dict[str, Any] = {"method": "POST", "content": b"{}"} | request_fields
    given["headers"] = JSON_BODY | given.get("headers", {})

    response = await client.request(url="/graphql", **given)

    assert (response.status_code, codes(response)) == (status, [code])
    assert "data" not in response.json()
    assert ("allow" in response.headers) == (status == 405)


async def test_a_body_without_an_announced_length_is_read_no_further_than_allowed(
    client: httpx.AsyncClient,
) -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while sent < 40 * MAX_BODY_BYTES:
            sent += 65_536
            yield b" " * 65_536

    response = await client.post("/graphql", content=endless(), headers=JSON_BODY)

    assert response.status_code == 413


async def test_get_runs_queries_alone(client: httpx.AsyncClient) -> None:
    query = {"query": "query Q($id: ID!) { story(id: $id) { id } }", "variables": '{"id": "x"}'}
    read = await client.get("/graphql", params=query)
    broken = await client.get("/graphql", params=query | {"variables": "{"})
    mutation = {"query": 'mutation { deleteStory(id: "x") { deletedId } }'}
    change = await client.get("/graphql", params=mutation)

    assert read.json() == {"data": {"story": None}}
    assert (broken.status_code, codes(broken)) == (400, ["BAD_REQUEST"])
    assert (change.status_code, change.headers["allow"]) == (405, "POST")


@pytest.mark.parametrize(
    ("query", "fields", "code"),
    [
        ("{ viewer {", {}, "GRAPHQL_PARSE_FAILED"),
        ("{ nonsense }", {}, "GRAPHQL_VALIDATION_FAILED"),
        ("query ($id: ID!) { story(id: $id) { id } }", {}, "GRAPHQL_VALIDATION_FAILED"),
        ("query A { viewer { id } } query B { viewer { id } }", {}, "OPERATION_RESOLUTION_FAILURE"),
        ("query A { viewer { id } }", {"operationName": "B"}, "OPERATION_RESOLUTION_FAILURE"),
        ("fragment F on Query { viewer { id } }", {}, "OPERATION_RESOLUTION_FAILURE"),
        ("subscription { storyUpdated(id: 1) { id } }", {}, "BAD_REQUEST"),
    ],
)
async def test_an_operation_that_cannot_run_is_a_400_without_data(
    client: httpx.AsyncClient, query: str, fields: dict[str, Any], code: str
) -> None:
    modern = await send(client, query, **fields)
    classic = await send(client, query, accept=CLASSIC, **fields)

    assert (modern.status_code, codes(modern)) == (400, [code])
    assert "data" not in modern.json()
    assert classic.status_code == (400 if code == "BAD_REQUEST" else 200)
    assert classic.json() == modern.json()


DEEP = "{ story(id: 1) { shots { " + "story { shots { " * 6 + "id" + " }" * 15
LAST = f" fragment F{MAX_FRAGMENTS - 1} on Query {{ viewer {{ id }} }}"
BOMB = (
    "{ ...F0 } "
    + " ".join(
        f"fragment F{n} on Query {{ ...F{n + 1} ...F{n + 1} }}" for n in range(MAX_FRAGMENTS - 1)
    )
    + LAST
)
CHAIN = "{ ...F0 } " + " ".join(f"fragment F{n} on Query {{ ...F{n + 1} }}" for n in range(150))
TAKES = "nodes { shots { takes { id number prompt seed provider model status } } }"


@pytest.mark.parametrize(
    ("query", "variables", "code"),
    [
        (DEEP, {}, "QUERY_TOO_DEEP"),
        ("{ viewer { " * 400 + "id" + "} }" * 400, {}, "GRAPHQL_PARSE_FAILED"),
        (BOMB, {}, "QUERY_TOO_LARGE"),
        (CHAIN, {}, "TOO_MANY_FRAGMENTS"),
        (f"{{ stories(first: 100) {{ {TAKES} }} }}", {}, "QUERY_TOO_LARGE"),
        (f"{{ stories(first: {'9' * 5_000}) {{ {TAKES} }} }}", {}, "QUERY_TOO_LARGE"),
        (f"query ($n: Int) {{ stories(last: $n) {{ {TAKES} }} }}", {"n": 100}, "QUERY_TOO_LARGE"),
        (f"query ($n: Int = 100) {{ stories(first: $n) {{ {TAKES} }} }}", {}, "QUERY_TOO_LARGE"),
        (
            "{" + " ".join(f"a{n}: __typename" for n in range(MAX_ALIASES + 1)) + "}",
            {},
            "TOO_MANY_ALIASES",
        ),
        ("{ viewer { " + "id " * MAX_TOKENS + "} }", {}, "GRAPHQL_PARSE_FAILED"),
    ],
    ids=lambda value: value if isinstance(value, str) and value.isupper() else None,
)
async def test_an_operation_that_asks_for_too_much_is_refused_at_once(
    query: str, variables: dict[str, Any], code: str
) -> None:
    began = time.thread_time()
    result = await SCHEMA.execute(query, variable_values=variables)
    took_s = time.thread_time() - began

    assert result.data is None
    [error] = result.errors or []
    found = (error.extensions or {}).get("code", "GRAPHQL_PARSE_FAILED")
    assert found == code, error
    assert took_s < 2  # 0.01 on a quiet machine; without limits a bomb takes for ever


async def test_what_clients_ask_for_in_earnest_is_served(client: httpx.AsyncClient) -> None:
    page = """query Page($first: Int) {
            stories(first: $first) { nodes { ...Card shots { ...Shot } } }
        }
        fragment Card on Story { id title status progress shotCounts { total completed } }
        fragment Shot on Shot { id position title prompt narration status imageUrl take { id } }"""

    response = await send(client, page, variables={"first": 100})

    assert response.status_code == 200, response.json()


async def test_fragments_that_go_round_are_left_to_validation() -> None:
    query = "{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }"

    result = await SCHEMA.execute(query)

    assert "Cannot spread fragment" in (result.errors or [GraphQLError("")])[0].message


@pytest.fixture
async def secretive(services: Services) -> AsyncIterator[httpx.AsyncClient]:
    """An application whose schema does not tell about itself."""
    options = replace(services.options, introspection=False)

    @asynccontextmanager
    async def open_services() -> AsyncGenerator[Services]:
        yield replace(services, options=options)

    app = create_app(open_services, options=options, allowed_hosts=())
    async with (
        serving_app(app) as url,
        httpx.AsyncClient(base_url=url, timeout=20) as client,
    ):
        yield client


async def test_a_schema_that_keeps_to_itself_tells_nothing(
    client: httpx.AsyncClient, secretive: httpx.AsyncClient
) -> None:
    asked = "{ __schema { types { name } } }"
    misspelt = "{ storie { nodes { id } } }"
    wrong_value = "query ($s: Style!) { stories(filter: {style: [$s]}) { totalCount } }"
    variables = {"s": "MOVY"}

    open_answers = [await send(client, asked), await send(client, misspelt)]
    answers = [
        await send(secretive, asked),
        await send(secretive, misspelt),
        await send(secretive, wrong_value, variables=variables),
    ]
    served = await send(secretive, "{ __typename viewer { id } }")

    assert open_answers[0].status_code == 200
    assert "Did you mean" in open_answers[1].text
    assert [answer.status_code for answer in answers] == [400] * 3
    assert not any("Did you mean" in answer.text for answer in answers)
    assert "MOVIE" not in answers[2].text
    assert served.status_code == 200


STYLES = ", ".join(Style)
BY_LIST = "query ($s: [Style!]) { stories(filter: {style: $s}) { totalCount } }"
BY_FILTER = "query ($f: StoryFilter) { stories(filter: $f) { totalCount } }"


@pytest.mark.parametrize(
    ("query", "variables"),
    [
        ("{ stories(filter: {style: [MOVY]}) { totalCount } }", {}),
        ("{ stories(filter: {style: [MOVIE, NOIR]}) { totalCount } }", {}),
        ('{ stories(filter: {style: "MOVIE"}) { totalCount } }', {}),
        ("{ stories(filter: {style: [5]}) { totalCount } }", {}),
        ("query ($s: Style = NOIR) { stories(filter: {style: [$s]}) { totalCount } }", {}),
        (BY_LIST, {"s": ["MOVIE", "NOIR"]}),
        (BY_LIST, {"s": "movie"}),
        (BY_LIST, {"s": [True]}),
        (BY_FILTER, {"f": {"style": ["NOIR"]}}),
    ],
)
async def test_a_value_that_an_enum_does_not_have_is_answered_with_those_that_it_has(
    client: httpx.AsyncClient,
    secretive: httpx.AsyncClient,
    query: str,
    variables: dict[str, Any],
) -> None:
    refused = await send(client, query, variables=variables)
    kept_back = await send(secretive, query, variables=variables)
    again = await send(client, query, variables=variables)

    [error] = refused.json()["errors"]
    assert (refused.status_code, codes(refused)) == (400, ["GRAPHQL_VALIDATION_FAILED"])
    assert error["message"].endswith(f" Its values are {STYLES}.")
    assert STYLES not in kept_back.text
    assert again.json() == refused.json()


@needs_node
async def test_the_audit_of_graphql_http_finds_nothing(app_url: str) -> None:
    output = await run_node("audit.mjs", f"{app_url}/graphql")

    assert output.splitlines()[-1] == "61 of 61 ok", output
