"""Queries and changes of stories, called by GraphQL and REST."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from db.queries import events, shots, stories
from db.queries.pages import PageWindow
from db.queries.reading import Form
from db.queries.stories import StorySelection
from db.rows import NewEvent, StoryRow, StoryState
from db.session import Writes
from domain import (
    BUILT_IN,
    MAX_LANGUAGE_LENGTH,
    MAX_SHOTS_PER_STORY,
    MAX_STYLE_PROMPT_LENGTH,
    MAX_TITLE_LENGTH,
    MIN_SHOTS_WISHED,
    EventType,
    Status,
    StoryOrderField,
    StoryRequest,
    Style,
    TextFormat,
    built_from,
)
from errors import InvalidInputError, InvalidStateError, NotFoundError
from orchestration.queue.jobs import Job, Step, enqueue
from orchestration.recipes import mock_shots as development_data
from orchestration.recipes.next_steps import (
    begin_script,
    stop_clips,
    stop_film,
    stop_pictures,
    stop_script,
)
from resolvers.changes import StoryChange
from resolvers.context import Context, parse_id
from resolvers.following import BEGINNING_PATIENCE_S
from resolvers.idempotency import once
from resolvers.motions import check_motion
from resolvers.paging import Listing, check_search, choices
from resolvers.policies import check_development
from resolvers.texts import check_content, check_optional, check_text
from text.formats.recognition import recognize

_LATE_MEDIA_S = 600.0


async def get_story(
    context: Context, story_id: str, *, form: Form[StoryRow] | None = None
) -> StoryRow | None:
    """The viewer's story in this form; None if absent or of another owner."""
    try:
        id_ = parse_id(story_id, noun="story")
    except NotFoundError:
        return None
    key = id_, context.viewer.sees_only
    return await context.database.gather(stories.stories_by_id(form or stories.STORY), key)


async def require_story(context: Context, story_id: str) -> StoryRow:
    """The viewer's story.

    Raises:
        NotFoundError: The viewer has no such story.
    """
    story = await get_story(context, story_id)
    if story is None:
        raise NotFoundError("Story not found.")
    return story


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryFilter:
    """The filter and the order of the viewer's stories; None does not filter."""

    statuses: Sequence[Status] | None = None
    styles: Sequence[Style] | None = None
    search: str | None = None
    created_after: datetime | None = None
    created_before: datetime | None = None
    order_by: StoryOrderField = StoryOrderField.CREATED_AT
    ascending: bool = False

    @property
    def order(self) -> str:
        """The mark of cursors of this order."""
        return "" if self.order_by is StoryOrderField.CREATED_AT else self.order_by


async def list_stories(
    context: Context,
    window: PageWindow,
    wanted: StoryFilter | None = None,
    *,
    form: Form[StoryRow] | None = None,
) -> Listing[StoryRow]:
    """One page of the viewer's stories in this form, newest first by default.

    Raises:
        InvalidInputError: The search words are invalid.
    """
    wanted = wanted or StoryFilter()
    selection = StorySelection(
        owner_id=context.viewer.sees_only,
        statuses=choices(wanted.statuses),
        styles=choices(wanted.styles),
        search=check_search(wanted.search),
        created_after=wanted.created_after,
        created_before=wanted.created_before,
        order_by=wanted.order_by,
        ascending=wanted.ascending,
    )

    async def count() -> int:
        async with context.database.reading() as session:
            return await stories.count_stories(session, selection)

    async with context.database.reading() as session:
        page = await stories.list_stories(session, selection, window, form=form)
    return Listing(page, count, wanted.order)


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryWish(StoryRequest):
    """The user's request, not validated yet."""

    idempotency_key: str | None = None


async def create_story(context: Context, wish: StoryWish) -> StoryRow:
    """Accept the story: rows, first event and the script's job in one transaction.

    Raises:
        InvalidInputError: With the invalid field.
        ConflictError: The idempotency key was used for another input.
    """
    request = checked_story(context, wish)
    async with once(context, wish.idempotency_key, "createStory", wish) as call:
        if call.done is not None:
            return await require_story(context, str(call.done))
        story = await stories.add_story(call.session, request, owner_id=context.viewer.id)
        call.made = story.id
        await events.begin_events(call.session, story.id, NewEvent(EventType.STORY_CREATED))
        provider = context.production.line_up.script.name
        await begin_script(call.session, story.id, provider=provider)
    return story


def checked_story(context: Context, wish: StoryWish) -> StoryRequest:
    """The request, validated.

    Raises:
        InvalidInputError: With the invalid field.
    """
    count = wish.shot_count
    if count is not None and not MIN_SHOTS_WISHED <= count <= MAX_SHOTS_PER_STORY:
        raise InvalidInputError(
            f"The shot count must be between {MIN_SHOTS_WISHED} and {MAX_SHOTS_PER_STORY}.",
            code="OUT_OF_RANGE",
            field=("input", "shotCount"),
        )
    check_motion(context, wish.motion)
    language = check_optional(wish.language, field="language", limit=MAX_LANGUAGE_LENGTH)
    content = check_content(wish.content)
    return built_from(
        wish,
        StoryRequest,
        content=content,
        text_format=wish.text_format or recognize(content),
        title=check_optional(wish.title, field="title", limit=MAX_TITLE_LENGTH),
        style_prompt=check_optional(
            wish.style_prompt, field="stylePrompt", limit=MAX_STYLE_PROMPT_LENGTH
        ),
        language=language or "",
    )


