"""The addresses of media: plain ones, or signed ones that expire.

A link needs no header, so players, <img> tags and model services can use it; anyone who has it has
access until it expires.
"""

import time
from collections.abc import Callable, Mapping
from typing import NamedTuple

from orchestration.media.signatures import Signatures

DEFAULT_LIFETIME_S = 3_600
WIDTH_PARAMETER = "w"
_PATH = "/media/"
_REMEDY = "Query the story for a new one"


class Affixes(NamedTuple):
    """What stands before and after a key in its address."""

    before: str
    after: str


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
        if self._signatures is None:
            before, after = _affixes(base_url, width=width)
            return f"{before}{key}{after}"
        step = lifetime_s or self._lifetime_s
        expires = (int(self._clock()) // step + 2) * step
        before, after = _affixes(base_url, width=width, is_further=True)
        return f"{before}{key}?{self._signatures.parameters(key, expires=expires)}{after}"

    def affixes(self, base_url: str, *, width: int | None = None) -> Affixes | None:
        """What surrounds the keys in their addresses; None if these are signed one by one."""
        return _affixes(base_url, width=width) if self._signatures is None else None

    def check(self, key: str, query: Mapping[str, str]) -> None:
        """Accept the parameters of an address that `address` created and that has not expired.

        Raises:
            ForbiddenError: They were not created here, were changed, or have expired.
        """
        if self._signatures is not None:
            self._signatures.check(key, query, remedy=_REMEDY)


def _affixes(base_url: str, *, width: int | None, is_further: bool = False) -> Affixes:
    """The beginning and the end of an address; with `is_further` parameters stand between."""
    sign = "&" if is_further else "?"
    after = "" if width is None else f"{sign}{WIDTH_PARAMETER}={width}"
    return Affixes(f"{base_url.rstrip('/')}{_PATH}", after)
