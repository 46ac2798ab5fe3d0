"""Queries and changes of shots and their takes."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from uuid_utils.compat import uuid7

from db.queries import events, shots, stories, takes
from db.queries.takes import NewTake
from db.queries.work import BegunWork
from db.rows import NewEvent, ShotRow, StoryRow
from db.session import Writes
from domain import (
    MAX_NARRATION_LENGTH,
    MAX_PROMPT_LENGTH,
    MAX_SHOT_SECONDS,
    MAX_TITLE_LENGTH,
    MIN_SHOT_SECONDS,
    OPEN_STATUSES,
    EventType,
    ServiceKind,
    ShotOptions,
    Status,
)
from errors import ConflictError, InvalidInputError, InvalidStateError, NotFoundError
from orchestration.films.pace import estimated_seconds
from orchestration.recipes.next_steps import begin_clips, begin_pictures, list_resumable
from orchestration.work.production import seed_of
from resolvers.context import Context, parse_id
from resolvers.idempotency import once
from resolvers.motions import change_motion, check_motion
from resolvers.texts import check_optional, check_text


async def get_shot(context: Context, shot_id: str) -> ShotRow | None:
    """The viewer's shot; None if absent or of another owner."""
    try:
        id_ = parse_id(shot_id, noun="shot")
    except NotFoundError:
        return None
    async with context.database.reading() as session:
        return await shots.get_shot(session, id_, owner_id=context.viewer.sees_only)


async def require_shot(context: Context, shot_id: str) -> ShotRow:
    """The viewer's shot.

    Raises:
        NotFoundError: The viewer has no such shot.
    """
    shot = await get_shot(context, shot_id)
    if shot is None:
        raise NotFoundError("Shot not found.")
    return shot


async def list_shots(context: Context, story_id: UUID) -> list[ShotRow]:
    """A story's shots in playing order; the caller has checked that the story is the viewer's."""
    return await context.loaders.shots.load(story_id)


async def locked_shot(session: Writes, context: Context, shot_id: str) -> tuple[StoryRow, ShotRow]:
    """The shot with its story's row locked, so that changes of one story queue up.

    Raises:
        NotFoundError: The viewer has no such shot.
    """
    id_ = parse_id(shot_id, noun="shot")
    shot = await shots.get_shot(session, id_, owner_id=context.viewer.sees_only)
    story = None if shot is None else await stories.lock_story(session, shot.story_id)
    shot = None if story is None else await shots.get_shot(session, id_)
    if story is None or shot is None:
        raise NotFoundError("Shot not found.")
    return story, shot


@dataclass(frozen=True, slots=True, kw_only=True)
class ShotEdit(ShotOptions):
    """The changes of a shot; None does not change a value."""

    expected_revision: int | None = None
    regenerate: bool = False
    idempotency_key: str | None = None

    def checked(self) -> "ShotEdit":
        """The same, validated.

        Raises:
            InvalidInputError: With the invalid field.
        """
        seconds = self.duration_seconds
        if seconds is not None and not MIN_SHOT_SECONDS <= seconds <= MAX_SHOT_SECONDS:
            raise InvalidInputError(
                f"The duration must be {MIN_SHOT_SECONDS:g} to {MAX_SHOT_SECONDS:g} seconds.",
                code="OUT_OF_RANGE",
                field=("input", "durationSeconds"),
            )
        return replace(
            self,
            title=_given(self.title, field="title", limit=MAX_TITLE_LENGTH),
            prompt=_given(self.prompt, field="prompt", limit=MAX_PROMPT_LENGTH),
            narration=_given(self.narration, field="narration", limit=MAX_NARRATION_LENGTH),
        )


def _given(text: str | None, *, field: str, limit: int) -> str | None:
    return None if text is None else check_text(text, field=field, limit=limit)


async def update_shot(context: Context, shot_id: str, edit: ShotEdit) -> ShotRow:
    """Change the shot, and regenerate its picture if the edit says so.

    Raises:
        InvalidInputError: With the invalid field.
        NotFoundError: The viewer has no such shot.
        ConflictError: It was changed since `expected_revision`.
        InvalidStateError: A new picture is requested while one is being drawn.
    """
    edit = edit.checked()
    check_motion(context, edit.motion)
    async with once(context, edit.idempotency_key, "updateShot", edit, id=shot_id) as call:
        session = call.session
        if call.done is not None:
            return await require_shot(context, str(call.done))
        story, shot = await locked_shot(session, context, shot_id)
        call.made = shot.id
        if edit.expected_revision is not None and edit.expected_revision != shot.revision:
            raise ConflictError(
                f"The shot was changed (revision {shot.revision}). Read it again and retry.",
                field=("input", "expectedRevision"),
            )
        await shots.update_shot(
            session,
            shot.id,
            replace(edit, duration_seconds=_length_after(edit, shot, story.language)),
            duration_is_wished=True if edit.duration_seconds is not None else None,
        )
        moved = [NewEvent(EventType.SHOT_UPDATED, shot_id=shot.id)]
        await change_motion(session, context, shot, edit.motion)  # covered by the same event
        if edit.regenerate:
            changed = await shots.get_shot(session, shot.id)
            moved += await _regenerate(session, context, changed or shot)
        await events.append_events(session, story.id, moved)
    return await require_shot(context, shot_id)


