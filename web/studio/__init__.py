"""The studio: the page at / where a story is seen becoming a film; it talks GraphQL.

Hand-written modules without a build step. Every address inside the page answers with the page, so
that links lead deep and a reload stays where it was. Its policy lets in what comes from here and
nothing else.
"""

from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Route

from web.page_files import PageFiles

__all__ = ["studio_routes"]

_FOLDER = Path(__file__).parent
_SERVED = (".css", ".js", ".svg", ".webp")
_STORY_PART = "story/"
"""What shows one story: the first view is lighter without it."""

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
<div id="page"><noscript>The studio needs JavaScript; the API does not: /graphql.</noscript></div>
</html>
"""


class _Page:
    """The document of some addresses; it names all that their first view needs."""

    def __init__(self, base: str, names: Iterable[str]) -> None:
        def links(kind: str, rel: str) -> str:
            addresses = (f"{base}/{name}" for name in names if name.endswith(kind))
            return "\n".join(f'<link rel="{rel}" href="{address}">' for address in addresses)

        document = _PAGE.format(
            files=base, styles=links(".css", "stylesheet"), preloads=links(".js", "modulepreload")
        )
        self._document = document.encode()
        self._etag = f'"{sha256(self._document).hexdigest()[:16]}"'

    async def send(self, request: Request) -> Response:
        """The document, or that the browser has it already."""
        headers = {
            "Cache-Control": "no-cache",
            "Content-Security-Policy": _POLICY,
            "ETag": self._etag,
            "Referrer-Policy": "same-origin",
        }
        if self._etag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        return HTMLResponse(self._document, headers=headers)


def studio_routes() -> list[BaseRoute]:
    """The page at its addresses, and its files at /studio."""
    paths = {
        path.relative_to(_FOLDER).as_posix(): path
        for path in sorted(_FOLDER.rglob("*"))
        if path.suffix in _SERVED
    }
    files = PageFiles("/studio", paths)
    first = _Page(files.base, [name for name in paths if not name.startswith(_STORY_PART)])
    story = _Page(files.base, paths)
    return [
        Route("/", first.send),
        Route("/films", first.send),
        Route("/stories/{story}", story.send),
        Route("/stories/{story}/{rest:path}", story.send),
        files.route(),
    ]
