"""A GraphQL client: over HTTP, and with raw graphql-transport-ws frames."""

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any
from uuid import uuid4

import httpx
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from tests.serving import serving_app
from tests.stage import Stage
from web.app import create_app
from web.services import Services, WebOptions

DEADLINE_S = 20
PROTOCOL = Subprotocol("graphql-transport-ws")


async def post(
    url: str,
    query: str,
    variables: dict[str, Any] | None = None,
    *,
    headers: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """The whole answer of one operation over HTTP."""
    async with httpx.AsyncClient(timeout=DEADLINE_S) as client:
        body = {"query": query, "variables": variables}
        response = await client.post(
            f"{url}/graphql",
            content=json.dumps(body),  # httpx's own refuses lone surrogates
            headers={"Content-Type": "application/json", **(headers or {})},
        )
    assert response.headers["content-type"] == "application/json"
    return response.json()


async def ask(url: str, query: str, variables: dict[str, Any] | None = None) -> dict[str, Any]:
    """The data of an operation that must not fail."""
    answer = await post(url, query, variables)
    assert "errors" not in answer, answer["errors"]
    return answer["data"]


class Socket:
    """One WebSocket; frames go out and come in as they are."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection

    async def send(self, message: object) -> None:
        """Send one frame."""
        await self.connection.send(json.dumps(message))

    async def receive(self) -> dict[str, Any]:
        """The next frame."""
        async with asyncio.timeout(DEADLINE_S):
            frame = await self.connection.recv()
        assert isinstance(frame, str)
        return json.loads(frame)

    async def initialise(self, payload: Mapping[str, Any] | None = None) -> None:
        """Send connection_init, with a payload or without, and wait for the acknowledgement."""
        told = {} if payload is None else {"payload": payload}
        await self.send({"type": "connection_init", **told})
        assert await self.receive() == {"type": "connection_ack"}

    async def subscribe(self, query: str, variables: dict[str, Any] | None = None) -> str:
        """Begin an operation; returns its ID."""
        id_ = uuid4().hex
        payload = {"query": query, "variables": variables}
        await self.send({"id": id_, "type": "subscribe", "payload": payload})
        return id_

    async def follow(
        self, query: str, variables: dict[str, Any] | None = None
    ) -> AsyncIterator[dict[str, Any]]:
        """The data of one subscription until it completes; nothing else runs on this socket."""
        id_ = await self.subscribe(query, variables)
        while (frame := await self.receive())["type"] == "next":
            assert frame["id"] == id_
            assert "errors" not in frame["payload"], frame["payload"]
            yield frame["payload"]["data"]
        assert frame == {"id": id_, "type": "complete"}


@asynccontextmanager
async def open_socket(url: str, payload: Mapping[str, Any] | None = None) -> AsyncGenerator[Socket]:
    """A WebSocket after the handshake, with this payload."""
    address = url.replace("http", "ws", 1) + "/graphql"
    async with connect(address, subprotocols=[PROTOCOL]) as connection:
        socket = Socket(connection)
        await socket.initialise(payload)
        yield socket


@asynccontextmanager
async def serving_stage(
    stage: Stage, options: WebOptions | None = None, *, ping_s: float | None = None
) -> AsyncGenerator[str]:
    """The application over the stage, with optional settings; the value is its address."""
    services = stage.services if options is None else replace(stage.services, options=options)

    @asynccontextmanager
    async def open_services() -> AsyncGenerator[Services]:
        yield services

    app = create_app(open_services, options=services.options, allowed_hosts=())
    async with serving_app(app, ping_s=ping_s) as url:
        yield url
