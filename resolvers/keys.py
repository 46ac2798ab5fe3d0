"""API keys: created and revoked by the operator, accepted by every transport.

A key is random and shown once; only its digest is stored, from which it cannot be recovered.
"""

import hashlib
import re
import secrets
from datetime import UTC, datetime, timedelta

from db.queries import api_keys
from db.queries.api_keys import ApiKeyRow
from db.session import Database
from domain import MAX_OWNER_LENGTH, Scope
from errors import ConflictError, InvalidInputError, NotFoundError

_PREFIX = "aistory_"
"""Makes accidentally published keys recognizable to people and scanners."""
_RANDOM_BYTES = 32
_NAME = re.compile(r"[\w.@-]{1,64}")
_LONGEST = timedelta(days=3_650)


async def create_key(
    database: Database,
    name: str,
    *,
    owner_id: str,
    scope: Scope = Scope.WRITE,
    lifetime: timedelta | None = None,
) -> tuple[str, ApiKeyRow]:
    """A new key and its row; the key itself cannot be shown again.

    Raises:
        InvalidInputError: The name, the owner or the lifetime is invalid.
        ConflictError: A valid key of this name exists.
    """
    if not _NAME.fullmatch(name):
        raise InvalidInputError(
            "A key name must have 1 to 64 characters: letters, digits and _ . @ -"
        )
    if not owner_id.strip() or len(owner_id) > MAX_OWNER_LENGTH or not owner_id.isprintable():
        raise InvalidInputError(f"An owner must have 1 to {MAX_OWNER_LENGTH} printable characters.")
    if lifetime is not None and not timedelta(0) < lifetime <= _LONGEST:
        raise InvalidInputError("The lifetime of a key must be 1 to 3,650 days.")
    key = _PREFIX + secrets.token_urlsafe(_RANDOM_BYTES)
    async with database.writing() as session:
        row = await api_keys.add_key(
            session,
            name,
            owner_id=owner_id,
            scope=scope,
            digest=_digest(key),
            expires_at=None if lifetime is None else datetime.now(UTC) + lifetime,
        )
    if row is None:
        raise ConflictError(f"The key {name} already exists. Revoke it, or choose another name.")
    return key, row


async def list_keys(database: Database) -> list[ApiKeyRow]:
    """All keys, including invalid ones; the oldest first."""
    async with database.reading() as session:
        return await api_keys.list_keys(session)


async def revoke_key(database: Database, name: str) -> ApiKeyRow:
    """Revoke the key.

    Raises:
        NotFoundError: There is no valid key of this name.
    """
    async with database.writing() as session:
        row = await api_keys.revoke_key(session, name)
    if row is None:
        raise NotFoundError(f"No valid key is named {name}. `main.py keys list` shows all keys.")
    return row


def digest_of(key: str) -> str | None:
    """The digest of a key; None if it does not have the form of one."""
    return _digest(key) if key.startswith(_PREFIX) else None


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode(errors="replace")).hexdigest()


async def find_key(database: Database, digest: str) -> ApiKeyRow | None:
    """The key with this digest; records that it was used.

    The caller checks whether it is revoked or has expired.
    """
    async with database.reading() as session:
        row = await api_keys.get_key(session, digest)
        if row is not None and row.revoked_at is None:
            await api_keys.note_use(session, row.id)
    return row
