"""The connections for reads: a fixed number, opened when they are first needed."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from db.read_sessions import ReadSession
from errors import DatabaseUnavailableError


@dataclass(frozen=True, slots=True)
class Loan:
    """A borrowed connection, with the transaction in which it is used, if any."""

    connection: Any
    session: ReadSession
    transaction: Any


class ReadPool:
    """Connections that stay open.

    asyncpg's own pool resets a connection after each use, which costs a round trip and undoes
    `SET jit = off`; a connection that is only read with has nothing to reset.
    """

    def __init__(
        self, connect: Callable[[], Awaitable[Any]], *, size: int, in_transactions: bool
    ) -> None:
        """Open nothing yet; a pooler needs each use to be a transaction."""
        self._connect = connect
        self._in_transactions = in_transactions
        self._places = asyncio.Semaphore(size)
        self._idle: list[Any] = []
        self._is_closed = False
        self.observers: list[Callable[[str], None]] = []
        """Get the text of every statement, for tests that count them."""

    async def borrow(self, *, timeout_s: float) -> Loan:
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
        return Loan(connection, ReadSession(connection.fetch, self.observers), transaction)

    async def give_back(self, loan: Loan, *, has_failed: bool) -> None:
        """Keep the connection, unless a statement on it has begun and not ended."""
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
