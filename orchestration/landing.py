"""Group commit: claims and results of one story gather while its previous transaction runs.

A story's row is the lock that gives its events their order, so one transaction per result would
queue up behind it: 382 a second, against 10,000 in groups.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import cast
from uuid import UUID

import structlog

from db.queries import remote_work, stories, takes, uploads
from db.queries.events import append_events
from db.queries.takes import DrawnTake, TakeToDraw
from db.queries.uploads import UploadedTake
from db.rows import Failure, NewEvent
from db.session import AsyncSession, Database
from domain import NOBODY, EventType
from orchestration.next_steps import begin_clips, begin_wished_film

_LOG = structlog.get_logger()
_LINGER_S = 0.01
_LANDED_AT_ONCE = 32
"""A larger group delays what its first member pushes: 100 at once reached subscribers after 36 ms
in the median, 32 at once after 16 to 20, at a few hundredths of the fan-out."""
_WOKEN_AT_ONCE = 10
"""Each waiter goes on to start or end a call; hundreds in one pass of the loop block it."""


@dataclass(frozen=True, slots=True)
class ClaimTake:
    """Start one attempt at the take; answers TakeToDraw, None when there is nothing to claim."""

    take_id: UUID
    provider: str


@dataclass(frozen=True, slots=True)
class KeepResultUrl:
    """Remember where the service put the picture."""

    take_id: UUID
    url: str


@dataclass(frozen=True, slots=True)
class FailTake:
    """Say why there is no picture; answers whether the take was still open."""

    take_id: UUID
    failure: Failure


Change = ClaimTake | KeepResultUrl | DrawnTake | FailTake | UploadedTake
"""What lands in groups. A DrawnTake answers whether it was the first result, an UploadedTake
whether it is shown now."""

Outcome = TakeToDraw | bool | None


@dataclass(slots=True)
class _Group:
    """The changes of one story that wait, and the task that lands them."""

    waiting: list[tuple[Change, asyncio.Future[Outcome]]] = field(
        default_factory=list[tuple[Change, asyncio.Future[Outcome]]]
    )
    task: asyncio.Task[None] | None = None


class Landing:
    """Lands changes to takes in groups per story."""

    def __init__(
        self, database: Database, *, video_provider: str, clip_provider: str = NOBODY
    ) -> None:
        """Who goes on when a picture has landed.

        `clip_provider` sets it in motion where its shot wants that; `video_provider` renders the
        film of a story that asked for one with its shots.
        """
        self._database = database
        self._video_provider = video_provider
        self._clip_provider = clip_provider
        self._groups: dict[UUID, _Group] = {}

    async def claim(self, story_id: UUID, change: ClaimTake) -> TakeToDraw | None:
        """Start one attempt at the take; None when it is done, canceled or replaced."""
        return cast(TakeToDraw | None, await self._land(story_id, change))

    async def land(
        self, story_id: UUID, change: KeepResultUrl | DrawnTake | FailTake | UploadedTake
    ) -> bool:
        """Land the change; False when the take had moved on: the first result wins."""
        return bool(await self._land(story_id, change))

    async def _land(self, story_id: UUID, change: Change) -> Outcome:
        group = self._groups.setdefault(story_id, _Group())
        future: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        group.waiting.append((change, future))
        if group.task is None:
            group.task = asyncio.create_task(self._land_group(story_id, group), name="landing")
        return await future

    async def _land_group(self, story_id: UUID, group: _Group) -> None:
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
        except Exception as error:  # handed to the waiters below
            if len(batch) == 1:
                _settle(batch[0][1], error)
                return
            _LOG.warning("group landed one by one", changes=len(batch), error=type(error).__name__)
            for item in batch:  # one bad item sinks no neighbour
                await self._land_batch(story_id, [item])
            return
        for number, ((_, future), outcome) in enumerate(zip(batch, outcomes, strict=True), start=1):
            _settle(future, outcome)
            if number % _WOKEN_AT_ONCE == 0:
                await asyncio.sleep(0)

    async def _commit(self, story_id: UUID, changes: Sequence[Change]) -> list[Outcome]:
        async def work(session: AsyncSession) -> list[Outcome]:
            return await self._apply(session, story_id, changes)

        return await self._database.commit(work)

    async def _apply(
        self, session: AsyncSession, story_id: UUID, changes: Sequence[Change]
    ) -> list[Outcome]:
        """One transaction: the story's row first, then each kind of change in one statement."""
        if not await stories.lock_row(session, story_id):
            return [None] * len(changes)
        claimed = await _claim(session, [c for c in changes if isinstance(c, ClaimTake)])
        await _keep_urls(session, [c for c in changes if isinstance(c, KeepResultUrl)])
        drawn = [c for c in changes if isinstance(c, DrawnTake)]
        completed = await takes.complete_takes(session, drawn) if drawn else {}
        failures = [(c.take_id, c.failure) for c in changes if isinstance(c, FailTake)]
        failed = await takes.fail_takes(session, failures) if failures else {}
        uploaded = await uploads.add_uploaded_takes(
            session, [c for c in changes if isinstance(c, UploadedTake)]
        )

        shot_ids = [take.shot_id for take in claimed.values()]
        shot_ids += [*completed.values(), *failed.values(), *uploaded.values()]
        events = [NewEvent(EventType.TAKE_ADDED, shot_id=id_) for id_ in uploaded.values()]
        events += [NewEvent(EventType.SHOT_STATUS_CHANGED, shot_id=id_) for id_ in shot_ids]
        if shown := [*completed.values(), *uploaded.values()]:
            events += await begin_clips(session, story_id, shown, provider=self._clip_provider)
            events += await begin_wished_film(session, story_id, provider=self._video_provider)
        if events:
            await append_events(session, story_id, events)

        def outcome(change: Change) -> Outcome:
            match change:
                case ClaimTake():
                    return claimed.get(change.take_id)
                case KeepResultUrl():
                    return True
                case DrawnTake():
                    return change.take_id in completed
                case FailTake():
                    return change.take_id in failed
                case UploadedTake():
                    return change.take_id in uploaded

        return [outcome(change) for change in changes]


async def _claim(session: AsyncSession, claims: Sequence[ClaimTake]) -> dict[UUID, TakeToDraw]:
    claimed: dict[UUID, TakeToDraw] = {}
    for provider in sorted({claim.provider for claim in claims}):
        ids = [claim.take_id for claim in claims if claim.provider == provider]
        claimed |= await takes.claim_takes(session, ids, provider=provider)
    return claimed


async def _keep_urls(session: AsyncSession, found: Sequence[KeepResultUrl]) -> None:
    if found:
        await remote_work.keep_result_urls(session, [(c.take_id, c.url) for c in found])


def _settle(future: asyncio.Future[Outcome], outcome: Outcome | Exception) -> None:
    if future.done():  # its job was canceled meanwhile
        return
    if isinstance(outcome, Exception):
        future.set_exception(outcome)
    else:
        future.set_result(outcome)
