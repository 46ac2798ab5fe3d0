"""Statements about work: the only ones that write its rows.

Work is done for one subject: a story's script, a take, a clip or a video. Claims and results are
processed in groups: one statement updates a whole group. The caller has locked the story's row.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Boolean,
    Uuid,
    bindparam,
    case,
    column,
    func,
    null,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY, distinct_on
from uuid_utils.compat import uuid7

from db.models import IS_OPEN, Work, status_in
from db.queries.records import to_records
from db.read_sessions import Reads
from db.rows import Failure
from db.write_sessions import Writes
from domain import CLAIMABLE_STATUSES, OPEN_STATUSES, ServiceKind, Status

_IDS = bindparam("ids", type_=ARRAY(Uuid()))

IS_BEGUN = or_(Work.submitted_at.is_not(None), Work.result_url.is_not(None))
"""A service has the job or its result, or may have: such work stays with its provider."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewWork:
    """Work to add, PENDING; the state at the service is carried over."""

    id: UUID = field(default_factory=uuid7)
    kind: ServiceKind
    subject_id: UUID
    provider: str
    begun: "BegunWork | None" = None

    @property
    def first_provider(self) -> str:
        """The service that has begun it, if any."""
        return self.provider if self.begun is None else self.begun.provider


@dataclass(frozen=True, slots=True)
class BegunWork:
    """The state at a service of failed work that a retry can continue."""

    provider: str
    submitted_at: datetime | None
    remote_job_id: str | None
    result_url: str | None


_ADD = text(
    """
    INSERT INTO work (id, kind, story_id, owner_id, subject_id, provider, submitted_at,
        remote_job_id, result_url, status, attempt, interruptions)
    SELECT r.id, r.kind, story.id, story.owner_id, r.subject_id,
        coalesce(r.begun->>'provider', r.provider), (r.begun->>'submitted_at')::timestamptz,
        r.begun->>'remote_job_id', r.begun->>'result_url', 'PENDING', 0, 0
    FROM story, jsonb_to_recordset(CAST(:works AS jsonb)) AS r(
        id uuid, kind text, subject_id uuid, provider text, begun jsonb)
    WHERE story.id = CAST(:story_id AS uuid)
    """
)


async def add_works(session: Writes, story_id: UUID, works: Sequence[NewWork]) -> None:
    """Insert work, PENDING, in one statement.

    Raises:
        IntegrityError: The subject has open work already.
    """
    await session.execute(_ADD, {"story_id": story_id, "works": to_records(works)})


@dataclass(frozen=True, slots=True)
class ClaimedWork:
    """Claimed work: its state, and the number of tries.

    `attempt` counts the answers of services so far; `interruptions` the claims without one.
    `stores` are the names under which this claim and those before it may have stored files; the
    newest is this claim's.
    """

    id: UUID
    kind: ServiceKind
    story_id: UUID
    subject_id: UUID
    provider: str
    attempt: int
    interruptions: int
    was_submitted: bool
    remote_job_id: str | None
    result_url: str | None
    idempotency_key: str | None
    stores: list[UUID]


_CLAIM = text(
    f"""
    UPDATE work
    SET status = 'GENERATING',
        interruptions = interruptions + CASE WHEN status = 'GENERATING' THEN 1 ELSE 0 END,
        provider = CASE WHEN submitted_at IS NULL AND result_url IS NULL THEN :provider
            ELSE provider END,
        stores = array_append(stores, gen_random_uuid()),
        begun_at = coalesce(begun_at, now())
    WHERE id = ANY(:ids) AND {status_in(CLAIMABLE_STATUSES)}
    RETURNING id, kind, story_id, subject_id, provider, attempt, interruptions,
        submitted_at IS NOT NULL, remote_job_id, result_url, idempotency_key, stores
    """  # noqa: S608 - constants
).bindparams(_IDS)
_CLAIM_COLUMNS = _CLAIM.columns(
    Work.id,
    Work.kind,
    Work.story_id,
    Work.subject_id,
    Work.provider,
    Work.attempt,
    Work.interruptions,
    Work.submitted_at.is_not(None).label("was_submitted"),
    Work.remote_job_id,
    Work.result_url,
    Work.idempotency_key,
    Work.stores,
)


async def claim_works(
    session: Writes, ids: Collection[UUID], *, provider: str
) -> list[ClaimedWork]:
    """Start one attempt at each; ended work is absent from the result.

    Work that was claimed before and has had no answer since counts as interrupted.
    """
    result = await session.execute(_CLAIM_COLUMNS, {"ids": list(ids), "provider": provider})
    return [ClaimedWork(*row) for row in result]


