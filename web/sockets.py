"""Serves WebSockets past the layers and routes that only concern HTTP.

Each layer would keep half a kilobyte for each open WebSocket, and see each message.
"""

from collections.abc import Sequence

from starlette.routing import BaseRoute, WebSocketRoute
from starlette.types import ASGIApp, Receive, Scope, Send

from web.path_prefix import path_inside


class WebSockets:
    """Sends WebSockets to the applications of their routes."""

    def __init__(self, app: ASGIApp, *, routes: Sequence[BaseRoute]) -> None:
        """`routes` are those of the application; their paths have no parameters."""
        self._app = app
        self._applications = {
            route.path: route.app for route in routes if isinstance(route, WebSocketRoute)
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        app = self._app
        if scope["type"] == "websocket":
            app = self._applications.get(path_inside(scope), app)
        await app(scope, receive, send)
