"""Sessions and transactions. The opener of a transaction commits it; query functions never do."""

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from functools import partial
from math import inf
from typing import Any, Self, TypeVar, cast

import asyncpg
import structlog
from sqlalchemy import event
from sqlalchemy.engine.interfaces import DBAPIConnection, Dialect
from sqlalchemy.exc import DBAPIError, DisconnectionError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine

from db.connection_pool import Borrowed, ConnectionPool
from db.connections import CONNECTION_LOST, Connection, connect, is_lost
from db.gathering import Gatherings, Key, Read, Value
from db.opening import open_connection
from db.pooling import check_addresses
from db.read_sessions import ReadSession
from db.refusals import driver_error, refusal
from db.setting_names import DATABASE_URL, DIRECT_URL, UNPOOLED_SESSIONS, USUAL_SESSIONS
from db.write_sessions import Writes, WriteSession
from errors import DatabaseUnavailableError, SetupError

__all__ = [
    "AsyncSession",
    "Database",
    "IntegrityError",
    "ReadSession",
    "WriteSession",
    "Writes",
    "driver_connection",
    "is_connection_lost",
]

S = TypeVar("S")
T = TypeVar("T")

_POOL_TIMEOUT_S = 20
"""Shorter than the operation timeout, so that the client gets the reason."""
_PREPARED_STATEMENTS = 512
"""Of a connection for reads: lists have many forms."""
_RETRY_DELAYS_S = (0.05, 0.1, 0.2, 0.4, 0.8, *(1.0 for _ in range(120)))
"""A restart of PostgreSQL takes seconds; after two minutes it is not a restart."""
_AWAY = "The database is unavailable"
_FULL = "The disk of the database is full; nothing was changed. Make room there, then try again."
_FULL_FOR_S = 10.0
_FULL_RETRY_S = 5.0
_PERHAPS_SAVED = (
    "the connection was lost during the commit, and the change may have been saved. Read the "
    "current state before you retry, or retry with the same idempotencyKey."
)
_LOG = structlog.get_logger()


