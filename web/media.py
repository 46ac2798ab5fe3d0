"""Pictures and films over HTTP: ranges, immutable caching, downloads, pictures in many widths.

A key is accepted only in the exact form that the store generates; anything else is not found.
"""

import re
from collections.abc import AsyncIterator, Mapping
from pathlib import PurePosixPath

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from errors import NotFoundError
from orchestration.media.lettering.subtitles import vtt_track
from orchestration.media.store import MediaInfo, MediaStore, parse_key
from resolvers.downloads import title_of
from web.envelope import fail
from web.filenames import attachment
from web.picture_sizes import best_type, wanted_width
from web.services import services_of

_ONE_RANGE = re.compile(r"bytes=[ \t]*([0-9]{0,19})-([0-9]{0,19})[ \t]*", re.IGNORECASE)
_FOR_EVER = "max-age=31536000, immutable"
_FOR_A_MINUTE = "max-age=60"
"""The picture itself, where a variant could not be made."""


class _UnsatisfiableRangeError(Exception):
    """The range begins after the last byte."""


async def _send_media(request: Request) -> Response:
    key = _key_of(request)
    links = services_of(request).production.links
    links.check(key, request.query_params)
    store = services_of(request).production.store
    if key.endswith(".srt") and request.query_params.get("format") == "vtt":
        # As an HTML player reads them; small, so they are sent whole.
        track = vtt_track((await store.get_bytes(key)).decode())
        return Response(track, headers=_kept(request, _FOR_EVER), media_type="text/vtt")
    key, info, kept = await _find(request, key)
    headers = {
        **kept,
        "ETag": info.etag,
        "Accept-Ranges": "bytes",
        "Content-Type": info.media_type,
    }
    if _names_tag(request.headers.get("if-none-match", ""), info.etag):
        return Response(status_code=304, headers=headers)
    if request.query_params.get("download") == "1":
        title = await title_of(services_of(request).production.database, key)
        file = PurePosixPath(key)
        headers["Content-Disposition"] = attachment(title, file.suffix, otherwise=file.stem)
    try:
        wanted = _wanted_range(request, info)
    except _UnsatisfiableRangeError:
        size = {"Content-Range": f"bytes */{info.size_bytes}", "Accept-Ranges": "bytes"}
        return fail(
            416, f"The range is outside of the file, which has {info.size_bytes} bytes.", size
        )
    start, end = wanted or (0, info.size_bytes)
    headers["Content-Length"] = str(end - start)
    if wanted is not None:
        headers["Content-Range"] = f"bytes {start}-{end - 1}/{info.size_bytes}"
    status = 200 if wanted is None else 206
    if request.method == "HEAD" or start == end:
        return Response(status_code=status, headers=headers)
    return await _stream(store, key, start, end, status=status, headers=headers)


async def _find(request: Request, key: str) -> tuple[str, MediaInfo, dict[str, str]]:
    """The file to send, its properties, and the headers by which caches keep it.

    That is the file with this key, or a variant of the picture if a width is wanted.

    Raises:
        NotFoundError: There is no such file.
        InvalidInputError: The wanted width is not positive.
    """
    production = services_of(request).production
    width = wanted_width(key, request.query_params)
    if width is None:
        return key, await production.store.head(key), _kept(request, _FOR_EVER)
    vary = {"Vary": "Accept"}
    media_type = best_type(key, request.headers)
    found = await production.variants.find(key, width=width, media_type=media_type)
    if found is not None:
        return *found, {**_kept(request, _FOR_EVER), **vary}
    info = await production.store.head(key)
    return key, info, {**_kept(request, _FOR_A_MINUTE), **vary}


def _kept(request: Request, lifetime: str) -> dict[str, str]:
    is_signed = services_of(request).production.links.are_signed
    return {"Cache-Control": f"{'private' if is_signed else 'public'}, {lifetime}"}


def _key_of(request: Request) -> str:
    """The key in the path. Escaped keys are rejected, because ours need no escaping.

    Raises:
        NotFoundError: The path does not have the form of a key.
    """
    if b"%" in request.scope.get("raw_path", b""):
        raise NotFoundError("Media file not found.")
    return parse_key(request.path_params["key"])


async def _stream(
    store: MediaStore, key: str, start: int, end: int, *, status: int, headers: Mapping[str, str]
) -> Response:
    """Read the first piece before responding, so that a failure can still set the status."""
    pieces = aiter(store.read_range(key, start, end))
    first = await anext(pieces)

    async def all_pieces() -> AsyncIterator[bytes]:
        yield first
        async for piece in pieces:
            yield piece

    return StreamingResponse(all_pieces(), status, headers=headers)


def _names_tag(header: str, etag: str) -> bool:
    tags = [tag.strip().removeprefix("W/") for tag in header.split(",")]
    return "*" in tags or etag in tags


def _wanted_range(request: Request, info: MediaInfo) -> tuple[int, int] | None:
    """The requested range, end exclusive; None for the whole file.

    Several ranges, invalid ranges, and a range of an older version (If-Range) mean the whole file.

    Raises:
        _UnsatisfiableRangeError: The range is outside the file.
    """
    found = _ONE_RANGE.fullmatch(request.headers.get("range", ""))
    if found is None or request.method != "GET":
        return None
    if request.headers.get("if-range", info.etag) != info.etag:
        return None
    size = info.size_bytes
    first, last = found.groups()
    if not first and not last:
        return None
    if not first:
        start, end = max(size - int(last), 0), size
    elif last and int(last) < int(first):
        return None
    else:
        start, end = int(first), min(int(last) + 1, size) if last else size
    if start >= size:
        raise _UnsatisfiableRangeError
    return start, end


def media_routes() -> list[BaseRoute]:
    """All routes under /media."""
    return [Route("/media/{key:path}", _send_media, methods=["GET"])]
