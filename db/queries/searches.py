"""Searches in the titles and texts of stories: literally, case-insensitively, exactly.

Whether a story contains the words is decided by its present title and text. The index only finds
the stories that may contain them: it has every one, two and, of letters, three characters of each
indexed story, so that it serves two Chinese characters as well as a part of a word. Workers index
stories after they were written. Until then each search reads their texts.
"""

from sqlalchemy import ColumnElement, Uuid, bindparam, func, or_, select, text, union_all
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import BigInteger

from db.models import Story, StorySearch
from db.write_sessions import Writes

BATCH = 20
"""How many stories one call adds at most: some 20 ms of work."""


def mentions(words: str) -> ColumnElement[bool]:
    """Whether a story's title or text contains the words."""
    return or_(
        Story.title.icontains(words, autoescape=True),
        Story.content.icontains(words, autoescape=True),
    )


def may_mention(words: str) -> ColumnElement[bool]:
    """Whether a story is among those that may contain the words: a scan of the index."""
    grams = func.story_grams(func.lower(words), type_=ARRAY(BigInteger()))
    indexed = select(StorySearch.story_id).where(
        func.story_grams(StorySearch.body, type_=ARRAY(BigInteger())).contains(grams)
    )
    unindexed = select(Story.id).where(~Story.is_indexed)
    return Story.id.in_(union_all(indexed, unindexed))


_BODY = "lower(concat_ws(chr(10), title, content))"
_ADD = text(
    f"""
    INSERT INTO story_search (story_id, body)
    SELECT id, {_BODY} FROM story WHERE NOT is_indexed LIMIT {BATCH}
    ON CONFLICT (story_id) DO UPDATE SET body = excluded.body
    RETURNING story_id
    """  # noqa: S608 - constants
)
_MARK = text(
    f"""
    UPDATE story SET is_indexed = true FROM story_search
    WHERE story.id = ANY(:ids) AND story_id = story.id AND body = {_BODY}
    """  # noqa: S608 - constants
).bindparams(bindparam("ids", type_=ARRAY(Uuid())))


async def index_stories(session: Writes) -> int:
    """Add some of the stories that are new or have another title, and return how many.

    No story is locked while it is read. One that gets another title meanwhile stays due.
    """
    ids = (await session.execute(_ADD)).scalars().all()
    await session.execute(_MARK, {"ids": ids})
    return len(ids)


# Only the owner may. Otherwise autovacuum does it.
_MERGE = text(
    """
    SELECT gin_clean_pending_list(oid) FROM pg_class
    WHERE oid = 'ix_story_search_grams'::regclass AND pg_has_role(relowner, 'USAGE')
    """
)


async def merge_index(session: Writes) -> None:
    """Sort what was added into the index: together in 4 ms of CPU per story, one by one in 16.

    Until then every search reads it. Nobody waits for this, however long it takes.
    """
    await session.execute(_MERGE)
