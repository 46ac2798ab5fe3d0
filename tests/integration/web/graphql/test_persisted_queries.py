"""Automatic persisted queries, as Apollo's clients ask for them."""

import hashlib
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import httpx
import pytest

from errors import RequestError
from resolvers.documents import TrustedDocuments, digest_of
from resolvers.persisted_queries import PersistedQueries
from tests.graphql_client import open_socket, serving_stage
from tests.node import needs_node, run_node
from tests.stage import Stage

QUERY = "query Who { viewer { id } }"
DATA = {"data": {"viewer": {"id": "local"}}}
MODERN = "application/graphql-response+json"
NOT_FOUND = {
    "errors": [
        {
            "message": "PersistedQueryNotFound",
            "extensions": {"code": "PERSISTED_QUERY_NOT_FOUND"},
        }
    ]
}


def hash_of(query: str) -> str:
    return hashlib.sha256(query.encode()).hexdigest()


def asking(query: str = QUERY, **changed: object) -> dict[str, Any]:
    """The extensions of a request that names the query by its hash."""
    return {"persistedQuery": {"version": 1, "sha256Hash": hash_of(query), **changed}}


@pytest.fixture
async def client(idle_stage: Stage) -> AsyncIterator[httpx.AsyncClient]:
    services = replace(idle_stage.services, persisted_queries=PersistedQueries())
    async with (
        serving_stage(replace(idle_stage, services=services)) as url,
        httpx.AsyncClient(base_url=url) as client,
    ):
        yield client


async def post(client: httpx.AsyncClient, accept: str = MODERN, **body: Any) -> httpx.Response:
    return await client.post("/graphql", json=body, headers={"Accept": accept})


async def get(client: httpx.AsyncClient, **parameters: Any) -> httpx.Response:
    told = {
        name: value if isinstance(value, str) else json.dumps(value)
        for name, value in parameters.items()
    }
    return await client.get("/graphql", params=told)


async def test_a_hash_is_enough_once_the_document_came(client: httpx.AsyncClient) -> None:
    unknown = await post(client, extensions=asking())
    classic = await post(client, "application/json", extensions=asking())
    told = await post(client, query=QUERY, extensions=asking())
    known = await post(client, extensions=asking())
    by_get = await get(client, extensions=asking(), operationName="Who")

    assert (unknown.status_code, unknown.json()) == (200, NOT_FOUND)
    assert (classic.status_code, classic.json()) == (200, NOT_FOUND)
    assert unknown.headers["content-type"] == MODERN
    assert "no-store" in unknown.headers["cache-control"]
    assert [told.json(), known.json(), by_get.json()] == [DATA] * 3


async def test_a_document_that_came_by_get_is_kept_too(client: httpx.AsyncClient) -> None:
    unknown = await get(client, extensions=asking())
    told = await get(client, query=QUERY, extensions=asking())
    known = await post(client, extensions=asking())

    assert [unknown.json(), told.json(), known.json()] == [NOT_FOUND, DATA, DATA]


@pytest.mark.parametrize(
    "query",
    [
        "{ viewer {",
        "{ nonsense }",
        "{ viewer { id } }" + " { a }" * 3,
        "{ " + " ".join(f"a{n}: __typename" for n in range(200)) + " }",
        "query A { viewer { id } } query B { viewer { id } }",
    ],
)
async def test_a_document_that_cannot_run_is_not_kept(
    client: httpx.AsyncClient, query: str
) -> None:
    told = await post(client, query=query, extensions=asking(query))
    again = await post(client, extensions=asking(query))

    assert told.status_code == 400
    assert again.json() == NOT_FOUND


async def test_limits_are_judged_at_every_request(client: httpx.AsyncClient) -> None:
    query = (
        "query ($n: Int) { stories(first: $n) { nodes { shots { takes { id number prompt seed } } "
        "} } }"
    )
    small = await post(client, query=query, variables={"n": 1}, extensions=asking(query))
    large = await post(client, variables={"n": 100}, extensions=asking(query))

    assert small.status_code == 200
    assert large.json()["errors"][0]["extensions"]["code"] == "QUERY_TOO_LARGE"


@pytest.mark.parametrize(
    "fields",
    [
        {"query": QUERY, "extensions": asking("{ viewer { name } }")},
        {"query": QUERY, "extensions": asking(sha256Hash=hash_of(QUERY).upper())},
        {"query": QUERY, "extensions": asking(version=2)},
        {"extensions": asking(version=None)},
        {"extensions": asking(sha256Hash="abc")},
        {"extensions": asking(sha256Hash=5)},
        {"extensions": {"persistedQuery": "abc"}},
        {"extensions": {"persistedQuery": []}},
        {"query": "{ viewer { id } } # \ud800", "extensions": asking()},
        {"query": "", "extensions": {"persistedQuery": None}},
    ],
)
async def test_a_hash_that_is_none_or_another_documents_is_an_error(
    client: httpx.AsyncClient, fields: dict[str, Any]
) -> None:
    headers = {"Accept": MODERN, "Content-Type": "application/json"}
    refused = await client.post("/graphql", content=json.dumps(fields), headers=headers)
    kept = await post(client, extensions=asking())

    assert refused.status_code == 400
    assert refused.json()["errors"][0]["extensions"]["code"] == "BAD_REQUEST"
    assert kept.json() == NOT_FOUND


