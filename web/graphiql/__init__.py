"""GraphiQL, the workbench of the GraphQL endpoint: a page that asks nobody but this server.

Its policy lets nothing else in. The files' addresses carry a digest of them all, so that browsers
keep them for ever; those under vendor/ are made by scripts/graphiql and served as they lie there.
"""

import gzip
import json
import secrets
from dataclasses import dataclass
from hashlib import sha256
from html import escape
from pathlib import Path

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Route

from errors import NotFoundError
from web.graphiql.journey import JOURNEY

__all__ = ["graphiql_routes"]

_FOLDER = Path(__file__).parent
_FILES = ("page.js", "page.css", "icon.svg", "vendor/graphiql.js.gz", "vendor/graphiql.css.gz")
_MEDIA_TYPES = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}

# CodeMirror and React set styles through the object model, which no policy forbids; the one style
# element, that of an open dialog, carries the nonce. The lint marks are pictures as data.
_POLICY = (
    "default-src 'none'; script-src 'self'; connect-src 'self'; img-src 'self' data:; "
    "style-src 'self' 'nonce-{nonce}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)

_PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>AI-Story - GraphiQL</title>
<link rel="icon" href="{files}/icon.svg">
<link rel="stylesheet" href="{files}/graphiql.css">
<link rel="stylesheet" href="{files}/page.css">
<script type="application/json" id="journey">{journey}</script>
<script type="module" src="{files}/page.js" nonce="{nonce}"></script>
<div id="graphiql"><noscript>GraphiQL needs JavaScript.</noscript></div>
</html>
"""


@dataclass(frozen=True, slots=True)
class _File:
    """One file of the page, as it lies on the disk."""

    body: bytes
    media_type: str
    is_compressed: bool


class _Workbench:
    """The page and its files, read once."""

    def __init__(self) -> None:
        self._files = {Path(name).name.removesuffix(".gz"): _read(name) for name in _FILES}
        digest = sha256(b"".join(file.body for file in self._files.values()))
        self._version = digest.hexdigest()[:16]
        tabs = [
            {"query": step.query, "variables": json.dumps(step.variables, indent=2)}
            for step in JOURNEY
        ]
        self._journey = json.dumps(tabs).replace("<", "\\u003c")

    async def send_page(self, request: Request) -> Response:
        """The page, with a nonce of its own."""
        _ = request
        nonce = secrets.token_urlsafe(16)
        page = _PAGE.format(
            files=f"/graphiql/{self._version}", journey=self._journey, nonce=escape(nonce)
        )
        policy = _POLICY.format(nonce=nonce)
        headers = {"Cache-Control": "no-store", "Content-Security-Policy": policy}
        return HTMLResponse(page, headers=headers)

    async def send_file(self, request: Request) -> Response:
        """A file of this very version.

        Raises:
            NotFoundError: There is none of this name or version.
        """
        file = self._files.get(request.path_params["name"])
        if file is None or request.path_params["version"] != self._version:
            raise NotFoundError("There is no such file.")
        headers = {
            "Cache-Control": "public, max-age=31536000, immutable",
            "Vary": "Accept-Encoding",
        }
        body = file.body
        if file.is_compressed and "gzip" in request.headers.get("accept-encoding", ""):
            headers["Content-Encoding"] = "gzip"
        elif file.is_compressed:
            body = gzip.decompress(body)
        return Response(body, headers=headers, media_type=file.media_type)


def _read(name: str) -> _File:
    kind = Path(name.removesuffix(".gz")).suffix
    return _File((_FOLDER / name).read_bytes(), _MEDIA_TYPES[kind], name.endswith(".gz"))


def graphiql_routes() -> list[BaseRoute]:
    """The page at /graphiql, and its files below."""
    workbench = _Workbench()
    return [
        Route("/graphiql", workbench.send_page),
        Route("/graphiql/{version}/{name}", workbench.send_file),
    ]
