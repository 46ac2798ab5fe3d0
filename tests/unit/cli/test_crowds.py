"""Many clients that are late together do not delay others while they are closed."""

import asyncio
from collections import Counter
from dataclasses import dataclass, field

from cli.protocols.clients import Bounds, Clients

CROWD = 1_000
DEADLINE_S = 10


@dataclass(slots=True)
class Passes:
    """Of the event loop, and how many connections were looked at in each."""

    number: int = 0
    looks: Counter[int] = field(default_factory=Counter[int])
    all_seen: asyncio.Event = field(default_factory=asyncio.Event)

    def count(self) -> None:
        """Count them until all have been looked at."""
        self.number += 1
        if not self.all_seen.is_set():
            asyncio.get_running_loop().call_soon(self.count)


class Late:
    """A connection that ends as soon as it is looked at."""

    def __init__(self, clients: Clients, passes: Passes) -> None:
        self._clients = clients
        self._passes = passes
        self.looks = 0
        self.waited_s = 0.0

    def look(self, elapsed_s: float) -> None:
        """End."""
        self.looks += 1
        self.waited_s += elapsed_s
        self._passes.looks[self._passes.number] += 1
        self._clients.forget(self)
        if self._passes.looks.total() == CROWD:
            self._passes.all_seen.set()


async def test_a_crowd_is_ended_a_few_at_a_time() -> None:
    clients = Clients(Bounds(look_s=0.01), is_proxy=lambda _: False)
    passes = Passes()
    crowd = [Late(clients, passes) for _ in range(CROWD)]

    for late in crowd:
        clients.watch(late)
    passes.count()
    async with asyncio.timeout(DEADLINE_S):
        await passes.all_seen.wait()

    assert {late.looks for late in crowd} == {1}
    assert len({late.waited_s for late in crowd}) == 1, "the same time is charged to all"
    assert max(passes.looks.values()) <= CROWD // 10
