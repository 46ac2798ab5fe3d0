"""Authenticates clients by the Authorization header or the payload of connection_init.

The same check serves REST, GraphQL over HTTP and GraphQL over WebSocket. Credentials are never part
of a URL, because URLs are logged and sent as referrers.
"""

import time
from collections import OrderedDict
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Protocol

from db.queries.api_keys import ApiKeyRow
from db.session import Database
from errors import UnauthenticatedError
from resolvers.keys import digest_of, find_key
from resolvers.policies import Viewer

_HEADER = "authorization"
_MAX_LENGTH = 8_000
"""Servers accept no longer header, so a token that works over HTTP works over WebSocket."""
_KEY_TRUSTED_FOR_S = 5.0
"""A key is looked up again after this time, so a revoked key is rejected by then."""
_KEYS_KEPT = 1_000


class Authentication(Protocol):
    """Checks one kind of credentials."""

    async def recognise(self, credentials: str | None) -> Viewer:
        """The owner of these credentials; None means that the client sent none.

        Raises:
            UnauthenticatedError: They are invalid, or missing although required.
            AuthenticationDownError: They cannot be verified at the moment.
        """
        ...


def credentials_in(headers: Mapping[str, str], payload: Mapping[str, object]) -> str | None:
    """The token after "Bearer" in the payload of connection_init, else in the header.

    Raises:
        UnauthenticatedError: The value has another form.
    """
    named = [value for name, value in payload.items() if name.lower() == _HEADER]
    given = named[0] if named else headers.get(_HEADER)
    if given is None:
        return None
    scheme, _, credentials = str(given).strip().partition(" ")
    if scheme.lower() != "bearer" or not 0 < len(credentials) <= _MAX_LENGTH:
        raise UnauthenticatedError('Send "Authorization: Bearer ..." with your key or token.')
    return credentials.strip()


class KeyAuthentication:
    """API keys. A valid key is cached for a few seconds."""

    def __init__(self, database: Database, *, trusted_for_s: float = _KEY_TRUSTED_FOR_S) -> None:
        self._database = database
        self._trusted_for_s = trusted_for_s
        self._found: OrderedDict[str, tuple[float, ApiKeyRow]] = OrderedDict()

    async def recognise(self, credentials: str | None) -> Viewer:
        """The owner of the key.

        Raises:
            UnauthenticatedError: The key is unknown, revoked or expired.
        """
        if credentials is None:
            raise UnauthenticatedError("Send an API key: Authorization: Bearer aistory_...")
        key = await self._find(credentials)
        if key is None or key.revoked_at is not None:
            raise UnauthenticatedError("The API key is invalid or revoked. Use another.")
        if key.expires_at is not None and key.expires_at <= datetime.now(UTC):
            message = "The API key has expired. Use a new one."
            raise UnauthenticatedError(message, is_expired=True)
        return Viewer(key.owner_id, key.name, key.scope, key.expires_at)

    async def _find(self, credentials: str) -> ApiKeyRow | None:
        digest = digest_of(credentials)
        if digest is None:
            return None
        now = time.monotonic()
        found = self._found.get(digest)
        if found is not None and now - found[0] < self._trusted_for_s:
            return found[1]
        key = await find_key(self._database, digest)
        if key is not None:
            self._found[digest] = now, key
            self._found.move_to_end(digest)
            if len(self._found) > _KEYS_KEPT:
                self._found.popitem(last=False)
        return key
