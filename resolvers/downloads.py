"""What a downloaded file is called."""

from pathlib import PurePosixPath
from uuid import UUID

from db.queries.stories import get_title
from db.session import Database
from errors import DatabaseUnavailableError


async def title_of(database: Database, key: str) -> str:
    """The title of the story whose media has this key; empty if it is not known now."""
    story_id = UUID(PurePosixPath(key).parent.name)
    try:
        async with database.reading() as session:
            return await get_title(session, story_id) or ""
    except DatabaseUnavailableError:  # the file itself can be served
        return ""
