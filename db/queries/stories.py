"""Statements about stories."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Select,
    String,
    Uuid,
    bindparam,
    delete,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Story
from db.queries.pages import PageWindow, Sorting, fetch_page
from db.queries.runs import forget_run_attempt
from db.queries.selections import Selection, conditions_of
from db.queries.standings import standing_of, with_standing
from db.rows import Failure, Page, StoryRow, StoryState
from domain import (
    OPEN_STATUSES,
    Action,
    AspectRatio,
    Motion,
    Noun,
    Status,
    StoryOrderField,
    Style,
    statuses_that_allow,
)

_COLUMNS = (
    Story.id,
    Story.owner_id,
    Story.revision,
    Story.title,
    Story.style,
    Story.style_prompt,
    Story.aspect_ratio,
    Story.language,
    Story.shot_count,
    Story.auto_render,
    Story.motion,
    Story.status,
    Story.failure,
    Story.attempt,
    Story.event_seq,
    Story.created_at,
    Story.updated_at,
)
_FAILURE = _COLUMNS.index(Story.failure)


def _story(row: Sequence[Any]) -> StoryRow:
    values = list(row)
    values[_FAILURE] = Failure.from_json(values[_FAILURE])
    return StoryRow(*values)


# Built once: these run for every push, and building one takes as long as running it.
_STORY_IDS = bindparam("story_ids", type_=ARRAY(Uuid()))
_SELECT_BY_ID: Select[*tuple[Any, ...]] = select(*_COLUMNS).where(Story.id == func.any(_STORY_IDS))
_LOCK = select(Story.id).where(Story.id == bindparam("story_id")).with_for_update()


async def get_story(
    session: AsyncSession, story_id: UUID, *, owner_id: str | None = None
) -> StoryRow | None:
    """The story; None when absent, or somebody else's where an owner is given."""
    found = await list_stories_by_id(session, [story_id])
    story = found.get(story_id)
    return None if story is None or owner_id not in (None, story.owner_id) else story


async def list_stories_by_id(
    session: AsyncSession, story_ids: Collection[UUID]
) -> dict[UUID, StoryRow]:
    """The stories that exist, by id."""
    result = await session.execute(_SELECT_BY_ID, {"story_ids": list(story_ids)})
    return {story.id: story for story in map(_story, result)}


async def list_states(
    session: AsyncSession,
    story_ids: Collection[UUID],
    *,
    changed_since: datetime | None = None,
    owner_ids: Collection[str] | None = None,
) -> list[StoryState]:
    """The stories, and perhaps all that changed since then, the earliest first.

    Where owners are given, theirs alone.
    """
    wanted = Story.id == func.any(bindparam("story_ids", list(story_ids), type_=ARRAY(Uuid())))
    if changed_since is not None:
        wanted = or_(wanted, Story.updated_at >= changed_since)
    statement = with_standing(select(*_COLUMNS)).where(wanted)
    if owner_ids is not None:
        owners = bindparam("owner_ids", list(owner_ids), type_=ARRAY(String()))
        statement = statement.where(Story.owner_id == func.any(owners))
    result = await session.execute(statement.order_by(Story.updated_at, Story.id))
    own = len(_COLUMNS)
    return [StoryState(_story(row[:own]), standing_of(row[own:])) for row in result]


async def list_contents(session: AsyncSession, story_ids: Collection[UUID]) -> dict[UUID, str]:
    """The texts of the stories, by id."""
    result = await session.execute(select(Story.id, Story.content).where(Story.id.in_(story_ids)))
    return {row[0]: row[1] for row in result}


@dataclass(frozen=True, slots=True, kw_only=True)
class StorySelection(Selection):
    """Which stories, in which order; the default is newest first."""

    styles: Collection[Style] | None = None
    order_by: StoryOrderField = StoryOrderField.CREATED_AT
    ascending: bool = False


_SORTED_BY: dict[StoryOrderField, ColumnElement[Any] | None] = {
    StoryOrderField.CREATED_AT: None,
    StoryOrderField.UPDATED_AT: Story.updated_at.expression,
    StoryOrderField.TITLE: func.coalesce(Story.title, ""),
}


def _conditions(selection: StorySelection) -> list[ColumnElement[bool]]:
    conditions = conditions_of(selection, Story)
    if selection.styles is not None:
        conditions.append(Story.style.in_(selection.styles))
    return conditions


async def list_stories(
    session: AsyncSession, selection: StorySelection, window: PageWindow
) -> Page[StoryRow]:
    """One page of the stories."""
    statement: Select[*tuple[Any, ...]] = select(*_COLUMNS).where(*_conditions(selection))
    sorting = Sorting(
        id=Story.id.expression, column=_SORTED_BY[selection.order_by], ascending=selection.ascending
    )
    return await fetch_page(session, statement, sorting, window=window, build=_story)


async def count_stories(session: AsyncSession, selection: StorySelection) -> int:
    """How many stories there are on all pages."""
    result = await session.execute(
        select(func.count()).select_from(Story).where(*_conditions(selection))
    )
    return result.scalar_one()


async def lock_story(session: AsyncSession, story_id: UUID) -> StoryRow | None:
    """The story, with its row locked until the transaction ends.

    Every change to a story or its shots locks this row first, so that changes of one story queue up
    in one order and never deadlock.
    """
    statement: Select[*tuple[Any, ...]] = (
        select(*_COLUMNS).where(Story.id == story_id).with_for_update()
    )
    row = (await session.execute(statement)).one_or_none()
    return None if row is None else _story(row)


