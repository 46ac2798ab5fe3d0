"""Statements about API keys."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from db.models import ApiKey
from db.read_sessions import Reads
from db.write_sessions import Writes
from domain import Scope

_USE_NOTED_EVERY = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class ApiKeyRow:
    """A key as it may be shown: everything but the secret."""

    id: UUID
    name: str
    owner_id: str
    scope: Scope
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    used_at: datetime | None


_COLUMNS = (
    ApiKey.id,
    ApiKey.name,
    ApiKey.owner_id,
    ApiKey.scope,
    ApiKey.created_at,
    ApiKey.expires_at,
    ApiKey.revoked_at,
    ApiKey.used_at,
)
_SELECT_BY_DIGEST = select(*_COLUMNS).where(ApiKey.digest == bindparam("digest"))


def _key(row: Sequence[Any]) -> ApiKeyRow:
    return ApiKeyRow(*row)


async def add_key(
    session: Writes,
    name: str,
    *,
    owner_id: str,
    scope: Scope,
    digest: str,
    expires_at: datetime | None,
) -> ApiKeyRow | None:
    """Store a new key; None if a valid key of this name exists."""
    result = await session.execute(
        insert(ApiKey)
        .values(name=name, owner_id=owner_id, scope=scope, digest=digest, expires_at=expires_at)
        .on_conflict_do_nothing(
            index_elements=[ApiKey.name], index_where=ApiKey.revoked_at.is_(None)
        )
        .returning(*_COLUMNS)
    )
    row = result.one_or_none()
    return None if row is None else _key(row)


async def get_key(session: Reads, digest: str) -> ApiKeyRow | None:
    """The key with this digest, valid or not."""
    row = (await session.execute(_SELECT_BY_DIGEST, {"digest": digest})).one_or_none()
    return None if row is None else _key(row)


async def list_keys(session: Reads) -> list[ApiKeyRow]:
    """All keys, the oldest first."""
    result = await session.execute(select(*_COLUMNS).order_by(ApiKey.id))
    return [_key(row) for row in result]


async def revoke_key(session: Writes, name: str) -> ApiKeyRow | None:
    """Revoke the key of this name; None if there is no valid one."""
    result = await session.execute(
        update(ApiKey)
        .where(ApiKey.name == name, ApiKey.revoked_at.is_(None))
        .values(revoked_at=func.now())
        .returning(*_COLUMNS)
    )
    row = result.one_or_none()
    return None if row is None else _key(row)


async def note_use(session: Reads, key_id: UUID) -> None:
    """Record that the key was used, at most once an hour."""
    await session.execute(
        update(ApiKey)
        .where(
            ApiKey.id == key_id,
            or_(ApiKey.used_at.is_(None), ApiKey.used_at < func.now() - _USE_NOTED_EVERY),
        )
        .values(used_at=func.now())
    )
