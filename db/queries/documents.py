"""Statements about trusted documents."""

from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from db.models import TrustedDocument
from db.read_sessions import Reads
from db.write_sessions import Writes


async def get_body(session: Reads, digest: str) -> str | None:
    """The document with this digest."""
    result = await session.execute(
        select(TrustedDocument.body).where(TrustedDocument.digest == digest)
    )
    return result.scalar_one_or_none()


async def add_documents(session: Writes, bodies: Mapping[str, str]) -> int:
    """Store the bodies by digest; returns the number of new ones."""
    if not bodies:
        return 0
    rows = [{"digest": digest, "body": body} for digest, body in bodies.items()]
    result = await session.execute(
        insert(TrustedDocument)
        .values(rows)
        .on_conflict_do_nothing()
        .returning(TrustedDocument.digest)
    )
    return len(result.scalars().all())
