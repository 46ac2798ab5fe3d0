"""Films over REST, where they are called assets."""

from starlette.requests import Request

from domain import MAX_PAGE_SIZE
from errors import NotFoundError
from resolvers import stories, videos
from resolvers.context import Context
from resolvers.cursors import encode_page_cursor
from resolvers.paging import parse_window
from web.rest.bodies import Asset, AssetId


async def list_assets(_request: Request, context: Context) -> list[Asset]:
    """Every film of the viewer, newest first."""
    assets: list[Asset] = []
    after: str | None = None
    while True:
        window = parse_window(first=MAX_PAGE_SIZE, after=after)
        page = (await videos.list_videos(context, window)).page
        assets += [Asset.of(video, context) for video in page.nodes]
        if not page.has_next:
            return assets
        after = encode_page_cursor(page.positions[-1])


async def generate_video(request: Request, context: Context) -> AssetId:
    """Render the story's film; while one is rendered, return that one.

    Raises:
        InvalidInputError: The story has no shots.
        InvalidStateError: Pictures are missing.
    """
    video = await videos.generate_video(context, request.path_params["id"])
    return AssetId(id=video.id)


async def get_asset(request: Request, context: Context) -> Asset:
    """The story's film: its progress, or its address.

    Raises:
        NotFoundError: The story does not exist, or no film of it was ever requested.
    """
    story = await stories.require_story(context, request.path_params["id"])
    video = await videos.get_story_video(context, story.id)
    if video is None:
        raise NotFoundError("The story has no film yet. Generate one first.")
    return Asset.of(video, context)
