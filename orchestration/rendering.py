"""What both ways of making a film need: the story's pictures, and where progress is shown."""

from uuid import UUID

import structlog

from db.queries import shots, stories, videos
from db.queries.events import ring
from db.rows import ShotRow, StoryRow
from db.session import is_connection_lost
from errors import StepError
from orchestration.jobs import Job
from orchestration.production import Production

_LOG = structlog.get_logger()


async def read_pictures(production: Production, story_id: UUID) -> tuple[StoryRow, list[ShotRow]]:
    """The story and those of its shots that have a picture, in playing order."""
    async with production.database.reading() as session:
        story = await stories.get_story(session, story_id)
        found = await shots.list_shots(session, [story_id])
    pictures = [shot for shot in found if shot.image_key is not None]
    if story is None or not pictures:
        raise NothingToRenderError
    return story, pictures


class NothingToRenderError(StepError):
    """The story, or the pictures of all its shots, have gone since the film was asked for."""

    code = "NOTHING_TO_RENDER"

    def __init__(self) -> None:
        super().__init__("The story has no pictures to make a film of; draw its shots first.")


async def store_progress(production: Production, job: Job, progress: float) -> None:
    """Show how far the film is; what cannot be stored is not worth failing a film for."""
    try:
        async with production.database.transaction() as session:
            story_id = await videos.raise_video_progress(
                session, job.subject_id, run=job.run, progress=progress
            )
            if story_id is not None:
                await ring(session, story_id, hint=f"video {job.subject_id}")
    except Exception as error:
        if not is_connection_lost(error):
            _LOG.exception("progress not stored")
