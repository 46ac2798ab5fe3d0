"""Rounds of stories and faults, each followed by a calm in which everything has to end."""

import asyncio
import time
from collections import Counter
from dataclasses import dataclass, field
from random import Random

import httpx

from tests.acceptance.chaos.faults import WEIGHTS, draw, is_possible
from tests.acceptance.chaos.followers import Follower
from tests.acceptance.chaos.invariants import (
    judge,
    judge_end,
    last_events,
    open_rows,
    tell_jobs,
)
from tests.acceptance.chaos.journey import Client, Story, UnexpectedAnswerError, begin_story
from tests.acceptance.chaos.settings import Setting
from tests.acceptance.chaos.world import World, open_world

_LAST_EVENT_S = 30.0
_FAULTS_AT_ONCE = 4
"""Processes start slowly on a busy machine: all faults would come before the first is back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How much happens: in all `faults`, and in each round so many stories with so many actions.

    `pause_s` is the mean time between two faults, `settle_s` how long the calm may take.
    """

    seed: int
    rounds: int
    faults: int
    setting: Setting = field(default_factory=Setting)
    stories: int = 5
    actions: int = 3
    pause_s: float = 0.7
    settle_s: float = 100.0

    @property
    def faults_a_round(self) -> int:
        """Faults of one round."""
        return self.faults // self.rounds

    @property
    def busy_s(self) -> float:
        """How long about a round's faults take."""
        return max(self.faults_a_round * self.pause_s, 2.0)


@dataclass(slots=True)
class Outcome:
    """What came of it: violations, a timeline to see them by, and figures."""

    plan: Plan
    violations: list[str] = field(default_factory=list[str])
    figures: Counter[str] = field(default_factory=Counter[str])
    timeline: list[str] = field(default_factory=list[str])

    def __str__(self) -> str:
        """For a person who wants to see it again."""
        return "\n".join([str(self.plan), *self.timeline, *self.violations])


async def run(plan: Plan) -> Outcome:
    """All rounds in one world; it ends with the first that leaves a violation."""
    outcome = Outcome(plan)
    async with open_world(plan.setting) as world, httpx.AsyncClient(timeout=15) as http:
        outcome.timeline = world.timeline.told
        left_out = [fault.__name__ for fault in WEIGHTS if not is_possible(world, fault)]
        outcome.figures |= {f"worlds without {name}": 1 for name in left_out}
        rounds = Rounds(world, Client(http, world.url), Random(plan.seed), outcome)
        for number in range(1, plan.rounds + 1):
            world.timeline.tell(f"round {number}")
            await rounds.run_one()
            if outcome.violations:
                return outcome
        outcome.violations += await judge_end(world)
    return outcome


class Rounds:
    """The rounds of one world, and the stories that they left."""

    def __init__(self, world: World, client: Client, random: Random, outcome: Outcome) -> None:
        self._world = world
        self._client = client
        self._random = random
        self._outcome = outcome
        self._plan = outcome.plan
        self._stories: list[Story] = []

    async def run_one(self) -> None:
        """Stories and faults at the same time, then calm, then judgement."""
        outcome, plan, stories = self._outcome, self._plan, list[Story]()
        delays_s = [
            0.0,
            *(self._random.uniform(0, 0.7) * plan.busy_s for _ in range(1, plan.stories)),
        ]
        lives = [
            asyncio.create_task(self._live(Random(self._random.random()), stories, delay_s))
            for delay_s in delays_s
        ]
        while not stories and not lives[0].done():  # what has not begun cannot be disturbed
            await asyncio.sleep(0.05)
        breaking = asyncio.create_task(self._break())
        for ended in await asyncio.gather(*lives, return_exceptions=True):
            if isinstance(ended, UnexpectedAnswerError | TimeoutError):
                outcome.violations.append(f"an answer: {ended!r}")
            elif isinstance(ended, BaseException):
                raise ended
        await breaking
        self._world.services.calm_down()
        self._world.timeline.tell("calm")
        self._stories += stories
        await self._settle(stories)
        for story in stories:
            await story.follow_no_more()
        outcome.violations += await judge(self._world, self._client, self._stories, outcome.figures)

    async def _live(self, random: Random, stories: list[Story], delay_s: float) -> None:
        """One story from some moment of the round on."""
        plan = self._plan
        await asyncio.sleep(delay_s)
        story = await begin_story(self._world, self._client, random)
        stories.append(story)
        await story.live(plan.actions, every_s=0.5 * plan.busy_s / max(plan.actions, 1))

    async def _break(self) -> None:
        """Begin the round's faults one after the other; some may overlap."""
        begun: list[asyncio.Task[None]] = []
        free = asyncio.Semaphore(_FAULTS_AT_ONCE)
        for _ in range(self._plan.faults_a_round):
            await asyncio.sleep(self._random.uniform(0, 2 * self._plan.pause_s))
            await free.acquire()
            fault = draw(self._world, self._random)
            self._outcome.figures["faults"] += 1
            self._outcome.figures[f"faults: {fault.__name__}"] += 1
            begun.append(asyncio.create_task(fault(self._world, Random(self._random.random()))))
            begun[-1].add_done_callback(lambda _: free.release())
        await asyncio.gather(*begun)

    async def _settle(self, stories: list[Story]) -> None:
        """Wait until nothing is open, and until every follower has seen the last event."""
        outcome, began = self._outcome, time.monotonic()
        while rows := await open_rows(self._world):
            if time.monotonic() - began > self._plan.settle_s:
                outcome.violations.append(f"still open after {self._plan.settle_s} s: {rows}")
                outcome.violations += await tell_jobs(self._world)
                return
            await asyncio.sleep(0.3)
        took_s = time.monotonic() - began
        self._world.timeline.tell(f"all ended after {took_s:.1f} s")
        key = "longest calm in ms"
        outcome.figures[key] = max(outcome.figures[key], round(1_000 * took_s))
        last, deadline = await last_events(self._world), time.monotonic() + _LAST_EVENT_S
        followers: list[tuple[Follower, int | None]] = [
            (one, last.get(story.id)) for story in stories for one in story.followers
        ]
        while any(one.complaints(seq) for one, seq in followers) and time.monotonic() < deadline:
            await asyncio.sleep(0.1)
