"""Uploads of pictures: a plain PUT to a signed link, which `uploadTake` returns.

No metadata of an upload is trusted: bytes are counted, the type is read from them, and a decoder in
a separate process has the final decision.
"""

import asyncio
from pathlib import Path
from typing import Self
from uuid import UUID

from pydantic import Field
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from db.rows import TakeRow
from errors import BadBodyError, InvalidInputError, NotFoundError
from orchestration.media.upload_links import UPLOAD_PATH, UploadSlot
from orchestration.providers.http.download import MAX_PICTURE_BYTES
from orchestration.providers.images.decoding import MAX_JPEG_PIXELS, MAX_PICTURE_PIXELS
from orchestration.recipes.receive_picture import (
    MAGIC_BYTES,
    PICTURE_TYPES,
    look_at_slot,
    receive_picture,
    sniff,
)
from orchestration.scratch import scratch_folder
from web.envelope import answer, fail
from web.rest.bodies import Body
from web.services import services_of

_READ_AT_ONCE = 2
"""As many as decoders: other uploads wait on disk, so memory does not grow with clients."""
_STALL_S = 30.0
_TOTAL_S = 600.0
"""30 MiB at half a megabit per second."""


class ReceivedTake(Body):
    """The take created from a picture."""

    id: UUID
    shot_id: UUID
    number: int = Field(ge=1)
    width: int | None
    height: int | None
    image_url: str

    @classmethod
    def of(cls, take: TakeRow, image_url: str) -> Self:
        """From the row, and the address of its picture."""
        return cls(
            id=take.id,
            shot_id=take.shot_id,
            number=take.number,
            width=take.width,
            height=take.height,
            image_url=image_url,
        )


class _Inbox:
    """Accepts one picture per request; only a few are held in memory at the same time."""

    def __init__(self, *, stall_s: float) -> None:
        self._turns = asyncio.Semaphore(_READ_AT_ONCE)
        self._stall_s = stall_s

    async def receive(self, request: Request) -> Response:
        services = services_of(request)
        production = services.production
        slot = _slot_of(request)
        production.uploads.check(slot, request.query_params)
        await look_at_slot(production, slot)  # before the bytes: most rejections need none
        with scratch_folder() as folder:
            path = folder / "picture"
            await _save_body(request, path, stall_s=self._stall_s)
            async with self._turns:
                content = await asyncio.to_thread(path.read_bytes)
                try:
                    take = await receive_picture(production, slot, content)
                except BadBodyError as error:
                    wanted = (
                        f"Send an intact picture of at most {MAX_PICTURE_PIXELS:,} pixels, or a "
                        f"JPEG of at most {MAX_JPEG_PIXELS:,}."
                    )
                    return fail(422, f"{error.message} {wanted}")
        url = production.links.address(services.base_url(request), take.image_key or "")
        return answer(ReceivedTake.of(take, url))


def _slot_of(request: Request) -> UploadSlot:
    try:
        shot_id, take_id = (UUID(request.path_params[name]) for name in ("shot_id", "take_id"))
    except ValueError:
        raise NotFoundError("Invalid upload link. Get a new one with uploadTake.") from None
    return UploadSlot(shot_id=shot_id, take_id=take_id)


async def _save_body(request: Request, path: Path, *, stall_s: float) -> None:
    """Write the body to the file as it arrives, until it is too long or has a wrong type.

    Raises:
        HTTPException: 408, it stopped arriving; 413, it is too large; 415, it is not a picture.
        InvalidInputError: It is empty.
    """
    told = request.headers.get("content-length", "")
    if told.isdecimal():
        _check_size(int(told))
    clock = asyncio.get_running_loop().time
    end = clock() + _TOTAL_S
    size, head = 0, b""
    file = await asyncio.to_thread(path.open, "wb")
    try:
        async with asyncio.timeout(stall_s) as patience:
            async for piece in request.stream():
                patience.reschedule(min(clock() + stall_s, end))
                size += len(piece)
                _check_size(size)
                if len(head) < MAGIC_BYTES:
                    head = (head + piece)[:MAGIC_BYTES]
                    _check_type(head, is_whole=False)
                await asyncio.to_thread(file.write, piece)
    except TimeoutError:
        message = "The upload timed out. Send the picture again to the same link."
        raise HTTPException(408, message, {"Connection": "close"}) from None
    finally:
        file.close()
    if size == 0:
        raise InvalidInputError("The body is empty. Send the picture file as the body.")
    _check_type(head, is_whole=True)


def _check_size(size_bytes: int) -> None:
    if size_bytes > MAX_PICTURE_BYTES:
        message = f"The picture exceeds {MAX_PICTURE_BYTES:,} bytes. Send a smaller one."
        raise HTTPException(413, message)


def _check_type(head: bytes, *, is_whole: bool) -> None:
    """Reject a file that is not a picture as soon as enough of it has arrived."""
    if (is_whole or len(head) == MAGIC_BYTES) and sniff(head) is None:
        message = (
            "The file is not a JPEG, PNG or WebP. Send the file itself as the body, not a form."
        )
        raise HTTPException(415, message, {"Accept": ", ".join(PICTURE_TYPES)})


def upload_routes(*, stall_s: float = _STALL_S) -> list[BaseRoute]:
    """All routes under /uploads; an upload that stalls for `stall_s` is aborted."""
    return [Route(UPLOAD_PATH, _Inbox(stall_s=stall_s).receive, methods=["PUT"])]
