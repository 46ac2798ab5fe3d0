"""Pauses a service across the fleet when it limits the rate or is down.

A refusal of one job applies to all: the others wait instead of being refused too, and waiting uses
up no attempts. The row in the database is the truth. Every process keeps a copy, so that checking
costs nothing. A service that is down is tried by one job per process, and the others follow when
that one succeeds. Waiting is limited: after a while refusals count as attempts again.
"""

import asyncio
import random
import time
from collections import Counter, defaultdict
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from uuid import UUID

import structlog

from db.queries import pauses
from db.queries.events import append_events
from db.queries.pauses import PauseRow
from db.queries.work import list_stories_in_work
from db.read_sessions import Reads
from db.rows import NewEvent
from db.session import Database, Writes
from domain import BUILT_IN, EventType, ServiceKind
from errors import ProviderTimeoutError, ProviderUnavailableError, RateLimitedError, StepError
from orchestration.queue.driver import LastingDriver
from orchestration.queue.retries import LONGEST_ASKED_S, RetryLaterError

_LOG = structlog.get_logger()
_FAILURES_TO_OPEN = 5
"""After this many consecutive failed calls in one process, the service counts as down."""
_PROBE_S = 30.0
"""How long the others wait for one call that checks whether the service is back."""
_TOLD_AT_MOST = 500
_FULL_DISK_S = 60.0
_MOVED = NewEvent(EventType.STORY_UPDATED)


class PauseReason(StrEnum):
    """The reason of a pause."""

    RATE_LIMITED = "RATE_LIMITED"
    UNAVAILABLE = "UPSTREAM_UNAVAILABLE"
    DISK_FULL = "DISK_FULL"
    """Of a machine or the media store, not of the service; holds nothing here."""

    @property
    def longest_s(self) -> float:
        """The maximum length of a pause, unless the service asks for a longer one."""
        return 60.0 if self is PauseReason.RATE_LIMITED else 15.0


@dataclass(frozen=True, slots=True)
class Pause:
    """A service is paused until `until`; `reason` is the code of its refusal."""

    kind: ServiceKind
    provider: str
    reason: PauseReason
    until: datetime
    began: float
    ends: float
    """Both on this process's monotonic clock;

    `began` is the first refusal since its last success.
    """

    @property
    def remaining_s(self) -> float:
        """Seconds until it is over, never less than zero."""
        return max(self.ends - time.monotonic(), 0.0)

    @property
    def lasted_s(self) -> float:
        """Seconds since the first refusal after the last accepted call."""
        return max(time.monotonic() - self.began, 0.0)


class ServicePausedError(StepError):
    """The service is paused: the step continues later, and this was not an attempt."""

    retryable = True

    def __init__(self, pause: Pause) -> None:
        super().__init__(
            f"'{pause.provider}' is left alone for a moment; the work goes on by itself.",
            code=pause.reason,
        )
        # Jobs that waited together do not resume together.
        wait_s = pause.remaining_s
        self.wait_s = wait_s + random.uniform(0.05, max(0.25, wait_s / 4))  # noqa: S311 - jitter


