"""Statements about the remote work of a take: the job that draws it, and where its picture lies."""

import json
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import func, or_, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Take
from domain import Status


async def keep_submission(
    session: AsyncSession, take_id: UUID, *, remote_job_id: str | None = None
) -> bool:
    """Remember the intent to submit, or the remote job; False when the take moved on meanwhile."""
    values: dict[str, Any] = {"submitted_at": func.now()}
    if remote_job_id is not None:
        values = {"remote_job_id": remote_job_id}
    result = await session.execute(
        update(Take)
        .where(Take.id == take_id, Take.status == Status.GENERATING)
        .values(**values)
        .returning(Take.id)
    )
    return result.one_or_none() is not None


async def forget_submission(session: AsyncSession, take_id: UUID) -> None:
    """The service certainly did not accept the job: the next attempt may submit it."""
    await session.execute(
        update(Take)
        .where(Take.id == take_id, Take.remote_job_id.is_(None))
        .values(submitted_at=None)
    )


async def was_begun(session: AsyncSession, take_id: UUID) -> bool:
    """Whether a service has the take's job or its picture, or may have."""
    begun = or_(Take.submitted_at.is_not(None), Take.result_url.is_not(None))
    result = await session.execute(select(Take.id).where(Take.id == take_id, begun))
    return result.one_or_none() is not None


_KEEP_URLS = text(
    """
    UPDATE take SET result_url = r.url
    FROM jsonb_to_recordset(CAST(:takes AS jsonb)) AS r(take_id uuid, url text)
    WHERE take.id = r.take_id AND take.status = 'GENERATING'
    """
)


async def keep_result_urls(session: AsyncSession, urls: Sequence[tuple[UUID, str]]) -> None:
    """Remember where the service put the pictures, before they are downloaded."""
    rows = [{"take_id": str(take_id), "url": url} for take_id, url in urls]
    await session.execute(_KEEP_URLS, {"takes": json.dumps(rows)})
