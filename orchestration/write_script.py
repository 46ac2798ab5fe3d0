"""Turns a story into its script: one model call, then shots and status in one transaction."""

import asyncio
from uuid import UUID

import structlog
from uuid_utils.compat import uuid7

from db.queries import charges, shots, stories, takes
from db.queries.charges import NewCharge, charge_id
from db.queries.events import append_events
from db.queries.shots import NewShot
from db.queries.stories import ScriptToWrite
from db.queries.takes import NewTake
from db.rows import NewEvent
from db.session import AsyncSession
from domain import MAX_SHOTS_PER_STORY, EventType, ServiceKind
from errors import BadScriptError, ProviderTimeoutError, StepError
from orchestration import fallbacks
from orchestration.attempts import attempt
from orchestration.jobs import Job, Step, enqueue
from orchestration.pace import wished_seconds
from orchestration.production import Production, failure_of, seed_of
from orchestration.providers.ports import Script, ScriptRequest

_LOG = structlog.get_logger()

_STORY_MOVED = NewEvent(EventType.STORY_STATUS_CHANGED)


async def write_script(production: Production, job: Job) -> None:
    """Write the story's script, or store why there is none.

    Raises:
        RetryLaterError: Another attempt is worth it.
    """
    await fallbacks.wait_turn(production, job)
    claim = await _claim(production, job)
    if claim is None:
        return

    async def work() -> None:
        async with fallbacks.asking(production, job, attempt=claim.attempt):
            script = await _write(production, job, claim)
        await _land(production, job, script, language=claim.language)

    async def fail(error: StepError) -> None:
        await _fail(production, job, error, attempt=claim.attempt)

    await attempt(production, job, claim.attempt, work=work, fail=fail)


async def _claim(production: Production, job: Job) -> ScriptToWrite | None:
    async def work(session: AsyncSession) -> ScriptToWrite | None:
        claim = await stories.claim_script(session, job.subject_id, run=job.run)
        if claim is not None and claim.attempt == 1:
            await append_events(session, job.subject_id, [_STORY_MOVED])
        return claim

    return await production.database.commit(work)


async def _write(production: Production, job: Job, claim: ScriptToWrite) -> Script:
    request = ScriptRequest(
        content=claim.content,
        title=claim.title,
        style=claim.style,
        style_prompt=claim.style_prompt,
        language=claim.language or None,
        shot_count=claim.shot_count,
    )
    patience_s = production.patience.script_timeout_s
    try:
        async with asyncio.timeout(patience_s) as deadline:

            async def extend(_progress: float) -> None:
                deadline.reschedule(asyncio.get_running_loop().time() + patience_s)

            script = await production.line_up.find_script(job.provider).write(
                request,
                idempotency_key=f"{claim.story_id}:{job.run}:{job.retries}",
                report=extend,
            )
    except TimeoutError as error:
        raise ProviderTimeoutError("The script took too long; try again.") from error
    if not script.shots:
        raise BadScriptError(
            "The script has no shots; try again, or write a longer story.", code="SCRIPT_EMPTY"
        )
    return script


async def _fail(production: Production, job: Job, error: StepError, *, attempt: int) -> None:
    failure = failure_of(error, provider=job.provider, attempt=attempt)

    async def work(session: AsyncSession) -> None:
        if await stories.fail_script(session, job.subject_id, run=job.run, failure=failure):
            await append_events(session, job.subject_id, [_STORY_MOVED])

    await production.database.commit(work)
    _LOG.warning("script failed", code=error.code, attempt=attempt)


async def _land(production: Production, job: Job, script: Script, *, language: str) -> None:
    """Shots, the story's status, events and drawing jobs: together or not at all.

    What the script cost is recorded even if nobody waits for it any more.
    """
    language = script.language or language
    charge = _charge(production, job, script)

    async def work(session: AsyncSession) -> None:
        await charges.add_charge(session, charge)
        landed = await stories.complete_script(
            session, job.subject_id, run=job.run, title=script.title, language=language
        )
        if not landed:
            _LOG.info("late script dropped")
            return
        provider = production.line_up.image.name
        take_ids = await add_shots(
            session, job.subject_id, script, provider=provider, language=language
        )
        draws = [draw_job(job.subject_id, id_, provider=provider) for id_ in take_ids]
        await enqueue(session, draws)
        await append_events(
            session, job.subject_id, [NewEvent(EventType.SHOTS_ADDED), _STORY_MOVED]
        )

    await production.database.commit(work)


def _charge(production: Production, job: Job, script: Script) -> NewCharge:
    return production.prices.charge(
        charge_id(job.subject_id, job.run),
        job.subject_id,
        kind=ServiceKind.SCRIPT,
        provider=job.provider,
        model=script.model,
    )


async def add_shots(
    session: AsyncSession, story_id: UUID, script: Script, *, provider: str, language: str
) -> list[UUID]:
    """Insert the script's shots and a PENDING take for each; answers the take ids in order."""
    new_shots: list[NewShot] = []
    new_takes: list[NewTake] = []
    for position, shot in enumerate(script.shots[:MAX_SHOTS_PER_STORY], start=1):
        new_shot = NewShot(
            id=uuid7(),
            position=position,
            title=shot.title,
            prompt=shot.prompt,
            narration=shot.narration,
            transition=shot.transition,
            duration_seconds=wished_seconds(shot.duration_seconds, shot.narration, language),
            duration_is_wished=shot.duration_seconds is not None,
        )
        take_id = uuid7()
        new_shots.append(new_shot)
        new_takes.append(
            NewTake(
                id=take_id,
                shot_id=new_shot.id,
                number=1,
                prompt=shot.prompt,
                seed=seed_of(take_id),
                provider=provider,
            )
        )
    await shots.add_shots(session, story_id, new_shots)
    await takes.add_takes(session, new_takes)
    return [take.id for take in new_takes]


def draw_job(story_id: UUID, take_id: UUID, *, provider: str, delay_s: float = 0) -> Job:
    """The job that draws the take."""
    return Job(
        step=Step.DRAW, provider=provider, story_id=story_id, subject_id=take_id, delay_s=delay_s
    )
