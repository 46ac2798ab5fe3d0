"""Searches find the same with and without the index, however many stories there are."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import text

from db.queries.pages import PageWindow
from db.queries.searches import BATCH
from db.queries.stories import StorySelection, count_stories, list_stories, rename_story
from db.queries.videos import count_videos, list_videos
from db.rows import StoryRow
from db.session import Database
from domain import StoryOrderField
from orchestration.housekeeping import index_texts
from tests.factories import add_rows
from tests.stage import Stage
from tests.statements import counting

MANY = 2_100
"""More than a search reads without the index."""
NEWER = """
    INSERT INTO story (id, owner_id, title, content, style, aspect_ratio, language, status,
        auto_render, attempt, event_seq, revision, is_indexed)
    SELECT ('ffffffff-ffff-7fff-8fff-' || lpad(to_hex(n), 12, '0'))::uuid, 'local', 'Nr. ' || n,
        'Rain.', 'MOVIE', 'WIDE_16_9', 'en', 'COMPLETED', false, 0, 0, 0, :indexed
    FROM generate_series(1, :many) AS n
"""
TEXTS = {
    "The Tortoise": "A XyloGraph of 100% wool.\nÜNDER_it",
    "守株待兔": "宋人有耕者，终于。",
    "Ab": "cd \U0001f98a",
}
WORDS = {
    "xylograph": "The Tortoise",
    "YLOGR": "The Tortoise",
    "xylo graph": None,
    "l.\nünder_IT": "The Tortoise",
    "宋人": "守株待兔",
    "，终于": "守株待兔",
    "耕": "守株待兔",
    "终人": None,
    "%": "The Tortoise",
    "_": "The Tortoise",
    "0% w": "The Tortoise",
    "\\": None,
    "z": None,
    "xy": "The Tortoise",
    "守株": "守株待兔",
    "b\nc": None,  # a title and its text are two
    "d \U0001f98a": "Ab",
    "\U0001f98b": None,
}


@pytest.fixture
async def database(idle_stage: Stage) -> Database:
    """Without stories."""
    await run(idle_stage.database, "DELETE FROM story")
    return idle_stage.database


async def run(database: Database, statement: str, **values: object) -> None:
    async with database.transaction() as session:
        await session.execute(text(statement), values)


async def add_texts(database: Database) -> dict[str, UUID]:
    """The stories with films, older than many others; by title."""
    added = {title: (await add_rows(database)).story for title in TEXTS}
    for title, id_ in added.items():
        statement = "UPDATE story SET title = :title, content = :content WHERE id = :id"
        await run(database, statement, title=title, content=TEXTS[title], id=id_)
    return added


async def found(database: Database, words: str) -> str | None:
    """The title of the only story that is found, in every order, of its film, and counted."""
    stories: list[StoryRow] = []
    async with database.reading() as session:
        for order in StoryOrderField:
            wanted = StorySelection(owner_id="local", search=words, order_by=order)
            stories = (await list_stories(session, wanted, PageWindow())).nodes
            assert len(stories) <= 1
            assert await count_stories(session, wanted) == len(stories)
            films = (await list_videos(session, wanted, PageWindow())).nodes
            assert [film.title for film in films] == [story.title for story in stories]
            assert await count_videos(session, wanted) == len(films)
    return stories[0].title if stories else None


@pytest.mark.parametrize("indexed", [False, True])
async def test_words_are_found_with_the_index_and_without(
    database: Database, *, indexed: bool
) -> None:
    await add_texts(database)
    if indexed:
        await index_texts(database)
    await run(database, NEWER, indexed=True, many=MANY)

    assert {words: await found(database, words) for words in WORDS} == WORDS


async def test_a_new_title_is_found_before_it_is_indexed_again(database: Database) -> None:
    added = await add_texts(database)
    await index_texts(database)
    await run(database, NEWER, indexed=True, many=MANY)

    async with database.transaction() as session:
        await rename_story(session, added["Ab"], "Zebra")
    before = [await found(database, words) for words in ("zebr", "Ab", "\U0001f98a")]
    await index_texts(database)
    after = [await found(database, words) for words in ("zebr", "Ab", "\U0001f98a")]

    assert before == after == ["Zebra", None, "Zebra"]


async def test_texts_are_indexed_a_batch_at_a_time_and_once(database: Database) -> None:
    await run(database, NEWER, indexed=False, many=2 * BATCH + 1)

    with counting(database) as statements:
        await index_texts(database)
        await run(database, "UPDATE story SET title = title, revision = revision + 1")
        await index_texts(database)

    assert len([one for one in statements if "INSERT INTO story_search" in one]) == 4
    async with database.reading() as session:
        left = await session.execute(text("SELECT count(*) FROM story WHERE NOT is_indexed"))
        kept = await session.execute(text("SELECT count(*) FROM story_search"))
        assert (left.scalar_one(), kept.scalar_one()) == (0, 2 * BATCH + 1)


async def test_times_of_creation_are_exact_although_ids_are_compared(database: Database) -> None:
    await add_rows(database)
    now = datetime.now(UTC)
    beyond = datetime.max.replace(tzinfo=UTC), datetime.min.replace(tzinfo=UTC)

    async def count(*, after: datetime | None = None, before: datetime | None = None) -> int:
        async with database.reading() as session:
            wanted = StorySelection(owner_id="local", created_after=after, created_before=before)
            stories = await count_stories(session, wanted)
            assert await count_videos(session, wanted) == stories
            return stories

    near = timedelta(seconds=20)
    assert await count(after=now - near, before=now + near) == 1
    assert await count(after=now + near) == 0
    assert await count(before=now - near) == 0
    assert await count(after=beyond[1], before=beyond[0]) == 1
    assert await count(after=beyond[0]) == 0
    assert await count(before=beyond[1]) == 0
