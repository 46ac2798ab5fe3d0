"""Thousands of shots at a picture service that fails one call in five, with the worker killed.

python -m bench.soak [--shots 2000] [--service openai] [--kill-every-s 0] [--at-once 48] [--seed 1]

The worker is main.py's, on a database of its own; a supervisor kills it (kill -9) as often as asked
and starts it again at once. Of the calls four in a hundred each get a 429, a 500, a reset, no
answer, and wrong bytes; beside these one picture in a hundred is refused for what it shows, and one
is never answered with anything sound. The service's ledger is then held against the rows:

- every shot is COMPLETED, or FAILED with the code of what its last call got;
- no picture is asked for again that was answered, unless the worker was killed before it landed;
  a job that was accepted is never submitted again, whoever was killed;
- calls made / calls needed stays below its bound. Needed is one for each picture, all attempts for
  one that always fails, and one for each call in flight when the worker was killed;
- memory of the worker stays flat, from a quarter of the shots on (where nobody kills it).

Anything else ends the bench with 1.
"""

import argparse
import asyncio
import sys
import time
from collections import Counter
from collections.abc import AsyncGenerator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import aiohttp
import psutil

from bench.create_story import Client
from bench.faults import (
    CODES,
    FINAL,
    Call,
    Outcome,
    UnreliableOpenAI,
    UnreliableReplicate,
    is_hopeless,
    is_rejected,
)
from bench.parts import connection_to, home_folder, origin_settings, program, report, spawn
from db.connections import Connection
from domain import MAX_SHOTS_PER_STORY
from tests.fakes.origin import FakeOrigin
from tests.fakes.service import serving

MIB = 2**20
MAX_ATTEMPTS = 4
LATENCY_S = 0.1
LANDING_S = 2.0
"""A picture that was answered so long before a kill has landed."""
BOUNDS = {"calls_ratio": 1.3, "memory_ratio": 1.1}
TIMEOUTS_S = {"openai": 5.0, "replicate": 30.0}
HANGS_S = {"openai": 7.0, "replicate": 3.0}
"""How long a call hangs before the connection ends; a job's submission is in doubt either way."""
UNCERTAIN = (Outcome.RESET, Outcome.HANG, Outcome.GARBAGE)

_ROWS = """SELECT take.prompt, shot.status, shot.failure->>'code' AS code, shot.attempt
FROM shot JOIN take ON take.shot_id = shot.id"""
_SETTLED = "SELECT count(*) FROM shot WHERE status IN ('COMPLETED', 'FAILED', 'CANCELED')"

Service = UnreliableOpenAI | UnreliableReplicate


@dataclass(slots=True)
class Supervisor:
    """Keeps one worker running, and kills it every so many seconds where that is not 0."""

    home: Path
    settings: Mapping[str, str]
    every_s: float
    kills: list[float] = field(default_factory=list[float])
    worker: asyncio.subprocess.Process | None = None

    async def run(self) -> None:
        """Until cancelled; a worker that ends by itself is an error."""
        while True:
            self.worker = await spawn("worker", home=self.home, settings=self.settings)
            try:
                async with asyncio.timeout(self.every_s or None):
                    code = await self.worker.wait()
                    raise RuntimeError(f"the worker ended by itself with {code}")
            except TimeoutError:
                self.kills.append(time.monotonic())
            finally:
                if self.worker.returncode is None:
                    self.worker.kill()
                    await self.worker.wait()

    def memory_mib(self) -> float:
        """Of the worker itself and its decoders; 0 while there is none."""
        try:
            process = psutil.Process(self.worker.pid) if self.worker else None
            if process is None:
                return 0.0
            family = (process, *process.children(recursive=True))
            return sum(member.memory_info().rss for member in family) / MIB
        except psutil.NoSuchProcess:
            return 0.0


@dataclass(frozen=True, slots=True)
class Row:
    """How a shot ended."""

    number: int
    status: str
    code: str | None
    attempt: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Soaked:
    """What a run left behind."""

    service: Service
    rows: list[Row]
    kills: list[float]
    memory: list[tuple[int, float]]
    """Shots that had ended, and MiB, twice a second."""
    took_s: float


@asynccontextmanager
async def supervised(supervisor: Supervisor) -> AsyncGenerator[asyncio.Task[None]]:
    """Its worker lives while the block does."""
    task = asyncio.create_task(supervisor.run())
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.wait({task})


