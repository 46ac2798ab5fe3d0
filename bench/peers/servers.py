"""Servers from npm and in Go which the benches compare ours with, on the same PostgreSQL."""

import asyncio
import os
import shutil
import sys
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import psutil

from bench.parts import connection_to, database_cpu_seconds, program
from db.connections import Connection
from db.embedded import EmbeddedPostgres

HERE = Path(__file__).parent
GIN = "gin"
"""The peer in Go, a REST service; all others are in JavaScript."""
_GO_LIBRARIES = Path("/usr/share/gocode")
"""Where Debian's packages put them."""


@dataclass(frozen=True, slots=True)
class Server:
    """A server that is measured: where it is, and which processes are its own."""

    name: str
    url: str
    processes: list[psutil.Process]


@dataclass(frozen=True, slots=True)
class Scene:
    """Servers on one PostgreSQL, ours first, a connection to it, and the CPU that it has used."""

    servers: list[Server]
    connection: Connection
    database_cpu_s: Callable[[], float]


async def install(folder: Path) -> bool:
    """Copy the peers and install what they need; False if that is not possible here."""
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        print("peers: node and npm are missing; nothing is measured", file=sys.stderr)
        return False
    shutil.copytree(HERE, folder, ignore=shutil.ignore_patterns("*.py", "*.sql", "__pycache__"))
    process = await asyncio.create_subprocess_exec(
        *(npm, "install", "--no-audit", "--no-fund", "--no-package-lock", "--loglevel", "error"),
        cwd=folder,
        stdout=sys.stderr,
    )
    if await process.wait():
        print("peers: npm cannot install them; nothing is measured", file=sys.stderr)
        return False
    return True


async def build_gin(folder: Path) -> bool:
    """Build the peer in Go among those installed; False if that is not possible here.

    Debian has it all: golang-go, golang-github-gin-gonic-gin-dev, golang-github-jackc-pgx-v4-dev.
    """
    go = shutil.which("go")
    if go is None:
        print("peers: go is missing; gin is left out", file=sys.stderr)
        return False
    process = await asyncio.create_subprocess_exec(
        *(go, "build", "-o", "server", "main.go"),
        cwd=folder / GIN,
        env={**os.environ, "GO111MODULE": "off", "GOFLAGS": "", "GOPATH": str(_GO_LIBRARIES)},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await process.communicate()
    if process.returncode:
        reason = output.decode().strip().partition("\n")[0]
        print(f"peers: go cannot build gin, which is left out: {reason}", file=sys.stderr)
        return False
    return True


@asynccontextmanager
async def peer(name: str, folder: Path, settings: Mapping[str, str]) -> AsyncGenerator[Server]:
    """A peer, from the line with its port to the end of the block."""
    command = (
        (str(folder / GIN / "server"),) if name == GIN else ("node", str(folder / f"{name}.mjs"))
    )
    process = await asyncio.create_subprocess_exec(
        *command,
        cwd=folder,
        env={**os.environ, "NODE_ENV": "production", **settings},
        stdout=asyncio.subprocess.PIPE,
    )
    if process.stdout is None:
        raise RuntimeError(f"{name} has no output")
    try:
        port = int(await process.stdout.readline())
        yield Server(name, f"http://127.0.0.1:{port}", [psutil.Process(process.pid)])
    finally:
        process.terminate()
        await process.wait()


@asynccontextmanager
async def scene(
    names: Sequence[str], folder: Path, home: Path, *options: str
) -> AsyncGenerator[Scene]:
    """Our server with these options, and the peers beside it."""
    async with AsyncExitStack() as stack:
        served = await stack.enter_async_context(
            program("serve", "--port", "0", *options, home=home)
        )
        connection = await stack.enter_async_context(connection_to(home))
        ours = psutil.Process(served.process.pid)
        servers = [Server("ai-story", served.url.rstrip("/"), [ours])]
        postgres = await EmbeddedPostgres.start(home)
        stack.push_async_callback(postgres.stop)
        settings = {
            # Node's URLs need a host, even if the parameter of that name is a folder.
            "PEER_DATABASE_URL": postgres.url.replace("@/", "@localhost/"),
            "PEER_MEDIA_URL": "/media/",
        }
        servers += [await stack.enter_async_context(peer(name, folder, settings)) for name in names]
        yield Scene(servers, connection, partial(database_cpu_seconds, home))
