"""Statements about idempotency keys."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import bindparam, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert

from db.models import IdempotencyKey
from db.write_sessions import Writes

KEPT_FOR = timedelta(hours=24)

_IS_IT = (
    IdempotencyKey.owner_id == bindparam("owner"),
    IdempotencyKey.key == bindparam("its_key"),
)
_DROP_OLD = delete(IdempotencyKey).where(*_IS_IT, IdempotencyKey.created_at < func.now() - KEPT_FOR)
_CLAIM = (
    insert(IdempotencyKey)
    .values(owner_id=bindparam("owner"), key=bindparam("its_key"), digest=bindparam("of_the_input"))
    .on_conflict_do_nothing()
    .returning(IdempotencyKey.key)
)
_GET = select(IdempotencyKey.digest, IdempotencyKey.subject_id).where(*_IS_IT)
_SETTLE = update(IdempotencyKey).where(*_IS_IT).values(subject_id=bindparam("made"))


async def claim_key(session: Writes, owner_id: str, key: str, *, digest: str) -> bool:
    """Take the key; False if it is taken. Waits for a concurrent transaction that takes it."""
    values = {"owner": owner_id, "its_key": key}
    await session.execute(_DROP_OLD, values)
    result = await session.execute(_CLAIM, values | {"of_the_input": digest})
    return result.one_or_none() is not None


async def get_claim(session: Writes, owner_id: str, key: str) -> tuple[str, UUID | None] | None:
    """The digest under the key, and the result."""
    result = await session.execute(_GET, {"owner": owner_id, "its_key": key})
    row = result.one_or_none()
    return None if row is None else (row[0], row[1])


async def settle_key(session: Writes, owner_id: str, key: str, *, subject_id: UUID) -> None:
    """Store the result under the key."""
    await session.execute(_SETTLE, {"owner": owner_id, "its_key": key, "made": subject_id})
