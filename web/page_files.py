"""The files of one of our pages: read once, compressed, and cached by browsers for ever.

Their addresses carry a digest of all files. A requested path is looked up in a table and never
touches the disk.
"""

import gzip
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path, PurePosixPath

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from errors import NotFoundError
from web.path_prefix import address_in

_MEDIA_TYPES = {
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
    ".webp": "image/webp",
}
_PACKED_ALREADY = (".webp",)


@dataclass(frozen=True, slots=True)
class _File:
    """One file, plain and, if that is smaller, compressed."""

    body: bytes
    packed: bytes | None
    media_type: str


class PageFiles:
    """All files of one page, below an address of this exact version."""

    def __init__(self, address: str, files: Mapping[str, Path]) -> None:
        """`files` are keyed by the path after the version; one that ends in .gz is compressed."""
        self._files = {name: _read(name, path) for name, path in files.items()}
        told = sha256()
        for name, file in sorted(self._files.items()):
            told.update(f"{name}\n{len(file.body)}\n".encode() + file.body)
        self._version = told.hexdigest()[:16]
        self._address = address

    def base_in(self, request: Request) -> str:
        """The address of this version's files for a page, without a trailing slash."""
        return address_in(request, f"{self._address}/{self._version}")

    def route(self) -> Route:
        """All routes below the address."""
        return Route(f"{self._address}/{{version}}/{{name:path}}", self._send)

    async def _send(self, request: Request) -> Response:
        file = self._files.get(request.path_params["name"])
        if file is None or request.path_params["version"] != self._version:
            raise NotFoundError("File not found.")
        headers = {"Cache-Control": "public, max-age=31536000, immutable"}
        body = file.body
        if file.packed is not None:
            headers["Vary"] = "Accept-Encoding"
            if "gzip" in request.headers.get("accept-encoding", ""):
                headers["Content-Encoding"] = "gzip"
                body = file.packed
        return Response(body, headers=headers, media_type=file.media_type)


def _read(name: str, path: Path) -> _File:
    content = path.read_bytes()
    kind = PurePosixPath(name).suffix
    media_type = _MEDIA_TYPES[kind]
    if path.suffix == ".gz":
        return _File(gzip.decompress(content), content, media_type)
    if kind in _PACKED_ALREADY:
        return _File(content, None, media_type)
    return _File(content, gzip.compress(content, mtime=0), media_type)
