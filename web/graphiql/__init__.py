"""GraphiQL, the bundled GraphQL IDE: a page that sends requests to this server only.

Its content security policy blocks everything else. The addresses of the files carry a digest of all
files, so browsers cache them for ever. Files under vendor/ are built by scripts/graphiql and served
unchanged.
"""

import json
import secrets
from html import escape
from pathlib import Path

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Route

from web.graphiql.journey import JOURNEY
from web.page_files import PageFiles

__all__ = ["graphiql_routes"]

_FOLDER = Path(__file__).parent
_FILES = ("page.js", "page.css", "icon.svg", "vendor/graphiql.js.gz", "vendor/graphiql.css.gz")

# CodeMirror and React set styles through the object model, which no policy forbids. The only style
# element, that of an open dialog, carries the nonce. The lint marks are data: images.
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


class _Workbench:
    """The page and its files."""

    def __init__(self, files: PageFiles) -> None:
        self._files = files
        tabs = [
            {"query": step.query, "variables": json.dumps(step.variables, indent=2)}
            for step in JOURNEY
        ]
        self._journey = json.dumps(tabs).replace("<", "\\u003c")

    async def send_page(self, request: Request) -> Response:
        """The page, with its own nonce."""
        nonce = secrets.token_urlsafe(16)
        files = self._files.base_in(request)
        page = _PAGE.format(files=files, journey=self._journey, nonce=escape(nonce))
        policy = _POLICY.format(nonce=nonce)
        headers = {"Cache-Control": "no-store", "Content-Security-Policy": policy}
        return HTMLResponse(page, headers=headers)


def graphiql_routes() -> list[BaseRoute]:
    """The page at /graphiql, and its files below."""
    paths = {Path(name).name.removesuffix(".gz"): _FOLDER / name for name in _FILES}
    files = PageFiles("/graphiql", paths)
    return [Route("/graphiql", _Workbench(files).send_page), files.route()]
