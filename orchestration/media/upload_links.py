"""The addresses to which pictures of one's own are sent: always signed, and good for one take.

Whoever was given a link may send one picture to one shot with it; it needs no header, so that a
browser, curl or a phone sends the bare bytes.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from orchestration.media.signatures import Signatures

LINK_LIFETIME_S = 900
"""Long enough to choose a file; the bytes may take longer, once they have begun to come."""
UPLOAD_PATH = "/uploads/{shot_id}/{take_id}"
_REMEDY = "Get a new one with uploadTake"


@dataclass(frozen=True, slots=True)
class UploadSlot:
    """What a link is good for: the take that the picture becomes, and the shot that it is of.

    The take's id is chosen when the link is made, so that its row, which can be there but once,
    is what makes the link good but once.
    """

    shot_id: UUID
    take_id: UUID

    @property
    def path(self) -> str:
        """Where its picture is sent."""
        return UPLOAD_PATH.format(shot_id=self.shot_id, take_id=self.take_id)


class UploadLinks:
    """Makes and checks the addresses."""

    def __init__(
        self,
        secret: bytes,
        *,
        lifetime_s: int = LINK_LIFETIME_S,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """`lifetime_s` is how long a link is good; `clock` tells seconds since 1970."""
        self._signatures = Signatures(secret, clock=clock)
        self._lifetime_s = lifetime_s
        self._clock = clock

    def address(self, base_url: str, slot: UploadSlot) -> tuple[str, datetime]:
        """Where the slot's picture is sent, under the API's own base address, and until when."""
        expires = int(self._clock()) + self._lifetime_s
        parameters = self._signatures.parameters(slot.path, expires=expires)
        url = f"{base_url.rstrip('/')}{slot.path}?{parameters}"
        return url, datetime.fromtimestamp(expires, UTC)

    def check(self, slot: UploadSlot, query: Mapping[str, str]) -> None:
        """Let pass the parameters of an address that `address` made and whose time has not ended.

        Raises:
            ForbiddenError: It was not made here, was changed, or has ended.
        """
        self._signatures.check(slot.path, query, remedy=_REMEDY)
