"""Reads the content of a film when it is made, and builds the request to a video service."""

import base64
from uuid import UUID

from db.queries import shots, stories
from db.rows import ShotRow, StoryRow
from errors import NotFoundError, StepError
from orchestration.films.warnings import list_shots
from orchestration.media.store import media_type_of
from orchestration.providers.ports import VideoRequest, VideoShot
from orchestration.work.errors import MediaMissingError
from orchestration.work.production import Production

_LINK_LIFETIME_S = 86_400
"""A service may fetch the pictures long after it has accepted the job."""


class NothingToRenderError(StepError):
    """The story, or the pictures of all its shots, were deleted after the film was requested."""

    code = "NOTHING_TO_RENDER"

    def __init__(self) -> None:
        super().__init__("The story has no pictures to make a film of; draw its shots first.")


async def read_pictures(production: Production, story_id: UUID) -> tuple[StoryRow, list[ShotRow]]:
    """The story and those of its shots that have a picture, in playing order.

    Raises:
        NothingToRenderError: There are none.
    """
    async with production.database.reading() as session:
        story = await stories.get_story(session, story_id)
        found = await shots.list_shots(session, [story_id])
    pictures = [shot for shot in found if shot.image_key is not None]
    if story is None or not pictures:
        raise NothingToRenderError
    return story, pictures


async def film_request(production: Production, story_id: UUID) -> VideoRequest:
    """The request for the film to a service.

    Raises:
        NothingToRenderError: There are no pictures.
        MediaMissingError: Some of them are no longer in the media store.
    """
    story, pictures = await read_pictures(production, story_id)
    found: list[VideoShot] = []
    missing: list[int] = []
    for shot in pictures:
        try:
            found.append(await _shot(production, shot))
        except NotFoundError:
            missing.append(shot.position)
    if missing:
        raise MediaMissingError(list_shots(missing))
    return VideoRequest(
        story_id=str(story_id),
        title=story.title or "",
        shots=tuple(found),
        width=story.aspect_ratio.size.width,
        height=story.aspect_ratio.size.height,
    )


async def _shot(production: Production, shot: ShotRow) -> VideoShot:
    return VideoShot(
        image_url=await _reachable_url(production, shot),
        prompt=shot.prompt,
        narration=shot.narration,
        transition=shot.transition,
        duration_seconds=shot.duration_seconds,
    )


async def _reachable_url(production: Production, shot: ShotRow) -> str:
    """An address that the service can read: ours if it is public, else a data URL.

    Raises:
        NotFoundError: The picture is no longer in the media store.
    """
    key = shot.image_key or ""
    if production.public_url is not None:
        if not await production.store.has(key):
            raise NotFoundError("The picture is gone.")
        return production.links.address(production.public_url, key, lifetime_s=_LINK_LIFETIME_S)
    content = await production.store.get_bytes(key)
    return f"data:{media_type_of(key)};base64,{base64.b64encode(content).decode()}"
