"""Films over REST, where they are called assets."""

from uuid import UUID

from starlette.requests import Request

from db.rows import Position
from domain import MAX_PAGE_SIZE
from errors import InvalidInputError, NotFoundError
from resolvers import stories, videos
from resolvers.context import Context
from resolvers.cursors import encode_page_cursor
from resolvers.paging import parse_window
from web.rest.bodies import Asset, AssetId

MOST = 500
"""Films in one answer."""


async def list_assets(request: Request, context: Context) -> list[Asset]:
    """The newest films of the viewer, newest first.

    Raises:
        InvalidInputError: A parameter is invalid.
    """
    left, after = _limit_of(request), _start_of(request)
    assets: list[Asset] = []
    while True:
        window = parse_window(first=min(left, MAX_PAGE_SIZE), after=after)
        page = (await videos.list_videos(context, window)).page
        assets += [Asset.of(video, context) for video in page.nodes]
        left -= len(page.nodes)
        if not (page.has_next and left):
            return assets
        after = encode_page_cursor(page.positions[-1])


def _limit_of(request: Request) -> int:
    told = request.query_params.get("limit", str(MOST))
    if told.isascii() and told.isdecimal() and 1 <= int(told[:9]) <= MOST:
        return int(told)
    raise InvalidInputError(
        f"limit must be a number from 1 to {MOST}.", code="OUT_OF_RANGE", field=("limit",)
    )


def _start_of(request: Request) -> str | None:
    told = request.query_params.get("before")
    if told is None:
        return None
    try:
        return encode_page_cursor(Position(id=UUID(told)))
    except ValueError:
        raise InvalidInputError("before must be the ID of a film.", field=("before",)) from None


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
