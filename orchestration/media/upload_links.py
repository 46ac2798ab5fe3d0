"""The addresses of uploads: always signed, and valid for one take.

Anyone with a link may send one picture to one shot. It needs no header, so a browser, curl or a
phone can send the plain bytes.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from orchestration.media.signatures import Signatures

LINK_LIFETIME_S = 900
"""Long enough to choose a file; the bytes may take longer once they have begun to arrive."""
UPLOAD_PATH = "/uploads/{shot_id}/{take_id}"
_REMEDY = "Get a new one with uploadTake"


@dataclass(frozen=True, slots=True)
class UploadSlot:
    """The subject of a link: the take that the picture becomes, and its shot.

    The take's ID is chosen when the link is created. Its row can exist only once, which makes the
    link single-use.
    """

    shot_id: UUID
    take_id: UUID

    @property
    def path(self) -> str:
        """The path of the upload."""
        return UPLOAD_PATH.format(shot_id=self.shot_id, take_id=self.take_id)


class UploadLinks:
    """Creates and verifies the addresses."""

    def __init__(
        self,
        secret: bytes,
        *,
        lifetime_s: int = LINK_LIFETIME_S,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """`lifetime_s` is the lifetime of a link; `clock` returns seconds since 1970."""
        self._signatures = Signatures(secret, clock=clock)
        self._lifetime_s = lifetime_s
        self._clock = clock

    def address(self, base_url: str, slot: UploadSlot) -> tuple[str, datetime]:
        """The address of the slot, below the API's base address, and its expiry."""
        expires = int(self._clock()) + self._lifetime_s
        parameters = self._signatures.parameters(slot.path, expires=expires)
        url = f"{base_url.rstrip('/')}{slot.path}?{parameters}"
        return url, datetime.fromtimestamp(expires, UTC)

    def check(self, slot: UploadSlot, query: Mapping[str, str]) -> None:
        """Accept the parameters of an address that `address` created and that has not expired.

        Raises:
            ForbiddenError: They were not created here, were changed, or have expired.
        """
        self._signatures.check(slot.path, query, remedy=_REMEDY)
