"""Signatures that make a link valid by itself: a MAC over its subject and expiry."""

import base64
import hashlib
import hmac
import time
from collections.abc import Callable, Mapping

from errors import ForbiddenError

_SIGNATURE_BYTES = 24
"""192 bits, as 32 characters."""


class Signatures:
    """Signs links with a secret of the whole fleet, and verifies them."""

    def __init__(self, secret: bytes, *, clock: Callable[[], float] = time.time) -> None:
        """`clock` returns seconds since 1970."""
        self._secret = secret
        self._clock = clock

    def parameters(self, subject: str, *, expires: int) -> str:
        """The query of a link to the subject that is valid until `expires`, in seconds since 1970.

        `subject` says what the link allows, so that it cannot be used for anything else.
        """
        return f"expires={expires}&signature={self._sign(subject, expires)}"

    def check(self, subject: str, query: Mapping[str, str], *, remedy: str) -> None:
        """Accept the parameters that `parameters` created and that have not expired.

        `remedy` ends the error: a sentence, without its full stop, on how to get a new link.

        Raises:
            ForbiddenError: They were not created here, were changed, or have expired.
        """
        expires = query.get("expires", "")
        is_time = expires.isascii() and expires.isdigit() and len(expires) <= len("9999999999")
        signature = self._sign(subject, int(expires)) if is_time else ""
        given = query.get("signature", "").encode(errors="replace")
        if not is_time or not hmac.compare_digest(signature.encode(), given):
            raise ForbiddenError(f"The link is not validly signed. {remedy}.")
        if int(expires) < self._clock():
            raise ForbiddenError(f"The link has expired. {remedy}.")

    def _sign(self, subject: str, expires: int) -> str:
        message = f"{subject}\n{expires}".encode()
        code = hmac.digest(self._secret, message, hashlib.sha256)
        return base64.urlsafe_b64encode(code[:_SIGNATURE_BYTES]).decode()
