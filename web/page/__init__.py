"""The page at /, which shows how a story becomes a film; it uses GraphQL.

Hand-written modules without a build step. Every address inside the page returns the page, so deep
links and reloads work. A browser at an unknown address gets the page's own view for that. The
content security policy allows only content from this server.
"""

from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Route

from web.envelope import answer_http_error
from web.page_files import PageFiles
from web.path_prefix import address_in, path_inside

__all__ = ["Page"]

_FOLDER = Path(__file__).parent
_SERVED = (".css", ".js", ".svg", ".webp")
_STORY_PART = "story/"
"""Modules of a single story: the first view loads faster without them."""

_POLICY = (
    "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)

_PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, viewport-fit=cover">
<meta name="color-scheme" content="dark light">
<meta name="theme-color" content="#11100e" media="(prefers-color-scheme: dark)">
<meta name="theme-color" content="#f7f4ef" media="(prefers-color-scheme: light)">
<title>AI-Story</title>
<link rel="icon" href="{files}/icon.svg">
{styles}
{preloads}
<script type="module" src="{files}/main.js"></script>
<div id="page"{mark}>{content}</div>
</html>
"""
_WITHOUT_SCRIPT = "<noscript>The studio needs JavaScript; the API does not: {api}.</noscript>"
_UNKNOWN = """<main id="main"><section class="emptiness">
<h1>There is nothing here.</h1>
<p>The address may be misspelt.</p>
<a class="button" href="{home}">Begin another</a>
</section></main>"""
"""The page's own view, for browsers without JavaScript; the page renders it again."""
_MARK = " data-unknown"
"""Marks the address as unknown for the page, whatever it looks like."""
_APIS = ("/api", "/graphql", "/media", "/texts", "/uploads", "/webhooks", "/healthz", "/readyz")
"""Paths used by programs: the response is JSON for every client."""


class _Document:
    """The document of some addresses; it lists everything their first view needs."""

    def __init__(self, files: PageFiles, names: Iterable[str], *, is_unknown: bool = False) -> None:
        self._files = files
        self._names = tuple(names)
        self._status = 404 if is_unknown else 200
        self._mark = _MARK if is_unknown else ""
        self._content = _UNKNOWN if is_unknown else _WITHOUT_SCRIPT

    async def send(self, request: Request) -> Response:
        """The document, or 304 if the browser has it already."""
        body = self._body_for(request)
        etag = f'"{sha256(body).hexdigest()[:16]}"'
        headers = {
            "Cache-Control": "no-cache",
            "Content-Security-Policy": _POLICY,
            "ETag": etag,
            "Referrer-Policy": "same-origin",
        }
        if self._status == 200 and etag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        return HTMLResponse(body, self._status, headers=headers)

    def _body_for(self, request: Request) -> bytes:
        base = self._files.base_in(request)

        def links(kind: str, rel: str) -> str:
            addresses = (f"{base}/{name}" for name in self._names if name.endswith(kind))
            return "\n".join(f'<link rel="{rel}" href="{address}">' for address in addresses)

        content = self._content.format(
            home=address_in(request, "/"), api=address_in(request, "/graphql")
        )
        return _PAGE.format(
            files=base,
            styles=links(".css", "stylesheet"),
            preloads=links(".js", "modulepreload"),
            mark=self._mark,
            content=content,
        ).encode()


class Page:
    """The page, read once."""

    def __init__(self) -> None:
        paths = {
            path.relative_to(_FOLDER).as_posix(): path
            for path in sorted(_FOLDER.rglob("*"))
            if path.suffix in _SERVED
        }
        first_view = [name for name in paths if not name.startswith(_STORY_PART)]
        self._files = PageFiles("/page", paths)
        self._first = _Document(self._files, first_view)
        self._story = _Document(self._files, paths)
        self._unknown = _Document(self._files, first_view, is_unknown=True)

    def routes(self) -> list[BaseRoute]:
        """The page at its addresses, and its files at /page."""
        return [
            Route("/", self._first.send),
            Route("/films", self._first.send),
            Route("/stories/{story}", self._story.send),
            Route("/stories/{story}/{rest:path}", self._story.send),
            self._files.route(),
        ]

    async def answer_unknown(self, request: Request, error: Exception) -> Response:
        """The response at an unknown address: a page for a person, JSON for a program."""
        if _is_visit(request):
            return await self._unknown.send(request)
        return await answer_http_error(request, error)


def _is_visit(request: Request) -> bool:
    """Whether a browser navigates to the address, rather than a script, an image or a program."""
    path = path_inside(request.scope)
    if request.method not in ("GET", "HEAD") or any(
        path == api or path.startswith(f"{api}/") for api in _APIS
    ):
        return False
    wanted = request.headers.get("sec-fetch-dest", "document")
    return wanted == "document" and "text/html" in request.headers.get("accept", "")
