"""Uploads of pictures: the client requests a link and sends the bytes to it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from uuid_utils.compat import uuid7

from domain import Scope
from orchestration.media.upload_links import UploadSlot
from orchestration.providers.http.download import MAX_PICTURE_BYTES
from orchestration.recipes.receive_picture import PICTURE_TYPES, check_takes_picture
from resolvers.context import Context
from resolvers.policies import check_scope
from resolvers.shots import require_shot


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """An upload link for one picture, and the accepted formats and sizes."""

    take_id: UUID
    url: str
    expires_at: datetime
    max_size_bytes: int = MAX_PICTURE_BYTES
    media_types: tuple[str, ...] = PICTURE_TYPES


async def begin_upload(context: Context, shot_id: str) -> Upload:
    """A link through which the shot gets a picture; nothing changes until the bytes have arrived.

    Raises:
        ForbiddenError: The viewer may only read.
        NotFoundError: The viewer has no such shot.
        InvalidStateError: A take of it is being drawn.
    """
    check_scope(context.viewer, Scope.WRITE)
    shot = await require_shot(context, shot_id)
    check_takes_picture(shot.status)
    slot = UploadSlot(shot_id=shot.id, take_id=uuid7())
    url, expires_at = context.production.uploads.address(context.base_url, slot)
    return Upload(take_id=slot.take_id, url=url, expires_at=expires_at)
