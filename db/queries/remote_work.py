"""Statements about what services do in jobs: how far it is, of takes, clips and videos alike."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, or_, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Clip, Take, Video
from domain import Noun, Status

_TABLES: dict[Noun, type[Take] | type[Clip] | type[Video]] = {
    Noun.TAKE: Take,
    Noun.CLIP: Clip,
    Noun.VIDEO: Video,
}


@dataclass(frozen=True, slots=True)
class RemoteSubject:
    """A take, clip or video; `run` fences older starts of what can be started more than once."""

    noun: Noun
    id: UUID
    run: int | None = None

    @property
    def table(self) -> type[Take] | type[Clip] | type[Video]:
        """Where its row is."""
        return _TABLES[self.noun]

    def conditions(self) -> list[ColumnElement[bool]]:
        """The WHERE that finds it, in this run of its own."""
        table = self.table
        found = [table.id.expression == self.id]
        if self.run is not None and not issubclass(table, Take):
            found.append(table.run.expression == self.run)
        return found


async def keep_remote_state(
    session: AsyncSession,
    subject: RemoteSubject,
    *,
    submitting: bool = False,
    remote_job_id: str | None = None,
    result_url: str | None = None,
) -> bool:
    """Remember how far the remote work has come; False when the subject moved on meanwhile."""
    values: dict[str, Any] = {}
    if submitting:
        values["submitted_at"] = func.now()
    if remote_job_id is not None:
        values["remote_job_id"] = remote_job_id
    if result_url is not None:
        values["result_url"] = result_url
    table = subject.table
    result = await session.execute(
        update(table)
        .where(*subject.conditions(), table.status == Status.GENERATING)
        .values(**values)
        .returning(table.id)
    )
    return result.one_or_none() is not None


async def forget_submission(
    session: AsyncSession, subject: RemoteSubject, *, remote_job_id: str | None = None
) -> None:
    """The service certainly did not accept the job: the next attempt may submit it.

    With `remote_job_id`: that job has ended, and nothing will ever come of it.
    """
    table = subject.table
    await session.execute(
        update(table)
        .where(*subject.conditions(), table.remote_job_id.is_not_distinct_from(remote_job_id))
        .values(submitted_at=None, remote_job_id=None)
    )


async def was_begun(session: AsyncSession, subject: RemoteSubject) -> bool:
    """Whether a service has the subject's job or its result, or may have."""
    table = subject.table
    begun = or_(table.submitted_at.is_not(None), table.result_url.is_not(None))
    result = await session.execute(select(table.id).where(*subject.conditions(), begun))
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
