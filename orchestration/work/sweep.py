"""Compares the media store with the rows: files without a row, and rows without a file.

Files left by interrupted claims are deleted every minute: their names are on the rows of their
work. A complete comparison reads the store, so it is a command. Narrations have no rows: their keys
are derived from their content. Variants of pictures have none either: they belong to their picture.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID

from db.queries.media import (
    Leftovers,
    NamedFile,
    forget_leftovers,
    list_leftovers,
    list_named_files,
    list_names_in_work,
    list_story_ids,
)
from db.read_sessions import Reads
from db.session import Database, Writes
from orchestration.media.store import MEDIA_TYPES, MediaStore, StoredFile, store_key

LEFT_FOR = timedelta(minutes=10)
"""Longer than a stopped worker needs to exit."""
_AT_ONCE = 200


async def delete_leftovers(
    database: Database, store: MediaStore, *, older_than: timedelta = LEFT_FOR
) -> int:
    """Delete files that interrupted and late claims have stored; returns the number of works."""

    async def find(session: Reads) -> list[Leftovers]:
        return await list_leftovers(session, older_than=older_than, limit=_AT_ONCE)

    found = await database.read(find)
    if not found:
        return 0
    await store.delete(
        [
            store_key(str(one.story_id), name, suffix)
            for one in found
            for name in one.names
            for suffix in MEDIA_TYPES
        ]
    )

    async def forget(session: Writes) -> None:
        await forget_leftovers(session, found)

    await database.commit(forget)
    return len(found)


@dataclass(slots=True)
class Comparison:
    """Files without a row, and missing files of rows."""

    orphans: list[StoredFile] = field(default_factory=list[StoredFile])
    missing: list[NamedFile] = field(default_factory=list[NamedFile])
    files: int = 0


async def compare(
    database: Database, store: MediaStore, *, older_than: timedelta = LEFT_FOR
) -> Comparison:
    """Check all stories; newer files may belong to work that is being stored."""
    comparison, after = Comparison(), UUID(int=0)
    before = datetime.now(UTC) - older_than
    unknown = set(await store.list_story_ids())
    while story_ids := await _next_stories(database, after):
        after = story_ids[-1]
        unknown.difference_update(story_ids)
        await _compare_stories(database, store, story_ids, before, comparison)
    for story_id in sorted(unknown):
        left = await store.list_files(story_id)
        comparison.files += len(left)
        comparison.orphans.extend(file for file in left if file.stored_at < before)
    return comparison


async def _next_stories(database: Database, after: UUID) -> list[UUID]:
    async with database.reading() as session:
        return await list_story_ids(session, after=after, limit=_AT_ONCE)


async def _compare_stories(
    database: Database,
    store: MediaStore,
    story_ids: Sequence[UUID],
    before: datetime,
    comparison: Comparison,
) -> None:
    files = [file for story_id in story_ids for file in await store.list_files(story_id)]
    async with database.reading() as session:  # later than the files: new files have their rows
        named = await list_named_files(session, story_ids)
        in_work = await list_names_in_work(session, story_ids)
    stored, keys = {file.key for file in files}, {one.key for one in named}
    comparison.files += len(files)
    comparison.orphans.extend(
        file
        for file in files
        if file.key not in keys
        and not file.is_variant_of(keys)
        and file.name not in in_work
        and not file.is_derived
        and file.stored_at < before
    )
    absent = [one for one in named if one.key not in stored]
    comparison.missing.extend([one for one in absent if not await store.has(one.key)])
