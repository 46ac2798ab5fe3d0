"""Queries of stories with their shots, beside other GraphQL servers on the same tables.

python -m bench.peers [--seconds 8] [--rounds 2]

Mercurius with its JIT, GraphQL Yoga and the load generator come from npm; without it nothing is
measured. Each server is a process of its own, the others rest meanwhile, and all read the product's
tables in one PostgreSQL: 10,000 stories of 8 shots. Their answers are compared first. Q1 is one
story, of 64 in turn, Q2 are twenty. Printed are requests per second of the best round, the CPU of
the server and of PostgreSQL for each request, and how we compare with each peer.
"""

import argparse
import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import psutil

from bench.parts import connection_to, cpu_seconds, home_folder, processes_of, program, report
from bench.peers.servers import HERE, Server, install, peer
from db.embedded import EmbeddedPostgres

PEERS = ("mercurius", "yoga")
CONNECTIONS = (8, 32)
STORIES = 64
BOUNDS: dict[str, float] = {}
_STORY = "id revision title synopsis style aspectRatio language motion status createdAt updatedAt"
_SHOT = (
    "id revision position title prompt narration transition motion durationSeconds status progress "
    "attempt imageUrl createdAt updatedAt"
)
QUERIES = {
    "Q1": f"query ($id: ID!) {{ story(id: $id) {{ {_STORY} shots {{ {_SHOT} }} }} }}",
    "Q2": f"{{ stories(first: 20) {{ nodes {{ {_STORY} shots {{ {_SHOT} }} }} }} }}",
}


Database = Callable[[], list[psutil.Process]]


async def ask(server: Server, body: Mapping[str, Any]) -> Any:
    """The data of the answer, with the addresses of media without their host."""
    async with httpx.AsyncClient() as client:
        answer = (await client.post(f"{server.url}/graphql", json=body)).json()
    if "errors" in answer:
        raise RuntimeError(f"{server.name}: {answer['errors']}")
    return json.loads(json.dumps(answer["data"]).replace(server.url, ""))


async def load(
    server: Server, database: Database, bodies: Sequence[Mapping[str, Any]], options: "Options"
) -> dict[str, float]:
    """Send the requests again and again on some connections."""
    before, before_database = cpu_seconds(server.processes), cpu_seconds(database())
    process = await asyncio.create_subprocess_exec(
        *("node", str(options.folder / "load.mjs")),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    wanted = {
        "url": f"{server.url}/graphql",
        "connections": options.connections,
        "seconds": options.seconds,
        "operations": bodies,
    }
    output, _ = await process.communicate(json.dumps(wanted).encode())
    outcome = json.loads(output)
    count = outcome["requests"]["total"]
    if outcome["non2xx"] or outcome["errors"] or not count:
        counts = f"{outcome['non2xx']} refused, {outcome['errors']} errors"
        raise RuntimeError(f"{server.name}: {counts}")
    return {
        "per_s": round(outcome["requests"]["average"], 1),
        "p99_ms": outcome["latency"]["p99"],
        "cpu_ms": round((cpu_seconds(server.processes) - before) * 1000 / count, 3),
        "database_cpu_ms": round((cpu_seconds(database()) - before_database) * 1000 / count, 3),
    }


@dataclass(frozen=True, slots=True)
class Options:
    """How much is asked for, and where the tools are."""

    folder: Path
    seconds: int
    rounds: int
    connections: int


async def measure(
    servers: list[Server], database: Database, story_ids: Sequence[UUID], options: Options
) -> dict[str, float]:
    """The best round of every server and query."""
    figures: dict[str, float] = {}
    for name, query in QUERIES.items():
        bodies: list[dict[str, Any]] = [{"query": query}]
        if name == "Q1":
            bodies = [{"query": query, "variables": {"id": str(one)}} for one in story_ids]
        expected = await ask(servers[0], bodies[0])
        for server in servers[1:]:
            if await ask(server, bodies[0]) != expected:
                raise RuntimeError(f"{server.name} answers {name} otherwise")
        label = f"{name} at {options.connections}"
        best: dict[str, dict[str, float]] = {}
        for _ in range(options.rounds):
            for server in servers:  # in turns, as the machine is not always equally fast
                found = await load(server, database, bodies, options)
                if found["per_s"] > best.get(server.name, {}).get("per_s", 0):
                    best[server.name] = found
        for server, values in best.items():
            figures |= {f"{label}, {server}: {key}": value for key, value in values.items()}
        ours = best[servers[0].name]["per_s"]
        figures |= {
            f"{label}, ratio to {server.name}": round(ours / best[server.name]["per_s"], 2)
            for server in servers[1:]
        }
    return figures


async def run(folder: Path, home: Path, *, seconds: int, rounds: int) -> dict[str, float]:
    """All servers at once; each rests while another is measured."""
    async with AsyncExitStack() as stack:
        served = await stack.enter_async_context(program("serve", "--port", "0", home=home))
        connection = await stack.enter_async_context(connection_to(home))
        await connection.execute((HERE / "fill.sql").read_text())
        await connection.execute("VACUUM ANALYZE")
        newest = f"(SELECT id FROM story ORDER BY id DESC LIMIT {STORIES})"
        found: Any = await connection.fetchval(f"SELECT array_agg(id) FROM {newest}")
        ours = psutil.Process(served.process.pid)

        def database() -> list[psutil.Process]:
            """Those of PostgreSQL: one for each connection so far."""
            everything = processes_of(ours.pid, home)
            return [one for one in everything if one.name().startswith("postgres")]

        servers = [Server("ai-story", served.url.rstrip("/"), [ours])]
        postgres = await EmbeddedPostgres.start(home)
        stack.push_async_callback(postgres.stop)
        settings = {
            # Node's URLs need a host, even if the parameter of that name is a folder.
            "PEER_DATABASE_URL": postgres.url.replace("@/", "@localhost/"),
            "PEER_MEDIA_URL": "/media/",
        }
        servers += [await stack.enter_async_context(peer(name, folder, settings)) for name in PEERS]
        figures: dict[str, float] = {}
        for connections in CONNECTIONS:
            options = Options(folder, seconds, rounds, connections)
            figures |= await measure(servers, database, found, options)
        return figures


async def measure_all(*, seconds: int, rounds: int) -> dict[str, float]:
    """Nothing if the peers cannot be had here."""
    async with home_folder() as home:
        folder = home / "peers"
        if not await install(folder):
            return {}
        return await run(folder, home, seconds=seconds, rounds=rounds)


def main() -> None:
    """Print the figures as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=8)
    parser.add_argument("--rounds", type=int, default=2)
    options = parser.parse_args()
    figures = asyncio.run(measure_all(seconds=options.seconds, rounds=options.rounds))
    report("peers", figures, bounds=BOUNDS)


if __name__ == "__main__":
    main()
