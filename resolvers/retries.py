"""Starts failed work again; what succeeded is neither made nor paid for twice."""

from collections.abc import Sequence

from db.queries import events, shots, stories
from db.rows import NewEvent, ShotRow, StoryRow
from db.session import Writes
from domain import RESTARTABLE_STATUSES, Action, EventType, ServiceKind
from errors import InvalidStateError, NotFoundError
from orchestration.recipes.next_steps import begin_clips_again, begin_script
from resolvers.context import Context, parse_id
from resolvers.idempotency import once
from resolvers.shots import add_new_takes
from resolvers.stories import locked_story, require_story
from resolvers.videos import retry_story_video


async def retry_story(
    context: Context,
    story_id: str,
    *,
    shot_ids: Sequence[str] | None = None,
    idempotency_key: str | None = None,
) -> StoryRow:
    """Start only failed or canceled parts again: script, shots and clips, or film.

    Raises:
        NotFoundError: The viewer has no such story, or it has no such shot.
        InvalidStateError: No part of it failed or was canceled.
        ConflictError: The idempotency key was used for another input.
    """
    async with once(context, idempotency_key, "retryStory", id=story_id, shots=shot_ids) as call:
        session = call.session
        if call.done is not None:
            return await require_story(context, str(call.done))
        story = await locked_story(session, context, story_id)
        call.made = story.id
        moved = await _retry_script(session, context, story) if shot_ids is None else []
        if not moved:
            moved = await _retry_shots(session, context, story, shot_ids=shot_ids)
        if not moved and shot_ids is None:
            moved = await retry_story_video(session, context, story.id)
        if not moved:
            raise InvalidStateError("The story has no failed or canceled work to retry.")
        await events.append_events(session, story.id, moved)
    return await require_story(context, story_id)


async def _retry_script(session: Writes, context: Context, story: StoryRow) -> list[NewEvent]:
    if not await stories.restart_script(session, story.id):
        return []
    await begin_script(session, story.id, provider=context.production.line_up.script.name)
    return [NewEvent(EventType.STORY_STATUS_CHANGED)]


async def _retry_shots(
    session: Writes, context: Context, story: StoryRow, *, shot_ids: Sequence[str] | None
) -> list[NewEvent]:
    found = await shots.list_shots(session, [story.id])
    if shot_ids is not None:
        wanted = {parse_id(id_, noun="shot") for id_ in shot_ids}
        if missing := wanted - {shot.id for shot in found}:
            raise NotFoundError(
                f"Shot {min(map(str, missing))} not found in this story.",
                field=("input", "shotIds"),
            )
        found = [shot for shot in found if shot.id in wanted]
    failed: list[ShotRow] = [shot for shot in found if shot.status in RESTARTABLE_STATUSES]
    moved = await add_new_takes(session, context, failed, resume=True) if failed else []
    if context.production.line_up.clip is None:
        return moved
    clips = await begin_clips_again(
        session,
        story.id,
        [shot.id for shot in found],
        providers=context.production.line_up.names(ServiceKind.CLIP),
        action=Action.RETRY,
    )
    return [*moved, *clips]
