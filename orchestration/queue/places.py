"""Places at services: which of the picked jobs may call theirs, over the whole fleet.

Workers pick a few jobs more than the limit allows. These are claimed and then wait here, so that a
place is taken as soon as it is left: when the service has answered, before the result is downloaded
and stored. PgQueuer gives each picked job a slot of its entrypoint, and those below the limit are
the places. A place goes to the job that has waited longest, at whichever worker.
"""

import asyncio
from collections.abc import Collection, Iterable, Mapping
from typing import cast
from uuid import UUID

import asyncpg
import structlog

from db.queries.jobs import MOVE_PLACES, PLACES_CHANNEL
from db.session import is_connection_lost
from orchestration.queue.driver import LastingDriver

_LOG = structlog.get_logger()
_AGAIN_S = 0.01


class NoPlaceError(Exception):
    """The worker stops: a job that waits for a place goes back to the queue."""


class Place:
    """A place that nobody else wants: of a job without a limit, or with one that waits nowhere."""

    async def wait(self) -> None:
        """Return when the job has its place.

        Raises:
            NoPlaceError: The worker stops, and the job has none.
        """

    def leave(self) -> None:
        """Let the next job have it; the service has answered."""

    async def end(self) -> None:
        """Leave it for certain: the job may be returned to the queue afterwards."""


ANYWHERE = Place()


class _CountedPlace(Place):
    def __init__(self, places: "Places", entrypoint: str, job_id: int) -> None:
        self.entrypoint = entrypoint
        self.job_id = job_id
        self.is_taken = False
        self._places = places
        self._settled = asyncio.Event()
        self._is_left = False
        self._forgotten = asyncio.Event()

    def take(self) -> None:
        """The job may call."""
        self.is_taken = True
        self._settled.set()

    def give_up(self) -> None:
        """The job will not get one."""
        self._settled.set()

    def forget(self) -> None:
        """It is left."""
        self._forgotten.set()

    async def wait(self) -> None:
        await self._settled.wait()
        if not self.is_taken:
            raise NoPlaceError

    def leave(self) -> None:
        if not self._is_left:
            self._is_left = True
            self._places.leave(self)

    async def end(self) -> None:
        self.leave()
        await self._forgotten.wait()


class Places:
    """The places of one worker's jobs. Its changes gather while the previous ones are made."""

    def __init__(self, driver: LastingDriver, worker_id: UUID) -> None:
        """Nothing has a limit yet."""
        self._driver = driver
        self._worker_id = worker_id
        self._limits: dict[str, int] = {}
        self._places: dict[int, _CountedPlace] = {}
        self._leaving: list[_CountedPlace] = []
        self._due: set[str] = set()
        self._moving: asyncio.Task[None] | None = None
        self._is_closed = False

    async def follow(self) -> None:
        """Hear of the places that other workers pass on."""
        await self._driver.add_listener(PLACES_CHANNEL, self._on_notice)

    def limit(self, entrypoint: str, places: int) -> None:
        """Let jobs of the entrypoint wait for one of so many places."""
        self._limits[entrypoint] = places

    def knows(self, entrypoint: str) -> bool:
        """Whether its jobs wait for places."""
        return entrypoint in self._limits

    def of(self, entrypoint: str, job_id: int, *, slot: int) -> Place:
        """The place of a job that was picked with this slot."""
        place = _CountedPlace(self, entrypoint, job_id)
        self._places[job_id] = place
        if slot < self._limits[entrypoint]:
            place.take()
        elif self._is_closed:
            place.give_up()
        return place

    def leave(self, place: _CountedPlace) -> None:
        """Pass the place on, or let the job no longer wait for one."""
        self._leaving.append(place)
        self._move({place.entrypoint})

    def look_again(self, picked: Iterable[Mapping[str, object]]) -> None:
        """Compare with the rows of all picked jobs, and take what is free.

        Notifications may be lost, and dead workers pass on nothing.
        """
        for row in picked:
            place = self._places.get(cast(int, row["id"]))
            slot = cast("int | None", row["slot"])
            if place is not None and slot is not None and slot < self._limits[place.entrypoint]:
                place.take()
        waiting = {one.entrypoint for one in self._places.values() if not one.is_taken}
        if waiting:
            self._move(waiting)

    def close(self) -> None:
        """Let no job wait any longer."""
        self._is_closed = True
        for place in self._places.values():
            place.give_up()

    def _move(self, entrypoints: Collection[str]) -> None:
        self._due |= set(entrypoints)
        if self._moving is None:
            self._moving = asyncio.create_task(self._move_all(), name="places")

    async def _move_all(self) -> None:
        while self._due:
            leaving, self._leaving = self._leaving, []
            due, self._due = sorted(self._due), set[str]()
            try:
                await self._pass_on(leaving, due)
            except asyncpg.UniqueViolationError:  # another worker took the same free place
                self._leaving += leaving
                self._due |= set(due)
                await asyncio.sleep(_AGAIN_S)
                continue
            except Exception as error:  # the rows go back to the queue with their places
                if not is_connection_lost(error):
                    _LOG.exception("places not passed on")
            for place in leaving:
                self._places.pop(place.job_id, None)
                place.forget()
        self._moving = None

    async def _pass_on(self, leaving: list[_CountedPlace], entrypoints: list[str]) -> None:
        rows = await self._driver.fetch(
            MOVE_PLACES,
            self._worker_id,
            [place.job_id for place in leaving],
            entrypoints,
            [self._limits[name] for name in entrypoints],
        )
        for row in rows:
            self._take(cast(int, row["id"]))

    def _take(self, job_id: int) -> None:
        place = self._places.get(job_id)
        if place is not None:
            place.take()

    def _on_notice(self, notice: str | bytes | bytearray) -> None:
        self._take(int(notice))
