"""Rows for a test, made directly in the database."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from db.models import Clip, Shot, Story, Take, Video, Work
from db.session import AsyncSession, Database
from domain import AspectRatio, Motion, ServiceKind, Status, Style, Transition


@dataclass(frozen=True, slots=True)
class Rows:
    """The ids of a story with one shot, its newest take and its video, and of their work."""

    story: UUID
    shot: UUID
    take: UUID
    video: UUID
    script_work: UUID
    film_work: UUID


async def add_rows(
    database: Database,
    *,
    story: Status = Status.COMPLETED,
    shot: Status = Status.COMPLETED,
    take: Status | None = None,
    video: Status = Status.COMPLETED,
    owner_id: str = "local",
) -> Rows:
    """A story with one shot, one take and one video, each in the given status, and their work."""
    async with database.transaction() as session:
        story_row = Story(
            owner_id=owner_id,
            content="Once upon a time.",
            style=Style.MOVIE,
            aspect_ratio=AspectRatio.WIDE_16_9,
            language="en",
            status=story,
        )
        session.add(story_row)
        await session.flush()
        shot_row, take_row = await _add_shot(
            session, story_row.id, position=1, status=shot, take=take or shot
        )
        video_row = Video(story_id=story_row.id, provider="studio", status=video)
        session.add(video_row)
        await session.flush()
        script = await _add_work(
            session, story_row, ServiceKind.SCRIPT, story_row.id, status=story, provider="origin"
        )
        film = await _add_work(
            session, story_row, ServiceKind.VIDEO, video_row.id, status=video, provider="studio"
        )
        return Rows(story_row.id, shot_row.id, take_row.id, video_row.id, script, film)


async def add_shot(database: Database, story_id: UUID, *, position: int, status: Status) -> Rows:
    """One more shot of the story, with one take; the rows name no video."""
    async with database.transaction() as session:
        shot, take = await _add_shot(
            session, story_id, position=position, status=status, take=status
        )
        return Rows(story_id, shot.id, take.id, story_id, story_id, story_id)


async def add_clip(
    database: Database,
    rows: Rows,
    *,
    status: Status,
    provider: str = "replicate",
    **values: Any,
) -> UUID:
    """A clip of the take that the shot shows, and its work; answers its id."""
    async with database.transaction() as session:
        shot = await session.get_one(Shot, rows.shot)
        shot.motion = Motion.CLIP
        clip = Clip(take_id=rows.take, provider=provider, status=status, **values)
        session.add(clip)
        await session.flush()
        story = await session.get_one(Story, rows.story)
        await _add_work(session, story, ServiceKind.CLIP, clip.id, status=status, provider=provider)
        return clip.id


async def add_every_state(database: Database) -> list[tuple[Rows, UUID]]:
    """A story in every state, with shots, a take, a clip and a film; each with its clip's id."""
    found: list[tuple[Rows, UUID]] = []
    for number, status in enumerate(Status):
        rows = await add_rows(
            database,
            story=Status.COMPLETED if number else status,
            shot=status,
            video=status,
        )
        await add_shot(database, rows.story, position=2, status=Status.COMPLETED)
        found.append((rows, await add_clip(database, rows, status=status)))
    return found


async def _add_work(
    session: AsyncSession,
    story: Story,
    kind: ServiceKind,
    subject_id: UUID,
    *,
    status: Status,
    provider: str,
    id_: UUID | None = None,
) -> UUID:
    work = Work(
        kind=kind,
        story_id=story.id,
        owner_id=story.owner_id,
        subject_id=subject_id,
        provider=provider,
        status=status,
        begun_at=None if status is Status.PENDING else datetime.now(UTC),
        stores=[uuid4()] if status is Status.GENERATING else [],
    )
    if id_ is not None:
        work.id = id_
    session.add(work)
    await session.flush()
    return work.id


async def _add_shot(
    session: AsyncSession, story_id: UUID, *, position: int, status: Status, take: Status
) -> tuple[Shot, Take]:
    shot_row = Shot(
        story_id=story_id,
        position=position,
        title="One",
        prompt="A house",
        narration="Once upon a time.",
        transition=Transition.CUT,
        duration_seconds=2.0,
        status=status,
    )
    session.add(shot_row)
    await session.flush()
    take_row = Take(
        shot_id=shot_row.id, number=1, prompt="A house", seed=1, provider="origin", status=take
    )
    session.add(take_row)
    await session.flush()
    await _add_work(
        session,
        await session.get_one(Story, story_id),
        ServiceKind.IMAGE,
        take_row.id,
        status=take,
        provider="origin",
        id_=take_row.id,
    )
    if status is Status.COMPLETED:
        take_row.media_key = f"stories/{story_id}/{take_row.id}.png"
        shot_row.selected_take_id = take_row.id
    return shot_row, take_row