class Pauses:
    """The pauses of the fleet, as known to this process."""

    def __init__(
        self,
        database: Database,
        *,
        rate_limit_patience_s: float,
        outage_patience_s: float,
        shortest_s: float = 1.0,
    ) -> None:
        """Wait out refusals for these seconds after the first; then they count as attempts.

        The first pause of a series lasts `shortest_s`, and each further one is longer.
        """
        self._database = database
        self._shortest_s = shortest_s
        self._patience_s = {
            PauseReason.RATE_LIMITED: rate_limit_patience_s,
            PauseReason.UNAVAILABLE: outage_patience_s,
            PauseReason.DISK_FULL: 0.0,
        }
        self._known: dict[tuple[ServiceKind, str], Pause] = {}
        self._failures: Counter[tuple[ServiceKind, str]] = Counter()
        self._probed_at: dict[tuple[ServiceKind, str], float] = {}
        self._storing: defaultdict[tuple[ServiceKind, str], asyncio.Lock] = defaultdict(
            asyncio.Lock
        )
        self._reading: asyncio.Task[None] | None = None

    async def follow(self, driver: LastingDriver) -> None:
        """Load the present pauses, and receive every change."""
        await driver.add_listener(pauses.PAUSES_CHANNEL, self._on_notice)
        driver.on_resync(self._read_again)
        await self._read()

    def __bool__(self) -> bool:
        """Whether any service is paused, or has not succeeded since its pause."""
        return bool(self._known)

    def current(self, kind: ServiceKind, provider: str) -> Pause | None:
        """The active pause of the service, if any."""
        pause = self._known.get((kind, provider))
        return pause if pause is not None and pause.remaining_s > 0 else None

    def hold(self, kind: ServiceKind, provider: str) -> None:
        """Let the step begin only if the service is not paused.

        Raises:
            RetryLaterError: It is, or another step is checking whether it is back.
        """
        pause = self._known.get((kind, provider))
        if pause is None or not self._waits_out(pause):
            return
        if pause.remaining_s > 0:
            raise RetryLaterError(ServicePausedError(pause).wait_s)
        if self._is_probed(pause):
            raise RetryLaterError(random.uniform(1, 3))  # noqa: S311 - jitter
        if pause.reason is PauseReason.UNAVAILABLE:
            self._probed_at[kind, provider] = time.monotonic()

    def is_free(self, kind: ServiceKind, provider: str) -> bool:
        """Whether a step may begin there now and is likely to be accepted."""
        pause = self._known.get((kind, provider))
        if pause is None or pause.reason is PauseReason.DISK_FULL:
            return True
        return pause.remaining_s <= 0 and not self._is_probed(pause)

    def _is_probed(self, pause: Pause) -> bool:
        """Whether another step is checking whether the service is back."""
        probed_at = self._probed_at.get((pause.kind, pause.provider), -_PROBE_S)
        is_outage = pause.reason is PauseReason.UNAVAILABLE
        return is_outage and time.monotonic() - probed_at < _PROBE_S

    @asynccontextmanager
    async def asking(self, kind: ServiceKind, provider: str) -> AsyncGenerator[None]:
        """Around a call to the service: its outcome decides whether others may call.

        Raises:
            ServicePausedError: In place of the refusal, if waiting it out is not an attempt.
        """
        service = kind, provider
        if (pause := self.current(kind, provider)) is not None and self._waits_out(pause):
            raise ServicePausedError(pause)
        began = time.monotonic()
        try:
            yield
        except RateLimitedError as error:
            await self._pause(service, PauseReason.RATE_LIMITED, error)
            raise
        except (ProviderUnavailableError, ProviderTimeoutError) as error:
            self._failures[service] += 1
            if error.retryable and self._failures[service] >= _FAILURES_TO_OPEN:
                await self._pause(service, PauseReason.UNAVAILABLE, error)
            raise
        except StepError:  # it responds
            self._failures.pop(service, None)
            raise
        else:
            await self._succeeded(service, began)
        finally:
            self._probed_at.pop(service, None)

    async def tell_full_disk(self, kind: ServiceKind, provider: str) -> None:
        """Let the stories that wait for the service say that a disk is full, for a minute."""
        service = kind, provider
        async with self._storing[service]:
            pause = self.current(kind, provider)
            if pause is None or (
                pause.reason is PauseReason.DISK_FULL and pause.remaining_s < _FULL_DISK_S / 2
            ):
                await self._store(service, PauseReason.DISK_FULL, _FULL_DISK_S)
        if pause is None:
            await self._tell_stories(*service)

    async def tell_room(self, kind: ServiceKind, provider: str) -> None:
        """There is room again: the stories need not say that they wait."""
        pause = self._known.get((kind, provider))
        if pause is None or pause.reason is not PauseReason.DISK_FULL:
            return
        del self._known[kind, provider]

        async def work(session: Writes) -> None:
            await pauses.drop_pause(session, kind, provider, reason=PauseReason.DISK_FULL)

        await self._database.commit(work)

    def _waits_out(self, pause: Pause) -> bool:
        return pause.lasted_s < self._patience_s[pause.reason]

    async def _pause(
        self, service: tuple[ServiceKind, str], reason: PauseReason, error: StepError
    ) -> None:
        asked_s = min(error.retry_after_s or 0.0, LONGEST_ASKED_S)
        async with self._storing[service]:  # of many concurrent refusals, one writes
            pause = self._known.get(service)
            is_new = pause is None or pause.remaining_s <= max(asked_s - self._shortest_s, 0.0)
            if pause is None or is_new:
                pause = await self._store(service, reason, asked_s)
        if is_new:
            await self._tell_stories(*service)
        if self._waits_out(pause):
            raise ServicePausedError(pause) from error

    async def _store(
        self, service: tuple[ServiceKind, str], reason: PauseReason, asked_s: float
    ) -> Pause:
        kind, provider = service

        async def work(session: Writes) -> PauseRow:
            return await pauses.extend_pause(
                session,
                kind,
                provider,
                reason=reason,
                asked_s=asked_s,
                shortest_s=self._shortest_s,
                longest_s=reason.longest_s,
            )

        pause = _pause(await self._database.commit(work))
        self._known[service] = pause
        _LOG.warning(
            "service left alone",
            kind=kind,
            provider=provider,
            reason=str(reason),
            seconds=round(pause.remaining_s, 1),
        )
        return pause

    async def _tell_stories(self, kind: ServiceKind, provider: str) -> None:
        """Notify the waiting stories; one transaction each, so that no story waits for another."""
        async with self._database.reading() as session:
            story_ids = await _list_affected_stories(session, kind, provider)
        for story_id in story_ids:

            async def append(session: Writes, story_id: UUID = story_id) -> None:
                await append_events(session, story_id, [_MOVED])

            await self._database.commit(append)

    async def _succeeded(self, service: tuple[ServiceKind, str], began: float) -> None:
        self._failures.pop(service, None)
        pause = self._known.get(service)
        if pause is None:
            return
        if pause.remaining_s > 0:
            if began > pause.began:  # else it says nothing about the refusals
                await self._break_series(service, pause)
            return
        del self._known[service]

        async def work(session: Writes) -> None:
            await pauses.end_pause(session, *service)

        await self._database.commit(work)
        _LOG.info("service answers again", kind=service[0], provider=service[1])

    async def _break_series(self, service: tuple[ServiceKind, str], pause: Pause) -> None:
        """It accepts some calls and refuses others, faster than it answers: pauses stop growing.

        The present one keeps its length.
        """
        self._known[service] = replace(pause, began=pause.ends)

        async def work(session: Writes) -> None:
            await pauses.restart_series(session, *service)

        await self._database.commit(work)

    def _on_notice(self, notice: str | bytes | bytearray) -> None:
        service, row = pauses.read_notice(str(notice))
        if row is None:
            self._known.pop(service, None)
        else:
            self._known[service] = _pause(row)

    def _read_again(self) -> None:
        """Notifications may have been missed."""
        self._reading = asyncio.create_task(self._read(), name="pauses")

    async def _read(self) -> None:
        rows = await self._database.read(pauses.list_pauses)
        self._known = {(row.kind, row.provider): _pause(row) for row in rows}


async def _list_affected_stories(
    session: Reads, kind: ServiceKind, provider: str
) -> Sequence[UUID]:
    """The stories that wait for the service; a voice speaks in films that are composed here."""
    is_voice = kind is ServiceKind.VOICE
    return await list_stories_in_work(
        session,
        ServiceKind.VIDEO if is_voice else kind,
        BUILT_IN if is_voice else provider,
        limit=_TOLD_AT_MOST,
    )


def _pause(row: PauseRow) -> Pause:
    now = time.monotonic()
    return Pause(
        kind=row.kind,
        provider=row.provider,
        reason=PauseReason(row.reason),
        until=row.until,
        began=now - row.lasted_s,
        ends=now + row.remaining_s,
    )
