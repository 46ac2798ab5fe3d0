"""Separate databases for tests on the shared PostgreSQL."""

import tempfile
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import uuid4

from sqlalchemy.engine import make_url

from db.connections import connect


def make_reachable_folder() -> Path:
    """A folder that the database's account can enter; pytest's own are closed when we are root."""
    folder = Path(tempfile.mkdtemp(prefix="ai-story-test-", dir="/tmp"))
    folder.chmod(0o711)
    return folder


async def run_sql(url: str, statement: str) -> None:
    """Run one statement outside any transaction."""
    connection = await connect(url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close(timeout=5)


def named(server_url: str, name: str) -> str:
    """The address of another database of the same server."""
    return make_url(server_url).set(database=name).render_as_string(hide_password=False)


@asynccontextmanager
async def fresh_database(server_url: str, *, template: str = "template1") -> AsyncGenerator[str]:
    """A database for a while, a copy of the template; the value is its address."""
    name = f"test_{uuid4().hex}"
    await run_sql(server_url, f"CREATE DATABASE {name} TEMPLATE {template}")
    yield named(server_url, name)
    await run_sql(server_url, f"DROP DATABASE {name} WITH (FORCE)")


async def empty_database(url: str) -> None:
    """Clear the tables of a migrated database: faster than another copy of the template.

    Small ones are not truncated: that makes new files for each table and index, 50 times the work.
    """
    connection = await connect(url)
    try:
        await connection.execute(_END_OTHERS)
        if await connection.fetchval(_ANY_IS_LARGE):
            await connection.execute(str(await connection.fetchval(_TRUNCATE)))
        else:
            await connection.execute(str(await connection.fetchval(_DELETE)))
            await connection.execute(_RESTART_IDENTITIES)
    finally:
        await connection.close(timeout=5)


_END_OTHERS = """SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()"""
_TABLES = """FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
    AND relname <> 'alembic_version'"""
_ANY_IS_LARGE = f"SELECT bool_or(pg_relation_size(oid) > 256 * 1024) {_TABLES}"
_TRUNCATE = f"""SELECT 'TRUNCATE ' || string_agg(oid::regclass::text, ', ') || ' RESTART IDENTITY'
    {_TABLES}"""
_DELETE = f"""SELECT string_agg('DELETE FROM ' || oid::regclass, '; ' ORDER BY relname <> 'story')
    {_TABLES}"""
"""A story's own rows go with it."""
_RESTART_IDENTITIES = "SELECT setval(seqrelid, 1, false) FROM pg_sequence"
