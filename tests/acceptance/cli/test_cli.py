"""The command line as people use it: real processes, what they say and what they leave behind."""

import asyncio
import json
import resource
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any, cast

import httpx
import psutil
import pytest
from websockets.asyncio.client import ClientConnection, connect

from tests.program import (
    DEADLINE_S,
    PROJECT,
    Ended,
    Program,
    environment,
    processes_on,
    run_program,
)

STORY = "A fox found a red lantern in the snow. She carried it home."


def said(ended: Ended) -> str:
    """The one sentence of a command that could not start."""
    assert ended.code == 2
    assert "Traceback" not in ended.errors
    (line,) = ended.errors.splitlines()
    assert line.endswith(".")
    return line


async def create_story(client: httpx.AsyncClient) -> str:
    body = {"content": STORY, "style": "movie"}
    answer = await client.post("/api/story/create", json=body)
    return cast(str, answer.json()["data"]["storyId"])


async def subscribe(url: str, story_id: str) -> ClientConnection:
    """Follow a story over GraphQL; its snapshot has arrived."""
    address = url.replace("http://", "ws://") + "/graphql"
    connection = await connect(address, subprotocols=[cast(Any, "graphql-transport-ws")])
    await connection.send(json.dumps({"type": "connection_init"}))
    await connection.recv()
    query = "subscription($id: ID!) { storyUpdated(id: $id) { status shotCounts { completed } } }"
    payload = {"query": query, "variables": {"id": story_id}}
    await connection.send(json.dumps({"id": "1", "type": "subscribe", "payload": payload}))
    message = json.loads(await connection.recv())
    assert message["type"] == "next", message
    return connection


async def closing_code(connection: ClientConnection) -> int | None:
    """How the server ended the connection."""
    async with asyncio.timeout(DEADLINE_S):
        await connection.wait_closed()
    return connection.close_code


async def test_help_names_every_command_and_shows_examples(used_home: Path) -> None:
    ended = await run_program("--help", home=used_home)

    assert ended.code == 0
    for word in ("serve", "worker", "film", "migrate", "Examples:", "AI_STORY_HOME"):
        assert word in ended.output


async def test_importing_main_starts_nothing() -> None:
    code = "import main, sys; print([n for n in ('sqlalchemy', 'strawberry') if n in sys.modules])"

    found = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-c", code], cwd=PROJECT, capture_output=True, text=True
    )

    assert found.stdout.strip() == "[]", found.stderr


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.4", "example.org"])
async def test_any_host_but_this_machine_is_refused(used_home: Path, host: str) -> None:
    ended = await run_program("serve", "--host", host, home=used_home)

    assert "--host 127.0.0.1" in said(ended)
    assert host in ended.errors


async def test_a_taken_port_is_named_before_anything_starts(used_home: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]

        ended = await run_program("--port", str(port), home=used_home)

    assert f"Port {port} is in use" in said(ended)
    assert "--port" in ended.errors


async def test_a_wrong_setting_is_named(used_home: Path) -> None:
    settings = {"AI_STORY_IMAGE_TIMEOUT_S": "long"}

    ended = await run_program("worker", home=used_home, settings=settings)

    assert "AI_STORY_IMAGE_TIMEOUT_S" in said(ended)


async def test_a_provider_that_cannot_be_used_leaves_no_database_running(home: Path) -> None:
    settings = {"AI_STORY_IMAGE_PROVIDER": "origin"}

    ended = await run_program("worker", home=home, settings=settings)

    assert "AI_STORY_IMAGE_URL" in said(ended)
    assert processes_on(home) == []


async def test_a_database_that_is_not_there_is_named_without_its_password(used_home: Path) -> None:
    settings = {"AI_STORY_DATABASE_URL": "postgresql://me:hush@127.0.0.1:9/stories"}

    ended = await run_program("migrate", home=used_home, settings=settings)

    assert "AI_STORY_DATABASE_URL" in said(ended)
    assert "hush" not in ended.errors


