"""createStory at a fixed rate over HTTP, while model calls are in flight and while stories start.

python -m bench.create_story [--seconds 10] [--rate 50]

The schedule is an open loop: a request is sent when its time has come, whatever became of the one
before it, and its latency counts from that time. The server, the model server and the client are
processes of their own. Beside each figure stands `{ __typename }` at the same rate and load.
"""

import argparse
import asyncio
import time
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

import aiohttp

from bench.parts import (
    home_folder,
    model_server,
    origin_settings,
    percentile,
    program,
    report,
)

SHOTS = 200
LONG_S = 600.0
MODEL_S = 1.0
BOUNDS_MS = {"in_flight_p99_ms": 50.0, "starting_p99_ms": 300.0}
_DEADLINE_S = 60.0
_CREATE = """mutation ($input: CreateStoryInput!) {
  createStory(input: $input) { userErrors { code } story { id status } eventCursor }
}"""
_TRIVIAL = "{ __typename }"
_SENTENCE = "The tortoise goes on. "


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
        answer = await self.ask(_CREATE, {"input": {"content": content}})
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
    async with session.get(f"{services_url}/counts") as response:
        counts = await response.json()
    return counts["calls"].get("/pic", 0)


async def _wait_for_calls(session: aiohttp.ClientSession, services_url: str, least: int) -> None:
    async with asyncio.timeout(_DEADLINE_S):
        while await picture_calls(session, services_url) < least:
            await asyncio.sleep(0.1)


async def measure_in_flight(*, rate: float, seconds: float) -> dict[str, float]:
    """One story of 200 shots has all its calls in flight; stories of one shot are created."""
    async with AsyncExitStack() as stack:
        services_url = await stack.enter_async_context(
            model_server(latency_s=LONG_S, script_latency_s=MODEL_S)
        )
        home = await stack.enter_async_context(home_folder())
        settings = origin_settings(services_url, image_concurrency=str(SHOTS))
        server = await stack.enter_async_context(
            program("serve", "--port", "0", home=home, settings=settings)
        )
        session = await stack.enter_async_context(aiohttp.ClientSession())
        client = Client(session, server.url)
        await client.create(_SENTENCE * SHOTS)
        await _wait_for_calls(session, services_url, SHOTS)
        await client.latencies_s(rate=rate, seconds=1, content=_SENTENCE)  # warm
        created = await client.latencies_s(rate=rate, seconds=seconds, content=_SENTENCE)
        trivial = await client.latencies_s(rate=rate, seconds=seconds / 2, content=None)
        in_flight = await picture_calls(session, services_url)
    return _figures("in_flight", created, trivial) | {"calls_in_flight": in_flight}


async def measure_starting(*, rate: float, seconds: float) -> dict[str, float]:
    """Every created story has 200 shots; the scripts take a second, and so does each picture."""
    async with AsyncExitStack() as stack:
        services_url = await stack.enter_async_context(
            model_server(latency_s=MODEL_S, script_latency_s=MODEL_S, shots=SHOTS)
        )
        home = await stack.enter_async_context(home_folder())
        server = await stack.enter_async_context(
            program("serve", "--port", "0", home=home, settings=origin_settings(services_url))
        )
        session = await stack.enter_async_context(aiohttp.ClientSession())
        client = Client(session, server.url)
        await client.create(_SENTENCE)
        await _wait_for_calls(session, services_url, 1)
        await client.latencies_s(rate=rate, seconds=1, content=_SENTENCE)  # warm
        before = await picture_calls(session, services_url)
        created = await client.latencies_s(rate=rate, seconds=seconds, content=_SENTENCE)
        drawn = await picture_calls(session, services_url) - before
        trivial = await client.latencies_s(rate=rate, seconds=seconds / 2, content=None)
    return _figures("starting", created, trivial) | {"pictures_per_s": round(drawn / seconds, 1)}


def _figures(name: str, created: list[float], trivial: list[float]) -> dict[str, float]:
    return {
        f"{name}_p50_ms": round(percentile(created, 0.5) * 1000, 1),
        f"{name}_p99_ms": round(percentile(created, 0.99) * 1000, 1),
        f"{name}_max_ms": round(max(created) * 1000, 1),
        f"{name}_typename_p50_ms": round(percentile(trivial, 0.5) * 1000, 1),
        f"{name}_typename_p99_ms": round(percentile(trivial, 0.99) * 1000, 1),
    }


async def measure(*, rate: float, seconds: float) -> dict[str, float]:
    """Both forms, one after the other."""
    in_flight = await measure_in_flight(rate=rate, seconds=seconds)
    return in_flight | await measure_starting(rate=rate, seconds=seconds)


def main() -> None:
    """Print the figures as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--rate", type=float, default=50)
    options = parser.parse_args()
    figures = asyncio.run(measure(rate=options.rate, seconds=options.seconds))
    report(f"create_story at {options.rate:g}/s", figures, bounds=BOUNDS_MS)


if __name__ == "__main__":
    main()
