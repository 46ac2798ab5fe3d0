"""Leaves a service alone, across the fleet, when it asks for it or is down.

A refusal of one job tells of all: the others wait instead of being refused too, and waiting uses up
none of their attempts. The row in the database is the truth, every process keeps a copy, so that
looking costs nothing. A service that is down is tried by one job per process, and the others
follow when that one succeeds. None waits for ever: after a while refusals count as attempts again.
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
from db.rows import NewEvent
from db.session import AsyncSession, Database
from domain import BUILT_IN, EventType, ServiceKind
from errors import ProviderTimeoutError, ProviderUnavailableError, RateLimitedError, StepError
from orchestration.queue.driver import LastingDriver
from orchestration.queue.retries import LONGEST_ASKED_S, RetryLaterError

_LOG = structlog.get_logger()
_FAILURES_TO_OPEN = 5
"""So many failed calls running, in one process, and the service counts as down."""
_PROBE_S = 30.0
"""How long the others wait for one call that finds out whether the service is back."""
_TOLD_AT_MOST = 500
_MOVED = NewEvent(EventType.STORY_UPDATED)


class PauseReason(StrEnum):
    """Why a service is left alone."""

    RATE_LIMITED = "RATE_LIMITED"
    UNAVAILABLE = "UPSTREAM_UNAVAILABLE"

    @property
    def longest_s(self) -> float:
        """How long a pause is at most, unless the service asks for a longer one."""
        return 60.0 if self is PauseReason.RATE_LIMITED else 15.0


@dataclass(frozen=True, slots=True)
class Pause:
    """A service is left alone until `until`; `reason` is the code of what it answered."""

    kind: str
    provider: str
    reason: PauseReason
    until: datetime
    began: float
    ends: float
    """Both on this process's monotonic clock; `began` is the first refusal since it took a call."""

    @property
    def remaining_s(self) -> float:
        """Seconds until it is over, never less than zero."""
        return max(self.ends - time.monotonic(), 0.0)

    @property
    def lasted_s(self) -> float:
        """Seconds since the first refusal after the last call that it took."""
        return max(time.monotonic() - self.began, 0.0)


class ServicePausedError(StepError):
    """The service is left alone just now: the step goes on later, and this was no attempt."""

    retryable = True

    def __init__(self, pause: Pause) -> None:
        super().__init__(
            f"'{pause.provider}' is left alone for a moment; the work goes on by itself.",
            code=pause.reason,
        )
        # Those who waited together do not come back together.
        wait_s = pause.remaining_s
        self.wait_s = wait_s + random.uniform(0.05, max(0.25, wait_s / 4))  # noqa: S311 - jitter


