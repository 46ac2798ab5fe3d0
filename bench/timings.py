"""Times of calls in this process, with the stalls of its event loop and the CPU that they used."""

import asyncio
import os
import re
import statistics
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

from bench.parts import cpu_seconds, processes_of

SLOWEST = 10
_TICK_S = 0.001


@dataclass(slots=True)
class Stalls:
    """How long the event loop was deaf at most, since it was last asked."""

    longest_s: float = 0.0
    _ended: bool = False

    async def watch(self) -> None:
        """Until cancelled."""
        while True:
            due = time.perf_counter() + _TICK_S
            await asyncio.sleep(_TICK_S)
            self.longest_s = max(self.longest_s, time.perf_counter() - due)

    def take_ms(self) -> float:
        """The longest, in ms; begins anew."""
        longest_s, self.longest_s = self.longest_s, 0.0
        return longest_s * 1000


@dataclass(slots=True)
class Timings:
    """The figures by name, in ms."""

    repeats: int
    only: re.Pattern[str]
    stalls: Stalls = field(default_factory=Stalls)
    took_ms: dict[str, list[float]] = field(default_factory=dict[str, list[float]])
    stall_ms: dict[str, float] = field(default_factory=dict[str, float])
    cpu_ms: dict[str, float] = field(default_factory=dict[str, float])
    home: Path = Path()

    def _cpu_s(self) -> float:
        return cpu_seconds(processes_of(os.getpid(), self.home))

    async def time(self, name: str, call: Callable[[], Awaitable[object]]) -> None:
        """Call it once to warm, then time it, if it is wanted."""
        if not self.only.search(name):
            return
        await call()
        used_s = self._cpu_s()
        self.stalls.take_ms()
        for _ in range(self.repeats):
            began = time.perf_counter()
            await call()
            self.took_ms.setdefault(name, []).append((time.perf_counter() - began) * 1000)
            await asyncio.sleep(2 * _TICK_S)
        self.stall_ms[name] = self.stalls.take_ms()
        self.cpu_ms[name] = (self._cpu_s() - used_s) / self.repeats * 1000

    def median_ms(self, name: str) -> float:
        """The usual time."""
        return round(statistics.median(self.took_ms[name]), 1)


def slow_statements(log: str) -> list[str]:
    """What PostgreSQL itself found slow, the slowest first, once for each statement."""
    found: dict[str, float] = {}
    entries = re.split(r"\n(?=\d{4}-\d\d-\d\d )", log)
    for entry in entries:
        if told := re.search(
            r"duration: ([\d.]+) ms  (?:\w+ [^:]*|statement): (.*)", entry, re.DOTALL
        ):
            statement = " ".join(told[2].split())
            found[statement] = max(found.get(statement, 0.0), float(told[1]))
    slowest = sorted(found.items(), key=lambda item: -item[1])[:SLOWEST]
    return [f"{took_ms:.1f} ms: {statement[:300]}" for statement, took_ms in slowest]