def _length_after(edit: ShotEdit, shot: ShotRow, language: str | None) -> float | None:
    """The new length: the one set explicitly, now or before, else that of a new narration."""
    if edit.duration_seconds is not None:
        return edit.duration_seconds
    if edit.narration is None or shot.duration_is_wished:
        return None
    return estimated_seconds(edit.narration, language)


async def regenerate_shot(
    context: Context,
    shot_id: str,
    *,
    prompt: str | None = None,
    seed: int | None = None,
    idempotency_key: str | None = None,
) -> ShotRow:
    """Start a new take of the shot; the present one stays selected until the new one is ready.

    Raises:
        InvalidInputError: The prompt is blank or too long, or the seed is out of range.
        NotFoundError: The viewer has no such shot.
        InvalidStateError: A take of it is being drawn.
    """
    prompt = check_optional(prompt, field="prompt", limit=MAX_PROMPT_LENGTH)
    if seed is not None and not 0 <= seed < 2**31:
        raise InvalidInputError(
            "The seed must be an integer from 0 to 2147483647.",
            code="OUT_OF_RANGE",
            field=("input", "seed"),
        )
    asked = {"id": shot_id, "prompt": prompt, "seed": seed}
    async with once(context, idempotency_key, "regenerateShot", **asked) as call:
        session = call.session
        if call.done is not None:
            return await require_shot(context, str(call.done))
        story, shot = await locked_shot(session, context, shot_id)
        call.made = shot.id
        if prompt is not None and prompt != shot.prompt:
            await shots.update_shot(session, shot.id, ShotOptions(prompt=prompt))
            shot = await shots.get_shot(session, shot.id) or shot
        moved = await _regenerate(session, context, shot, seed=seed)
        await events.append_events(session, story.id, moved)
    return await require_shot(context, shot_id)


async def _regenerate(
    session: Writes, context: Context, shot: ShotRow, *, seed: int | None = None
) -> list[NewEvent]:
    if shot.status in OPEN_STATUSES:
        raise InvalidStateError(
            "The shot is already being drawn. Wait until it is finished, or cancel the story."
        )
    return await add_new_takes(session, context, [shot], seed=seed)


async def add_new_takes(
    session: Writes,
    context: Context,
    shot_rows: Sequence[ShotRow],
    *,
    seed: int | None = None,
    resume: bool = False,
) -> list[NewEvent]:
    """Give each shot another take and queue its drawing; returns the events to append.

    With `resume`, the take continues what a service has made, or is making, of the last one. The
    caller has locked the story, and none of the shots is open.
    """
    line_up = context.production.line_up
    story_id, shot_ids = shot_rows[0].story_id, [shot.id for shot in shot_rows]
    last_takes = await takes.list_last_takes(session, shot_ids)
    begun: dict[UUID, BegunWork] = {}
    if resume:
        last_ids = [last.id for last in last_takes.values()]
        begun = await list_resumable(
            session, story_id, last_ids, providers=line_up.names(ServiceKind.IMAGE)
        )
    new: list[NewTake] = []
    resumed: dict[UUID, BegunWork] = {}
    for shot in shot_rows:
        last, take_id = last_takes.get(shot.id), uuid7()
        given, provider = seed, line_up.image.name
        if last is not None and last.id in begun and last.prompt == shot.prompt:
            resumed[take_id], given = begun[last.id], last.seed
            provider = begun[last.id].provider
        new.append(
            NewTake(
                id=take_id,
                shot_id=shot.id,
                number=1 if last is None else last.number + 1,
                prompt=shot.prompt,
                seed=seed_of(take_id) if given is None else given,
                provider=provider,
            )
        )
    await begin_pictures(session, story_id, new, begun=resumed)
    await shots.reopen_shots(session, shot_ids)
    added = [NewEvent(EventType.TAKE_ADDED, shot_id=id_) for id_ in shot_ids]
    return [*added, *(NewEvent(EventType.SHOT_STATUS_CHANGED, shot_id=id_) for id_ in shot_ids)]


async def select_take(context: Context, shot_id: str, take_id: str) -> ShotRow:
    """Show another take of the shot.

    Raises:
        NotFoundError: The viewer has no such shot, or the shot no such take.
        InvalidStateError: The take has no picture.
    """
    wanted = parse_id(take_id, noun="take")
    async with context.writing() as session:
        story, shot = await locked_shot(session, context, shot_id)
        found = {take.id: take for take in await takes.list_takes(session, [shot.id])}
        take = found.get(wanted)
        if take is None:
            raise NotFoundError("Take not found in this shot.", field=("takeId",))
        if take.status is not Status.COMPLETED:
            raise InvalidStateError(
                "The take has no picture yet. Wait until it is completed.", field=("takeId",)
            )
        await shots.select_take(session, shot.id, take.id)
        provider = context.production.line_up.clip_name
        await begin_clips(session, story.id, [shot.id], provider=provider)  # in the same event
        moved = [NewEvent(EventType.SHOT_UPDATED, shot_id=shot.id)]
        if shot.status not in (*OPEN_STATUSES, Status.COMPLETED):
            moved.append(NewEvent(EventType.SHOT_STATUS_CHANGED, shot_id=shot.id))
        await events.append_events(session, story.id, moved)
    return await require_shot(context, shot_id)
