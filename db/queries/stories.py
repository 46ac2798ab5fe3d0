"""Statements about stories."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from datetime import datetime
from functools import lru_cache
from typing import Any, cast
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Insert,
    Select,
    String,
    Uuid,
    bindparam,
    column,
    delete,
    func,
    insert,
    literal_column,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY

from db.models import Story, Work, minute_of
from db.queries.arguments import array_argument
from db.queries.events import FIRST_SEQ
from db.queries.pages import Coarse, PageWindow, Sorting, fetch_count, fetch_page, inside
from db.queries.reading import Form, Reader
from db.queries.selections import Selection, conditions_of, one_of
from db.queries.standings import standing_of, with_standing
from db.read_sessions import Reads
from db.rows import Page, StoryRow, StoryState
from db.write_sessions import Writes
from domain import (
    Action,
    Noun,
    Status,
    StoryOrderField,
    StoryRequest,
    Style,
    Summary,
    TextFormat,
    statuses_that_allow,
)

STORY = Reader(StoryRow, Story)
_REQUEST = Reader(StoryRequest, Story)

# Built once: these run for every push, and building one takes as long as running it.
_STORY_IDS = array_argument("story_ids", Uuid())
_SELECT_BY_ID: Select[*tuple[Any, ...]] = select(*STORY.columns).where(
    Story.id == func.any(_STORY_IDS)
)
_LOCK = select(Story.id).where(Story.id == bindparam("story_id")).with_for_update()
_LOCK_STORY = select(*STORY.columns).where(Story.id == bindparam("story_id")).with_for_update()


async def get_story(
    session: Reads,
    story_id: UUID,
    *,
    owner_id: str | None = None,
) -> StoryRow | None:
    """The story; None if absent, or of another owner than the given one."""
    key = story_id, owner_id
    return (await stories_by_id()(session, [key]))[key]


class StoriesById:
    """Reads stories in one form, each for a viewer: only its own, or whoever's if that is None."""

    def __init__(self, form: Form[StoryRow]) -> None:
        """Build the statement."""
        self._form = form
        asked = (
            func.unnest(_STORY_IDS, array_argument("owner_ids", String()))
            .table_valued(column("id", Uuid()), column("owner_id", String()), name="asked")
            .render_derived()
        )
        self._statement = select(asked.c.id, asked.c.owner_id, *form.columns).where(
            Story.id == asked.c.id,
            Story.owner_id == func.coalesce(asked.c.owner_id, Story.owner_id),
        )

    async def __call__(
        self, session: Reads, keys: Collection[tuple[UUID, str | None]]
    ) -> Mapping[tuple[UUID, str | None], StoryRow | None]:
        """The story of each ID with the owner whose stories the viewer sees, None if absent."""
        ids, owners = zip(*keys, strict=True)
        values = {"story_ids": list(ids), "owner_ids": list(owners)}
        rows = await session.execute(self._statement, values)
        found: dict[tuple[UUID, str | None], StoryRow | None] = dict.fromkeys(keys)
        return found | {(row[0], row[1]): self._form.read(row[2:]) for row in rows}


@lru_cache(maxsize=512)
def stories_by_id(form: Form[StoryRow] = STORY) -> StoriesById:
    """The reader of stories in this form."""
    return StoriesById(form)


async def list_stories_by_id(session: Reads, story_ids: Collection[UUID]) -> dict[UUID, StoryRow]:
    """The existing stories, by ID."""
    result = await session.execute(_SELECT_BY_ID, {"story_ids": list(story_ids)})
    return {story.id: story for story in map(STORY.read, result)}


async def list_owners(session: Reads, story_ids: Collection[UUID]) -> dict[UUID, str]:
    """The owners of the existing stories, by ID."""
    statement = select(Story.id, Story.owner_id).where(Story.id == func.any(_STORY_IDS))
    rows = await session.execute(statement, {"story_ids": list(story_ids)})
    return {story_id: owner_id for story_id, owner_id in rows}  # noqa: C416 - typed


