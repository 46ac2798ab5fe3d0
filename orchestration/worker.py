"""One worker: the engine with the workflows registered, and the housekeeping."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial

import structlog

from db.session import is_connection_lost
from domain import BUILT_IN, ServiceKind
from orchestration.housekeeping import keep_house
from orchestration.providers.ports import RemoteJobs
from orchestration.queue.engine import Engine, Entrypoint
from orchestration.queue.jobs import WORK_STEPS, Job, Step
from orchestration.queue.retries import LAST_WORD_S
from orchestration.recipes.cookbook import recipes_of
from orchestration.work.production import Production
from orchestration.work.run import run_work

_LOG = structlog.get_logger()
_LAST_STATEMENTS_S = 3.0
"""For returning jobs to the queue."""
_LIGHT_JOBS = 8
_PICKED_AHEAD = (Step.SCRIPT, Step.IMAGE)
_FEW_JOBS = 4
"""Without a limit of their own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Jobs in flight over the whole fleet: by kind of work, or by provider of a kind."""

    usual: Mapping[ServiceKind, int] = field(default_factory=dict[ServiceKind, int])
    by_provider: Mapping[tuple[ServiceKind, str], int] = field(
        default_factory=dict[tuple[ServiceKind, str], int]
    )

    def of(self, step: Step, provider: str) -> int:
        """The number of concurrent jobs of the provider."""
        if step not in WORK_STEPS:
            return _LIGHT_JOBS
        kind = step.kind
        return self.by_provider.get((kind, provider), self.usual.get(kind, _FEW_JOBS))

    def ahead_of(self, step: Step, provider: str) -> int:
        """The number of jobs that are claimed before they have a place.

        Enough for the time from a result to the claim of the next job, where that matters: films
        and clips take minutes.
        """
        if step not in _PICKED_AHEAD:
            return 0
        return max(1, self.of(step, provider) // 2)


class Worker:
    """Takes jobs from the queue and runs the workflows until it is stopped."""

    def __init__(
        self,
        engine: Engine,
        production: Production,
        *,
        limits: Limits,
        event_retention: timedelta = timedelta(days=7),
    ) -> None:
        """Register the workflows; nothing runs yet."""
        self._engine = engine
        self._production = production
        self._event_retention = event_retention
        self._tasks: list[asyncio.Task[None]] = []
        names = production.line_up.names
        recipes = recipes_of(production.line_up)

        async def work(production: Production, job: Job) -> None:
            await run_work(production, recipes, job)

        for step in WORK_STEPS:
            for name in names(step.kind):
                self._serve(step, name, work, limits)
        if production.studio_image.name not in names(ServiceKind.IMAGE):
            self._serve(Step.IMAGE, production.studio_image.name, work, limits)
        for name in sorted({name for step in WORK_STEPS for name in names(step.kind)}):
            self._serve(Step.ABORT, name, abort_remote_job, limits)
        self._serve(Step.DELETE_MEDIA, BUILT_IN, delete_media, limits)

    def _serve(
        self,
        step: Step,
        provider: str,
        workflow: Callable[[Production, Job], Awaitable[None]],
        limits: Limits,
    ) -> None:
        # Calls to services are paid for; our own work can be repeated freely.
        patient = provider != BUILT_IN and step is not Step.ABORT
        handler = partial(workflow, self._production)
        self._engine.serve(
            Entrypoint(
                f"{step}.{provider}",
                handler,
                limit=limits.of(step, provider),
                ahead=limits.ahead_of(step, provider),
                patient=patient,
            )
        )

    def start(self) -> None:
        """Start working; the engine's driver is open."""
        self._tasks = [
            asyncio.create_task(self._engine.run(), name="engine"),
            asyncio.create_task(
                keep_house(
                    self._production,
                    self._engine.entrypoints,
                    event_retention=self._event_retention,
                ),
                name="housekeeping",
            ),
        ]

    @property
    def is_working(self) -> bool:
        """Whether it takes jobs."""
        return bool(self._tasks) and not self._tasks[0].done()

    async def wait(self) -> None:
        """Return when the engine has ended, raising what ended it."""
        # A canceled waiter does not end the engine; `stop` does, with a drain time.
        await asyncio.shield(self._tasks[0])

    async def stop(self, *, patience_s: float) -> None:
        """Take no more jobs, let paid calls finish in time, return the rest to the queue."""
        engine, housekeeping = self._tasks
        housekeeping.cancel()
        await self._engine.drain(patience_s=patience_s)
        ending = {engine, housekeeping}
        await asyncio.wait(ending, timeout=_LAST_STATEMENTS_S)
        driver = self._engine.driver
        if not (engine.done() or driver.is_answered):
            _LOG.warning("database away: jobs go back once their heartbeats are missing")
            driver.give_up()  # it would retry its statements for ever
        await asyncio.wait(ending, timeout=LAST_WORD_S + _LAST_STATEMENTS_S)
        driver.give_up()
        engine.cancel()
        await asyncio.wait(ending)
        if (
            not engine.cancelled()
            and (error := engine.exception())
            and not is_connection_lost(error)
        ):
            _LOG.error("worker ended with an error", exc_info=error)
        _LOG.info("worker stopped")


async def abort_remote_job(production: Production, job: Job) -> None:
    """Ask the service to stop the job named in `detail`, of whatever kind; best effort."""
    line_up = production.line_up
    for service in (*line_up.images, *line_up.clips, *line_up.videos):
        if isinstance(service, RemoteJobs) and service.name == job.provider:
            await service.cancel(job.detail)


async def delete_media(production: Production, job: Job) -> None:
    """Delete every stored file of a deleted story."""
    await production.store.delete_story(str(job.story_id))
