"""Group commit: claims and results of one story gather while its previous transaction runs.

The row of a story is the lock that orders its events, so one transaction per result would queue up
behind it: 382 a second, against 10,000 in groups.
"""

import asyncio
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, Protocol, TypeVar, cast
from uuid import UUID

import structlog

from db.queries import stories, work
from db.queries.events import append_events
from db.queries.work import Bill, ClaimedWork, Whereabouts
from db.rows import Failure, NewEvent
from db.session import Database, Writes
from domain import ServiceKind

_LOG = structlog.get_logger()
_LINGER_S = 0.01
_LANDED_AT_ONCE = 32
"""A larger group delays the events of its first member: 100 at once reached subscribers after 36 ms
in the median, 32 at once after 16 to 20, at a few hundredths of the fan-out.
"""
_WOKEN_AT_ONCE = 10
"""Each waiter continues by starting or ending a call; hundreds in one pass block the loop."""

Inputs = TypeVar("Inputs")
Stored = TypeVar("Stored")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class ToClaim:
    """Start one attempt at the work; the outcome is a Claim, None if there is nothing to do."""

    work_id: UUID
    provider: str


@dataclass(frozen=True, slots=True)
class Claim(Generic[Inputs]):
    """Claimed work, and its input."""

    work: ClaimedWork
    inputs: Inputs

    @property
    def number(self) -> int:
        """The number of this attempt, from 1."""
        return self.work.attempt + 1


@dataclass(frozen=True, slots=True)
class Made(Generic[Stored]):
    """A stored result that is not shown yet; the outcome is whether it was accepted."""

    work: ClaimedWork
    stored: Stored
    bill: Bill


@dataclass(frozen=True, slots=True)
class Failed:
    """A failure; the outcome is whether the work was still open."""

    work: ClaimedWork
    failure: Failure


Change = ToClaim | Whereabouts | Made[Any] | Failed
"""Changes that are committed in groups. The outcome of Whereabouts is whether the work is open."""

Outcome = Claim[Any] | bool | None


class Rows(Protocol[Inputs, Stored]):
    """The rows of one kind of work that clients see.

    Its methods run inside the landing's transaction, which has locked the story's row, and return
    the events to append.
    """

    async def begin(
        self, session: Writes, story_id: UUID, works: Sequence[ClaimedWork], /
    ) -> tuple[dict[UUID, Inputs], list[NewEvent]]:
        """Mark the works as begun; returns the input of each, by work."""
        ...

    async def show(
        self, session: Writes, story_id: UUID, made: Sequence[Made[Stored]], /
    ) -> list[NewEvent]:
        """Show the results, and start the next work."""
        ...

    async def show_failed(
        self, session: Writes, story_id: UUID, works: Sequence[ClaimedWork], /
    ) -> list[NewEvent]:
        """Mark the works as failed; their rows in `work` have the reasons."""
        ...


@dataclass(slots=True)
class _Group:
    """The pending changes of one story, and the task that commits them."""

    waiting: list[tuple[Change, asyncio.Future[Outcome]]] = field(
        default_factory=list[tuple[Change, asyncio.Future[Outcome]]]
    )
    task: asyncio.Task[None] | None = None


