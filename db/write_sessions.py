"""Transactions: SQLAlchemy's statements, executed on bare asyncpg connections, as reads are.

A session of SQLAlchemy tracks objects, and starts a greenlet for each statement. Every change here
is a statement, so there is nothing to track.
"""

from collections.abc import Callable, Iterable
from typing import Any, cast

from sqlalchemy.ext.asyncio import AsyncSession

from db.connections import Connection
from db.read_sessions import ReadSession


class WriteSession(ReadSession):
    """A connection in a transaction, which its borrower commits."""

    def __init__(self, connection: Any, observers: Iterable[Callable[[str], None]] = ()) -> None:
        """`observers` get each statement's text."""
        super().__init__(connection.fetch, observers)
        self.connection = cast("Connection", connection)
        """For statements that are PgQueuer's."""


Writes = AsyncSession | WriteSession
"""What a change is made with: a transaction; in tests also one of SQLAlchemy."""