class Pauses:
    """The pauses of the fleet, as this process knows them."""

    def __init__(
        self,
        database: Database,
        *,
        rate_limit_patience_s: float,
        outage_patience_s: float,
        shortest_s: float = 1.0,
    ) -> None:
        """So many seconds refusals are waited out, since the first; then they count as attempts.

        The first pause of a series lasts `shortest_s`, and each further one is longer.
        """
        self._database = database
        self._shortest_s = shortest_s
        self._patience_s = {
            PauseReason.RATE_LIMITED: rate_limit_patience_s,
            PauseReason.UNAVAILABLE: outage_patience_s,
        }
        self._known: dict[tuple[str, str], Pause] = {}
        self._failures: Counter[tuple[str, str]] = Counter()
        self._probed_at: dict[tuple[str, str], float] = {}
        self._storing: defaultdict[tuple[str, str], asyncio.Lock] = defaultdict(asyncio.Lock)
        self._reading: asyncio.Task[None] | None = None

    async def follow(self, driver: LastingDriver) -> None:
        """Learn of the pauses that there are, and of every one that comes or goes."""
        await driver.add_listener(pauses.PAUSES_CHANNEL, self._on_notice)
        driver.on_resync(self._read_again)
        await self._read()

    def __bool__(self) -> bool:
        """Whether any service is left alone, or was and has not answered since."""
        return bool(self._known)

    def current(self, kind: str, provider: str) -> Pause | None:
        """The pause of the service if it is in force just now."""
        pause = self._known.get((kind, provider))
        return pause if pause is not None and pause.remaining_s > 0 else None

    def hold(self, kind: str, provider: str) -> None:
        """Let the step begin only while the service is not left alone.

        Raises:
            RetryLaterError: It is, or another step finds out just now whether it is back.
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

    def is_free(self, kind: str, provider: str) -> bool:
        """Whether a step may begin there now, and is not just one more refusal."""
        pause = self._known.get((kind, provider))
        return pause is None or (pause.remaining_s <= 0 and not self._is_probed(pause))

    def _is_probed(self, pause: Pause) -> bool:
        """Whether another step finds out just now whether the service is back."""
        probed_at = self._probed_at.get((pause.kind, pause.provider), -_PROBE_S)
        is_outage = pause.reason is PauseReason.UNAVAILABLE
        return is_outage and time.monotonic() - probed_at < _PROBE_S

    @asynccontextmanager
    async def asking(self, kind: str, provider: str) -> AsyncGenerator[None]:
        """Around a call to the service: what it answers tells whether others may call.

        Raises:
            ServicePausedError: In place of the refusal, when waiting it out is no attempt.
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
        except StepError:  # it answers
            self._failures.pop(service, None)
            raise
        else:
            await self._succeeded(service, began)
        finally:
            self._probed_at.pop(service, None)

    def _waits_out(self, pause: Pause) -> bool:
        return pause.lasted_s < self._patience_s[pause.reason]

    async def _pause(self, service: tuple[str, str], reason: PauseReason, error: StepError) -> None:
        asked_s = min(error.retry_after_s or 0.0, LONGEST_ASKED_S)
        async with self._storing[service]:  # of many refused at once, one writes
            pause = self._known.get(service)
            is_new = pause is None or pause.remaining_s <= max(asked_s - self._shortest_s, 0.0)
            if pause is None or is_new:
                pause = await self._store(service, reason, asked_s)
        if is_new:
            await self._tell_stories(*service)
        if self._waits_out(pause):
            raise ServicePausedError(pause) from error

    async def _store(self, service: tuple[str, str], reason: PauseReason, asked_s: float) -> Pause:
        kind, provider = service

        async def work(session: AsyncSession) -> PauseRow:
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

    async def _tell_stories(self, kind: str, provider: str) -> None:
        """Show it to those who wait; one transaction each, so that no story waits for another."""
        async with self._database.reading() as session:
            story_ids = await _list_affected_stories(session, kind, provider)
        for story_id in story_ids:

            async def append(session: AsyncSession, story_id: UUID = story_id) -> None:
                await append_events(session, story_id, [_MOVED])

            await self._database.commit(append)

    async def _succeeded(self, service: tuple[str, str], began: float) -> None:
        self._failures.pop(service, None)
        pause = self._known.get(service)
        if pause is None:
            return
        if pause.remaining_s > 0:
            if began > pause.began:  # else it says nothing of the refusals
                await self._break_series(service, pause)
            return
        del self._known[service]

        async def work(session: AsyncSession) -> None:
            await pauses.end_pause(session, *service)

        await self._database.commit(work)
        _LOG.info("service answers again", kind=service[0], provider=service[1])

    async def _break_series(self, service: tuple[str, str], pause: Pause) -> None:
        """It takes some calls and refuses others, faster than it answers: pauses grow no further.

        The present one lasts as long as it would.
        """
        self._known[service] = replace(pause, began=pause.ends)

        async def work(session: AsyncSession) -> None:
            await pauses.restart_series(session, *service)

        await self._database.commit(work)

    def _on_notice(self, notice: str | bytes | bytearray) -> None:
        service, row = pauses.read_notice(str(notice))
        if row is None:
            self._known.pop(service, None)
        else:
            self._known[service] = _pause(row)

    def _read_again(self) -> None:
        """Notices may have been missed."""
        self._reading = asyncio.create_task(self._read(), name="pauses")

    async def _read(self) -> None:
        rows = await self._database.read(pauses.list_pauses)
        self._known = {(row.kind, row.provider): _pause(row) for row in rows}


async def _list_affected_stories(session: AsyncSession, kind: str, provider: str) -> Sequence[UUID]:
    """The stories that wait for the service; a voice speaks in films that are composed here."""
    is_voice = kind == ServiceKind.VOICE.lower()
    return await list_stories_in_work(
        session,
        ServiceKind.VIDEO if is_voice else ServiceKind(kind.upper()),
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
