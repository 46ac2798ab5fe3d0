"""Opens the stores of the settings: the database and the media.

Commands that need only these import this module and not the backend, whose import takes longer than
their work.
"""

import os
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from db.address import complete, without_password
from db.embedded import EmbeddedPostgres, default_home
from db.migrate import migrate
from db.session import Database
from errors import SetupError
from orchestration.media.store import MediaStore
from settings import Settings


def home_of(settings: Settings) -> Path:
    """The data folder of this backend.

    Raises:
        SetupError: None was given, and the user has no home folder.
    """
    return settings.home or default_home()


@asynccontextmanager
async def open_database(settings: Settings) -> AsyncGenerator[tuple[Database, str]]:
    """The migrated database and its displayable location.

    Raises:
        SetupError: It does not start, or does not respond.
    """
    async with AsyncExitStack() as stack:
        database, place = await open_postgres(stack, settings)
        await database.check_at_start(is_long=False)
        with database.starting():
            await migrate_database(database)
            yield database, place


async def open_postgres(stack: AsyncExitStack, settings: Settings) -> tuple[Database, str]:
    """The database, not yet connected, and its displayable location."""
    sessions = settings.database_sessions
    if settings.database_url is not None:
        told = settings.database_url.get_secret_value()
        direct = settings.database_direct_url
        place = without_password(told)
        database = Database(
            complete(told, os.environ),
            direct_url=None if direct is None else complete(direct.get_secret_value(), os.environ),
            sessions=sessions,
        )
    else:
        home = home_of(settings)
        postgres = await EmbeddedPostgres.start(home)
        stack.push_async_callback(postgres.stop)
        place = f"bundled PostgreSQL in {home / 'postgres'}"
        database = Database(postgres.url, sessions=sessions, setting="AI_STORY_HOME")
    return await stack.enter_async_context(database), place


async def migrate_database(database: Database) -> None:
    """Upgrade its schema, past any pooler.

    Raises:
        SetupError: Its schema is of another program or a newer version.
        DatabaseUnavailableError: It is unavailable.
    """
    async with database.direct_engine() as engine:
        await migrate(engine)


def media_location(settings: Settings) -> str:
    """The folder or s3:// address of the media."""
    return settings.media_url or str(home_of(settings) / "media")


def open_store(location: str) -> MediaStore:
    """The media store at the folder or s3:// address; a folder is created if needed.

    Raises:
        SetupError: It cannot be used.
    """
    if "://" not in location:
        try:
            # Files of users are private; the folder above may be readable for the database's
            # account.
            Path(location).mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise SetupError(
                f"Cannot store media in {location}: {error.strerror}. "
                "Set AI_STORY_HOME or AI_STORY_MEDIA_URL."
            ) from error
    return MediaStore.open(location)
