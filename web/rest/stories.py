"""Stories over REST."""

from starlette.requests import Request

from db.rows import Standing
from resolvers import shots, stories
from resolvers.context import Context
from resolvers.stories import StoryWish
from web.rest.bodies import CreateStoryBody, Shot, StoryBrief, StoryDetail, StoryShots
from web.rest.operations import read_body
from web.rest.words import nearest_style
from web.services import services_of


async def create_story(request: Request, context: Context) -> StoryBrief:
    """Accept the story and respond at once.

    Raises:
        InvalidInputError: The body is invalid.
    """
    body = await read_body(request, CreateStoryBody)
    wish = StoryWish(content=body.content, style=nearest_style(body.style or ""))
    story = await stories.create_story(context, wish)
    status = services_of(request).options.rest_create_status
    return StoryBrief.of(story, Standing(), status=status)


async def get_story(request: Request, context: Context) -> StoryDetail:
    """The story with its text."""
    story = await stories.require_story(context, request.path_params["id"])
    content = await context.loaders.content.load(story.id)
    standing = await context.loaders.standing.load(story.id)
    return StoryDetail.of(story, standing, content=content)


async def get_story_status(request: Request, context: Context) -> StoryBrief:
    """The status of the story."""
    story = await stories.require_story(context, request.path_params["id"])
    return StoryBrief.of(story, await context.loaders.standing.load(story.id))


async def list_story_shots(request: Request, context: Context) -> StoryShots:
    """The story's shots in playing order."""
    story = await stories.require_story(context, request.path_params["id"])
    found = await shots.list_shots(context, story.id)
    return StoryShots(
        story_id=story.id,
        story_title=story.title or "",
        shots=[Shot.of(shot, context) for shot in found],
    )


async def mock_shots(request: Request, context: Context) -> None:
    """Give the story four virtual shots.

    Raises:
        ConflictError: It already has shots.
    """
    await stories.mock_shots(context, request.path_params["id"])
