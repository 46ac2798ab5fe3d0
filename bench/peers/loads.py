"""The same requests to several servers in turn, and how ours compares with each peer."""

import argparse
import asyncio
import json
from collections import Counter
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from bench.parts import cpu_seconds, report
from bench.peers.servers import Scene, Server


@dataclass(frozen=True, slots=True)
class Operation:
    """A request: a POST if it has a body, else a GET."""

    path: str
    body: Mapping[str, Any] | None = None


def graphql(query: str, **variables: object) -> Operation:
    """The operation as GraphQL over HTTP."""
    return Operation("/graphql", {"query": query, "variables": variables})


@dataclass(frozen=True, slots=True)
class Options:
    """How much is asked for, and where the tools are."""

    folder: Path
    seconds: int
    rounds: int
    connections: int


@dataclass(frozen=True, slots=True)
class Compared:
    """The figures of the best round of each server, and all requests that each has answered."""

    figures: dict[str, float]
    answered: Counter[str]


async def ask(server: Server, operation: Operation) -> Any:
    """The answer, with the addresses of media without their host."""
    async with httpx.AsyncClient(base_url=server.url) as client:
        method = "GET" if operation.body is None else "POST"
        response = await client.request(method, operation.path, json=operation.body)
    answer = response.raise_for_status().json()
    if "errors" in answer:
        raise RuntimeError(f"{server.name}: {answer['errors']}")
    return json.loads(json.dumps(answer).replace(server.url, ""))


async def load(
    scene: Scene, server: Server, operations: Sequence[Operation], options: Options
) -> tuple[dict[str, float], int]:
    """Send the requests again and again on some connections; the figures, and their number."""
    before, before_database = cpu_seconds(server.processes), scene.database_cpu_s()
    process = await asyncio.create_subprocess_exec(
        *("node", str(options.folder / "load.mjs")),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    wanted = {
        "url": server.url,
        "connections": options.connections,
        "seconds": options.seconds,
        "operations": [{"path": one.path, "body": one.body} for one in operations],
    }
    output, _ = await process.communicate(json.dumps(wanted).encode())
    outcome = json.loads(output)
    count = outcome["requests"]["total"]
    if outcome["non2xx"] or outcome["errors"] or not count:
        counts = f"{outcome['non2xx']} refused, {outcome['errors']} errors"
        raise RuntimeError(f"{server.name}: {counts}")
    database_s = scene.database_cpu_s() - before_database
    return {
        "per_s": round(outcome["requests"]["average"], 1),
        "p99_ms": outcome["latency"]["p99"],
        "cpu_ms": round((cpu_seconds(server.processes) - before) * 1000 / count, 3),
        "database_cpu_ms": round(database_s * 1000 / count, 3),
    }, count


async def compare(
    scene: Scene, label: str, operations: Mapping[str, Sequence[Operation]], options: Options
) -> Compared:
    """Measure each server with its operations; those of the peers in turn with ours."""
    best: dict[str, dict[str, float]] = {}
    answered = Counter[str]()
    for _ in range(options.rounds):
        for server in scene.servers:  # in turns, as the machine is not always equally fast
            found, count = await load(scene, server, operations[server.name], options)
            answered[server.name] += count
            if found["per_s"] > best.get(server.name, {}).get("per_s", 0):
                best[server.name] = found
    label = f"{label} at {options.connections}"
    figures = {
        f"{label}, {name}: {key}": value
        for name, values in best.items()
        for key, value in values.items()
    }
    ours, *peers = (server.name for server in scene.servers)
    figures |= {
        f"{label}, ratio to {name}": round(best[ours]["per_s"] / best[name]["per_s"], 2)
        for name in peers
    }
    return Compared(figures, answered)


def print_figures(
    name: str,
    measure_all: Callable[..., Coroutine[Any, Any, dict[str, float]]],
    *,
    description: str | None,
    rounds: int,
) -> None:
    """Print the figures of a bench as JSON; they have no bounds beside the peers.

    The command line may change how many `seconds` and, from `rounds`, how many rounds it takes.
    """
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--seconds", type=int, default=8)
    parser.add_argument("--rounds", type=int, default=rounds)
    options = parser.parse_args()
    figures = asyncio.run(measure_all(seconds=options.seconds, rounds=options.rounds))
    report(name, figures, bounds={})
