"""Upgrades the schema to the newest revision; safe to call from many processes at once."""

from pathlib import Path

import structlog
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text
from sqlalchemy.engine import Connection
from sqlalchemy.ext.asyncio import AsyncEngine

from db.session import is_connection_lost
from errors import DatabaseUnavailableError

_LOG = structlog.get_logger()
LOCK = 0x41495354  # "AIST": one migration at a time per database


def alembic_config() -> Config:
    """Alembic's configuration; it needs no ini file."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    return config


def _upgrade(connection: Connection) -> None:
    config = alembic_config()
    head = ScriptDirectory.from_config(config).get_current_head()
    current = MigrationContext.configure(connection).get_current_revision()
    if current == head:
        return
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
    _LOG.info("database migrated", from_revision=current, to_revision=head)


async def migrate(engine: AsyncEngine) -> None:
    """Upgrade to the newest revision in one transaction, under an advisory lock.

    Raises:
        DatabaseUnavailableError: It is unavailable or was lost; the upgrade can be repeated.
    """
    try:
        async with engine.begin() as connection:
            await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK})
            await connection.run_sync(_upgrade)
    except Exception as error:
        if is_connection_lost(error):
            raise DatabaseUnavailableError(
                "The database is unavailable. Start again later to upgrade its schema."
            ) from error
        raise