def recognized_format(content: str) -> TextFormat:
    """The format of a story's text, if the user names none.

    Raises:
        InvalidInputError: It cannot be the text of a story.
    """
    return recognize(check_content(content, under=()))


async def locked_story(session: Writes, context: Context, story_id: str) -> StoryRow:
    """The viewer's story with its row locked, the first statement of every change to it.

    Raises:
        NotFoundError: The viewer has no such story.
    """
    story = await stories.lock_story(session, parse_id(story_id, noun="story"))
    if story is None or not context.viewer.sees(story.owner_id):
        raise NotFoundError("Story not found.")
    return story


async def update_story(context: Context, story_id: str, *, title: str) -> StoryRow:
    """Give the story another title.

    Raises:
        InvalidInputError: The title is blank or too long.
        NotFoundError: The viewer has no such story.
    """
    title = check_text(title, field="title", limit=MAX_TITLE_LENGTH, under=())
    async with context.writing() as session:
        story = await locked_story(session, context, story_id)
        await stories.rename_story(session, story.id, title)
        await events.append_events(session, story.id, [NewEvent(EventType.STORY_UPDATED)])
    return await require_story(context, story_id)


async def cancel_story(context: Context, story_id: str) -> StoryRow:
    """Cancel the script, or, if there is one, the open shots and the video.

    Raises:
        NotFoundError: The viewer has no such story.
        InvalidStateError: No part of it is open.
    """
    async with context.writing() as session:
        story = await locked_story(session, context, story_id)
        moved = [
            *await stop_script(session, story.id),
            *await _cancel_shots(session, story),
            *await stop_film(session, story.id),
        ]
        if not moved:
            raise InvalidStateError("The story has no running work to cancel.")
        await events.append_events(session, story.id, moved)
    return await require_story(context, story_id)


async def _cancel_shots(session: Writes, story: StoryRow) -> list[NewEvent]:
    shot_ids = await shots.cancel_shots(session, story.id)
    await stop_pictures(session, story.id, shot_ids)
    stopped = [NewEvent(EventType.SHOT_STATUS_CHANGED, shot_id=id_) for id_ in shot_ids]
    every = [shot.id for shot in await shots.list_shots(session, [story.id])]
    return [*stopped, *await stop_clips(session, story.id, every)]


async def delete_story(context: Context, story_id: str) -> UUID:
    """Delete the story, its shots, its film and their media; a running step finds nothing to do.

    Raises:
        NotFoundError: The viewer has no such story.
    """
    async with context.writing() as session:
        story = await locked_story(session, context, story_id)
        await stop_script(session, story.id)
        await _cancel_shots(session, story)
        await stop_film(session, story.id)
        last = NewEvent(EventType.STORY_DELETED, payload={"owner_id": story.owner_id})
        await events.append_events(session, story.id, [last])
        await stories.delete_story(session, story.id)
        await enqueue(session, _delete_media_jobs(story.id))
    return story.id


def _delete_media_jobs(story_id: UUID) -> list[Job]:
    """Delete now, and once more for files that a canceled step was still storing."""
    return [
        Job(
            step=Step.DELETE_MEDIA,
            provider=BUILT_IN,
            story_id=story_id,
            work_id=story_id,
            detail=detail,
            delay_s=delay_s,
        )
        for detail, delay_s in (("now", 0.0), ("late", _LATE_MEDIA_S))
    ]


async def mock_shots(context: Context, story_id: str) -> StoryRow:
    """Give the story four virtual shots, for development.

    Raises:
        ForbiddenError: The viewer may not make development data.
        NotFoundError: The viewer has no such story.
        ConflictError: The story has shots already.
    """
    check_development(context.viewer)
    story = await require_story(context, story_id)
    await development_data.mock_shots(context.production, story)
    return await require_story(context, story_id)


async def require_followed_story(
    context: Context, story_id: str, *, after: int | None = None
) -> UUID:
    """The ID of a story that can be followed: one of the viewer's, or with `after` a deleted one.

    Raises:
        NotFoundError: The viewer has, and had, no such story.
    """
    id_ = parse_id(story_id, noun="story")

    owner = await context.following.find_owner(id_)
    if owner is None and after is not None:
        owner = await context.database.read(
            lambda session: events.get_deleted_owner(session, id_), patience_s=BEGINNING_PATIENCE_S
        )
    if owner is None or not context.viewer.sees(owner):
        raise NotFoundError("Story not found.")
    return id_


async def follow_story(
    context: Context, story_id: str, *, after: int | None = None
) -> AsyncGenerator[list[StoryChange]]:
    """The story's changes in groups, snapshot first; ends when it is deleted.

    Raises:
        NotFoundError: The viewer has, and had, no such story.
    """
    id_ = await require_followed_story(context, story_id, after=after)
    async with aclosing(context.following.follow(id_, after=after)) as groups:
        async for changes in groups:
            yield changes


def follow_stories(context: Context) -> AsyncGenerator[list[StoryState]]:
    """The viewer's stories in groups, each in its newest state after it changed; never ends."""
    return context.dashboards.follow(context.viewer.sees_only)
