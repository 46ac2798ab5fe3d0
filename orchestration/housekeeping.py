"""What a worker does every minute: mend the queue from the tables, forget the old.

The tables are the truth. An open row without a job (a zombie's acknowledgement deleted it, a queue
was restored from an older backup) gets its job again; a job of a provider that nobody serves any
more goes to the present one.
"""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import structlog

from db.queries import clips, stories, takes, videos
from db.queries.events import delete_old_events
from db.queries.idempotency import delete_old_keys
from db.queries.jobs import delete_old_job_log, reroute_jobs, try_housekeeping_lock
from db.session import AsyncSession, is_connection_lost
from orchestration.jobs import KINDS, Job, Step, enqueue
from orchestration.next_steps import animate_job, render_job
from orchestration.production import Production
from orchestration.scratch import delete_abandoned_folders

_LOG = structlog.get_logger()
_EVERY_S = 60.0
_JOB_LOG_AGE = timedelta(hours=1)
_UNSERVED_FOR = timedelta(minutes=1)


async def keep_house(
    production: Production, served: Sequence[str], *, event_retention: timedelta
) -> None:
    """Do the housekeeping now and every minute, for ever.

    The tables are kept by one worker of the fleet at a time, temporary folders by each.
    """
    while True:
        await asyncio.to_thread(delete_abandoned_folders)
        try:
            async with production.database.transaction() as session:
                if await try_housekeeping_lock(session):
                    await reconcile(session, production)
                    await _reroute(session, production, served)
                    await delete_old_events(session, older_than=event_retention)
                    await delete_old_job_log(session, older_than=_JOB_LOG_AGE)
                    await delete_old_keys(session)
        except Exception as error:
            if not is_connection_lost(error):
                _LOG.exception("housekeeping failed")
        await asyncio.sleep(_EVERY_S)


async def reconcile(session: AsyncSession, production: Production) -> None:
    """Queue what is open in the tables; whatever is queued or running already stays.

    There may be many thousand open takes, so those with a job are not even read.
    """
    jobs = [
        Job(
            step=Step.WRITE_SCRIPT,
            provider=production.line_up.script.name,
            story_id=story_id,
            subject_id=story_id,
            run=run,
        )
        for story_id, run in await stories.list_open_scripts(session)
    ]
    jobs += [
        Job(
            step=Step.DRAW,
            provider=production.image_provider(provider).name,
            story_id=story_id,
            subject_id=take_id,
        )
        for take_id, story_id, provider in await takes.list_open_takes(session, step=Step.DRAW)
    ]
    jobs += [
        animate_job(story_id, clip_id, provider=_known(production, "clip", provider), run=run)
        for clip_id, story_id, provider, run in await clips.list_open_clips(session)
    ]
    jobs += [
        render_job(story_id, video_id, provider=_known(production, "video", provider), run=run)
        for video_id, story_id, provider, run in await videos.list_open_videos(session)
    ]
    await enqueue(session, jobs)


def _known(production: Production, kind: str, provider: str) -> str:
    """The provider of that name; the first one when it is not configured any more."""
    names = production.line_up.names(kind)
    return provider if provider in names else names[0]


async def _reroute(session: AsyncSession, production: Production, served: Sequence[str]) -> None:
    for step, kind in KINDS.items():
        provider = production.line_up.names(kind)[0]
        moved = await reroute_jobs(
            session,
            step=step,
            entrypoint=f"{step}.{provider}",
            served=served,
            waited=_UNSERVED_FOR,
        )
        if moved:
            _LOG.warning("jobs of an unserved provider moved", step=str(step), jobs=moved)
