"""Statements about videos."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Select, bindparam, case, exists, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Shot, Story, Video
from db.queries.clips import awaits_clip
from db.queries.pages import PageWindow, Sorting, fetch_page
from db.queries.runs import (
    begin_anew,
    fail_run,
    forget_run_attempt,
    in_run,
    raise_run_progress,
)
from db.queries.selections import Selection, conditions_of
from db.rows import Failure, Page, VideoRow, VideoWarning
from domain import OPEN_STATUSES, Action, Noun, Status, statuses_that_allow

_COLUMNS = (
    Video.id,
    Video.story_id,
    Video.revision,
    func.coalesce(Story.title, ""),
    Video.status,
    Video.progress,
    Video.failure,
    Video.media_key,
    Video.thumbnail_key,
    Video.subtitles_key,
    Video.provider,
    Video.burn_subtitles,
    Video.warnings,
    Video.duration_seconds,
    Video.size_bytes,
    Video.width,
    Video.height,
    Video.created_at,
    Video.updated_at,
)
_FAILURE = _COLUMNS.index(Video.failure)
_WARNINGS = _COLUMNS.index(Video.warnings)


def _select() -> Select[*tuple[Any, ...]]:
    return select(*_COLUMNS).join(Story, Story.id == Video.story_id)


def _video(row: Sequence[Any]) -> VideoRow:
    values = list(row)
    values[_FAILURE] = Failure.from_json(values[_FAILURE])
    values[_WARNINGS] = tuple(map(VideoWarning.from_json, values[_WARNINGS]))
    return VideoRow(*values)


async def get_video(
    session: AsyncSession, video_id: UUID, *, owner_id: str | None = None
) -> VideoRow | None:
    """The video; None when absent, or somebody else's where an owner is given."""
    statement = _select().where(Video.id == video_id)
    if owner_id is not None:
        statement = statement.where(Story.owner_id == owner_id)
    row = (await session.execute(statement)).one_or_none()
    return None if row is None else _video(row)


async def list_videos_by_story(
    session: AsyncSession, story_ids: Collection[UUID]
) -> dict[UUID, VideoRow]:
    """The video of each story that has one, by story."""
    statement = _select().where(Video.story_id.in_(story_ids))
    return {video.story_id: video for video in map(_video, await session.execute(statement))}


async def list_videos(
    session: AsyncSession, selection: Selection, window: PageWindow
) -> Page[VideoRow]:
    """One page of the videos, newest first."""
    statement = _select().where(*conditions_of(selection, Video))
    return await fetch_page(
        session, statement, Sorting(id=Video.id.expression), window=window, build=_video
    )


async def count_videos(session: AsyncSession, selection: Selection) -> int:
    """How many videos there are on all pages."""
    result = await session.execute(
        select(func.count()).select_from(Video).join(Story).where(*conditions_of(selection, Video))
    )
    return result.scalar_one()


_WANTS_FILM = select(Story.id).where(
    Story.id == bindparam("story_id"),
    Story.auto_render,
    ~exists().where(Shot.story_id == Story.id, or_(Shot.status != Status.COMPLETED, awaits_clip())),
    ~exists().where(Video.story_id == Story.id),
)


async def wants_film_now(session: AsyncSession, story_id: UUID) -> bool:
    """Whether the story asked for a film, has none yet, and no picture or clip is awaited."""
    result = await session.execute(_WANTS_FILM, {"story_id": story_id})
    return result.one_or_none() is not None


async def start_video(
    session: AsyncSession,
    story_id: UUID,
    *,
    providers: Sequence[str],
    burn_subtitles: bool,
    resume: bool = False,
) -> Video | None:
    """Make the story's video PENDING, new or once more; None when one is being rendered.

    The first of the providers is asked. With `resume`, a film that one of them has made and could
    not be fetched is only fetched again. The caller has locked the story's row. A film that exists
    plays on until the new one is stored.
    """
    video = (
        await session.execute(select(Video).where(Video.story_id == story_id).with_for_update())
    ).scalar_one_or_none()
    if video is None:
        video = Video(story_id=story_id, provider=providers[0], burn_subtitles=burn_subtitles)
        session.add(video)
        await session.flush()
        return video
    if video.status in OPEN_STATUSES:
        return None
    begin_anew(video, providers=providers, resumes=resume)
    video.warnings = []
    video.burn_subtitles = burn_subtitles
    await session.flush()
    return video


@dataclass(frozen=True, slots=True)
class VideoToRender:
    """A claimed video: how far its remote work has come, and which attempt this is."""

    video_id: UUID
    story_id: UUID
    provider: str
    burn_subtitles: bool
    was_submitted: bool
    remote_job_id: str | None
    result_url: str | None
    attempt: int


