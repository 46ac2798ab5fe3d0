"""Takes a picture that a person sends for a shot: look, decode, store, land. No service draws it.

It is decoded and encoded anew, exactly as what services send, and shown as a drawn one is. Whether
two are the same is decided by what is stored: what else stood in the file is of no account.
"""

import asyncio
from functools import partial
from uuid import UUID

from db.queries.events import append_events
from db.queries.stories import lock_row
from db.queries.takes import get_take
from db.queries.uploads import UploadedTake, UploadState, add_uploaded_take, get_upload_state
from db.rows import NewEvent, TakeRow
from db.session import AsyncSession
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
"""How a file of the type begins, and what stands behind its length, in bytes 8 to 11."""
PICTURE_TYPES = tuple(_MAGIC)
MAGIC_BYTES = 12
"""So many bytes tell the type."""


def sniff(head: bytes) -> str | None:
    """The media type that these first bytes have; None when it is none of PICTURE_TYPES."""
    for media_type, (start, behind_length) in _MAGIC.items():
        if head.startswith(start) and head[8:].startswith(behind_length):
            return media_type
    return None


def check_takes_picture(status: Status) -> None:
    """Let pass a shot that can be given a picture.

    Raises:
        InvalidStateError: A take of it is being drawn.
    """
    if next_status(Noun.SHOT, status, Action.UPLOAD) is None:
        raise InvalidStateError(
            "A picture of this shot is being drawn. Wait for it or cancel the story, then send "
            "yours."
        )


async def look_at_slot(production: Production, slot: UploadSlot) -> UploadState:
    """What a picture for the slot would meet.

    Raises:
        NotFoundError: The shot was deleted.
        InvalidStateError: A take of it is being drawn, and this one is not there.
    """
    async with production.database.reading() as session:
        state = await get_upload_state(session, slot.shot_id, slot.take_id)
    if state is None:
        raise NotFoundError("The shot was deleted. The picture cannot be uploaded.")
    if state.digest is None:
        check_takes_picture(state.shot_status)
    return state


async def receive_picture(production: Production, slot: UploadSlot, content: bytes) -> TakeRow:
    """Make the picture the slot's take, and show it; the same picture again changes nothing.

    Raises:
        BadBodyError: It is no sound picture within the bounds.
        ConflictError: Another picture came through the same link.
        InvalidStateError: A take of the shot is being drawn.
        NotFoundError: The shot was deleted.
        ProviderUnavailableError: The media store does not take it.
    """
    image = await production.decoder.read(content)
    code = await asyncio.to_thread(digest, image.content)
    state = await look_at_slot(production, slot)
    if state.digest is not None:
        return await _earlier(production, slot, state.digest, code)
    key = new_key(str(state.story_id), suffix_of(image.media_type))
    await production.store.put_bytes(key, image.content)
    take = UploadedTake(
        take_id=slot.take_id,
        shot_id=slot.shot_id,
        media_key=key,
        digest=code,
        size_bytes=len(image.content),
        width=image.width,
        height=image.height,
    )
    await production.database.commit(partial(_show, production, state.story_id, take))
    # The row decides, not the answer: of a commit whose answer was lost it may have been "no".
    async with production.database.reading() as session:
        take = await get_take(session, slot.take_id)
    if take is not None and take.image_key == key:
        return take
    await production.store.delete([key])
    state = await look_at_slot(production, slot)
    return await _earlier(production, slot, state.digest, code)


async def _show(
    production: Production, story_id: UUID, take: UploadedTake, session: AsyncSession
) -> None:
    """Add the take and show it, unless it is there already or its shot has moved on."""
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
    """The take that came through this link before, if it is the same picture."""
    if present is not None and present != code:
        raise ConflictError(
            "This link was used for another picture. Get a new one with uploadTake."
        )
    async with production.database.reading() as session:
        take = await get_take(session, slot.take_id)
    if take is None:  # deleted, or drawn over, in this very moment
        raise ConflictError("The shot was changed during the upload. Send the picture again.")
    return take
