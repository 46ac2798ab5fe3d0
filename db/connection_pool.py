"""Bare connections, for reads or for transactions: a fixed number, opened when first needed."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from db.read_sessions import ReadSession
from errors import DatabaseUnavailableError

S = TypeVar("S", bound=ReadSession)


@dataclass(frozen=True, slots=True)
class Loan(Generic[S]):
    """A borrowed connection, with the transaction in which it is used, if any."""

    connection: Any
    session: S
    transaction: Any


class ConnectionPool(Generic[S]):
    """Connections that stay open.

    asyncpg's own pool resets a connection after each use, which costs a round trip and undoes
    `SET jit = off`; after a read or the end of a transaction there is nothing to reset.
    """

    def __init__(
        self,
        connect: Callable[[], Awaitable[Any]],
        open_session: Callable[[Any, list[Callable[[str], None]]], S],
        *,
        size: int,
        in_transactions: bool,
    ) -> None:
        """Open nothing yet; a pooler needs each use to be a transaction, also of reads."""
        self._connect = connect
        self._open_session = open_session
        self._in_transactions = in_transactions
        self._places = asyncio.Semaphore(size)
        self._idle: list[Any] = []
        self._is_closed = False
        self.lent = 0
        """How many are borrowed now."""
        self.observers: list[Callable[[str], None]] = []
        """Get the text of every statement, for tests that count them."""

    async def borrow(self, *, timeout_s: float) -> Loan[S]:
        """A connection: the one that was used last, so that few are busy.

        Raises:
            DatabaseUnavailableError: None was free in time.
            CONNECTION_LOST: A new one cannot be opened.
        """
        try:
            async with asyncio.timeout(timeout_s if self._places.locked() else None):
                await self._places.acquire()
        except TimeoutError as error:
            message = "The database is busy. Try again later."
            raise DatabaseUnavailableError(message) from error
        connection = transaction = None
        try:
            connection = self._take() or await self._connect()
            if self._in_transactions:
                transaction = connection.transaction()
                await transaction.start()
        except BaseException:
            if connection is not None:
                connection.terminate()
            self._places.release()
            raise
        self.lent += 1
        return Loan(connection, self._open_session(connection, self.observers), transaction)

    async def give_back(self, loan: Loan[S], *, has_failed: bool) -> None:
        """Keep the connection, unless a statement on it has begun and not ended."""
        self.lent -= 1
        is_sound = False
        try:
            if loan.transaction is not None and not loan.session.is_running:
                await (loan.transaction.rollback if has_failed else loan.transaction.commit)()
            is_sound = not (loan.session.is_running or self._is_closed)
        finally:
            if is_sound:
                self._idle.append(loan.connection)
            else:
                loan.connection.terminate()
            self._places.release()

    def _take(self) -> Any:
        """An idle connection that has not been lost, or None."""
        while self._idle:
            connection = self._idle.pop()
            if not connection.is_closed():
                return connection
        return None

    async def close(self) -> None:
        """Close every idle connection, and those in use when they are given back."""
        self._is_closed = True
        idle, self._idle = self._idle, []
        await asyncio.gather(*(one.close(timeout=5) for one in idle), return_exceptions=True)


class Borrowed(AbstractAsyncContextManager[S]):
    """A session on a borrowed connection, for the time of a block.

    A class, because the coroutine of a field that nobody awaits any more is closed at any moment,
    and two generators below it would be closed in either order.
    """

    def __init__(
        self,
        pool: ConnectionPool[S],
        unavailable: Callable[[BaseException, str], DatabaseUnavailableError | None],
        *,
        timeout_s: float,
        lost: str,
        lost_at_the_end: str,
    ) -> None:
        """`unavailable` makes the error of a lost connection; the other two are its messages."""
        self._pool = pool
        self._unavailable = unavailable
        self._timeout_s = timeout_s
        self._lost = lost
        self._lost_at_the_end = lost_at_the_end

    async def __aenter__(self) -> S:
        """Borrow one.

        Raises:
            DatabaseUnavailableError: None was free in time, or it cannot be opened.
        """
        try:
            self._loan = await self._pool.borrow(timeout_s=self._timeout_s)
        except Exception as error:
            self._raise_if_lost(error, self._lost)
            raise
        return self._loan.session

    async def __aexit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        """Give it back; the end of a transaction.

        Raises:
            DatabaseUnavailableError: It was lost.
        """
        if isinstance(error, asyncio.CancelledError):  # perhaps in a statement that is PgQueuer's
            self._loan.session.is_running = True
        try:
            await self._pool.give_back(self._loan, has_failed=error is not None)
        except Exception as failure:
            self._raise_if_lost(failure, self._lost_at_the_end if error is None else self._lost)
            raise
        if error is not None:
            self._raise_if_lost(error, self._lost)

    def _raise_if_lost(self, error: BaseException, message: str) -> None:
        unavailable = self._unavailable(error, message)
        if unavailable is not None:
            raise unavailable from error