async def list_states(
    session: Reads,
    story_ids: Collection[UUID],
    *,
    changed_since: datetime | None = None,
    owner_ids: Collection[str] | None = None,
) -> list[StoryState]:
    """These stories, and optionally all that changed since then, the earliest first.

    With owners, only theirs.
    """
    values: dict[str, Any] = {"story_ids": list(story_ids)}
    wanted = Story.id == func.any(_STORY_IDS)
    if changed_since is not None:
        wanted = or_(wanted, Story.updated_at >= changed_since)
    statement = with_standing(select(*STORY.columns)).where(wanted)
    if owner_ids is not None:
        values["owner_ids"] = list(owner_ids)
        owners = bindparam("owner_ids", type_=ARRAY(String()))
        statement = statement.where(Story.owner_id == func.any(owners))
    result = await session.execute(statement.order_by(Story.updated_at, Story.id), values)
    own = len(STORY.columns)
    return [StoryState(STORY.read(row[:own]), standing_of(row[own:])) for row in result]


async def list_contents(session: Reads, story_ids: Collection[UUID]) -> dict[UUID, str]:
    """The texts of the stories, by id."""
    result = await session.execute(select(Story.id, Story.content).where(Story.id.in_(story_ids)))
    return {row[0]: row[1] for row in result}


async def get_title(session: Reads, story_id: UUID) -> str | None:
    """The story's title; None without one, or without the story."""
    result = await session.execute(select(Story.title).where(Story.id == story_id))
    return result.scalar_one_or_none()


async def get_language(session: Writes, story_id: UUID) -> str:
    """The story's language, a BCP 47 tag; empty for the text's own."""
    result = await session.execute(select(Story.language).where(Story.id == story_id))
    return result.scalar_one_or_none() or ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StorySelection(Selection):
    """The filter and the order of a list; the default is newest first."""

    styles: tuple[Style, ...] | None = None
    order_by: StoryOrderField = StoryOrderField.CREATED_AT
    ascending: bool = False


_SORTINGS: dict[StoryOrderField, Sorting] = {
    StoryOrderField.CREATED_AT: Sorting(id=Story.id.expression),
    StoryOrderField.UPDATED_AT: Sorting(
        id=Story.id.expression,
        column=Story.updated_at.expression,
        coarse=Coarse(Story.updated_minute.expression, minute_of),
    ),
    StoryOrderField.TITLE: Sorting(
        id=Story.id.expression,
        column=func.coalesce(Story.title, literal_column("''")),  # as in the index
    ),
}


def _conditions(outline: StorySelection) -> list[ColumnElement[bool]]:
    conditions = conditions_of(outline, Story)
    if outline.styles is not None:
        conditions.append(one_of(Story.style, outline.styles))
    return conditions


async def list_stories(
    session: Reads,
    selection: StorySelection,
    window: PageWindow,
    *,
    form: Form[StoryRow] | None = None,
) -> Page[StoryRow]:
    """One page of the stories."""
    form = form or STORY
    return await fetch_page(
        session,
        _page(form, selection.outline, window.outline),
        selection.values,
        window=window,
        build=form.read,
        words=selection.search,
    )


@lru_cache(maxsize=512)
def _page(
    form: Form[StoryRow], outline: StorySelection, window: PageWindow
) -> Select[*tuple[Any, ...]]:
    """The statement for a page with these outlines."""
    statement: Select[*tuple[Any, ...]] = select(*form.columns).where(*_conditions(outline))
    sorting = replace(_SORTINGS[outline.order_by], ascending=outline.ascending)
    return inside(statement, sorting, window)


async def count_stories(session: Reads, selection: StorySelection) -> int:
    """The number of stories on all pages."""
    statement = select(func.count()).select_from(Story).where(*_conditions(selection.outline))
    return await fetch_count(session, statement, selection.values, selection.search)


