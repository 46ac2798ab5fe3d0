"""Queries and changes of clips: the pictures of shots, in motion."""

from collections.abc import Awaitable

from db.queries import events
from db.rows import ClipRow, ShotRow
from domain import Action, Motion, ServiceKind
from errors import InvalidStateError
from orchestration.recipes.next_steps import begin_clips, begin_clips_again
from resolvers.context import Context
from resolvers.idempotency import once
from resolvers.motions import check_motion
from resolvers.shots import locked_shot, require_shot


def get_shown_clip(context: Context, shot: ShotRow) -> Awaitable[ClipRow | None] | None:
    """The clip of the take that the shot shows; one statement for any number of shots."""
    if shot.selected_take_id is None:
        return None
    return context.loaders.clip.load(shot.selected_take_id)


async def regenerate_clip(
    context: Context, shot_id: str, *, idempotency_key: str | None = None
) -> ShotRow:
    """Make the clip of the shot's picture again; the present one plays until the new one is stored.

    Raises:
        InvalidInputError: No provider is configured for clips.
        NotFoundError: The viewer has no such shot.
        InvalidStateError: The shot requests no clip, has no picture, or its clip is being made.
    """
    async with once(context, idempotency_key, "regenerateClip", id=shot_id) as call:
        session = call.session
        if call.done is not None:
            return await require_shot(context, str(call.done))
        story, shot = await locked_shot(session, context, shot_id)
        call.made = shot.id
        check_motion(context, Motion.CLIP, field=("input", "id"))
        if shot.motion is not Motion.CLIP:
            raise InvalidStateError("The shot uses no clip. Update it with `motion: CLIP` first.")
        if shot.image_key is None:
            raise InvalidStateError(
                "The shot has no picture to animate yet. Wait until it is drawn."
            )
        providers = context.production.line_up.names(ServiceKind.CLIP)
        moved = await begin_clips(session, story.id, [shot.id], provider=providers[0])
        moved = moved or await begin_clips_again(
            session, story.id, [shot.id], providers=providers, action=Action.REGENERATE
        )
        if not moved:
            raise InvalidStateError(
                "The clip is already being made. Wait until it is finished, or cancel the story."
            )
        await events.append_events(session, story.id, moved)
    return await require_shot(context, shot_id)
