"""The path prefix: the path of the public URL, under which a reverse proxy serves everything.

A proxy may remove the prefix or pass it on, and a client on this machine sends none. `PathPrefix`
makes the three look alike: as ASGI defines it, `root_path` is the prefix and `path` includes it.
Routes are declared without it, and every address that is handed out includes it.
"""

from collections.abc import Sequence
from urllib.parse import urlsplit

from starlette.requests import HTTPConnection, Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.types import ASGIApp, Receive, Scope, Send


def path_prefix(base_url: str | None) -> str:
    """The path of the base URL of everything, without a trailing slash; empty if there is none."""
    return urlsplit(base_url or "").path.rstrip("/")


def address_in(connection: HTTPConnection, path: str) -> str:
    """The address of one of our paths for a client of this host: with the prefix."""
    return f"{connection.scope.get('root_path', '')}{path}"


def path_inside(scope: Scope) -> str:
    """The path of the request without the prefix, as routes are declared."""
    prefix = scope.get("root_path")
    return _below(scope["path"], prefix) if prefix else scope["path"]


class PathPrefix:
    """Sets `root_path` to the prefix, and puts it before the path unless the proxy did.

    A prefix may look like an address of ours: below the prefix `/films`, a proxy that removes it
    sends `/films` for the list of films. So the prefix is recognized only before an address.
    """

    def __init__(self, app: ASGIApp, *, prefix: str, routes: Sequence[BaseRoute]) -> None:
        """`routes` are those of the application, without the prefix."""
        self._app = app
        self._prefix = prefix
        self._names = {
            _first_name(route.path)
            for route in routes
            if isinstance(route, (Route, WebSocketRoute))
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] in ("http", "websocket"):
            path = f"{self._prefix}{self._inside(path_inside(scope))}"
            scope = {**scope, "root_path": self._prefix, "path": path}
        await self._app(scope, receive, send)

    def _inside(self, path: str) -> str:
        below = _below(path, self._prefix)
        return below if _first_name(below) in self._names else path


def prefix_routes(prefix: str) -> list[BaseRoute]:
    """The page, for a visitor who leaves out the slash after the prefix.

    They come last: an address of ours has precedence, see `PathPrefix`.
    """
    return [Route(prefix, _add_slash)] if prefix else []


async def _add_slash(request: Request) -> Response:
    return RedirectResponse(address_in(request, "/"))


def _below(path: str, prefix: str) -> str:
    """The rest of a path below the prefix; any other path as it is."""
    return path.removeprefix(prefix) if path.startswith(f"{prefix}/") else path


def _first_name(path: str) -> str:
    return path.removeprefix("/").partition("/")[0]
