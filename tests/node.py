"""Third-party JavaScript against our endpoint: tests/clients, run by Node."""

import asyncio
import shutil
import subprocess
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

CLIENTS = Path(__file__).parent / "clients"
DEADLINE_S = 60

needs_node = pytest.mark.skipif(
    shutil.which("node") is None or not (CLIENTS / "node_modules").exists(),
    reason="Node, or what `npm install` brings into tests/clients, is not there",
)


async def run_node(script: str, *arguments: str, deadline_s: float = DEADLINE_S) -> str:
    """What the script of tests/clients prints; it must end well, and in time."""
    process = await asyncio.create_subprocess_exec(
        "node", script, *arguments, cwd=CLIENTS, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    try:
        async with asyncio.timeout(deadline_s):
            output, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
    text = output.decode()
    assert process.returncode == 0, text
    return text


@asynccontextmanager
async def open_reference_server() -> AsyncGenerator[str]:
    """npm's graphql-ws as a server; the value is its address."""
    process = await asyncio.create_subprocess_exec(
        *("node", "reference.mjs"), cwd=CLIENTS, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    try:
        async with asyncio.timeout(DEADLINE_S):
            port = int(await process.stdout.readline())
        yield f"http://127.0.0.1:{port}"
    finally:
        await process.communicate(b"")
