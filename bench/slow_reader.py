"""The server memory used by clients that stop reading.

python -m bench.slow_reader [--readers 10] [--changes 1000]

Each reader follows one story ten times over one WebSocket, and reads nothing once all have begun;
then a shot with texts of maximum length changes repeatedly. `unread_mb` is the amount of data for
the readers, `changes_mb` the growth of the server's resident memory. Then one client sends pings
and does not read its pongs: `pings_mb` of them, for `pongs_mb` of memory. The server drops such
clients after 40 s, when its own ping has not been answered.
"""

import argparse
import asyncio
import json
import socket
from contextlib import AsyncExitStack
from typing import Any
from uuid import UUID

import aiohttp
import psutil
from sqlalchemy import update
from websockets.asyncio.client import connect

from bench.create_story import Client
from bench.parts import home_folder, program, report
from db.embedded import EmbeddedPostgres
from db.models import Shot
from db.session import Database
from domain import MAX_NARRATION_LENGTH, MAX_PROMPT_LENGTH
from tests.factories import Rows, add_rows
from tests.graphql_client import PROTOCOL, Socket

FOLLOWED_TIMES = 10
WARM_CHANGES = 300
AT_ONCE = 10
PINGS_MB = 32
BOUNDS_MB = {"changes_mb": 25.0, "pongs_mb": 5.0}
_MB = 1_000_000
_RECEIVED_BYTES = 4_096
_PING = b"\x89\xfd\0\0\0\0" + b"p" * 125
"""A frame as the protocol has it: its longest payload, masked with zeros."""
_PINGS = _PING * 1_000
_FOLLOW = """subscription ($id: ID!) { storyEvents(storyId: $id) {
  seq type cursor story { id status } shot { id title prompt narration }
} }"""
_RETITLE = """mutation ($id: ID!, $title: String!) {
  updateShot(input: {id: $id, title: $title}) { eventCursor }
}"""


async def add_story(database: Database) -> Rows:
    """A story whose shot has the longest texts."""
    rows = await add_rows(database)
    async with database.transaction() as session:
        texts = {"prompt": "月" * MAX_PROMPT_LENGTH, "narration": "光" * MAX_NARRATION_LENGTH}
        await session.execute(update(Shot).where(Shot.id == rows.shot).values(**texts))
    return rows


async def open_reader(
    stack: AsyncExitStack, url: str, story_id: UUID, *, times: int = FOLLOWED_TIMES
) -> Socket:
    """A client that follows the story so many times, and has read as many snapshots."""
    host, _, port = url.rpartition("/")[2].partition(":")
    plain = socket.socket()
    plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVED_BYTES)
    plain.setblocking(False)
    await asyncio.get_running_loop().sock_connect(plain, (host, int(port)))
    address = f"ws://{host}:{port}/graphql"
    reader = Socket(
        await stack.enter_async_context(
            connect(address, sock=plain, subprotocols=[PROTOCOL], close_timeout=0)
        )
    )
    await reader.initialise()
    for _ in range(times):
        await reader.subscribe(_FOLLOW, {"id": str(story_id)})
        await reader.receive()
    return reader


async def change(client: Client, shot_id: UUID, times: int) -> None:
    """Change the shot again and again, a few times at once."""

    async def change_some(start: int) -> None:
        for number in range(start, times, AT_ONCE):
            await client.ask(_RETITLE, {"id": str(shot_id), "title": f"Title {number}"})

    await asyncio.gather(*(change_some(start) for start in range(AT_ONCE)))


async def send_pings(reader: Socket, client: Client) -> None:
    """Send them all; when a request is answered after them, the server has read most of them."""
    for _ in range(PINGS_MB * _MB // len(_PINGS)):
        reader.connection.transport.write(_PINGS)
        if reader.connection.transport.is_closing():
            raise RuntimeError("the server has closed the connection")
        while reader.connection.transport.get_write_buffer_size() > len(_PINGS):
            await asyncio.sleep(0.001)
    await client.ask("{ viewer { id } }", {})


async def measure(readers: int, changes: int) -> dict[str, float]:
    """Growth of a server's resident memory."""
    async with AsyncExitStack() as stack:
        home = await stack.enter_async_context(home_folder())
        server = await stack.enter_async_context(
            program("serve", "--no-worker", "--port", "0", home=home)
        )
        postgres = await EmbeddedPostgres.start(home)
        stack.push_async_callback(postgres.stop)
        database = await stack.enter_async_context(Database(postgres.url))
        session = await stack.enter_async_context(aiohttp.ClientSession())
        client, memory = Client(session, server.url), psutil.Process(server.process.pid).memory_info
        rows, warm = await add_story(database), await add_story(database)
        async with AsyncExitStack() as warming:
            await open_reader(warming, server.url, warm.story)
            await change(client, warm.shot, WARM_CHANGES)
        connected = [await open_reader(stack, server.url, rows.story) for _ in range(readers)]
        before = memory().rss
        for reader in connected:
            reader.connection.transport.pause_reading()
        await change(client, rows.shot, changes)
        changed = memory().rss
        pinging = await open_reader(stack, server.url, rows.story, times=0)
        pinging.connection.transport.pause_reading()
        await send_pings(pinging, client)
        pinged = memory().rss
        for reader in (*connected, pinging):
            reader.connection.transport.abort()
    event: dict[str, Any] = {
        "prompt": "月" * MAX_PROMPT_LENGTH,
        "narration": "光" * MAX_NARRATION_LENGTH,
    }
    event_bytes = len(json.dumps(event, ensure_ascii=False).encode())
    return {
        "unread_mb": round(readers * FOLLOWED_TIMES * changes * event_bytes / _MB),
        "changes_mb": round((changed - before) / _MB, 1),
        "pings_mb": PINGS_MB,
        "pongs_mb": round((pinged - changed) / _MB, 1),
    }


def main() -> None:
    """Print the figures as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--readers", type=int, default=10)
    parser.add_argument("--changes", type=int, default=1_000)
    options = parser.parse_args()
    figures = asyncio.run(measure(options.readers, options.changes))
    name = f"{options.readers} readers that stopped, {options.changes} changes"
    report(name, figures, bounds=BOUNDS_MB)


if __name__ == "__main__":
    main()