async def test_a_mutation_by_its_hash_still_does_not_come_by_get(client: httpx.AsyncClient) -> None:
    query = 'mutation { deleteStory(id: "none") { deletedId } }'
    told = await post(client, query=query, extensions=asking(query))
    by_get = await get(client, extensions=asking(query))

    assert told.status_code == 200
    assert (by_get.status_code, by_get.headers["allow"]) == (405, "POST")


async def test_a_registered_document_is_no_persisted_query_and_the_other_way_round(
    client: httpx.AsyncClient, idle_stage: Stage
) -> None:
    registered = "query Registered { viewer { name } }"
    await TrustedDocuments(idle_stage.database).register([registered])
    await post(client, query=QUERY, extensions=asking())

    as_hash = await post(client, extensions=asking(registered))
    as_id = await post(client, documentId=f"sha256:{hash_of(QUERY)}")
    both = await post(
        client, documentId=f"sha256:{hash_of(registered)}", extensions=asking("another")
    )

    assert as_hash.json() == NOT_FOUND
    assert as_id.json()["errors"][0]["extensions"]["code"] == "DOCUMENT_NOT_FOUND"
    assert both.status_code == 200


async def test_where_registered_documents_alone_are_run_it_is_not_supported(
    idle_stage: Stage,
) -> None:
    documents = TrustedDocuments(idle_stage.database, is_enforced=True)
    stage = replace(idle_stage, services=replace(idle_stage.services, documents=documents))
    async with serving_stage(stage) as url, httpx.AsyncClient(base_url=url) as client:
        asked = await post(client, extensions=asking())
        told = await post(client, query=QUERY, extensions=asking())
        async with open_socket(url) as socket:
            payload = {"query": QUERY, "extensions": asking()}
            await socket.send({"id": "1", "type": "subscribe", "payload": payload})
            over_socket = await socket.receive()

    error = {
        "message": "PersistedQueryNotSupported",
        "extensions": {"code": "PERSISTED_QUERY_NOT_SUPPORTED"},
    }
    assert (asked.status_code, asked.json()) == (200, {"errors": [error]})
    assert told.json() == asked.json()
    assert over_socket == {"id": "1", "type": "error", "payload": [error]}


async def test_over_a_socket_hashes_count_too(client: httpx.AsyncClient) -> None:
    async with open_socket(str(client.base_url).rstrip("/")) as socket:

        async def ask(id_: str, **payload: Any) -> dict[str, Any]:
            await socket.send({"id": id_, "type": "subscribe", "payload": payload})
            frame = await socket.receive()
            if frame["type"] == "next":
                assert (await socket.receive())["type"] == "complete"
            return frame

        unknown = await ask("1", extensions=asking())
        wrong = await ask("2", query=QUERY, extensions=asking("another"))
        broken = await ask("3", query="{ nonsense }", extensions=asking("{ nonsense }"))
        told = await ask("4", query=QUERY, extensions=asking())
        known = await ask("1", extensions=asking())
    over_http = await post(client, extensions=asking())

    assert (unknown["type"], unknown["payload"]) == ("error", NOT_FOUND["errors"])
    assert (wrong["type"], broken["type"]) == ("error", "error")
    assert told["payload"] == known["payload"] == over_http.json() == DATA


def test_only_so_many_are_kept_and_those_that_are_asked_for_stay() -> None:
    kept = PersistedQueries(max_count=3)
    queries = [f"{{ q{number} }}" for number in range(4)]
    for query in queries[:3]:
        kept.keep(digest_of(query), query)
    kept.keep(digest_of(queries[0]), queries[0])
    kept.keep(digest_of(queries[3]), queries[3])

    assert [knows(kept, query) for query in queries] == [True, False, True, True]


def test_no_more_bytes_are_kept_than_allowed() -> None:
    kept = PersistedQueries(max_bytes=10_000)
    queries = [f"{{ q{number} }} # {'x' * 2_000}" for number in range(20)]
    for query in (*queries, *queries):
        kept.keep(digest_of(query), query)
    long = f"{{ viewer {{ id }} }} # {'x' * 200_000}"
    kept.keep(digest_of(long), long)

    assert [knows(kept, query) for query in queries] == [False] * 16 + [True] * 4
    assert not knows(kept, long)


def test_after_its_time_a_document_is_sent_again() -> None:
    kept = PersistedQueries(kept_s=0)
    kept.keep(digest_of(QUERY), QUERY)

    assert not knows(kept, QUERY)


def knows(kept: PersistedQueries, query: str) -> bool:
    try:
        return kept.resolve(None, digest_of(query)) == query
    except RequestError:
        return False


@needs_node
@pytest.mark.parametrize("method", ["POST", "GET"])
async def test_apollos_own_link_sends_a_document_once(
    client: httpx.AsyncClient, method: str
) -> None:
    output = await run_node(
        "apollo_persisted.mjs", f"{str(client.base_url).rstrip('/')}/graphql", method
    )

    told = json.loads(output.splitlines()[-1])
    assert told["answers"] == ["local"] * 3
    assert [sent["hasQuery"] for sent in told["sent"]] == [False, True, False, False]
    assert {sent["method"] for sent in told["sent"] if not sent["hasQuery"]} == {method}
