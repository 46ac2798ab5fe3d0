"""Bare asyncpg connections with types, for LISTEN and the queue's statements.

asyncpg ships no annotations; the one cast to these Protocols is here.
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Protocol, cast

import asyncpg

from db.opening import CONNECT_TIMEOUT_S, OURS, open_connection

CONNECTION_LOST = (
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # its state machine, if a connection ends during a call
    asyncpg.OperatorInterventionError,  # admin shutdown, crash shutdown, cannot connect now
    asyncpg.InsufficientResourcesError,  # too many connections, no memory, no disk
    asyncpg.InvalidAuthorizationSpecificationError,  # rejected although it was accepted before
    asyncpg.InvalidCatalogNameError,
    OSError,
    TimeoutError,
)
"""Exceptions of a statement when the connection, not the statement, is at fault."""

_WRONG_ARGUMENTS = "argument"
"""The common text of every InterfaceError about a statement's values."""


def is_lost(error: BaseException | None) -> bool:
    """Whether an asyncpg exception is caused by the connection.

    asyncpg has one type for a closed connection and for values that no statement accepts.
    """
    if isinstance(error, asyncpg.InterfaceError):
        return not isinstance(error, ValueError) and _WRONG_ARGUMENTS not in str(error)
    return isinstance(error, CONNECTION_LOST)


Listener = Callable[[object, int, str, str], None]
"""asyncpg's callback: connection, process id, channel, payload."""


class ServerVersion(Protocol):
    """The server's version, major first."""

    @property
    def major(self) -> int:
        """15, 16, 17, 18."""
        ...


class Connection(Protocol):
    """The part of asyncpg.Connection that we use."""

    async def fetch(self, query: str, *args: object) -> Sequence[object]:
        """Run a statement and return its rows."""
        ...

    async def fetchval(self, query: str, *args: object) -> object:
        """Run a statement and return the first value of its first row."""
        ...

    async def execute(self, query: str, *args: object) -> str:
        """Run a statement and return its command tag."""
        ...

    async def add_listener(self, channel: str, callback: Listener) -> None:
        """LISTEN on the channel."""
        ...

    async def remove_listener(self, channel: str, callback: Listener) -> None:
        """Stop listening."""
        ...

    def add_termination_listener(self, callback: Callable[[object], None]) -> None:
        """Call back when the connection ends, by whichever side."""
        ...

    def is_in_transaction(self) -> bool:
        """Whether a transaction is open."""
        ...

    def is_closed(self) -> bool:
        """Whether the connection is closed."""
        ...

    def get_server_version(self) -> ServerVersion:
        """The server's version."""
        ...

    async def close(self, *, timeout: float) -> None:  # noqa: ASYNC109 - asyncpg's own parameter
        """Close it, waiting at most this many seconds."""
        ...

    def terminate(self) -> None:
        """Drop it at once."""
        ...


class Pool(Protocol):
    """The part of asyncpg.Pool that we use."""

    def acquire(self, *, timeout: float) -> AbstractAsyncContextManager[Connection]:
        """Borrow a connection."""
        ...

    async def close(self) -> None:
        """Close all connections, waiting for those in use."""
        ...

    def terminate(self) -> None:
        """Drop all connections at once."""
        ...


WORKER = "ai-story worker"
"""The application name of the connection on which a worker listens."""


async def connect(
    url: str,
    *,
    timeout_s: float = CONNECT_TIMEOUT_S,
    application_name: str = OURS,
    is_pooled: bool = False,
) -> Connection:
    """Open one connection, as `open_connection` does.

    Raises:
        CONNECTION_LOST: The server is not available.
        asyncpg.PostgresError: It refuses the connection.
        ValueError: The password file is malformed.
    """
    opened = await open_connection(
        url, timeout_s=timeout_s, application_name=application_name, is_pooled=is_pooled
    )
    return cast("Connection", opened)


async def create_pool(url: str, *, size: int) -> Pool:
    """Open a pool that connects on first use."""
    pool = await asyncpg.create_pool(  # pyright: ignore[reportUnknownMemberType]
        url, connect=open_connection, min_size=0, max_size=size, command_timeout=30
    )
    return cast("Pool", pool)
