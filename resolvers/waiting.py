"""The paused service that a story waits for."""

from db.rows import StoryRow
from domain import BUILT_IN, OPEN_STATUSES, ServiceKind
from orchestration.work.pauses import Pause
from orchestration.work.turns import soonest_pause
from resolvers.context import Context


async def waits_for(context: Context, story: StoryRow) -> Pause | None:
    """The pause of the service that the story's next step needs; None if nothing delays it."""
    production, loaders = context.production, context.loaders
    if story.status in OPEN_STATUSES:
        return soonest_pause(production, ServiceKind.SCRIPT)
    counts = (await loaders.standing.load(story.id)).shots
    if counts.pending + counts.generating and (
        pause := soonest_pause(production, ServiceKind.IMAGE)
    ):
        return pause
    if counts.awaiting_clips and (pause := soonest_pause(production, ServiceKind.CLIP)):
        return pause
    video = await loaders.video.load(story.id)
    if video is None or video.status not in OPEN_STATUSES:
        return None
    if video.provider != BUILT_IN:
        return soonest_pause(production, ServiceKind.VIDEO)
    full_disk = production.pauses.current(ServiceKind.VIDEO, BUILT_IN)
    return full_disk or soonest_pause(production, ServiceKind.VOICE)
