"""Stories over REST."""

from starlette.requests import Request

from resolvers import shots, stories
from resolvers.context import Context
from resolvers.stories import StoryWish
from web.rest.bodies import CreateStoryBody, Shot, StoryBrief, StoryDetail, StoryShots
from web.rest.operations import read_body
from web.rest.words import nearest_style
from web.services import services_of


async def create_story(request: Request, context: Context) -> StoryBrief:
    """Accept the story and answer at once.

    Raises:
        InvalidInputError: The body is not sound.
    """
    body = await read_body(request, CreateStoryBody)
    wish = StoryWish(content=body.content, style=nearest_style(body.style or ""))
    story = await stories.create_story(context, wish)
    return StoryBrief.of(story, status=services_of(request).options.rest_create_status)


async def get_story(request: Request, context: Context) -> StoryDetail:
    """The story with its text."""
    story = await stories.require_story(context, request.path_params["id"])
    return StoryDetail.of(story, await context.loaders.content.load(story.id))


async def get_story_status(request: Request, context: Context) -> StoryBrief:
    """Where the story stands."""
    return StoryBrief.of(await stories.require_story(context, request.path_params["id"]))


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
        ConflictError: It has shots already.
    """
    await stories.mock_shots(context, request.path_params["id"])
