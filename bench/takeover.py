"""How soon a killed process's jobs run again: in another process, and after a restart.

python -m bench.takeover [--rounds 3] [--shots 20]

All pictures are in flight at the model server when the process is killed (kill -9). They run again
when the model server has received every call a second time. The clock starts at the kill, or, for a
restart of the only process, at its ready line. For comparison, the time of the first begin is
measured from createStory.
"""

import argparse
import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from bench.create_story import Client, wait_for_calls
from bench.parts import home_folder, model_server, origin_settings, program, report

LONG_S = 600.0
BOUNDS = {"takeover_s": 5.0, "restart_s": 5.0}


@dataclass(frozen=True, slots=True)
class Stage:
    """A fresh home and a model server whose pictures take for ever."""

    home: Path
    settings: dict[str, str]
    services_url: str
    session: aiohttp.ClientSession
    shots: int

    async def wait_for_calls(self, least: int) -> None:
        """Return when the model server has had that many."""
        await wait_for_calls(self.session, self.services_url, least)

    async def begin(self, url: str) -> float:
        """Create a story; seconds until all its pictures are in flight."""
        start = time.perf_counter()
        await Client(self.session, url).create("A bench. Nothing else.")
        await self.wait_for_calls(self.shots)
        return time.perf_counter() - start


@asynccontextmanager
async def fresh_stage(shots: int) -> AsyncGenerator[Stage]:
    """Everything but the processes of ours."""
    async with (
        home_folder() as home,
        model_server(latency_s=LONG_S, script_latency_s=0.0, shots=shots) as url,
        aiohttp.ClientSession() as session,
    ):
        yield Stage(home, origin_settings(url), url, session, shots)


async def takeover_seconds(shots: int) -> tuple[float, float]:
    """Seconds of the first begin, and from the kill of one worker to the calls of another."""
    async with AsyncExitStack() as stack:
        stage = await stack.enter_async_context(fresh_stage(shots))
        home, settings = stage.home, stage.settings
        server = await stack.enter_async_context(
            program("serve", "--no-worker", "--port", "0", home=home, settings=settings)
        )
        first = await stack.enter_async_context(program("worker", home=home, settings=settings))
        began_s = await stage.begin(server.url)
        await stack.enter_async_context(program("worker", home=home, settings=settings))
        killed_at = time.perf_counter()
        await first.kill()
        await stage.wait_for_calls(2 * shots)
        return began_s, time.perf_counter() - killed_at


async def restart_seconds(shots: int) -> float:
    """Seconds from the ready line of the only process, killed before, to the calls."""
    async with fresh_stage(shots) as stage:
        options = ("serve", "--port", "0")
        async with program(*options, home=stage.home, settings=stage.settings) as server:
            await stage.begin(server.url)
            await server.kill()
        async with program(*options, home=stage.home, settings=stage.settings):
            ready_at = time.perf_counter()
            await stage.wait_for_calls(2 * shots)
            return time.perf_counter() - ready_at


async def measure(rounds: int, shots: int) -> dict[str, float]:
    """The worst of a few rounds."""
    takeovers = [await takeover_seconds(shots) for _ in range(rounds)]
    restarts = [await restart_seconds(shots) for _ in range(rounds)]
    return {
        "takeover_s": round(max(seconds for _, seconds in takeovers), 2),
        "restart_s": round(max(restarts), 2),
        "baseline_first_calls_s": round(max(began_s for began_s, _ in takeovers), 2),
    }


def main() -> None:
    """Print the figures as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--shots", type=int, default=20)
    options = parser.parse_args()
    figures = asyncio.run(measure(options.rounds, options.shots))
    report(f"takeover of {options.shots} calls", figures, bounds=BOUNDS)


if __name__ == "__main__":
    main()