_TO_RENDER = (
    Video.id,
    Video.story_id,
    Video.provider,
    Video.burn_subtitles,
    Video.submitted_at.is_not(None),
    Video.remote_job_id,
    Video.result_url,
    Video.attempt,
)


async def claim_video(
    session: AsyncSession, video_id: UUID, *, run: int, provider: str
) -> VideoToRender | None:
    """Start one attempt at the film; None when it is done, canceled or started anew since.

    A remote job that is known belongs to the provider that has it: its name is not replaced then.
    """
    began_elsewhere = func.coalesce(Video.remote_job_id, Video.result_url).is_not(None)
    result = await session.execute(
        update(Video)
        .where(*in_run(Video, video_id, run, Action.CLAIM))
        .values(
            status=Status.GENERATING,
            attempt=Video.attempt + 1,
            provider=case((began_elsewhere, Video.provider), else_=provider),
            revision=Video.revision + 1,
            updated_at=func.now(),
        )
        .returning(*_TO_RENDER)
    )
    row = result.one_or_none()
    return None if row is None else VideoToRender(*row)


async def get_open_video(
    session: AsyncSession, video_id: UUID, *, run: int
) -> VideoToRender | None:
    """The video while it is being rendered; reading it counts no attempt."""
    result = await session.execute(
        select(*_TO_RENDER).where(
            Video.id == video_id, Video.run == run, Video.status.in_(OPEN_STATUSES)
        )
    )
    row = result.one_or_none()
    return None if row is None else VideoToRender(*row)


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredFilm:
    """A film that is stored and waits to be shown."""

    media_key: str
    thumbnail_key: str | None
    subtitles_key: str | None
    digest: str
    size_bytes: int
    duration_seconds: float
    width: int
    height: int
    warnings: tuple[VideoWarning, ...] = ()


async def complete_video(
    session: AsyncSession, video_id: UUID, *, run: int, film: StoredFilm
) -> bool:
    """Show the film; False when the video moved on meanwhile."""
    result = await session.execute(
        update(Video)
        .where(*in_run(Video, video_id, run, Action.COMPLETE))
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
            revision=Video.revision + 1,
            updated_at=func.now(),
        )
        .returning(Video.id)
    )
    return result.one_or_none() is not None


async def fail_video(session: AsyncSession, video_id: UUID, *, run: int, failure: Failure) -> bool:
    """Say why there is no film; False when the video moved on meanwhile."""
    return await fail_run(session, Video, video_id, run=run, failure=failure)


async def forget_attempt(session: AsyncSession, video_id: UUID, *, run: int) -> None:
    """Take back the attempt of a claim that came to no end by no fault of its own."""
    await forget_run_attempt(session, Video, video_id, run=run)


@dataclass(frozen=True, slots=True)
class CanceledVideo:
    """A video that was given up, and what may still run elsewhere for it."""

    video_id: UUID
    run: int
    provider: str
    remote_job_id: str | None


async def cancel_video(session: AsyncSession, story_id: UUID) -> CanceledVideo | None:
    """Give the story's open video up; None when none was open."""
    result = await session.execute(
        update(Video)
        .where(
            Video.story_id == story_id,
            Video.status.in_(statuses_that_allow(Noun.VIDEO, Action.CANCEL)),
        )
        .values(status=Status.CANCELED, revision=Video.revision + 1, updated_at=func.now())
        .returning(Video.id, Video.run, Video.provider, Video.remote_job_id)
    )
    row = result.one_or_none()
    return None if row is None else CanceledVideo(*row)


async def raise_video_progress(
    session: AsyncSession, video_id: UUID, *, run: int, progress: float
) -> bool:
    """Report progress of a running render, never backwards; says whether it moved."""
    return await raise_run_progress(session, Video, video_id, run=run, progress=progress)


async def list_open_videos(session: AsyncSession) -> list[tuple[UUID, UUID, str, int]]:
    """Every open video with its story, provider and run."""
    result = await session.execute(
        select(Video.id, Video.story_id, Video.provider, Video.run).where(
            Video.status.in_(OPEN_STATUSES)
        )
    )
    return [(row[0], row[1], row[2], row[3]) for row in result]


async def was_submitted_before(session: AsyncSession, video_id: UUID, *, age: timedelta) -> bool:
    """Whether the remote job was submitted longer ago than that."""
    result = await session.execute(
        select(Video.id).where(Video.id == video_id, Video.submitted_at < func.now() - age)
    )
    return result.one_or_none() is not None


async def list_media_keys(session: AsyncSession, video_id: UUID) -> list[str]:
    """The keys of the film that plays now."""
    result = await session.execute(
        select(Video.media_key, Video.thumbnail_key, Video.subtitles_key).where(
            Video.id == video_id
        )
    )
    return [key for row in result for key in row if key is not None]
