"""Servers from npm which the benches compare ours with."""

import asyncio
import os
import shutil
import sys
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Server:
    """A server that is measured: where it is, and which processes are its own."""

    name: str
    url: str
    processes: list[psutil.Process]


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


@asynccontextmanager
async def peer(name: str, folder: Path, settings: Mapping[str, str]) -> AsyncGenerator[Server]:
    """A peer, from the line with its port to the end of the block."""
    process = await asyncio.create_subprocess_exec(
        *("node", str(folder / f"{name}.mjs")),
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
