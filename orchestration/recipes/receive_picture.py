"""Processes an uploaded picture: check, decode, store, commit. No service draws it.

It is decoded and re-encoded exactly like pictures from services, and shown like a drawn one. Two
uploads are equal if their stored pictures are; other data in the files does not count.
"""

import asyncio
from functools import partial
from uuid import UUID

from db.queries.events import append_events
from db.queries.stories import lock_row
from db.queries.takes import get_take
from db.queries.uploads import UploadedTake, UploadState, add_uploaded_take, get_upload_state
from db.rows import NewEvent, TakeRow
from db.session import Writes
from domain import Action, EventType, Noun, Status, next_status
from errors import ConflictError, InvalidStateError, NotFoundError
from orchestration.media.store import digest, new_key, suffix_of
from orchestration.media.upload_links import UploadSlot
from orchestration.recipes.picture import PictureRecipe
from orchestration.work.production import Production

_MAGIC = {
    "image/jpeg": (b"\xff\xd8\xff", b""),
    "image/png": (b"\x89PNG\r\n\x1a\n", b""),
    "image/webp": (b"RIFF", b"WEBP"),
}
"""The first bytes of each type, and those after its length, in bytes 8 to 11."""
PICTURE_TYPES = tuple(_MAGIC)
MAGIC_BYTES = 12
"""This many bytes determine the type."""


def sniff(head: bytes) -> str | None:
    """The media type of these first bytes; None if it is none of PICTURE_TYPES."""
    for media_type, (start, behind_length) in _MAGIC.items():
        if head.startswith(start) and head[8:].startswith(behind_length):
            return media_type
    return None


def check_takes_picture(status: Status) -> None:
    """Accept a shot that can be given a picture.

    Raises:
        InvalidStateError: A take of it is being drawn.
    """
    if next_status(Noun.SHOT, status, Action.UPLOAD) is None:
        raise InvalidStateError(
            "A picture of this shot is being drawn. Wait for it or cancel the story, then send "
            "yours."
        )


async def look_at_slot(production: Production, slot: UploadSlot) -> UploadState:
    """The target of a picture for the slot.

    Raises:
        NotFoundError: The shot was deleted.
        InvalidStateError: A take of it is being drawn, and this one does not exist.
    """
    async with production.database.reading() as session:
        state = await get_upload_state(session, slot.shot_id, slot.take_id)
    if state is None:
        raise NotFoundError("The shot was deleted. The picture cannot be uploaded.")
    if state.digest is None:
        check_takes_picture(state.shot_status)
    return state


async def receive_picture(production: Production, slot: UploadSlot, content: bytes) -> TakeRow:
    """Store the picture as the slot's take, and show it; the same picture again changes nothing.

    Raises:
        BadBodyError: It is not a valid picture within the limits.
        ConflictError: Another picture was sent through the same link.
        InvalidStateError: A take of the shot is being drawn.
        NotFoundError: The shot was deleted.
        ProviderUnavailableError: The media store refuses it.
    """
    style = (await look_at_slot(production, slot)).style
    image = await production.decoder.read(content, style)
    code = await asyncio.to_thread(digest, image.content)
    state = await look_at_slot(production, slot)
    if state.digest is not None:
        return await _earlier(production, slot, state.digest, code)
    key = new_key(str(state.story_id), suffix_of(image.media_type))
    await production.store.put_bytes(key, image.content)
    take = UploadedTake(
        id=slot.take_id,
        shot_id=slot.shot_id,
        media_key=key,
        digest=code,
        size_bytes=len(image.content),
        width=image.width,
        height=image.height,
    )
    await production.database.commit(partial(_show, production, state.story_id, take))
    # The row decides, not the result: if the answer to a commit was lost, the repetition returns
    # False.
    async with production.database.reading() as session:
        take = await get_take(session, slot.take_id)
    if take is not None and take.image_key == key:
        return take
    await production.store.delete([key])
    state = await look_at_slot(production, slot)
    return await _earlier(production, slot, state.digest, code)


async def _show(
    production: Production, story_id: UUID, take: UploadedTake, session: Writes
) -> None:
    """Add the take and show it, unless it exists already or its shot has changed."""
    await lock_row(session, story_id)
    if not await add_uploaded_take(session, take):
        return
    await append_events(
        session,
        story_id,
        [
            NewEvent(EventType.TAKE_ADDED, shot_id=take.shot_id),
            NewEvent(EventType.SHOT_STATUS_CHANGED, shot_id=take.shot_id),
            *await PictureRecipe(production.line_up).begin_next(session, story_id, [take.shot_id]),
        ],
    )


async def _earlier(
    production: Production, slot: UploadSlot, present: str | None, code: str
) -> TakeRow:
    """The take that was sent through this link before, if it is the same picture."""
    if present is not None and present != code:
        raise ConflictError(
            "This link was used for another picture. Get a new one with uploadTake."
        )
    async with production.database.reading() as session:
        take = await get_take(session, slot.take_id)
    if take is None:  # deleted, or drawn over, at this very moment
        raise ConflictError("The shot was changed during the upload. Send the picture again.")
    return take
