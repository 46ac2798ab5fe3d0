"""Validates requests for shots in motion, and starts or stops their clips."""

from db.rows import NewEvent, ShotRow
from db.session import Writes
from domain import Action, Motion, ServiceKind
from errors import InvalidInputError
from orchestration.recipes.next_steps import begin_clips, begin_clips_again, stop_clips
from resolvers.context import Context


def check_motion(
    context: Context, motion: Motion | None, *, field: tuple[str, ...] = ("input", "motion")
) -> None:
    """Accept a motion that a provider is configured for.

    Raises:
        InvalidInputError: UNSUPPORTED: it is CLIP, and no provider makes clips.
    """
    if motion is Motion.CLIP and context.production.line_up.clip is None:
        raise InvalidInputError(
            "No clip provider is configured. Set AI_STORY_CLIP_PROVIDER on the server, or use "
            "motion STILL.",
            code="UNSUPPORTED",
            field=field,
        )


async def change_motion(
    session: Writes, context: Context, shot: ShotRow, motion: Motion | None
) -> list[NewEvent]:
    """Start or stop the clip of a shot after a change of motion; returns the events to append.

    A failed or canceled clip starts again; an existing one is only shown.
    """
    if motion is None or motion is shot.motion:
        return []
    if motion is Motion.STILL:
        return await stop_clips(session, shot.story_id, [shot.id])
    providers = context.production.line_up.names(ServiceKind.CLIP)
    begun = await begin_clips(session, shot.story_id, [shot.id], provider=providers[0])
    return begun or await begin_clips_again(
        session, shot.story_id, [shot.id], providers=providers, action=Action.RETRY
    )