@dataclass(frozen=True, slots=True, kw_only=True)
class Whereabouts:
    """The state of work at the remote side; values that are not given stay as they are.

    `submitting` is set when a job is about to be submitted: the last of the claim's `stores`. Only
    the newest claim may submit, because a frozen worker goes on as if nothing had happened.
    """

    work_id: UUID
    submitting: UUID | None = None
    remote_job_id: str | None = None
    result_url: str | None = None


_KEEP = text(
    """
    UPDATE work
    SET submitted_at = CASE WHEN r.submitting IS NULL THEN submitted_at ELSE now() END,
        remote_job_id = coalesce(r.remote_job_id, work.remote_job_id),
        result_url = coalesce(r.result_url, work.result_url)
    FROM jsonb_to_recordset(CAST(:works AS jsonb)) AS r(
        work_id uuid, submitting uuid, remote_job_id text, result_url text)
    WHERE work.id = r.work_id AND work.status = 'GENERATING'
        AND (r.submitting IS NULL OR r.submitting = work.stores[cardinality(work.stores)])
    RETURNING work.id
    """
).columns(Work.id)


async def keep_whereabouts(session: Writes, found: Sequence[Whereabouts]) -> set[UUID]:
    """Store the states at services; returns the works that are still being done by the claims."""
    return set((await session.execute(_KEEP, {"works": to_records(found)})).scalars())


async def forget_submission(
    session: Writes, work_id: UUID, *, remote_job_id: str | None = None
) -> None:
    """Record that the service did not accept the job, so that it may be submitted again.

    With `remote_job_id`: that job has ended without a result.
    """
    await session.execute(
        update(Work)
        .where(Work.id == work_id, Work.remote_job_id.is_not_distinct_from(remote_job_id))
        .values(submitted_at=None, remote_job_id=None)
    )