async def soak(service: Service, name: str, options: argparse.Namespace) -> Soaked:
    """Create the stories, and wait until their last shot has ended."""
    async with AsyncExitStack() as stack:
        home = await stack.enter_async_context(home_folder())
        await stack.enter_async_context(serving(service))
        script = await stack.enter_async_context(serving(FakeOrigin()))
        settings = origin_settings(
            script.url,
            image_provider=name,
            image_url=f"{service.url}/v1" if name == "openai" else service.url,
            image_model="painter-1" if name == "openai" else "owner/painter",
            image_key=service.key or "none",
            image_timeout_s=str(TIMEOUTS_S[name]),
            image_concurrency=str(options.at_once),
            max_attempts=str(MAX_ATTEMPTS),
        )
        server = await stack.enter_async_context(
            program("serve", "--no-worker", "--port", "0", home=home, settings=settings)
        )
        connection = await stack.enter_async_context(connection_to(home))
        supervisor = Supervisor(home, settings, options.kill_every_s)
        supervising = await stack.enter_async_context(supervised(supervisor))
        session = await stack.enter_async_context(aiohttp.ClientSession())

        start = time.monotonic()
        for first in range(0, options.shots, MAX_SHOTS_PER_STORY):
            last = min(first + MAX_SHOTS_PER_STORY, options.shots)
            content = " ".join(f"Picture {number}." for number in range(first, last))
            await Client(session, server.url).create(content)
        memory = await _wait(connection, supervisor, supervising, options)
        took_s = time.monotonic() - start
        await asyncio.sleep(service.hang_s)  # the ledger learns of the last calls when they end
        return Soaked(
            service=service,
            rows=await _rows(connection),
            kills=supervisor.kills,
            memory=memory,
            took_s=took_s,
        )


async def _wait(
    connection: Connection,
    supervisor: Supervisor,
    supervising: asyncio.Task[None],
    options: argparse.Namespace,
) -> list[tuple[int, float]]:
    memory: list[tuple[int, float]] = []
    deadline = time.monotonic() + options.deadline_s
    while True:
        if supervising.done():
            await supervising
        settled = cast(int, await connection.fetchval(_SETTLED))
        memory.append((settled, supervisor.memory_mib()))
        if settled == options.shots or time.monotonic() > deadline:
            return memory
        await asyncio.sleep(0.5)


async def _rows(connection: Connection) -> list[Row]:
    found = cast(list[Mapping[str, Any]], await connection.fetch(_ROWS))
    return [
        Row(int("".join(filter(str.isdigit, row[0]))), row[1], row[2], row[3])
        for row in (tuple(record.values()) for record in found)
    ]


def judge(soaked: Soaked, shots: int) -> list[str]:
    """Everything that is not as it should be, a sentence each."""
    numbers = Counter(row.number for row in soaked.rows)
    faults = [f"shot {n}: lost" for n in range(shots) if not numbers[n]]
    faults += [f"shot {n}: {count} takes" for n, count in numbers.items() if count > 1]
    for row in soaked.rows:
        calls = soaked.service.ledger[row.number]
        if row.status not in ("COMPLETED", "FAILED"):
            faults.append(f"shot {row.number}: still {row.status}")
        elif isinstance(soaked.service, UnreliableReplicate):
            faults += _judge_job(row, calls, soaked.kills)
        else:
            faults += _judge_call(row, calls, soaked.kills)
    return faults


def _judge_call(row: Row, calls: list[Call], kills: list[float]) -> list[str]:
    told = _told(row, calls, kills)
    paid = [call for call in calls if call.outcome is Outcome.DONE]
    faults = [f"{told}: asked for again" for call in paid[:-1] if not _was_lost(call, kills)]
    tries = [call for call in calls if call.outcome is not Outcome.SLOW_DOWN]
    if row.status == "COMPLETED":
        return faults if paid and not _never(row.number) else [*faults, f"{told}: of nothing"]
    answered = [call for call in tries if not _was_lost(call, kills)]
    is_used_up = len(tries) >= MAX_ATTEMPTS >= len(answered)  # a kill uses no attempt up
    right = {CODES[call.outcome] for call in tries[-1:] if call.outcome in CODES}
    is_final = bool(tries) and tries[-1].outcome in FINAL
    if row.code not in right or not (is_used_up or is_final):
        faults.append(f"{told}: wrong code")
    return faults