class Database:
    """One PostgreSQL database: a pool, transactions for writes, and cheap sessions for reads."""

    def __init__(
        self,
        url: str,
        *,
        direct_url: str | None = None,
        sessions: int = USUAL_SESSIONS,
        setting: str = DATABASE_URL,
    ) -> None:
        """Open nothing yet; `url` is a postgresql:// address as in libpq, given by `setting`.

        If there is a `direct_url`, `url` may lead to a pooler in transaction mode. `sessions` are
        those that the process may hold, with the ones of its queue.
        """
        self.url = url
        self._direct_url = direct_url
        self._sessions = sessions
        self._setting = setting
        self._full_at = -inf
        is_pooled = direct_url is not None
        readers, writers = _shares(sessions)
        self.readers = ConnectionPool(
            self._open_bare,
            lambda connection, observers: ReadSession(connection.fetch, observers),
            size=readers,
            in_transactions=is_pooled,
        )
        self.writers = ConnectionPool(
            self._open_bare, WriteSession, size=writers, in_transactions=True
        )
        self._gatherings = Gatherings(self.reading)
        self._engine = self._open_engine(url, size=writers, is_pooled=is_pooled)

    def _open_engine(self, url: str, *, size: int, is_pooled: bool) -> AsyncEngine:
        # Named statements stay in a session. The empty name is the next transaction's, too.
        unnamed = {"prepared_statement_cache_size": 0, "prepared_statement_name_func": str}
        engine = create_async_engine(
            "postgresql+asyncpg://",
            pool_size=size,
            max_overflow=0,  # those beyond the size would be closed after each use
            pool_timeout=_POOL_TIMEOUT_S,
            pool_pre_ping=False,  # lost connections are retried by `transaction`'s callers
            pool_use_lifo=True,
            hide_parameters=True,  # an error that is logged must not carry a story's text
            connect_args={
                "async_creator_fn": partial(open_connection, url, is_pooled=is_pooled),
                **(unnamed if is_pooled else {}),
            },
        )
        event.listen(engine.sync_engine, "do_connect", _connect)
        event.listen(engine.sync_engine, "checkout", _refuse_a_dead_connection)
        return engine

    @property
    def direct_url(self) -> str:
        """The address whose sessions stay: for LISTEN, locks and migrations."""
        return self._direct_url or self.url

    @property
    def engine(self) -> AsyncEngine:
        """The engine, for migrations and for tests that count statements; so is `readers`."""
        return self._engine

    @asynccontextmanager
    async def direct_engine(self) -> AsyncGenerator[AsyncEngine]:
        """The engine for migrations, whose sessions stay."""
        if self._direct_url is None:
            yield self._engine
            await self._engine.dispose()  # its session is one of those that others may hold
            return
        engine = self._open_engine(self._direct_url, size=1, is_pooled=False)
        try:
            yield engine
        finally:
            await engine.dispose()

    @asynccontextmanager
    async def transaction(self) -> AsyncGenerator[AsyncSession]:
        """A session whose changes are committed together at the end, or not at all.

        Raises:
            DatabaseUnavailableError: It is unavailable or was lost; the message says whether
                anything was changed.
        """
        known = "nothing was changed. Try again later."
        with self._telling(lambda: f"{_AWAY}; {known}"):
            async with (
                AsyncSession(self._engine, expire_on_commit=False) as session,
                session.begin(),
            ):
                yield session
                await session.flush()
                known = _PERHAPS_SAVED

    def writing(self) -> AbstractAsyncContextManager[WriteSession]:
        """A transaction, whose changes are committed together at the end, or not at all.

        Raises:
            DatabaseUnavailableError: It is unavailable or was lost; the message says whether
                anything was changed.
        """
        return Borrowed(
            self.writers,
            self._unavailable,
            timeout_s=_POOL_TIMEOUT_S,
            lost=f"{_AWAY}; nothing was changed. Try again later.",
            lost_at_the_end=f"{_AWAY}; {_PERHAPS_SAVED}",
        )

    async def commit(self, work: Callable[[WriteSession], Awaitable[T]]) -> T:
        """Do the work in one transaction, and repeat it while connections are being lost.

        A full disk of the database is waited for, however long.

        The outcome of a connection lost during COMMIT is unknown, so the work must consist of
        conditional statements that may run twice.
        """
        return await _persist(self.writing, work)

    async def read(
        self, work: Callable[[ReadSession], Awaitable[T]], *, patience_s: float = inf
    ) -> T:
        """Do reads that must not fail, and repeat them while connections are being lost.

        Raises:
            DatabaseUnavailableError: It was unavailable for minutes, or for `patience_s`.
        """
        return await _persist(self.reading, work, patience_s=patience_s)

    def reading(self) -> AbstractAsyncContextManager[ReadSession]:
        """A session for reads; every statement sees the newest committed state.

        Raises:
            DatabaseUnavailableError: It is unavailable or was lost.
        """
        lost = f"{_AWAY}. Try again later."
        return Borrowed(
            self.readers,
            self._unavailable,
            timeout_s=_POOL_TIMEOUT_S,
            lost=lost,
            lost_at_the_end=lost,
        )

    def gather(self, read: Read[Key, Value], key: Key) -> asyncio.Future[Value]:
        """The value of a key, which is read together with what others ask of `read` meanwhile.

        Raises:
            DatabaseUnavailableError: It is unavailable or was lost.
        """
        return self._gatherings.load(read, key)

    async def _open_bare(self) -> Any:
        with _telling_os_errors():
            return await open_connection(
                self.url,
                is_pooled=self._direct_url is not None,
                statement_cache_size=_PREPARED_STATEMENTS,
                max_cached_statement_lifetime=0,  # else each is prepared anew every five minutes
            )

    async def check(self) -> None:
        """Connect once.

        Raises:
            SetupError: It does not respond, is too old, or rejects the connection.
        """
        await self._check(self.url, self._setting, is_pooled=self._direct_url is not None)

    async def check_at_start(self, *, is_long: bool) -> None:
        """Check all that a start needs; a process that `is_long` holds all its sessions.

        Raises:
            SetupError: As above, or an address leads to a pooler that cannot serve us.
        """
        await self.check()
        if self._direct_url is not None:
            await self._check(self._direct_url, DIRECT_URL)
        try:
            await check_addresses(
                self.url, self._direct_url, sessions=self._sessions if is_long else 1
            )
        except (asyncpg.PostgresError, *CONNECTION_LOST) as error:
            self._refuse(error, self.url, self._setting)
            raise

    async def _check(self, url: str, setting: str, *, is_pooled: bool = False) -> None:
        try:
            connection = await connect(url, is_pooled=is_pooled)
        except Exception as error:
            self._refuse(error, url, setting)
            raise
        try:
            major = connection.get_server_version().major
        finally:
            await connection.close(timeout=5)
        if major < 15:
            raise SetupError(f"PostgreSQL {major} is too old. AI-Story requires 15 or newer.")

    @contextmanager
    def starting(self) -> Generator[None]:
        """Tell the operator what the database refuses while something starts.

        Raises:
            SetupError: It refuses a statement or a connection; the message has its own words.
        """
        try:
            yield
        except (DBAPIError, DatabaseUnavailableError, asyncpg.PostgresError) as error:
            self._refuse(error, self.url, self._setting)
            raise

    @staticmethod
    def _refuse(error: Exception, url: str, setting: str) -> None:
        refused = refusal(error, url, setting=setting)
        if refused is not None:
            raise refused from error

    @contextmanager
    def _telling(self, message: Callable[[], str]) -> Generator[None]:
        """Raise one error for every exception by which the driver reports a lost connection."""
        try:
            yield
        except Exception as error:
            unavailable = self._unavailable(error, message())
            if unavailable is None:
                raise
            raise unavailable from error

    def _unavailable(self, error: BaseException, message: str) -> DatabaseUnavailableError | None:
        """The error that tells of a lost connection; None if it is about something else."""
        if not is_connection_lost(error):
            return None
        if isinstance(driver_error(error), asyncpg.DiskFullError):
            self._full_at = time.monotonic()
            return DatabaseUnavailableError(_FULL, code="DISK_FULL")
        return DatabaseUnavailableError(message)

    @property
    def is_full(self) -> bool:
        """Whether its disk was full a moment ago, so that changes may be refused."""
        return time.monotonic() - self._full_at < _FULL_FOR_S

    async def close(self) -> None:
        """Close every pooled connection."""
        await self.readers.close()
        await self.writers.close()
        await self._engine.dispose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()


