"""What both ways of making a film need: the story's pictures, and where progress is shown."""

from uuid import UUID

from db.queries import shots, stories, videos
from db.rows import ShotRow, StoryRow
from db.session import AsyncSession
from errors import StepError
from orchestration.jobs import Job
from orchestration.production import Production, show_progress


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
    """Show how far the film is."""

    async def move(session: AsyncSession) -> bool:
        return await videos.raise_video_progress(
            session, job.subject_id, run=job.run, progress=progress
        )

    await show_progress(production, job.story_id, move, hint=f"video {job.subject_id}")