async def test_it_serves_says_where_and_leaves_nothing_behind(home: Path) -> None:
    program = await (await Program.start("--port", "0", home=home)).ready()
    async with httpx.AsyncClient(base_url=program.url) as client:
        healthy = await client.get("/healthz")
        ready = await client.get("/readyz")
        foreign = await client.get("/readyz", headers={"Host": "evil.example"})
        story_id = await create_story(client)
    connection = await subscribe(program.url, story_id)

    ended = await program.stopped(signal.SIGTERM)

    assert (healthy.status_code, ready.status_code, foreign.status_code) == (200, 200, 400)
    assert await closing_code(connection) == 1012  # come again: another process may serve you
    assert ended.code == 0
    for place in ("/graphql", "/api/docs", str(home / "media"), str(home / "postgres")):
        assert place in ended.output
    assert STORY not in ended.errors
    for line in ended.errors.splitlines():
        json.loads(line)
    assert processes_on(home) == []


async def test_as_many_connections_as_are_allowed_fit_into_its_open_files(home: Path) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (800, hard))
    try:
        settings = {"AI_STORY_CONNECTIONS": "400"}
        program = await Program.start("--no-worker", "--port", "0", home=home, settings=settings)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    await program.ready()

    allowed = psutil.Process(program.process.pid).rlimit(resource.RLIMIT_NOFILE)

    await program.stopped()
    assert allowed == (912, hard)


async def test_a_second_ctrl_c_waits_no_longer_for_paid_calls(home: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        settings = {
            "AI_STORY_SCRIPT_PROVIDER": "origin",
            "AI_STORY_SCRIPT_URL": f"http://127.0.0.1:{silent.getsockname()[1]}",
        }
        program = await Program.start("serve", "--port", "0", home=home, settings=settings)
        await program.ready()
        async with httpx.AsyncClient(base_url=program.url) as client:
            await create_story(client)
        silent.settimeout(DEADLINE_S)
        call, _ = await asyncio.to_thread(silent.accept)  # the paid call is under way
        errors = program.process.stderr
        assert errors is not None

        program.tell(signal.SIGINT)
        async with asyncio.timeout(DEADLINE_S):
            while b"waiting for paid calls" not in await errors.readline():
                pass
        ended = await program.stopped(signal.SIGINT)
        call.close()

    assert ended.code == 0
    assert "paid calls interrupted" in ended.errors
    assert processes_on(home) == []


async def test_ctrl_c_before_the_command_has_begun_is_no_traceback(home: Path) -> None:
    command = ["-X", "importtime", "main.py", "serve", "--port", "0"]
    process = await asyncio.create_subprocess_exec(
        sys.executable, *command, cwd=PROJECT, env=environment(home), stderr=subprocess.PIPE
    )
    assert process.stderr is not None

    async with asyncio.timeout(DEADLINE_S):
        while b"typer" not in await process.stderr.readline():
            pass
        process.send_signal(signal.SIGINT)
        _, errors = await process.communicate()

    assert process.returncode == -signal.SIGINT
    assert b"Traceback" not in errors


async def test_a_worker_makes_what_a_server_without_one_accepted(home: Path) -> None:
    server = await (await Program.start("serve", "--no-worker", "--port", "0", home=home)).ready()
    async with httpx.AsyncClient(base_url=server.url) as client:
        story_id = await create_story(client)
    connection = await subscribe(server.url, story_id)

    worker = await (await Program.start("worker", home=home)).ready()
    async with asyncio.timeout(DEADLINE_S):
        while True:
            story = json.loads(await connection.recv())["payload"]["data"]["storyUpdated"]
            if story["shotCounts"]["completed"]:
                break
    worker_ended = await worker.stopped()
    still_there = processes_on(home)
    server_ended = await server.stopped()
    await connection.close()

    assert story["status"] == "COMPLETED"
    assert (worker_ended.code, server_ended.code) == (0, 0)
    assert still_there  # the last one out stops the database, not the first
    assert processes_on(home) == []


@pytest.mark.parametrize("loop", ["asyncio", "uvloop"])
async def test_main_app_runs_under_another_server(home: Path, loop: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = ["-m", "uvicorn", "main:app", "--port", str(port), "--loop", loop]
    process = await asyncio.create_subprocess_exec(
        sys.executable, *command, cwd=PROJECT, env=environment(home), stderr=subprocess.PIPE
    )

    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
        async with asyncio.timeout(DEADLINE_S):
            while True:
                try:
                    ready = await client.get("/readyz")
                    break
                except httpx.ConnectError:
                    await asyncio.sleep(0.05)
    process.terminate()
    async with asyncio.timeout(DEADLINE_S):
        await process.communicate()

    assert ready.status_code == 200
    assert processes_on(home) == []