async def lock_story(session: Writes, story_id: UUID) -> StoryRow | None:
    """The story, with its row locked until the transaction ends.

    Every change to a story or its shots locks this row first, so changes of one story are
    serialized and never deadlock.
    """
    row = (await session.execute(_LOCK_STORY, {"story_id": story_id})).one_or_none()
    return None if row is None else STORY.read(row)


async def lock_row(session: Writes, story_id: UUID) -> bool:
    """Lock the story's row without reading its text; False if the story was deleted."""
    result = await session.execute(_LOCK, {"story_id": story_id})
    return result.one_or_none() is not None


async def begin_scripts(session: Writes, work_ids: Collection[UUID]) -> dict[UUID, StoryRequest]:
    """Mark the scripts of the works as being written; returns their inputs, by work."""
    result = await session.execute(
        update(Story)
        .where(Work.id.in_(work_ids), Story.id == Work.subject_id)
        .values(status=Status.GENERATING, attempt=Work.attempt + 1)
        .returning(*_REQUEST.beside(Work.id))
    )
    return {row[0]: _REQUEST.read(row[1:]) for row in result}


async def complete_script(session: Writes, story_id: UUID, script: Summary) -> None:
    """Record that the story has its script, with its summary; an existing title is kept."""
    said = {field.name: getattr(script, field.name) for field in fields(Summary)}
    values = {name: value for name, value in said.items() if value}
    values["title"] = func.coalesce(Story.title, script.title)
    await session.execute(
        update(Story)
        .where(Story.id == story_id)
        .values(**values, status=Status.COMPLETED, failure=None)
    )


async def fail_scripts(session: Writes, work_ids: Collection[UUID]) -> None:
    """Store the reason why the scripts of the works failed."""
    await session.execute(
        update(Story)
        .where(Work.id.in_(work_ids), Story.id == Work.subject_id)
        .values(status=Status.FAILED, failure=Work.failure)
    )


async def cancel_script(session: Writes, story_id: UUID) -> bool:
    """Cancel the script; False if it was not open."""
    return await _move_script(session, story_id, Action.CANCEL, status=Status.CANCELED)


async def restart_script(session: Writes, story_id: UUID) -> bool:
    """Make the script PENDING again; False unless it failed or was canceled."""
    return await _move_script(
        session, story_id, Action.RETRY, status=Status.PENDING, failure=None, attempt=0
    )


async def _move_script(session: Writes, story_id: UUID, action: Action, **values: object) -> bool:
    result = await session.execute(
        update(Story)
        .where(Story.id == story_id, Story.status.in_(statuses_that_allow(Noun.STORY, action)))
        .values(**values)
        .returning(Story.id)
    )
    return result.one_or_none() is not None


async def rename_story(session: Writes, story_id: UUID, title: str) -> None:
    """Give the story this title."""
    await session.execute(update(Story).where(Story.id == story_id).values(title=title))


async def delete_story(session: Writes, story_id: UUID) -> None:
    """Delete the story and all its dependent rows."""
    await session.execute(delete(Story).where(Story.id == story_id))


_INSERT = insert(Story).values(
    owner_id=bindparam("new_owner_id"),
    event_seq=FIRST_SEQ,
    revision=FIRST_SEQ,
    **{field.name: bindparam(f"new_{field.name}") for field in fields(StoryRequest)},
)
_ADD = cast("Insert", _INSERT.returning(*STORY.columns))


async def add_story(session: Writes, request: StoryRequest, *, owner_id: str) -> StoryRow:
    """Insert the story, PENDING, as it is after its first event, which the caller logs."""
    told = asdict(request) | {"text_format": request.text_format or TextFormat.PLAIN}
    values = {f"new_{name}": value for name, value in told.items()}
    rows = await session.execute(_ADD, values | {"new_owner_id": owner_id})
    row: Sequence[Any] = rows.one()
    return STORY.read(row)
