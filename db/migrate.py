"""Upgrades the schema to the newest revision; safe to call from many processes at once.

Alembic is imported only if there is something to upgrade: it would be a sixth of every start.
"""

from pathlib import Path
from typing import TYPE_CHECKING

import structlog
from sqlalchemy import bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.engine import Connection
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlalchemy.types import Text

from db.models import Base
from db.session import is_connection_lost
from errors import DatabaseUnavailableError, SetupError

if TYPE_CHECKING:
    from alembic.config import Config

_LOG = structlog.get_logger()
LOCK = 0x41495354  # "AIST": one migration at a time per database

_MIGRATIONS = Path(__file__).parent / "migrations"
_HAS_REVISIONS = text("SELECT to_regclass('alembic_version') IS NOT NULL")
_REVISIONS = text("SELECT version_num FROM alembic_version")
_TABLES = [*(table.name for table in Base.metadata.sorted_tables), "pgqueuer", "pgqueuer_log"]
_CLOSED = text(
    """
    SELECT string_agg(relname, ', ' ORDER BY relname) FROM pg_class
    WHERE relname = ANY(:tables) AND relkind = 'r' AND pg_table_is_visible(oid) AND NOT (
        has_table_privilege(oid, 'SELECT') AND has_table_privilege(oid, 'INSERT')
        AND has_table_privilege(oid, 'UPDATE') AND has_table_privilege(oid, 'DELETE')
    )
    """
).bindparams(bindparam("tables", type_=ARRAY(Text())))


def alembic_config() -> "Config":
    """Alembic's configuration; it needs no ini file."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    return config


def newest_revision() -> str:
    """The revision of the newest migration: the beginning of its file's name."""
    return max(path.name.partition("_")[0] for path in (_MIGRATIONS / "versions").glob("*.py"))


async def _read_revision(connection: AsyncConnection) -> str | None:
    """The revision of the schema; None if it is empty, or not one of ours."""
    if not (await connection.execute(_HAS_REVISIONS)).scalar():
        return None
    return (await connection.execute(_REVISIONS)).scalar()


def _upgrade(connection: Connection) -> None:
    from alembic import command
    from alembic.util import CommandError

    config = alembic_config()
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, "head")
    except CommandError as error:
        raise SetupError(
            f"The database's schema is not one of this version of AI-Story ({error}). "
            "Update AI-Story, or use another database."
        ) from error


async def migrate(engine: AsyncEngine) -> None:
    """Upgrade to the newest revision in one transaction, under an advisory lock.

    Raises:
        SetupError: Its schema is of another program or a newer version, or the role may not use it.
        DatabaseUnavailableError: It is unavailable or was lost; the upgrade can be repeated.
    """
    try:
        async with engine.begin() as connection:
            await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK})
            revision, newest = await _read_revision(connection), newest_revision()
            if revision != newest:
                await connection.run_sync(_upgrade)
                _LOG.info("database migrated", from_revision=revision, to_revision=newest)
            if closed := (await connection.execute(_CLOSED, {"tables": _TABLES})).scalar():
                raise SetupError(
                    "The role of the database may not read and write all tables of AI-Story "
                    f"({closed}). GRANT ALL ON ALL TABLES IN SCHEMA public TO the role, or make "
                    "it the owner."
                )
    except Exception as error:
        if is_connection_lost(error):
            raise DatabaseUnavailableError(
                "The database is unavailable. Start again later to upgrade its schema."
            ) from error
        raise
