"""From nothing to serving, once more on the same home, and what it costs when nobody asks.

python -m bench.start [--starts 3] [--idle-seconds 20]

Dependencies are installed and bytecode is compiled. Serving is when /readyz answers 200. Memory is
the proportional share (PSS) of the server's whole process tree and of its PostgreSQL. Beside it
stands what Python itself needs to import the server.
"""

import argparse
import asyncio
import subprocess
import sys
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from statistics import median

import httpx
import psutil

from bench.parts import (
    PROJECT,
    Program,
    cpu_seconds,
    home_folder,
    processes_of,
    program,
    report,
)

BOUNDS = {"first_start_s": 6.0, "later_start_s": 2.5, "idle_pss_mb": 250.0, "idle_cpu_percent": 3.0}
_SETTLE_S = 5.0
_MB = 1_000_000


@asynccontextmanager
async def started(home: Path) -> AsyncGenerator[tuple[Program, float]]:
    """A running server, and the seconds until it served."""
    start = time.perf_counter()
    async with program("serve", "--port", "0", home=home) as server:
        async with httpx.AsyncClient() as client:
            (await client.get(f"{server.url}/readyz")).raise_for_status()
        yield server, time.perf_counter() - start


def pss_mb(processes: list[psutil.Process]) -> float:
    """What they hold in memory; what several share is counted once."""
    return sum(process.memory_full_info().pss for process in processes) / _MB


async def measure(starts: int, idle_s: float) -> dict[str, float]:
    """One first start, some later ones, and the last of them idle."""
    later: list[float] = []
    idle: dict[str, float] = {}
    async with home_folder() as home:
        async with started(home) as (_, first_s):
            pass
        for number in range(starts):
            async with started(home) as (server, seconds):
                later.append(seconds)
                if number == starts - 1:
                    idle = await idle_figures(server, home, idle_s)
    return {
        "first_start_s": round(first_s, 2),
        "later_start_s": round(median(later), 2),
        "baseline_imports_s": round(import_seconds(), 2),
        **idle,
    }


async def idle_figures(server: Program, home: Path, idle_s: float) -> dict[str, float]:
    """Memory of all processes, and their share of one core while nothing happens."""
    await asyncio.sleep(_SETTLE_S)
    processes = processes_of(server.process.pid, home)
    before, start = cpu_seconds(processes), time.perf_counter()
    await asyncio.sleep(idle_s)
    busy = (cpu_seconds(processes) - before) / (time.perf_counter() - start)
    return {
        "idle_pss_mb": round(pss_mb(processes), 1),
        "idle_processes": len(processes),
        "idle_cpu_percent": round(busy * 100, 2),
    }


def import_seconds() -> float:
    """How long Python needs for the server's modules alone."""
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", "import cli.serve"], cwd=PROJECT, check=True)
    return time.perf_counter() - start


def main() -> None:
    """Print the figures as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--starts", type=int, default=3)
    parser.add_argument("--idle-seconds", type=float, default=20)
    options = parser.parse_args()
    figures = asyncio.run(measure(options.starts, options.idle_seconds))
    report("start and idle", figures, bounds=BOUNDS)


if __name__ == "__main__":
    main()
