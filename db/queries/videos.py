"""Statements about videos."""

from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import Select, bindparam, exists, func, or_, select
from sqlalchemy.dialects.postgresql import insert

from db.models import Shot, Story, Video, Work
from db.queries.changes import change
from db.queries.clips import awaits_clip
from db.queries.pages import PageWindow, Sorting, fetch_count, fetch_page, inside
from db.queries.reading import Reader
from db.queries.selections import Selection, conditions_of
from db.queries.singles import Single
from db.read_sessions import Reads
from db.rows import Page, VideoRow, VideoWarning
from db.write_sessions import Writes
from domain import OPEN_STATUSES, Action, Noun, Status, statuses_that_allow

_VIDEO = Reader(VideoRow, Video, title=func.coalesce(Story.title, ""))


def _select() -> Select[*tuple[Any, ...]]:
    return select(*_VIDEO.columns).join(Story, Story.id == Video.story_id)


get_video = Single(_VIDEO, _select(), id_=Video.id)


async def list_videos_by_story(session: Reads, story_ids: Collection[UUID]) -> dict[UUID, VideoRow]:
    """The video of each story that has one, by story."""
    statement = _select().where(Video.story_id.in_(story_ids))
    return {video.story_id: video for video in map(_VIDEO.read, await session.execute(statement))}


async def list_videos(session: Reads, selection: Selection, window: PageWindow) -> Page[VideoRow]:
    """One page of the videos, newest first."""
    return await fetch_page(
        session,
        _page(selection.outline, window.outline),
        selection.values,
        window=window,
        build=_VIDEO.read,
        words=selection.search,
    )


@lru_cache(maxsize=128)
def _page(outline: Selection, window: PageWindow) -> Select[*tuple[Any, ...]]:
    """The statement for a page with these outlines."""
    statement = _select().where(*conditions_of(outline, Video))
    return inside(statement, Sorting(id=Video.id.expression), window)


async def count_videos(session: Reads, selection: Selection) -> int:
    """The number of videos on all pages."""
    conditions = conditions_of(selection.outline, Video)
    statement = select(func.count()).select_from(Video).where(*conditions)
    if selection.search is not None:
        statement = statement.join(Story)
    return await fetch_count(session, statement, selection.values, selection.search)


_WANTS_FILM = select(Story.id).where(
    Story.id == bindparam("story_id"),
    Story.auto_render,
    ~exists().where(Shot.story_id == Story.id, or_(Shot.status != Status.COMPLETED, awaits_clip())),
    ~exists().where(Video.story_id == Story.id),
)


async def wants_film_now(session: Writes, story_id: UUID) -> bool:
    """Whether a film is requested, none exists yet, and no picture or clip is pending."""
    result = await session.execute(_WANTS_FILM, {"story_id": story_id})
    return result.one_or_none() is not None


async def start_video(
    session: Writes, story_id: UUID, *, provider: str, burn_subtitles: bool
) -> UUID | None:
    """Make the story's video PENDING, new or again; None if one is being rendered.

    The caller has locked the story's row. An existing film plays until the new one is stored.
    """
    again = await session.execute(
        change(Video)
        .where(Video.story_id == story_id, Video.status.not_in(OPEN_STATUSES))
        .values(
            status=Status.PENDING,
            progress=None,
            failure=None,
            warnings=[],
            provider=provider,
            burn_subtitles=burn_subtitles,
        )
        .returning(Video.id)
    )
    if (video_id := again.scalar_one_or_none()) is not None:
        return video_id
    first = await session.execute(
        insert(Video)
        .values(story_id=story_id, provider=provider, burn_subtitles=burn_subtitles)
        .on_conflict_do_nothing(index_elements=[Video.story_id])
        .returning(Video.id)
    )
    return first.scalar_one_or_none()


async def begin_videos(session: Writes, work_ids: Collection[UUID]) -> dict[UUID, bool]:
    """Mark the films of the works as being made; returns whether to draw subtitles, by work."""
    result = await session.execute(
        change(Video)
        .where(Work.id.in_(work_ids), Video.id == Work.subject_id)
        .values(status=Status.GENERATING, provider=Work.provider)
        .returning(Work.id, Video.burn_subtitles)
    )
    return {row[0]: row[1] for row in result}


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredFilm:
    """A stored film that is not shown yet."""

    media_key: str
    thumbnail_key: str | None
    subtitles_key: str | None
    digest: str
    size_bytes: int
    duration_seconds: float
    width: int
    height: int
    warnings: tuple[VideoWarning, ...] = ()


async def complete_video(session: Writes, video_id: UUID, film: StoredFilm) -> None:
    """Show the film."""
    await session.execute(
        change(Video)
        .where(Video.id == video_id)
        .values(
            status=Status.COMPLETED,
            progress=1.0,
            failure=None,
            media_key=film.media_key,
            thumbnail_key=film.thumbnail_key,
            subtitles_key=film.subtitles_key,
            digest=film.digest,
            size_bytes=film.size_bytes,
            duration_seconds=film.duration_seconds,
            width=film.width,
            height=film.height,
            warnings=[warning.to_json() for warning in film.warnings],
        )
    )


async def fail_videos(session: Writes, work_ids: Collection[UUID]) -> None:
    """Store the reason why the films of the works failed."""
    await session.execute(
        change(Video)
        .where(Work.id.in_(work_ids), Video.id == Work.subject_id)
        .values(status=Status.FAILED, failure=Work.failure)
    )


async def cancel_video(session: Writes, story_id: UUID) -> UUID | None:
    """Cancel the story's open video; None if there is none."""
    result = await session.execute(
        change(Video)
        .where(
            Video.story_id == story_id,
            Video.status.in_(statuses_that_allow(Noun.VIDEO, Action.CANCEL)),
        )
        .values(status=Status.CANCELED)
        .returning(Video.id)
    )
    return result.scalar_one_or_none()


async def list_media_keys(session: Reads, video_id: UUID) -> list[str]:
    """The keys of the current film."""
    result = await session.execute(
        select(Video.media_key, Video.thumbnail_key, Video.subtitles_key).where(
            Video.id == video_id
        )
    )
    return [key for row in result for key in row if key is not None]
