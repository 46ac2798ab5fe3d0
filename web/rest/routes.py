"""The table of the REST routes. The order matters: a fixed path comes before one with an ID."""

from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Route

from web.pages import PAGE_HEADERS
from web.rest import shots, stories, videos
from web.rest.bodies import (
    Asset,
    AssetId,
    CreateStoryBody,
    Shot,
    ShotStatus,
    StoryBrief,
    StoryDetail,
    StoryShots,
    UpdateShotBody,
)
from web.rest.openapi import build_document
from web.rest.operations import Operation, Parameter
from web.rest.page import render_page
from web.services import services_of

_NO_STORY = (404, "Story not found.")
_NO_SHOT = (404, "Shot not found.")

OPERATIONS: tuple[Operation[Any], ...] = (
    Operation(
        method="POST",
        path="/api/story/create",
        summary="Create a story; its script and pictures are generated in the background",
        run=stories.create_story,
        body=CreateStoryBody,
        data=StoryBrief,
    ),
    Operation(
        method="GET",
        path="/api/story/all",
        summary="The newest films, newest first",
        run=videos.list_assets,
        data=list[Asset],
        parameters=(
            Parameter(
                "limit",
                "The maximum number of films.",
                {"type": "integer", "minimum": 1, "maximum": videos.MOST, "default": videos.MOST},
            ),
            Parameter(
                "before",
                "The ID of a film: only older ones are listed. For the next page, the last one's.",
                {"type": "string", "format": "uuid"},
            ),
        ),
        errors=((400, "A parameter is invalid."),),
    ),
    Operation(
        method="GET",
        path="/api/story/{id}",
        summary="Get a story with its text",
        run=stories.get_story,
        data=StoryDetail,
        errors=(_NO_STORY,),
    ),
    Operation(
        method="GET",
        path="/api/story/{id}/status",
        summary="Get the status of a story",
        run=stories.get_story_status,
        data=StoryBrief,
        errors=(_NO_STORY,),
    ),
    Operation(
        method="GET",
        path="/api/story/{id}/shots",
        summary="List the shots of a story in playback order",
        run=stories.list_story_shots,
        data=StoryShots,
        errors=(_NO_STORY,),
    ),
    Operation(
        method="POST",
        path="/api/story/{id}/mock-gen",
        summary="Add four mock shots for development: two are completed at once, two later",
        run=stories.mock_shots,
        data=type(None),
        errors=(_NO_STORY, (409, "The story already has shots.")),
    ),
    Operation(
        method="POST",
        path="/api/story/{id}/generate-video",
        summary="Render the film; returns the running rendering if there is one",
        run=videos.generate_video,
        data=AssetId,
        errors=(
            (400, "The story has no shots."),
            _NO_STORY,
            (409, "Some pictures are not ready."),
        ),
    ),
    Operation(
        method="GET",
        path="/api/story/{id}/preview",
        summary="Get the progress of the film, and its URL once it is completed",
        run=videos.get_asset,
        data=Asset,
        errors=((404, "Story not found, or it has no film."),),
    ),
    Operation(
        method="GET",
        path="/api/shot/{id}",
        summary="Get a shot with its picture",
        run=shots.get_shot,
        data=Shot,
        errors=(_NO_SHOT,),
    ),
    Operation(
        method="GET",
        path="/api/shot/{id}/preview",
        summary="Get a shot with its picture and status, for polling",
        run=shots.get_shot,
        data=Shot,
        errors=(_NO_SHOT,),
    ),
    Operation(
        method="POST",
        path="/api/shot/{id}/update",
        summary="Update a shot; a changed prompt regenerates its picture",
        run=shots.update_shot,
        body=UpdateShotBody,
        data=ShotStatus,
        errors=(_NO_SHOT, (409, "The shot is already being drawn.")),
    ),
)


def _document(request: Request) -> dict[str, Any]:
    services = services_of(request)
    return build_document(
        OPERATIONS,
        services.options.version,
        url=services.base_url(request),
        asks_credentials=services.options.asks_credentials,
    )


async def _send_document(request: Request) -> Response:
    return JSONResponse(_document(request))


async def _send_page(request: Request) -> Response:
    return HTMLResponse(render_page(_document(request)), headers=PAGE_HEADERS)


def rest_routes() -> list[BaseRoute]:
    """All routes under /api."""
    return [
        *(operation.route() for operation in OPERATIONS),
        Route("/api/openapi.json", _send_document),
        Route("/api/docs", _send_page),
    ]