class Landing:
    """Commits changes of work in groups per story."""

    def __init__(self, database: Database, rows: Mapping[ServiceKind, Rows[Any, Any]]) -> None:
        """`rows` updates the rows of each kind of work that clients see."""
        self._database = database
        self._rows = rows
        self._groups: dict[UUID, _Group] = {}

    async def claim(self, story_id: UUID, change: ToClaim) -> Claim[Any] | None:
        """Start one attempt at the work; None if it is done, failed or canceled."""
        return cast(Claim[Any] | None, await self._land(story_id, change))

    async def land(self, story_id: UUID, change: Whereabouts | Made[Any] | Failed) -> bool:
        """Commit the change; False if the work had ended before: the first result wins."""
        return bool(await self._land(story_id, change))

    async def _land(self, story_id: UUID, change: Change) -> Outcome:
        group = self._groups.setdefault(story_id, _Group())
        future: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        group.waiting.append((change, future))
        if group.task is None:
            group.task = asyncio.create_task(self._land_group(story_id, group), name="landing")
        return await future

    async def _land_group(self, story_id: UUID, group: _Group) -> None:
        if not _is_waited_for(group.waiting[0][0]):
            await asyncio.sleep(_LINGER_S)
        while group.waiting:
            batch = group.waiting[:_LANDED_AT_ONCE]
            del group.waiting[:_LANDED_AT_ONCE]
            await self._land_batch(story_id, batch)
        group.task = None
        del self._groups[story_id]

    async def _land_batch(
        self, story_id: UUID, batch: list[tuple[Change, asyncio.Future[Outcome]]]
    ) -> None:
        try:
            outcomes = await self._commit(story_id, [change for change, _ in batch])
        except Exception as error:  # passed to the waiters below
            if len(batch) == 1:
                _settle(batch[0][1], error)
                return
            _LOG.warning("group landed one by one", changes=len(batch), error=type(error).__name__)
            for item in batch:  # one bad item fails no other
                await self._land_batch(story_id, [item])
            return
        for number, ((_, future), outcome) in enumerate(zip(batch, outcomes, strict=True), start=1):
            _settle(future, outcome)
            if number % _WOKEN_AT_ONCE == 0:
                await asyncio.sleep(0)

    async def _commit(self, story_id: UUID, changes: Sequence[Change]) -> list[Outcome]:
        async def work(session: Writes) -> list[Outcome]:
            return await self._apply(session, story_id, changes)

        return await self._database.commit(work)

    async def _apply(
        self, session: Writes, story_id: UUID, changes: Sequence[Change]
    ) -> list[Outcome]:
        """One transaction: the story's row first, then each kind of change in one statement.

        A deleted story has no open work; late results for it are charged anyway.
        """
        await stories.lock_row(session, story_id)
        claimed, events = await self._claim(session, story_id, _of(ToClaim, changes))
        found = _of(Whereabouts, changes)
        kept = await work.keep_whereabouts(session, found) if found else set[UUID]()
        landed, shown = await self._show(session, story_id, _of(Made, changes))
        failed, told = await self._fail(session, story_id, _of(Failed, changes))
        if events := [*events, *shown, *told]:
            await append_events(session, story_id, events)

        def outcome(change: Change) -> Outcome:
            match change:
                case ToClaim():
                    return claimed.get(change.work_id)
                case Whereabouts():
                    return change.work_id in kept
                case Made():
                    return change.work.id in landed
                case Failed():
                    return change.work.id in failed

        return [outcome(change) for change in changes]

    async def _claim(
        self, session: Writes, story_id: UUID, claims: Sequence[ToClaim]
    ) -> tuple[dict[UUID, Claim[Any]], list[NewEvent]]:
        works: list[ClaimedWork] = []
        for provider in sorted({claim.provider for claim in claims}):
            ids = [claim.work_id for claim in claims if claim.provider == provider]
            works += await work.claim_works(session, ids, provider=provider)
        claimed: dict[UUID, Claim[Any]] = {}
        events: list[NewEvent] = []
        for kind, group in _by_kind(works):
            inputs, told = await self._rows[kind].begin(session, story_id, group)
            claimed |= {one.id: Claim(one, inputs[one.id]) for one in group if one.id in inputs}
            events += told
        if lost := [one.subject_id for one in works if one.id not in claimed]:
            await work.cancel_works(session, lost)  # their result would have no subject
        return claimed, events

    async def _show(
        self, session: Writes, story_id: UUID, made: Sequence[Made[Any]]
    ) -> tuple[Collection[UUID], list[NewEvent]]:
        if not made:
            return (), []
        landed = await work.complete_works(session, [one.bill for one in made])
        new = {one.work.id: one for one in made if one.work.id in landed.new}
        events: list[NewEvent] = []
        for kind, group in _by_kind(one.work for one in new.values()):
            shown = [new[one.id] for one in group]
            events += await self._rows[kind].show(session, story_id, shown)
        return landed.new | landed.repeated, events

    async def _fail(
        self, session: Writes, story_id: UUID, failures: Sequence[Failed]
    ) -> tuple[Collection[UUID], list[NewEvent]]:
        if not failures:
            return (), []
        rows = [(one.work, one.failure) for one in failures]
        failed = await work.fail_works(session, rows)
        events: list[NewEvent] = []
        for kind, group in _by_kind(one.work for one in failures if one.work.id in failed):
            events += await self._rows[kind].show_failed(session, story_id, group)
        return failed, events


def _is_waited_for(change: Change) -> bool:
    """Whether a place at a service is occupied until it is committed."""
    return isinstance(change, Whereabouts) and change.result_url is None


def _of(kind: type[T], changes: Sequence[object]) -> list[T]:
    return [change for change in changes if isinstance(change, kind)]


def _by_kind(works: Iterable[ClaimedWork]) -> Iterable[tuple[ServiceKind, list[ClaimedWork]]]:
    groups: defaultdict[ServiceKind, list[ClaimedWork]] = defaultdict(list)
    for one in works:
        groups[one.kind].append(one)
    return groups.items()


def _settle(future: asyncio.Future[Outcome], outcome: Outcome | Exception) -> None:
    if future.done():  # its job was canceled in the meantime
        return
    if isinstance(outcome, Exception):
        future.set_exception(outcome)
    else:
        future.set_result(outcome)
