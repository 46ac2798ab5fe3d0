"""The tasks of a worker every minute: repair the queue, delete old records, index new texts.

The tables are the source of truth. An open row without a job (deleted by an obsolete worker's
acknowledgement, or missing in an older backup of the queue) gets its job again. Jobs of a provider
that no worker serves any more move to the present one.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from functools import partial
from uuid import UUID

import structlog

from db.queries.jobs import reroute_jobs, try_housekeeping_lock
from db.queries.retention import (
    BATCH,
    delete_old_events,
    delete_old_job_log,
    delete_old_keys,
)
from db.queries.searches import BATCH as TEXTS
from db.queries.searches import index_stories, merge_index
from db.queries.work import list_open_works
from db.session import Database, Writes, is_connection_lost
from domain import ServiceKind
from orchestration.queue.jobs import WORK_STEPS, enqueue, work_job
from orchestration.scratch import delete_abandoned_folders
from orchestration.work.production import Production
from orchestration.work.sweep import delete_leftovers

_LOG = structlog.get_logger()
_EVERY_S = 60.0
_BREATH_S = 0.05
"""Between batches, for others."""
WORKS_AT_ONCE = 500
"""How many pieces of open work are compared with the queue at once: some 5 ms of work."""
_MERGED_AT_ONCE = 500
_INDEXING_S = 30.0
"""At most, so that the other tasks get their turn."""
_JOB_LOG_AGE = timedelta(hours=1)
_UNSERVED_FOR = timedelta(minutes=1)


async def keep_house(
    production: Production, served: Sequence[str], *, event_retention: timedelta
) -> None:
    """Do the housekeeping now and every minute, for ever.

    One worker of the fleet at a time does the tables, each worker its temporary folders.
    """
    while True:
        await asyncio.to_thread(delete_abandoned_folders)
        try:
            await reconcile(production)
            async with production.database.writing() as session:
                if await try_housekeeping_lock(session):
                    await _reroute(session, production, served)
            await delete_old_records(production.database, event_retention=event_retention)
            await delete_leftovers(production.database, production.store)
            await index_texts(production.database)
        except Exception as error:
            if not is_connection_lost(error):
                _LOG.exception("housekeeping failed")
        await asyncio.sleep(_EVERY_S)


async def delete_old_records(database: Database, *, event_retention: timedelta) -> None:
    """Delete what is too old, in short transactions with pauses."""
    for delete in (
        partial(delete_old_events, older_than=event_retention),
        partial(delete_old_job_log, older_than=_JOB_LOG_AGE),
        delete_old_keys,
    ):
        deleted = BATCH
        while deleted == BATCH:
            deleted = await database.commit(partial(_if_ours, step=delete))
            await asyncio.sleep(_BREATH_S)


async def _if_ours(session: Writes, *, step: Callable[[Writes], Awaitable[int]]) -> int:
    """One batch, unless another worker keeps house."""
    return await step(session) if await try_housekeeping_lock(session) else 0


async def index_texts(database: Database) -> None:
    """Index the texts of new stories for searches; after an upgrade, some thousands a minute."""
    end, added, unmerged = time.monotonic() + _INDEXING_S, TEXTS, 0
    while added == TEXTS and time.monotonic() < end:
        added = await database.commit(partial(_if_ours, step=index_stories))
        unmerged += added
        if unmerged >= _MERGED_AT_ONCE or (unmerged and added < TEXTS):
            await database.commit(merge_index)
            unmerged = 0
        await asyncio.sleep(_BREATH_S)


async def reconcile(production: Production) -> None:
    """Queue the open work that has no job, in short transactions; the other work's jobs stay."""
    after: UUID | None = UUID(int=0)
    while after is not None:
        after = await production.database.commit(
            partial(_reconcile_some, production=production, after=after)
        )


async def _reconcile_some(session: Writes, *, production: Production, after: UUID) -> UUID | None:
    """The next subjects; returns the last of them, None at the end or if another keeps house."""
    if not await try_housekeeping_lock(session):
        return None
    works = await list_open_works(session, after=after, limit=WORKS_AT_ONCE)
    jobs = [
        work_job(
            one.kind,
            provider=_served(production, one.kind, one.provider),
            story_id=one.story_id,
            work_id=one.id,
        )
        for one in works
        if not one.has_job
    ]
    await enqueue(session, jobs)
    return works[-1].subject_id if len(works) == WORKS_AT_ONCE else None


def _served(production: Production, kind: ServiceKind, provider: str) -> str:
    """The provider of that name; the first one if it is no longer configured."""
    names = production.line_up.names(kind)
    is_studio = kind is ServiceKind.IMAGE and provider == production.studio_image.name
    return provider if is_studio or provider in names else names[0]


async def _reroute(session: Writes, production: Production, served: Sequence[str]) -> None:
    for step in WORK_STEPS:
        provider = production.line_up.names(step.kind)[0]
        moved = await reroute_jobs(
            session,
            step=step,
            entrypoint=f"{step}.{provider}",
            served=served,
            waited=_UNSERVED_FOR,
        )
        if moved:
            _LOG.warning("jobs of an unserved provider moved", step=str(step), jobs=moved)
