"""The addresses of media: plain ones, or signed ones that expire.

A link needs no header, so players, <img> tags and model services can use it; anyone who has it has
access until it expires.
"""

import time
from collections.abc import Callable, Mapping

from orchestration.media.signatures import Signatures

DEFAULT_LIFETIME_S = 3_600
WIDTH_PARAMETER = "w"
_PATH = "/media/"
_REMEDY = "Query the story for a new one"


class MediaLinks:
    """Creates and verifies addresses; without a secret they are plain and permanent."""

    def __init__(
        self,
        secret: bytes | None = None,
        *,
        lifetime_s: int = DEFAULT_LIFETIME_S,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """`lifetime_s` is the minimum lifetime of a link; `clock` returns seconds since 1970."""
        self._signatures = None if secret is None else Signatures(secret, clock=clock)
        self._lifetime_s = lifetime_s
        self._clock = clock

    @property
    def are_signed(self) -> bool:
        """Whether a link must be signed."""
        return self._signatures is not None

    def address(
        self, base_url: str, key: str, *, width: int | None = None, lifetime_s: int | None = None
    ) -> str:
        """The address of the object with this key, below the API's base address.

        It is equal for every reader and for some time, so that caches work: its expiry is a round
        time, one to two lifetimes away. The `width` of a picture is not signed: whoever may see the
        picture may see it in every width, and there are only a few.
        """
        url = f"{base_url.rstrip('/')}{_PATH}{key}"
        size = "" if width is None else f"{WIDTH_PARAMETER}={width}"
        if self._signatures is None:
            return f"{url}?{size}" if size else url
        step = lifetime_s or self._lifetime_s
        expires = (int(self._clock()) // step + 2) * step
        signed = f"{url}?{self._signatures.parameters(key, expires=expires)}"
        return f"{signed}&{size}" if size else signed

    def check(self, key: str, query: Mapping[str, str]) -> None:
        """Accept the parameters of an address that `address` created and that has not expired.

        Raises:
            ForbiddenError: They were not created here, were changed, or have expired.
        """
        if self._signatures is not None:
            self._signatures.check(key, query, remedy=_REMEDY)
