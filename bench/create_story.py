"""createStory at a fixed rate over HTTP, while model calls are in flight and while stories start.

python -m bench.create_story [--rate 50] [--seconds 5] [--rounds 3]

The schedule is an open loop: a request is sent when its time has come, whatever became of the one
before it, and its latency counts from that time. The server, the model server and the client are
processes of their own. Beside each figure stand `{ __typename }` at the same rate and load, and
what no story is stored without: a bare commit on the same disk, ten a second, in the same round.
All are those of the round with the least p99: a slow fsync of a shared disk is a round's p99.
"""

import argparse
import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from bench.parts import (
    connection_to,
    home_folder,
    model_server,
    origin_settings,
    percentile,
    program,
    report,
)
from db.connections import Connection

SHOTS = 200
LONG_S = 600.0
MODEL_S = 1.0
BOUNDS_MS = {"in_flight_p99_ms": 50.0, "starting_p99_ms": 300.0}
_DEADLINE_S = 60.0
_PROBE_EVERY_S = 0.1
CREATE = """mutation ($input: CreateStoryInput!) {
  createStory(input: $input) { userErrors { code } story { id status } eventCursor }
}"""
_TRIVIAL = "{ __typename }"
SENTENCE = "The tortoise goes on. "


@dataclass(frozen=True, slots=True)
class Client:
    """A GraphQL client on as many connections as it needs."""

    session: aiohttp.ClientSession
    url: str

    async def ask(self, query: str, variables: Mapping[str, Any] | None = None) -> Any:
        """The data of an operation that must not fail."""
        body = {"query": query, "variables": variables}
        async with self.session.post(f"{self.url}/graphql", json=body) as response:
            answer = await response.json()
        if response.status != 200 or "errors" in answer:
            raise RuntimeError(f"{response.status}: {answer}")
        return answer["data"]

    async def create(self, content: str) -> None:
        """Create one story."""
        answer = await self.ask(CREATE, {"input": {"content": content}})
        if answer["createStory"]["userErrors"]:
            raise RuntimeError(f"refused: {answer}")

    async def latencies_s(self, *, rate: float, seconds: float, content: str | None) -> list[float]:
        """Send at the rate for that long: createStory of the content, or the trivial query."""
        start = time.perf_counter() + 0.1

        async def send(due: float) -> float:
            await asyncio.sleep(due - time.perf_counter())
            await (self.ask(_TRIVIAL) if content is None else self.create(content))
            return time.perf_counter() - due

        sends = (send(start + number / rate) for number in range(int(rate * seconds)))
        return list(await asyncio.gather(*sends))


async def picture_calls(session: aiohttp.ClientSession, services_url: str) -> int:
    """How many pictures the model server has been asked for."""
    async with session.get(f"{services_url}/counts") as response:
        counts = await response.json()
    return counts["calls"].get("/pic", 0)


async def wait_for_calls(session: aiohttp.ClientSession, services_url: str, least: int) -> None:
    """Return when the model server has been asked for that many pictures."""
    async with asyncio.timeout(_DEADLINE_S):
        while await picture_calls(session, services_url) < least:
            await asyncio.sleep(0.02)


@dataclass(slots=True)
class CommitProbe:
    """Commits a row of its own again and again, and remembers how long each took."""

    connection: Connection
    seconds: list[float] = field(default_factory=list[float])

    async def run(self) -> None:
        """Until cancelled."""
        await self.connection.execute("CREATE TABLE IF NOT EXISTS bench (number int)")
        while True:
            start = time.perf_counter()
            await self.connection.execute("INSERT INTO bench VALUES (1)")
            self.seconds.append(time.perf_counter() - start)
            await asyncio.sleep(_PROBE_EVERY_S)


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """How much is asked for."""

    rate: float
    seconds: float
    rounds: int


async def measure_round(client: Client, connection: Connection, load: Load) -> dict[str, float]:
    """createStory with the probe beside it, then the trivial query."""
    probe = CommitProbe(connection)
    task = asyncio.create_task(probe.run())
    created = await client.latencies_s(rate=load.rate, seconds=load.seconds, content=SENTENCE)
    task.cancel()
    await asyncio.wait({task})
    trivial = await client.latencies_s(rate=load.rate, seconds=load.seconds / 2, content=None)
    return {
        "p50_ms": _ms(created, 0.5),
        "p99_ms": _ms(created, 0.99),
        "typename_p99_ms": _ms(trivial, 0.99),
        "commit_p99_ms": _ms(probe.seconds, 0.99),
    }


def _ms(seconds: list[float], share: float) -> float:
    return round(percentile(seconds, share) * 1000, 1)


async def measure_rounds(
    settings: dict[str, str], load: Load, *, begin: Callable[[Client], Awaitable[None]]
) -> dict[str, float]:
    """A server on a fresh home; the load begins, and the best of a few rounds counts."""
    async with AsyncExitStack() as stack:
        home = await stack.enter_async_context(home_folder())
        server = await stack.enter_async_context(
            program("serve", "--port", "0", home=home, settings=settings)
        )
        connection = await stack.enter_async_context(connection_to(home))
        session = await stack.enter_async_context(aiohttp.ClientSession())
        client = Client(session, server.url)
        await begin(client)
        await client.latencies_s(rate=load.rate, seconds=1, content=SENTENCE)  # warm
        rounds = [await measure_round(client, connection, load) for _ in range(load.rounds)]
    rounds.sort(key=lambda figures: figures["p99_ms"])
    return rounds[0] | {"median_round_p99_ms": rounds[len(rounds) // 2]["p99_ms"]}


async def measure_in_flight(load: Load) -> dict[str, float]:
    """One story of 200 shots has all its calls in flight; stories of one shot are created."""
    async with model_server(latency_s=LONG_S, script_latency_s=MODEL_S) as services_url:

        async def begin(client: Client) -> None:
            await client.create(SENTENCE * SHOTS)
            await wait_for_calls(client.session, services_url, SHOTS)

        settings = origin_settings(services_url, image_concurrency=str(SHOTS))
        return await measure_rounds(settings, load, begin=begin)


async def measure_starting(load: Load) -> dict[str, float]:
    """Every created story has 200 shots; a script takes a second, and so does a picture."""
    async with model_server(
        latency_s=MODEL_S, script_latency_s=MODEL_S, shots=SHOTS
    ) as services_url:

        async def begin(client: Client) -> None:
            await client.create(SENTENCE)
            await wait_for_calls(client.session, services_url, 1)

        return await measure_rounds(origin_settings(services_url), load, begin=begin)


async def measure(load: Load) -> dict[str, float]:
    """Both forms, one after the other."""
    in_flight = await measure_in_flight(load)
    starting = await measure_starting(load)
    return {
        **{f"in_flight_{name}": figure for name, figure in in_flight.items()},
        **{f"starting_{name}": figure for name, figure in starting.items()},
    }


def main() -> None:
    """Print the figures as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rate", type=float, default=50)
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    load = Load(rate=options.rate, seconds=options.seconds, rounds=options.rounds)
    figures = asyncio.run(measure(load))
    report(f"create_story at {options.rate:g}/s", figures, bounds=BOUNDS_MS)


if __name__ == "__main__":
    main()