def _judge_job(row: Row, calls: list[Call], kills: list[float]) -> list[str]:
    told = _told(row, calls, kills)
    accepted = [call for call in calls if call.outcome is Outcome.DONE]
    faults = [f"{told}: submitted again"] * (len(accepted) > 1)
    doubtful = [c for c in calls if c.outcome in UNCERTAIN or c.is_cut_by(kills)]
    if doubtful and doubtful[0] is not calls[-1]:
        faults.append(f"{told}: submitted again, in doubt")
    if row.status == "COMPLETED":
        return faults if accepted else [*faults, f"{told}: of nothing"]
    is_doubtful = bool(doubtful) or (bool(kills) and not accepted)
    is_doubtful = is_doubtful or any(_was_lost(call, kills) for call in accepted)
    if row.code == "SUBMIT_UNCERTAIN":
        return faults if is_doubtful else [*faults, f"{told}: without a doubt"]
    # Accepted, but its answers or its picture were no good until the attempts were used up.
    is_used_up = bool(accepted) and bool(kills) and row.attempt >= MAX_ATTEMPTS
    if row.code not in CODES.values() or not is_used_up:
        faults.append(f"{told}: wrong code")
    return faults


def _told(row: Row, calls: list[Call], kills: list[float]) -> str:
    """Each call's outcome, its begin after the first, what it took, the kills around it; in s."""
    told = [f"shot {row.number}: {row.status} {row.code} in attempt {row.attempt}"]
    for call in calls:
        began, took = call.began - calls[0].began, call.ended - call.began
        before = max((kill - call.began for kill in kills if kill <= call.began), default=0)
        after = min((kill - call.ended for kill in kills if kill > call.began), default=0)
        around = f"kills {before:.2f} and +{after:.2f}" if kills else "no kill"
        told.append(f"{call.outcome} at {began:.1f} for {took:.1f} ({around})")
    return "; ".join(told)


def _never(number: int) -> bool:
    return is_rejected(number) or is_hopeless(number)


def _was_lost(call: Call, kills: list[float]) -> bool:
    return call.is_cut_by(kills, landing_s=LANDING_S)


def measure(soaked: Soaked, shots: int) -> dict[str, float]:
    """The figures."""
    calls = [call for calls in soaked.service.ledger.values() for call in calls]
    cut = sum(call.is_cut_by(soaked.kills) for call in calls)
    is_openai = isinstance(soaked.service, UnreliableOpenAI)
    hopeless = sum(is_hopeless(number) for number in range(shots)) if is_openai else 0
    needed = shots + hopeless * (MAX_ATTEMPTS - 1) + cut
    statuses = Counter(row.status for row in soaked.rows)
    quarter = [mib for settled, mib in soaked.memory if settled >= shots / 4 and mib]
    figures: dict[str, float] = {
        "took_s": round(soaked.took_s, 1),
        "shots": len(soaked.rows),
        "completed": statuses["COMPLETED"],
        "failed": statuses["FAILED"],
        "kills": len(soaked.kills),
        "calls": len(calls),
        "calls_needed": needed,
        "calls_cut": cut,
        "calls_ratio": round(len(calls) / needed, 3),
        "calls_per_shot": round(len(calls) / shots, 3),
    }
    figures |= {f"got {outcome}": n for outcome, n in Counter(c.outcome for c in calls).items()}
    codes = Counter(row.code for row in soaked.rows if row.code)
    figures |= {code: number for code, number in codes.items() if code}
    if not soaked.kills and quarter:
        figures |= {
            "memory_quarter_mib": round(quarter[0], 1),
            "memory_end_mib": round(quarter[-1], 1),
            "memory_ratio": round(quarter[-1] / quarter[0], 3),
        }
    return figures


def main() -> None:
    """Print the figures as a table and as JSON; exit with 1 when anything is wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shots", type=int, default=2_000)
    parser.add_argument("--service", choices=("openai", "replicate"), default="openai")
    parser.add_argument("--kill-every-s", type=float, default=0.0)
    parser.add_argument("--at-once", type=int, default=48)
    parser.add_argument("--deadline-s", type=float, default=900.0)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    name = str(options.service)
    made = UnreliableOpenAI if name == "openai" else UnreliableReplicate
    service = made(latency_s=LATENCY_S, hang_s=HANGS_S[name], seed=options.seed)
    soaked = asyncio.run(soak(service, name, options))
    figures, faults = measure(soaked, options.shots), judge(soaked, options.shots)
    for label, figure in figures.items():
        print(f"{label:24}{figure:>10}", file=sys.stderr)
    bounds = {label: bound for label, bound in BOUNDS.items() if label in figures}
    faults += [f"{k}: {figures[k]} is beyond {bound}" for k, bound in bounds.items()
               if figures[k] > bound]  # fmt: skip
    report(f"soak of {options.shots} shots at {name}", figures, bounds=bounds)
    if faults:
        sys.exit("\n".join([*faults[:20], f"{len(faults)} faults"]))


if __name__ == "__main__":
    main()