async def lock_row(session: AsyncSession, story_id: UUID) -> bool:
    """Lock the story's row without reading its text; False when the story is gone."""
    result = await session.execute(_LOCK, {"story_id": story_id})
    return result.one_or_none() is not None


@dataclass(frozen=True, slots=True)
class ScriptToWrite:
    """A claimed story: what the writer needs, and which attempt this is."""

    story_id: UUID
    content: str
    title: str | None
    style: Style
    style_prompt: str | None
    aspect_ratio: AspectRatio
    language: str
    shot_count: int | None
    attempt: int


async def claim_script(session: AsyncSession, story_id: UUID, *, run: int) -> ScriptToWrite | None:
    """Start one attempt at the script; None when it is done, canceled or started anew since.

    The check and the write are one statement, so of two concurrent callers the second waits and
    counts as the next attempt.
    """
    result = await session.execute(
        update(Story)
        .where(
            Story.id == story_id,
            Story.run == run,
            Story.status.in_(statuses_that_allow(Noun.STORY, Action.CLAIM)),
        )
        .values(status=Status.GENERATING, attempt=Story.attempt + 1)
        .returning(
            Story.id,
            Story.content,
            Story.title,
            Story.style,
            Story.style_prompt,
            Story.aspect_ratio,
            Story.language,
            Story.shot_count,
            Story.attempt,
        )
    )
    row = result.one_or_none()
    return None if row is None else ScriptToWrite(*row)


async def forget_attempt(session: AsyncSession, story_id: UUID, *, run: int) -> None:
    """Take back the attempt of a claim that came to no end by no fault of its own."""
    await forget_run_attempt(session, Story, story_id, run=run)


async def complete_script(
    session: AsyncSession, story_id: UUID, *, run: int, title: str, language: str
) -> bool:
    """Say that the script has landed; False when the story moved on meanwhile."""
    result = await session.execute(
        update(Story)
        .where(
            Story.id == story_id,
            Story.run == run,
            Story.status.in_(statuses_that_allow(Noun.STORY, Action.COMPLETE)),
        )
        .values(
            status=Status.COMPLETED,
            title=func.coalesce(Story.title, title),
            language=language,
            failure=None,
        )
        .returning(Story.id)
    )
    return result.one_or_none() is not None


async def fail_script(session: AsyncSession, story_id: UUID, *, run: int, failure: Failure) -> bool:
    """Say why there is no script; False when the story moved on meanwhile."""
    result = await session.execute(
        update(Story)
        .where(
            Story.id == story_id,
            Story.run == run,
            Story.status.in_(statuses_that_allow(Noun.STORY, Action.FAIL)),
        )
        .values(status=Status.FAILED, failure=failure.to_json())
        .returning(Story.id)
    )
    return result.one_or_none() is not None


async def cancel_script(session: AsyncSession, story_id: UUID) -> int | None:
    """Give the script up and answer the run that ends so; None when it was not open."""
    result = await session.execute(
        update(Story)
        .where(
            Story.id == story_id,
            Story.status.in_(statuses_that_allow(Noun.STORY, Action.CANCEL)),
        )
        .values(status=Status.CANCELED)
        .returning(Story.run)
    )
    return result.scalar_one_or_none()


async def restart_script(session: AsyncSession, story_id: UUID) -> int | None:
    """Start the script anew and answer the new run; None unless it failed or was canceled."""
    result = await session.execute(
        update(Story)
        .where(
            Story.id == story_id,
            Story.status.in_(statuses_that_allow(Noun.STORY, Action.RETRY)),
        )
        .values(status=Status.PENDING, failure=None, attempt=0, run=Story.run + 1)
        .returning(Story.run)
    )
    return result.scalar_one_or_none()


async def skip_script(session: AsyncSession, story_id: UUID, *, title: str) -> None:
    """Make the story COMPLETED without a writer; its jobs find nothing to claim."""
    await session.execute(
        update(Story)
        .where(Story.id == story_id)
        .values(
            status=Status.COMPLETED,
            failure=None,
            title=func.coalesce(Story.title, title),
            run=Story.run + 1,
        )
    )


async def rename_story(session: AsyncSession, story_id: UUID, title: str) -> None:
    """Give the story this title."""
    await session.execute(update(Story).where(Story.id == story_id).values(title=title))


async def delete_story(session: AsyncSession, story_id: UUID) -> None:
    """Delete the story and everything that hangs on it."""
    await session.execute(delete(Story).where(Story.id == story_id))


async def list_open_scripts(session: AsyncSession) -> Sequence[tuple[UUID, int]]:
    """Every story whose script is open, with its run."""
    result = await session.execute(
        select(Story.id, Story.run).where(Story.status.in_(OPEN_STATUSES))
    )
    return [(row[0], row[1]) for row in result]


@dataclass(frozen=True, slots=True, kw_only=True)
class NewStory:
    """What a new story is made of."""

    owner_id: str
    content: str
    title: str | None
    style: Style
    style_prompt: str | None
    aspect_ratio: AspectRatio
    language: str
    shot_count: int | None
    auto_render: bool
    motion: Motion = Motion.STILL


async def add_story(session: AsyncSession, new: NewStory) -> Story:
    """Insert the story, PENDING, run 1."""
    story = Story(
        owner_id=new.owner_id,
        content=new.content,
        title=new.title,
        style=new.style,
        style_prompt=new.style_prompt,
        aspect_ratio=new.aspect_ratio,
        language=new.language,
        shot_count=new.shot_count,
        auto_render=new.auto_render,
        motion=new.motion,
    )
    session.add(story)
    await session.flush()
    return story
