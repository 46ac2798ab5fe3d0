"""Trusted documents: named by their digest over POST and WebSocket, alone where enforced."""

import json
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import httpx
import pytest

from resolvers.documents import TrustedDocuments, document_id
from tests.factories import add_rows
from tests.graphql_client import open_socket
from tests.serving import serving_app
from web.app import create_app
from web.services import Services

VIEWER = "query Who { viewer { id } }"
EVENTS = "subscription ($id: ID!) { storyEvents(storyId: $id) { type } }"
JSON_BODY = {"Content-Type": "application/json", "Accept": "application/graphql-response+json"}


@asynccontextmanager
async def serving(services: Services, *, is_enforced: bool) -> AsyncGenerator[str]:
    documents = TrustedDocuments(services.production.database, is_enforced=is_enforced)
    await documents.register([VIEWER, EVENTS])
    changed = replace(services, documents=documents)

    @asynccontextmanager
    async def open_services() -> AsyncGenerator[Services]:
        yield changed

    app = create_app(open_services, options=changed.options, allowed_hosts=())
    async with serving_app(app) as url:
        yield url


@pytest.fixture
async def open_url(services: Services) -> AsyncIterator[str]:
    async with serving(services, is_enforced=False) as url:
        yield url


@pytest.fixture
async def strict_url(services: Services) -> AsyncIterator[str]:
    async with serving(services, is_enforced=True) as url:
        yield url


async def send(url: str, **fields: object) -> httpx.Response:
    async with httpx.AsyncClient() as client:
        return await client.post(f"{url}/graphql", content=json.dumps(fields), headers=JSON_BODY)


async def test_a_registered_document_runs_by_its_digest(open_url: str, strict_url: str) -> None:
    for url in (open_url, strict_url):
        first = await send(url, documentId=document_id(VIEWER))
        again = await send(url, documentId=document_id(VIEWER), query=VIEWER)

        assert (first.status_code, first.json()) == (200, {"data": {"viewer": {"id": "local"}}})
        assert again.json() == first.json()


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"query": VIEWER}, "DOCUMENT_ID_REQUIRED"),
        ({"query": "{ __schema { types { name } } }"}, "DOCUMENT_ID_REQUIRED"),
        ({"documentId": document_id("{ viewer { name } }")}, "DOCUMENT_NOT_FOUND"),
        ({"documentId": "sha256:nonsense"}, "BAD_REQUEST"),
        ({"documentId": document_id(VIEWER).upper()}, "BAD_REQUEST"),
        ({"documentId": document_id(VIEWER), "query": EVENTS}, "BAD_REQUEST"),
        ({"documentId": 5}, "BAD_REQUEST"),
    ],
)
async def test_whatever_else_is_refused_where_they_are_enforced(
    strict_url: str, fields: dict[str, object], code: str
) -> None:
    refused = await send(strict_url, **fields)

    assert refused.status_code == 400
    assert [error["extensions"]["code"] for error in refused.json()["errors"]] == [code]


async def test_any_document_runs_where_they_are_not(open_url: str) -> None:
    answer = await send(open_url, query="{ viewer { name } }")

    assert answer.status_code == 200


async def test_a_subscription_begins_by_its_digest(strict_url: str, services: Services) -> None:
    rows = await add_rows(services.production.database)
    async with open_socket(strict_url) as socket:
        payload = {"documentId": document_id(EVENTS), "variables": {"id": str(rows.story)}}
        await socket.send({"id": "1", "type": "subscribe", "payload": payload})
        snapshot = await socket.receive()
        await socket.send({"id": "2", "type": "subscribe", "payload": {"query": EVENTS}})
        refused = await socket.receive()

    assert snapshot["payload"]["data"] == {"storyEvents": {"type": "SNAPSHOT"}}
    assert (refused["id"], refused["type"]) == ("2", "error")
    assert refused["payload"][0]["extensions"]["code"] == "DOCUMENT_ID_REQUIRED"


async def test_an_id_that_is_used_again_means_its_new_document(
    open_url: str, strict_url: str
) -> None:
    async def ask_again(url: str, payload: dict[str, object]) -> list[str]:
        """The kinds of the answers under an id that named a document and was let go at once."""
        async with open_socket(url) as socket:
            named = {"documentId": document_id(VIEWER)}
            for frame in (
                {"id": "1", "type": "subscribe", "payload": named},
                {"id": "1", "type": "complete"},
                {"id": "1", "type": "subscribe", "payload": payload},
            ):
                await socket.send(frame)
            frames = [await socket.receive()]
            while frames[-1]["type"] == "next":
                frames.append(await socket.receive())
        return [json.dumps(frame.get("payload")) for frame in frames]

    for _ in range(10):
        answers = await ask_again(open_url, {"query": "{ server { version } }"})
        refused = await ask_again(strict_url, {"query": VIEWER})

        assert "server" in answers[-2]
        assert "DOCUMENT_ID_REQUIRED" in refused[-1]
