"""Statements about idempotency keys."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert

from db.models import IdempotencyKey
from db.write_sessions import Writes

KEPT_FOR = timedelta(hours=24)


async def claim_key(session: Writes, owner_id: str, key: str, *, digest: str) -> bool:
    """Take the key; False if it is taken. Waits for a concurrent transaction that takes it."""
    await session.execute(
        delete(IdempotencyKey).where(
            IdempotencyKey.owner_id == owner_id,
            IdempotencyKey.key == key,
            IdempotencyKey.created_at < func.now() - KEPT_FOR,
        )
    )
    result = await session.execute(
        insert(IdempotencyKey)
        .values(owner_id=owner_id, key=key, digest=digest)
        .on_conflict_do_nothing()
        .returning(IdempotencyKey.key)
    )
    return result.one_or_none() is not None


async def get_claim(session: Writes, owner_id: str, key: str) -> tuple[str, UUID | None] | None:
    """The digest under the key, and the result."""
    result = await session.execute(
        select(IdempotencyKey.digest, IdempotencyKey.subject_id).where(
            IdempotencyKey.owner_id == owner_id, IdempotencyKey.key == key
        )
    )
    row = result.one_or_none()
    return None if row is None else (row[0], row[1])


async def settle_key(session: Writes, owner_id: str, key: str, *, subject_id: UUID) -> None:
    """Store the result under the key."""
    await session.execute(
        update(IdempotencyKey)
        .where(IdempotencyKey.owner_id == owner_id, IdempotencyKey.key == key)
        .values(subject_id=subject_id)
    )