async def release_work(
    session: Writes, work: ClaimedWork, *, failure: Failure | None = None
) -> None:
    """End a claim whose work is to be tried again; only a `failure` counts as an attempt.

    Work that has been claimed again meanwhile is the newer claim's.
    """
    values: dict[str, Any] = {}
    if failure is not None:
        values = {"failure": failure.to_json(), "attempt": Work.attempt + 1}
        # A script that is requested again under an earlier key would be answered as before.
        is_script = Work.kind == ServiceKind.SCRIPT
        values["idempotency_key"] = case((is_script, null()), else_=Work.idempotency_key)
    await session.execute(
        update(Work)
        .where(
            Work.id == work.id,
            Work.status == Status.GENERATING,
            Work.stores[func.cardinality(Work.stores)] == work.stores[-1],
        )
        .values(status=Status.PENDING, **values)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Bill:
    """The cost of a result, and where it is stored; `price` None is unknown."""

    work_id: UUID
    model: str | None
    units: int
    price: Decimal | None
    store: UUID | None = None


_COMPLETE = text(
    f"""
    WITH bill AS (
        SELECT * FROM jsonb_to_recordset(CAST(:bills AS jsonb)) AS r(
            work_id uuid, model text, units int, price numeric, store uuid)
    ), landed AS (
        UPDATE work
        SET status = 'COMPLETED', model = bill.model, units = bill.units, price = bill.price,
            stores = CASE WHEN bill.store IS NULL THEN work.stores
                ELSE array_append(array_remove(work.stores, bill.store), bill.store) END,
            failure = NULL, ended_at = now()
        FROM bill
        WHERE work.id = bill.work_id AND {IS_OPEN}
            AND work.begun_at IS NOT NULL
        RETURNING work.id
    ), late AS (
        UPDATE work
        SET model = bill.model, units = bill.units, price = bill.price
        FROM bill
        WHERE work.id = bill.work_id AND NOT {IS_OPEN}
            AND work.units IS NULL
    )
    SELECT bill.work_id, landed.id IS NOT NULL,
        work.status = 'COMPLETED' AND work.stores[cardinality(work.stores)] = bill.store
    FROM bill JOIN work ON work.id = bill.work_id LEFT JOIN landed ON landed.id = bill.work_id
    """  # noqa: S608 - constants
)


@dataclass(frozen=True, slots=True)
class Landed:
    """Which results are new, and which were stored before: the answer to their commit was lost."""

    new: set[UUID]
    repeated: set[UUID]


async def complete_works(session: Writes, bills: Sequence[Bill]) -> Landed:
    """Store results and their costs; the first result of open work completes it.

    Work is charged once, canceled work too, because its result was made.
    """
    found = (await session.execute(_COMPLETE, {"bills": to_records(bills)})).all()
    return Landed({row[0] for row in found if row[1]}, {row[0] for row in found if row[2]})


_FAIL = text(
    f"""
    UPDATE work SET status = 'FAILED', failure = r.failure, ended_at = now()
    FROM jsonb_to_recordset(CAST(:works AS jsonb)) AS r(work_id uuid, store uuid, failure jsonb)
    WHERE work.id = r.work_id AND {IS_OPEN}
        AND work.stores[cardinality(work.stores)] = r.store
    RETURNING work.id
    """  # noqa: S608 - constants
).columns(Work.id)


async def fail_works(session: Writes, works: Sequence[tuple[ClaimedWork, Failure]]) -> set[UUID]:
    """Record why there is no result; returns the works that were open and not claimed again."""
    rows = [
        {"work_id": work.id, "store": work.stores[-1], "failure": failure.to_json()}
        for work, failure in works
    ]
    return set((await session.execute(_FAIL, {"works": to_records(rows)})).scalars())


@dataclass(frozen=True, slots=True)
class CanceledWork:
    """Canceled work, and what may still be running for it elsewhere."""

    id: UUID
    provider: str
    remote_job_id: str | None


async def cancel_works(session: Writes, subject_ids: Collection[UUID]) -> list[CanceledWork]:
    """Cancel the open work for the subjects, and return it."""
    result = await session.execute(
        update(Work)
        .where(Work.subject_id.in_(subject_ids), Work.status.in_(OPEN_STATUSES))
        .values(status=Status.CANCELED, ended_at=func.now())
        .returning(Work.id, Work.provider, Work.remote_job_id)
    )
    return [CanceledWork(*row) for row in result]


async def move_work(session: Writes, work_id: UUID, *, provider: str) -> bool:
    """Move open work to another provider; False if it was begun where it is."""
    result = await session.execute(
        update(Work)
        .where(Work.id == work_id, Work.status.in_(OPEN_STATUSES), ~IS_BEGUN)
        .values(provider=provider)
        .returning(Work.id)
    )
    return result.one_or_none() is not None


async def list_begun_works(
    session: Writes, story_id: UUID, subject_ids: Collection[UUID]
) -> dict[UUID, BegunWork]:
    """By subject, the state of its newest work at a service, if continuing it may succeed."""
    result = await session.execute(
        select(
            Work.subject_id,
            Work.status,
            Work.failure["retryable"].as_boolean(),
            Work.provider,
            Work.submitted_at,
            Work.remote_job_id,
            Work.result_url,
        )
        .where(Work.story_id == story_id, Work.subject_id.in_(subject_ids))
        .order_by(Work.subject_id, Work.created_at.desc(), Work.id.desc())
        .ext(distinct_on(Work.subject_id))
    )
    rows: Sequence[Any] = result.all()
    return {
        row[0]: BegunWork(*row[3:])
        for row in rows
        if row[1] is Status.FAILED and row[2] and (row[5] or row[6])
    }


@dataclass(frozen=True, slots=True)
class OpenWork:
    """Open work, as identified by its job, and whether the queue has that job."""

    id: UUID
    kind: ServiceKind
    story_id: UUID
    provider: str
    subject_id: UUID
    has_job: bool


# Literally the conditions of the indexes, which are partial. In the order of one of them, so that
# a page reads no more than its rows.
_OPEN = text(
    f"""
    SELECT id, kind, story_id, provider, subject_id, EXISTS (
        SELECT FROM pgqueuer
        WHERE dedupe_key = page.id::text AND pgqueuer.status IN ('queued', 'picked')
    ) AS has_job
    FROM (
        SELECT * FROM work WHERE {status_in(CLAIMABLE_STATUSES)} AND subject_id > :after
        ORDER BY subject_id LIMIT :limit
    ) AS page
    ORDER BY subject_id
    """  # noqa: S608 - constants
).columns(
    Work.id, Work.kind, Work.story_id, Work.provider, Work.subject_id, column("has_job", Boolean())
)


async def list_open_works(session: Reads, *, after: UUID, limit: int) -> list[OpenWork]:
    """Some of the work that waits for a worker or is being done: of subjects after the given one.

    In the order of the subjects, which have one piece each.
    """
    result = await session.execute(_OPEN, {"after": after, "limit": limit})
    return [OpenWork(*row) for row in result]


async def list_stories_in_work(
    session: Reads, kind: ServiceKind, provider: str, *, limit: int
) -> Sequence[UUID]:
    """The stories with work of the kind that the provider does or is to do."""
    result = await session.execute(
        select(Work.story_id)
        .where(Work.status.in_(CLAIMABLE_STATUSES), Work.kind == kind, Work.provider == provider)
        .distinct()
        .limit(limit)
    )
    return result.scalars().all()
