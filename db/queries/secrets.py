"""Statements about the signing secrets of a fleet."""

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from db.models import Secret
from db.write_sessions import Writes


async def get_or_add_secret(session: Writes, name: str, fresh: bytes) -> bytes:
    """The secret of this name; the fresh one if there is none yet.

    Of processes that start at once, one sets it for all.
    """
    await session.execute(insert(Secret).values(name=name, value=fresh).on_conflict_do_nothing())
    result = await session.execute(select(Secret.value).where(Secret.name == name))
    return result.scalar_one()
