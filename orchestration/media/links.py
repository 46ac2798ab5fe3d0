"""The addresses under which media are served: plain ones, or signed ones that end.

A link says by itself that it may be followed, so that players, <img> tags and model services need
no header; whoever has it can see what it names, until it ends.
"""

import base64
import hashlib
import hmac
import time
from collections.abc import Callable, Mapping

from errors import ForbiddenError

DEFAULT_LIFETIME_S = 3_600
_PATH = "/media/"
_SIGNATURE_BYTES = 24
"""192 bits, which are 32 characters."""


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
        self._secret = secret
        self._lifetime_s = lifetime_s
        self._clock = clock

    @property
    def are_signed(self) -> bool:
        """Whether a link must be signed to be followed."""
        return self._secret is not None

    def address(self, base_url: str, key: str, *, lifetime_s: int | None = None) -> str:
        """Where the object of this key is served, under the API's own base address.

        It is the same for every reader and stays so for a while, so that caches can do their work:
        its end is a round time, one to two lifetimes away.
        """
        url = f"{base_url.rstrip('/')}{_PATH}{key}"
        if self._secret is None:
            return url
        step = lifetime_s or self._lifetime_s
        expires = (int(self._clock()) // step + 2) * step
        return f"{url}?expires={expires}&signature={self._sign(key, expires)}"

    def check(self, key: str, query: Mapping[str, str]) -> None:
        """Let pass the parameters of an address that `address` made and whose time has not ended.

        Raises:
            ForbiddenError: It was not made here, was changed, or has ended.
        """
        if self._secret is None:
            return
        expires = query.get("expires", "")
        is_time = expires.isascii() and expires.isdigit() and len(expires) <= len("9999999999")
        signature = self._sign(key, int(expires)) if is_time else ""
        given = query.get("signature", "").encode(errors="replace")
        if not is_time or not hmac.compare_digest(signature.encode(), given):
            raise ForbiddenError("This is no signed link; ask for the story, which brings one.")
        if int(expires) < self._clock():
            raise ForbiddenError("This link has ended; ask for the story, which brings a new one.")

    def _sign(self, key: str, expires: int) -> str:
        message = f"{key}\n{expires}".encode()
        code = hmac.digest(self._secret or b"", message, hashlib.sha256)
        return base64.urlsafe_b64encode(code[:_SIGNATURE_BYTES]).decode()
