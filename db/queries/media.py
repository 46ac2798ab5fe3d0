"""Statements about the expected content of the media store: which rows name which files."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, null, or_, select, union_all, update

from db.models import Clip, Shot, Story, Take, Video, Work
from db.read_sessions import Reads
from db.write_sessions import Writes
from domain import OPEN_STATUSES, Status


@dataclass(frozen=True, slots=True)
class Leftovers:
    """Names under which claims of ended work may have stored files that are not shown."""

    work_id: UUID
    story_id: UUID
    names: tuple[UUID, ...]


def _has_leftovers() -> ColumnElement[bool]:
    """The condition of the index ix_work_leftovers."""
    return and_(
        Work.ended_at.is_not(None),
        or_(
            func.cardinality(Work.stores) > 1,
            and_(Work.status != Status.COMPLETED, func.cardinality(Work.stores) > 0),
        ),
    )


async def list_leftovers(session: Reads, *, older_than: timedelta, limit: int) -> list[Leftovers]:
    """The leftovers of work that ended longer ago; completed work shows its last name."""
    result = await session.execute(
        select(Work.id, Work.story_id, Work.status, Work.stores)
        .where(_has_leftovers(), Work.ended_at < func.now() - older_than)
        .order_by(Work.ended_at)
        .limit(limit)
    )
    return [
        Leftovers(row[0], row[1], tuple(row[3][:-1] if row[2] is Status.COMPLETED else row[3]))
        for row in result
    ]


async def forget_leftovers(session: Writes, leftovers: Sequence[Leftovers]) -> None:
    """Record that these have no leftovers."""
    for one in leftovers:
        kept = Work.stores
        for name in one.names:
            kept = func.array_remove(kept, name)
        await session.execute(update(Work).where(Work.id == one.work_id).values(stores=kept))


async def list_story_ids(session: Reads, *, after: UUID, limit: int) -> list[UUID]:
    """The IDs of stories after the given one, in order."""
    result = await session.execute(
        select(Story.id).where(Story.id > after).order_by(Story.id).limit(limit)
    )
    return list(result.scalars())


@dataclass(frozen=True, slots=True)
class NamedFile:
    """A file named by a row; `shot_position` locates it, None for a film."""

    story_id: UUID
    key: str
    shot_position: int | None


async def list_named_files(session: Reads, story_ids: Collection[UUID]) -> list[NamedFile]:
    """Every file that the stories' rows name."""
    pictures = (
        select(Shot.story_id, Take.media_key, Shot.position)
        .join(Shot, Shot.id == Take.shot_id)
        .where(Shot.story_id.in_(story_ids), Take.media_key.is_not(None))
    )
    clips = (
        select(Shot.story_id, Clip.media_key, Shot.position)
        .join(Take, Take.id == Clip.take_id)
        .join(Shot, Shot.id == Take.shot_id)
        .where(Shot.story_id.in_(story_ids), Clip.media_key.is_not(None))
    )
    films = [
        select(Video.story_id, key, null()).where(Video.story_id.in_(story_ids), key.is_not(None))
        for key in (Video.media_key, Video.thumbnail_key, Video.subtitles_key)
    ]
    result = await session.execute(union_all(pictures, clips, *films))
    return [NamedFile(*row) for row in result]


async def list_names_in_work(session: Reads, story_ids: Collection[UUID]) -> set[UUID]:
    """Names under which open work of the stories may be storing files."""
    result = await session.execute(
        select(func.unnest(Work.stores)).where(
            Work.story_id.in_(story_ids), Work.status.in_(OPEN_STATUSES)
        )
    )
    return set(result.scalars())
