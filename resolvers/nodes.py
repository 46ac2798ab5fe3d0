"""Finds any object by its ID: IDs are unique across all types."""

from db.queries import clips, shots, stories, takes, videos
from db.rows import ClipRow, ShotRow, StoryRow, TakeRow, VideoRow
from errors import NotFoundError
from resolvers.context import Context, parse_id


async def get_node(
    context: Context, node_id: str
) -> StoryRow | ShotRow | TakeRow | ClipRow | VideoRow | None:
    """The viewer's object with this ID; None if absent or of another owner."""
    try:
        id_ = parse_id(node_id, noun="node")
    except NotFoundError:
        return None
    owner_id = context.viewer.sees_only
    async with context.database.reading() as session:
        return (
            await stories.get_story(session, id_, owner_id=owner_id)
            or await shots.get_shot(session, id_, owner_id=owner_id)
            or await videos.get_video(session, id_, owner_id=owner_id)
            or await takes.get_take(session, id_, owner_id=owner_id)
            or await clips.get_clip(session, id_, owner_id=owner_id)
        )
