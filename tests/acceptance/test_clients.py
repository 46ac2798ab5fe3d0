"""Third-party clients: each reads, changes and follows a story, and loses nothing to a restart."""

import asyncio
import json
import signal
import subprocess
import sys
from collections.abc import AsyncGenerator, AsyncIterator, Coroutine, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.factories import Rows, add_rows
from tests.graphql_client import ask, serving_stage
from tests.node import CLIENTS, needs_node
from tests.program import Program, temporary_home
from tests.stage import Stage

DEADLINE_S = 60
COMMANDS = {
    "Apollo Client": ("node", "apollo.mjs"),
    "urql": ("node", "urql.mjs"),
    "graphql-ws": ("node", "graphql_ws.mjs"),
    "gql": (sys.executable, "gql_client.py"),
}
RETITLE = """mutation($id: ID!, $title: String!) {
    updateShot(input: {id: $id, title: $title}) { eventCursor }
}"""


@pytest.fixture(scope="module")
async def idle_url(idle_stage: Stage) -> AsyncIterator[str]:
    """The application without a worker."""
    async with serving_stage(idle_stage) as url:
        yield url


@dataclass(slots=True)
class Client:
    """A running client, and the events that it has reported so far."""

    name: str
    process: asyncio.subprocess.Process
    events: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])

    async def answer(self) -> dict[str, Any]:
        """Its next report."""
        assert self.process.stdout is not None
        async with asyncio.timeout(DEADLINE_S):
            line = (await self.process.stdout.readline()).decode()
        assert line.startswith("{"), f"{self.name}: {line or 'has ended'}"
        return json.loads(line)

    async def follow_to(self, cursor: str) -> None:
        """Wait until it has received the change with this cursor."""
        while not self.events or self.events[-1]["cursor"] != cursor:
            self.events.append(await self.answer())

    async def begin(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """Its answers to a query and a mutation, and the first event after them."""
        read, changed = await self.answer(), await self.answer()
        self.events.append(await self.answer())
        return read, changed


async def at_once(waits: Iterable[Coroutine[Any, Any, object]]) -> None:
    """Wait for all of them, or for the first failure."""
    async with asyncio.TaskGroup() as group:
        for wait in waits:
            group.create_task(wait)


@asynccontextmanager
async def running(name: str, url: str, rows: Rows) -> AsyncGenerator[Client]:
    """The client at work on the story until the block ends."""
    process = await asyncio.create_subprocess_exec(
        *(*COMMANDS[name], url, str(rows.story), str(rows.shot), f"By {name}"),
        cwd=CLIENTS,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    try:
        yield Client(name, process)
    finally:
        await process.communicate(b"")


@asynccontextmanager
async def serving_process(port: str, home: Path, database_url: str) -> AsyncGenerator[Program]:
    """main.py in a separate process; killed at the end."""
    program = await Program.start(
        *("serve", "--no-worker", "--port", port),
        home=home,
        settings={"AI_STORY_DATABASE_URL": database_url},
    )
    try:
        yield await program.ready()
    finally:
        await program.stopped(signal.SIGKILL)


async def retitle(url: str, rows: Rows, title: str) -> str:
    """Change the story; returns the change's cursor."""
    answer = await ask(url, RETITLE, {"id": str(rows.shot), "title": title})
    return answer["updateShot"]["eventCursor"]


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=[needs_node] if name != "gql" else []) for name in COMMANDS],
)
async def test_a_client_reads_changes_and_follows(
    name: str, idle_url: str, idle_stage: Stage
) -> None:
    rows = await add_rows(idle_stage.database)

    async with running(name, idle_url, rows) as client:
        read, changed = await client.begin()
        await client.follow_to(await retitle(idle_url, rows, "Anew"))

    assert read["story"]["id"] == str(rows.story)
    assert changed["updateShot"]["shot"]["title"] == f"By {name}"
    assert [event["type"] for event in client.events] == ["SNAPSHOT", "SHOT_UPDATED"]


@needs_node
async def test_after_a_restart_every_client_goes_on_where_it_was(
    idle_url: str, idle_stage: Stage
) -> None:
    rows = await add_rows(idle_stage.database)
    database_url = idle_stage.database.url

    with temporary_home() as home:
        async with AsyncExitStack() as stack:
            async with serving_process("0", home, database_url) as server:
                url = server.url
                clients = [
                    await stack.enter_async_context(running(name, url, rows)) for name in COMMANDS
                ]
                await at_once(client.begin() for client in clients)
                cursor = await retitle(idle_url, rows, "Before")
                await at_once(client.follow_to(cursor) for client in clients)
            for number in range(5):  # through another process, which goes on meanwhile
                await retitle(idle_url, rows, f"Missed {number}")
            async with serving_process(url.rpartition(":")[2], home, database_url):
                cursor = await retitle(idle_url, rows, "After")
                await at_once(client.follow_to(cursor) for client in clients)

    for client in clients:
        seqs = [event["seq"] for event in client.events]
        types = [event["type"] for event in client.events]
        assert seqs == list(range(seqs[0], seqs[-1] + 1)), client.name
        assert types == ["SNAPSHOT", *["SHOT_UPDATED"] * (len(types) - 1)], client.name
        assert len(types) >= 1 + len(("Before", *range(5), "After")), client.name
