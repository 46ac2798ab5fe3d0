"""The jobs of the queue: one per step, enqueued and canceled in the caller's transaction."""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import cast
from uuid import UUID

from pgqueuer.adapters.drivers.asyncpg import AsyncpgDriver
from pgqueuer.adapters.persistence.queries import Queries
from pgqueuer.domain.models import Job as QueuedJob

from db.queries.jobs import lock_jobs
from db.session import Writes, driver_connection
from domain import ServiceKind
from orchestration.queue.places import ANYWHERE, Place

_CANCELED_PER_NOTIFICATION = 200
"""PostgreSQL rejects a notification of 8,000 bytes or more."""


class Step(StrEnum):
    """The action of a job; its entrypoint is `step.provider`, so limits are per provider.

    The first ones do work of a ServiceKind and have its name, in lower case.
    """

    SCRIPT = "script"
    IMAGE = "image"
    CLIP = "clip"
    VIDEO = "video"
    ABORT = "abort"
    DELETE_MEDIA = "delete_media"

    @property
    def kind(self) -> ServiceKind:
        """The kind of work that it does.

        Raises:
            ValueError: It does none.
        """
        return ServiceKind(self.upper())

    @classmethod
    def of(cls, kind: ServiceKind) -> "Step":
        """The step that does work of the kind."""
        return cls(kind.word)


WORK_STEPS = (Step.SCRIPT, Step.IMAGE, Step.CLIP, Step.VIDEO)
"""The steps that do work."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One step of the work `work_id`; to delete media, of the story itself.

    `retries` counts how often the step itself requested another run; a crash does not count.
    `place` is where it calls its service; until it has one, it must not.
    """

    step: Step
    provider: str
    story_id: UUID
    work_id: UUID
    detail: str = ""
    delay_s: float = 0
    retries: int = 0
    place: Place = field(default=ANYWHERE, compare=False, repr=False)

    @property
    def entrypoint(self) -> str:
        """The queue's name for this kind of work at this provider."""
        return f"{self.step}.{self.provider}"

    @property
    def key(self) -> str:
        """At most one job with this key is queued or running."""
        if self.step in WORK_STEPS:
            return str(self.work_id)
        return f"{self.step}:{self.work_id}:{self.detail}"

    def to_payload(self) -> bytes:
        """The payload in the queue; only IDs, never a text."""
        fields = {
            "story_id": str(self.story_id),
            "work_id": str(self.work_id),
            "detail": self.detail,
        }
        return json.dumps(fields).encode()

    @classmethod
    def from_payload(
        cls, entrypoint: str, payload: bytes | None, *, retries: int, place: Place = ANYWHERE
    ) -> "Job":
        """Parse a job."""
        step, _, provider = entrypoint.partition(".")
        fields = cast(dict[str, str], json.loads(payload or b"{}"))
        return cls(
            step=Step(step),
            provider=provider,
            story_id=UUID(fields["story_id"]),
            work_id=UUID(fields["work_id"]),
            detail=fields["detail"],
            retries=retries,
            place=place,
        )


def work_job(
    kind: ServiceKind, *, provider: str, story_id: UUID, work_id: UUID, delay_s: float = 0
) -> Job:
    """The job that does the work."""
    return Job(
        step=Step(kind.lower()),
        provider=provider,
        story_id=story_id,
        work_id=work_id,
        delay_s=delay_s,
    )


async def _queries(session: Writes) -> Queries:
    connection = await driver_connection(session)
    return Queries(AsyncpgDriver(connection))  # pyright: ignore[reportArgumentType]


async def enqueue(session: Writes, jobs: Sequence[Job]) -> None:
    """Queue the jobs when the session's transaction commits; queued ones stay as they are."""
    if not jobs:
        return
    queries = await _queries(session)
    await queries.enqueue(
        [job.entrypoint for job in jobs],
        [job.to_payload() for job in jobs],
        [0] * len(jobs),
        [timedelta(seconds=job.delay_s) for job in jobs],
        [job.key for job in jobs],
        on_conflict="skip",
    )


async def cancel_jobs(session: Writes, keys: Collection[str]) -> None:
    """Remove the jobs from the queue and stop running ones, when the transaction commits."""
    if not keys:
        return
    jobs = [QueuedJob.model_validate(row) for row in await lock_jobs(session, keys)]
    if not jobs:
        return
    queries = await _queries(session)
    # Not mark_job_as_cancelled: its two statements run concurrently, and when the first one fails
    # the second still occupies the connection that is to be rolled back.
    await queries.log_jobs([(job, "canceled", None) for job in jobs])
    ids = [job.id for job in jobs]
    for start in range(0, len(ids), _CANCELED_PER_NOTIFICATION):
        await queries.notify_job_cancellation(ids[start : start + _CANCELED_PER_NOTIFICATION])
