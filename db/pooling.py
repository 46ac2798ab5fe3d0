"""What stands between us and PostgreSQL, and how many sessions it leaves us.

A pooler in transaction mode gives each transaction another session of the server. Notifications,
the worker's lock and named prepared statements need one that stays.
"""

import asyncio
from contextlib import AsyncExitStack
from enum import Enum, auto
from typing import Any, cast

from db.address import DatabaseAddress
from db.opening import open_connection
from db.setting_names import (
    DATABASE_URL,
    DIRECT_URL,
    LEAST_SESSIONS,
    SESSIONS,
    UNPOOLED_SESSIONS,
)
from errors import SetupError

_ROUNDS = 5
_PATIENCE_S = 3.0

_LIMIT = """
    SELECT least(
        current_setting('max_connections')::int
            - current_setting('superuser_reserved_connections')::int
            - coalesce(current_setting('reserved_connections', true)::int, 0),
        CASE WHEN rolsuper THEN NULL ELSE nullif(rolconnlimit, -1) END,
        CASE WHEN rolsuper THEN NULL ELSE nullif(datconnlimit, -1) END
    )
    FROM pg_roles, pg_database WHERE rolname = current_user AND datname = current_database()
"""
_IDENTITY = """
    SELECT pg_postmaster_start_time()::text || ' ' || oid FROM pg_database
    WHERE datname = current_database()
"""


class Pooling(Enum):
    """How long one session of the server stays with a connection."""

    NONE = auto()
    SESSION = auto()
    TRANSACTION = auto()


async def check_addresses(url: str, direct_url: str | None, *, sessions: int) -> None:
    """Check that listening works, and that as many sessions are to be had; 1 asks for no count.

    Raises:
        SetupError: They are not, or the two addresses lead to different databases.
        CONNECTION_LOST: A connection fails.
    """
    pooling = await find_pooling(direct_url or url)
    if pooling is Pooling.TRANSACTION:
        setting = DATABASE_URL if direct_url is None else DIRECT_URL
        raise SetupError(
            f"The pooler at {DatabaseAddress.parse(direct_url or url)} ({setting}) gives every "
            "transaction another session of PostgreSQL, and notifications and locks need one of "
            f"their own. Set {DIRECT_URL} to a direct or session-pooled address of the database."
        )
    if direct_url is not None:
        if await _ask(url, _IDENTITY) != await _ask(direct_url, _IDENTITY):
            raise SetupError(
                f"{DATABASE_URL} and {DIRECT_URL} lead to different databases. Correct one of them."
            )
        sessions = min(sessions, UNPOOLED_SESSIONS)
    if sessions > 1:
        await _check_count(direct_url or url, pooling, sessions)


async def find_pooling(url: str) -> Pooling:
    """What the address leads to.

    A pooler invents the process ID that it announces. In transaction mode two connections take
    turns on one session, or one connection is moved.
    """
    async with AsyncExitStack() as stack:
        first = await _open(stack, url)
        pid = await _value(first, "SELECT pg_backend_pid()")
        if first.get_server_pid() == pid:
            return Pooling.NONE
        try:
            async with asyncio.timeout(_PATIENCE_S):
                second = await _open(stack, url)
                for _ in range(_ROUNDS):
                    moved = await _value(first, "SELECT pg_backend_pid()")
                    other = await _value(second, "SELECT pg_backend_pid()")
                    if moved != pid or other == pid:
                        return Pooling.TRANSACTION
        except TimeoutError:  # no session is left for a second connection
            pass
        return Pooling.SESSION


async def count_sessions(url: str, wanted: int) -> int:
    """How many of the wanted sessions the address gives at once, within a few seconds."""
    async with AsyncExitStack() as stack:

        async def take() -> None:
            await _value(await _open(stack, url), "SELECT 1")

        takers = [asyncio.create_task(take()) for _ in range(wanted)]
        done, waiting = await asyncio.wait(takers, timeout=_PATIENCE_S)
        for task in waiting:
            task.cancel()
        await asyncio.gather(*takers, return_exceptions=True)
        return sum(task.exception() is None for task in done)


async def _check_count(url: str, pooling: Pooling, sessions: int) -> None:
    place = DatabaseAddress.parse(url)
    if pooling is Pooling.SESSION:
        found, where = await count_sessions(url, sessions), f"The pooler at {place} has"
    else:
        found, where = cast("int", await _ask(url, _LIMIT)), f"PostgreSQL at {place} allows"
    if found >= sessions:
        return
    lower = f"Set {SESSIONS} to at most {found}, or raise" if found >= LEAST_SESSIONS else "Raise"
    raise SetupError(
        f"{where} {found} sessions for this process, which needs {sessions} ({SESSIONS}). "
        f"{lower} the limit there."
    )


async def _ask(url: str, query: str) -> object:
    async with AsyncExitStack() as stack:
        return await _value(await _open(stack, url), query)


async def _open(stack: AsyncExitStack, url: str) -> Any:
    connection = await open_connection(url, is_pooled=True)
    stack.callback(connection.terminate)
    return connection


async def _value(connection: Any, query: str) -> object:
    """The value, asked in a transaction: a pooler may part the steps of a statement outside one."""
    async with connection.transaction():
        return await connection.fetchval(query)
