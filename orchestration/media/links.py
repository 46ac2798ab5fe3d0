"""The addresses under which media are served: plain ones, or signed ones that end.

A link says by itself that it may be followed, so that players, <img> tags and model services need
no header; whoever has it can see what it names, until it ends.
"""

import time
from collections.abc import Callable, Mapping

from orchestration.media.signatures import Signatures

DEFAULT_LIFETIME_S = 3_600
_PATH = "/media/"
_REMEDY = "Query the story for a new one"


class MediaLinks:
    """Makes and checks addresses; without a secret they are plain and for ever."""

    def __init__(
        self,
        secret: bytes | None = None,
        *,
        lifetime_s: int = DEFAULT_LIFETIME_S,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """`lifetime_s` is how long a link is good at least; `clock` tells seconds since 1970."""
        self._signatures = None if secret is None else Signatures(secret, clock=clock)
        self._lifetime_s = lifetime_s
        self._clock = clock

    @property
    def are_signed(self) -> bool:
        """Whether a link must be signed to be followed."""
        return self._signatures is not None

    def address(self, base_url: str, key: str, *, lifetime_s: int | None = None) -> str:
        """Where the object of this key is served, under the API's own base address.

        It is the same for every reader and stays so for a while, so that caches can do their work:
        its end is a round time, one to two lifetimes away.
        """
        url = f"{base_url.rstrip('/')}{_PATH}{key}"
        if self._signatures is None:
            return url
        step = lifetime_s or self._lifetime_s
        expires = (int(self._clock()) // step + 2) * step
        return f"{url}?{self._signatures.parameters(key, expires=expires)}"

    def check(self, key: str, query: Mapping[str, str]) -> None:
        """Let pass the parameters of an address that `address` made and whose time has not ended.

        Raises:
            ForbiddenError: It was not made here, was changed, or has ended.
        """
        if self._signatures is not None:
            self._signatures.check(key, query, remedy=_REMEDY)