async def _persist(
    opened: Callable[[], AbstractAsyncContextManager[S]],
    work: Callable[[S], Awaitable[T]],
    *,
    patience_s: float = inf,
) -> T:
    end = time.monotonic() + patience_s
    delays_s = iter(_RETRY_DELAYS_S)
    while True:
        try:
            async with opened() as session:
                return await work(session)
        except DatabaseUnavailableError as error:
            delay_s = (
                _FULL_RETRY_S
                if isinstance(driver_error(error), asyncpg.DiskFullError)
                else next(delays_s, None)
            )
            if delay_s is None or time.monotonic() + delay_s > end:
                raise
            _LOG.warning("database unavailable, trying again", reason=error.reason)
            await asyncio.sleep(delay_s)


def _connect(
    dialect: Dialect, _record: object, arguments: list[object], named: dict[str, object]
) -> DBAPIConnection:
    with _telling_os_errors():
        return dialect.connect(*arguments, **named)


@contextmanager
def _telling_os_errors() -> Generator[None]:
    """Around connecting: only there is an OSError certain to come from the database."""
    try:
        yield
    except OSError as error:
        raise DatabaseUnavailableError(f"{_AWAY}. Try again later.") from error


def _shares(sessions: int) -> tuple[int, int]:
    """How many of a process's sessions are for reads, and how many for transactions.

    A read takes a millisecond and a transaction several, with a commit that waits for the disk.
    """
    pooled = sessions - UNPOOLED_SESSIONS
    readers = max(1, pooled * 2 // 5)
    return readers, max(1, pooled - readers)


def _refuse_a_dead_connection(connection: DBAPIConnection, *_: object) -> None:
    """Replace the pool's connections; a restarted server is noticed here without a query."""
    if cast(Connection, connection.driver_connection).is_closed():
        raise DisconnectionError


async def driver_connection(session: Writes) -> Connection:
    """The asyncpg connection inside the session's running transaction.

    The raw connection is in a transaction only after the session's first statement; writes before
    it would survive a rollback. So this executes one if none has run.
    """
    if isinstance(session, WriteSession):
        return session.connection
    connection = await session.connection()
    raw = await connection.get_raw_connection()
    driver = cast("Connection", raw.driver_connection)
    if not driver.is_in_transaction():
        await connection.exec_driver_sql("SELECT 1")
    return driver


def is_connection_lost(error: BaseException) -> bool:
    """Whether the connection, not the statement, is at fault, so that the same work may succeed."""
    if isinstance(error, DBAPIError):
        cause = error.orig.__cause__ if error.orig is not None else None
        return error.connection_invalidated or is_lost(cause)
    if isinstance(error, (DatabaseUnavailableError, PoolTimeoutError)):
        return True
    return not isinstance(error, OSError) and is_lost(error)  # files raise that one too
