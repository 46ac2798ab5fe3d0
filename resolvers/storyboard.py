"""Changes of the order of a story's shots: add, delete, reorder."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from uuid_utils.compat import uuid7

from db.queries import events, shots
from db.queries.shots import NewShot
from db.rows import NewEvent, ShotRow, StoryRow
from db.session import Writes
from domain import (
    MAX_NARRATION_LENGTH,
    MAX_PROMPT_LENGTH,
    MAX_SHOTS_PER_STORY,
    MAX_TITLE_LENGTH,
    EventType,
    ShotOptions,
    Status,
    Transition,
)
from errors import InvalidInputError, InvalidStateError, NotFoundError
from orchestration.films.pace import estimated_seconds
from orchestration.recipes.next_steps import stop_clips, stop_pictures
from resolvers.context import Context, parse_id
from resolvers.idempotency import once
from resolvers.motions import check_motion
from resolvers.shots import add_new_takes, locked_shot, require_shot
from resolvers.stories import locked_story, require_story
from resolvers.texts import check_optional, check_text

_MADE_UP_TITLE_LENGTH = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class ShotWish(ShotOptions):
    """A shot to add, not validated yet; after the last one by default."""

    story_id: str
    after_shot_id: str | None = None
    generate: bool = True
    idempotency_key: str | None = None


async def add_shot(context: Context, wish: ShotWish) -> ShotRow:
    """Add a shot to a story that has its script, and draw it if requested.

    Raises:
        InvalidInputError: With the invalid field.
        NotFoundError: The viewer has no such story, or the story no such shot.
        InvalidStateError: There is no script yet, or the story is full.
    """
    prompt = check_text(wish.prompt or "", field="prompt", limit=MAX_PROMPT_LENGTH)
    title = check_optional(wish.title, field="title", limit=MAX_TITLE_LENGTH)
    narration = check_optional(wish.narration, field="narration", limit=MAX_NARRATION_LENGTH) or ""
    check_motion(context, wish.motion)
    async with once(context, wish.idempotency_key, "addShot", wish) as call:
        session = call.session
        if call.done is not None:
            return await require_shot(context, str(call.done))
        story = await locked_story(session, context, wish.story_id)
        others = await shots.list_shots(session, [story.id])
        _check_room(story, others)
        before = _position_of(others, wish.after_shot_id)
        moved = [NewEvent(EventType.SHOTS_REORDERED)] if before < len(others) else []
        await shots.move_shots(session, story.id, after=before, by=1)
        new = NewShot(
            id=uuid7(),
            position=before + 1,
            title=title or _title_from(prompt),
            prompt=prompt,
            narration=narration,
            transition=wish.transition or Transition.KEN_BURNS,
            duration_seconds=estimated_seconds(narration, story.language),
            motion=wish.motion,
        )
        call.made = new.id
        await shots.add_shots(session, story.id, [new])
        moved.append(NewEvent(EventType.SHOTS_ADDED, shot_id=new.id))
        moved += await _begin(session, context, new.id, generate=wish.generate)
        await events.append_events(session, story.id, moved)
    return await require_shot(context, str(new.id))


def _check_room(story: StoryRow, others: Sequence[ShotRow]) -> None:
    if story.status is not Status.COMPLETED:
        raise InvalidStateError("The story has no script yet. Wait for it, or retry the story.")
    if len(others) >= MAX_SHOTS_PER_STORY:
        raise InvalidStateError(f"A story can have at most {MAX_SHOTS_PER_STORY} shots.")


def _position_of(others: Sequence[ShotRow], shot_id: str | None) -> int:
    """The position of the shot; without one, the end."""
    if shot_id is None:
        return max((shot.position for shot in others), default=0)
    field = ("input", "afterShotId")
    wanted = parse_id(shot_id, noun="shot", field=field)
    for shot in others:
        if shot.id == wanted:
            return shot.position
    raise NotFoundError("Shot not found in this story.", field=field)


def _title_from(prompt: str) -> str:
    """The beginning of the prompt, up to the end of a word in languages with spaces."""
    line = " ".join(prompt.split())
    if len(line) <= _MADE_UP_TITLE_LENGTH:
        return line
    shorter = line[:_MADE_UP_TITLE_LENGTH]
    return (shorter.rpartition(" ")[0] or shorter) + "…"


async def _begin(
    session: Writes, context: Context, shot_id: UUID, *, generate: bool
) -> list[NewEvent]:
    """Draw the new shot, or leave it without a picture until it is regenerated."""
    shot = await shots.get_shot(session, shot_id)
    if shot is None:
        raise NotFoundError("Shot not found.")
    if generate:
        return await add_new_takes(session, context, [shot])
    await shots.cancel_shot(session, shot_id)
    return [NewEvent(EventType.SHOT_STATUS_CHANGED, shot_id=shot_id)]


async def delete_shot(context: Context, shot_id: str) -> UUID:
    """Delete the shot with its takes, cancel its work, and close the gap.

    Its files are deleted with the story, because a film that is being composed may still need them.

    Raises:
        NotFoundError: The viewer has no such shot.
    """
    async with context.writing() as session:
        story, shot = await locked_shot(session, context, shot_id)
        await stop_pictures(session, story.id, [shot.id])
        await stop_clips(session, story.id, [shot.id])
        await shots.delete_shot(session, shot.id)
        moved = [NewEvent(EventType.SHOT_DELETED, shot_id=shot.id)]
        if await shots.move_shots(session, story.id, after=shot.position, by=-1):
            moved.append(NewEvent(EventType.SHOTS_REORDERED))
        await events.append_events(session, story.id, moved)
    return shot.id


async def reorder_shots(context: Context, story_id: str, shot_ids: Sequence[str]) -> StoryRow:
    """Play the shots in this order.

    Raises:
        InvalidInputError: These are not all shots of the story, each once.
        NotFoundError: The viewer has no such story.
    """
    field = ("shotIds",)
    wanted = [parse_id(id_, noun="shot", field=field) for id_ in shot_ids]
    async with context.writing() as session:
        story = await locked_story(session, context, story_id)
        present = [shot.id for shot in await shots.list_shots(session, [story.id])]
        if sorted(wanted) != sorted(present):
            raise InvalidInputError(
                f"List all {len(present)} shots of the story exactly once. Read them and retry.",
                field=field,
            )
        if wanted != present:
            await shots.reorder_shots(session, wanted)
            await events.append_events(session, story.id, [NewEvent(EventType.SHOTS_REORDERED)])
    return await require_story(context, story_id)
