"""A PgQueuer driver that survives lost connections, and the process's LISTEN connection.

Statements are retried over a small pool while connections are being lost. The LISTEN connection
restores its listeners and the worker's lock after every reconnect. Then it makes all listeners look
again, because notifications sent in the meantime are lost.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping
from typing import Self, TypeVar, cast
from uuid import UUID

import asyncpg
import structlog
from pgqueuer.core.tm import TaskManager
from pgqueuer.ports.driver import Driver, NotifyCallback

from db.connections import CONNECTION_LOST, WORKER, Connection, Pool, connect, create_pool
from db.queries.jobs import TRY_WORKER_LOCK
from errors import DatabaseUnavailableError

_LOG = structlog.get_logger()
_POOL_SIZE = 2
_PING_EVERY_S = 10.0
_FIRST_RETRY_S = 0.05
_LAST_RETRY_S = 1.0
_LAST_LISTEN_RETRY_S = 0.3
_LOCK_AGAIN_S = 0.2
"""Both well below the second within which another worker checks twice whether we are dead."""

T = TypeVar("T")


class LastingDriver(Driver):
    """PgQueuer's Driver over connections that may be lost and restored."""

    def __init__(
        self, url: str, *, worker_id: UUID | None = None, heartbeat_timeout_s: float = 0
    ) -> None:
        """Open nothing yet; with `worker_id` the LISTEN connection holds that worker's lock."""
        self._url = url
        self._worker_id = worker_id
        self._application_name = "ai-story" if worker_id is None else WORKER
        self._heartbeat_timeout_s = heartbeat_timeout_s
        self._pool: Pool | None = None
        self._listeners: dict[str, list[NotifyCallback]] = {}
        self._resyncs: list[Callable[[], None]] = []
        self._connection: Connection | None = None
        self._connection_changed = asyncio.Lock()
        self._listening = asyncio.Event()
        self._closing = asyncio.Event()
        self._may_fetch = asyncio.Event()
        self._fetching_again: asyncio.TimerHandle | None = None
        self._lost_at: float | None = None
        self._being_retried = 0
        self._keeper: asyncio.Task[None] | None = None
        self._shutdown = asyncio.Event()
        self._tm = TaskManager()

    async def open(self) -> None:
        """Connect and listen; returns once the first connection listens."""
        self._pool = await create_pool(self._url, size=_POOL_SIZE)
        self._keeper = asyncio.create_task(self._keep_listening(), name="listen")
        await self._listening.wait()

    async def wait(self) -> None:
        """Never return while this works; raise what ended the listening.

        Without it, workers receive no jobs and clients no changes, without any error.
        """
        if self._keeper is not None:
            await asyncio.shield(self._keeper)

    def give_up(self) -> None:
        """Retry no statement from now on: callers get a DatabaseUnavailableError."""
        self._closing.set()
        self._may_fetch.set()

    async def close(self) -> None:
        """Close everything."""
        self.give_up()
        if self._keeper is not None:
            self._keeper.cancel()
            await asyncio.wait({self._keeper})
        if self._pool is not None:
            try:
                async with asyncio.timeout(5):
                    await self._pool.close()
            except (TimeoutError, *CONNECTION_LOST):
                self._pool.terminate()

    @property
    def is_listening(self) -> bool:
        """Whether notifications are being received."""
        return self._connection is not None

    @property
    def is_answered(self) -> bool:
        """Whether the database serves all connections.

        One that is shutting down may serve this one and accept no other.
        """
        return self.is_listening and not self._being_retried

    def on_resync(self, callback: Callable[[], None]) -> None:
        """Call back after each reconnect, when notifications may have been missed."""
        self._resyncs.append(callback)

    def poke(self, channel: str, payload: str) -> None:
        """Deliver a notification to this process's listeners, without the database."""
        for callback in list(self._listeners.get(channel, ())):
            callback(payload)

    # PgQueuer's Driver protocol

    async def fetch(self, query: str, *args: object) -> list[dict[str, object]]:
        """Run a statement and return its rows; jobs are taken and returned through here."""

        async def run(connection: Connection) -> list[dict[str, object]]:
            rows = await connection.fetch(query, *args)
            return [dict(cast(Mapping[str, object], row)) for row in rows]

        return await self._retrying(run, when=self._may_fetch)

    async def execute(self, query: str, *args: object) -> str:
        """Run a statement and return its command tag."""

        async def run(connection: Connection) -> str:
            return await connection.execute(query, *args)

        return await self._retrying(run)

    async def notify(self, channel: str, payload: str) -> None:
        """Send a NOTIFY."""
        await self.execute("SELECT pg_notify($1, $2)", channel, payload)

    async def add_listener(self, channel: str, callback: NotifyCallback) -> None:
        """Deliver payloads of the channel to the callback, across reconnects."""
        known = self._listeners.setdefault(channel, [])
        known.append(callback)
        if len(known) > 1:
            return
        async with self._connection_changed:
            if self._connection is not None:
                with contextlib.suppress(*CONNECTION_LOST):
                    await self._connection.add_listener(channel, self._heard)

    async def remove_listener(self, channel: str, callback: NotifyCallback) -> None:
        """Stop delivering to the callback; the channel itself stays open."""
        self._listeners[channel].remove(callback)

    @property
    def shutdown(self) -> asyncio.Event:
        """Set by PgQueuer when it stops."""
        return self._shutdown

    @property
    def tm(self) -> TaskManager:
        """PgQueuer's background tasks."""
        return self._tm

    async def __aenter__(self) -> Self:
        # The process opens and closes the driver; PgQueuer only borrows it.
        return self

    async def __aexit__(self, *_: object) -> None:
        pass

    # The connections

    async def _retrying(
        self, run: Callable[[Connection], Awaitable[T]], *, when: asyncio.Event | None = None
    ) -> T:
        if self._pool is None:
            raise RuntimeError("the driver is not open")
        delay_s = _FIRST_RETRY_S
        while True:
            if when is not None and not self._closing.is_set():
                await when.wait()
            try:
                async with self._pool.acquire(timeout=30) as connection:
                    return await run(connection)
            except (*CONNECTION_LOST, asyncpg.TransactionRollbackError) as error:
                if self._closing.is_set():
                    raise DatabaseUnavailableError("The database is unavailable.") from error
                _LOG.warning("queue statement tried again", error=type(error).__name__)
                self._being_retried += 1
                try:
                    await asyncio.sleep(delay_s)
                finally:
                    self._being_retried -= 1
                delay_s = min(2 * delay_s, _LAST_RETRY_S)

    def _heard(self, _connection: object, _pid: int, channel: str, payload: str) -> None:
        self.poke(channel, payload)

    async def _keep_listening(self) -> None:
        delay_s = _FIRST_RETRY_S
        while True:
            try:
                connection = await connect(self._url, application_name=self._application_name)
            except (asyncpg.PostgresError, *CONNECTION_LOST) as error:  # refusals may be temporary
                _LOG.warning("listening again failed", error=type(error).__name__)
                await asyncio.sleep(delay_s)
                delay_s = min(2 * delay_s, _LAST_LISTEN_RETRY_S)
                continue
            delay_s = _FIRST_RETRY_S
            try:
                await self._listen_until_lost(connection)
            except (asyncpg.PostgresError, *CONNECTION_LOST) as error:
                _LOG.warning("listen connection lost", error=type(error).__name__)
                await asyncio.sleep(_FIRST_RETRY_S)
            finally:
                self._connection = None
                self._fetch_no_more()
                connection.terminate()

    def _fetch_no_more(self) -> None:
        if self._fetching_again is not None:
            self._fetching_again.cancel()
        if self._may_fetch.is_set():
            self._lost_at = asyncio.get_running_loop().time()
        if not self._closing.is_set():
            self._may_fetch.clear()

    def _fetch_again(self) -> None:
        """Allow taking jobs again: after a long outage only once every worker's heartbeats are in.

        Until then the jobs of living workers look stale, and taking them would repeat their calls.
        """
        loop = asyncio.get_running_loop()
        outage_s = 0.0 if self._lost_at is None else loop.time() - self._lost_at
        is_long = outage_s > self._heartbeat_timeout_s / 4
        wait_s = _LAST_RETRY_S + self._heartbeat_timeout_s / 4 if is_long else 0.0
        self._fetching_again = loop.call_later(wait_s, self._may_fetch.set)

    async def _listen_until_lost(self, connection: Connection) -> None:
        lost = asyncio.Event()
        connection.add_termination_listener(lambda _: lost.set())
        async with asyncio.timeout(_PING_EVERY_S), self._connection_changed:
            holds_lock = await self._try_lock(connection)
            for channel in self._listeners:
                await connection.add_listener(channel, self._heard)
            self._connection = connection
        self._fetch_again()
        first = not self._listening.is_set()
        self._listening.set()
        if not first:
            _LOG.info("listening again")
            for resync in self._resyncs:
                resync()
        while not lost.is_set():
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_PING_EVERY_S if holds_lock else _LOCK_AGAIN_S):
                    await lost.wait()
                    return
            async with asyncio.timeout(_PING_EVERY_S):
                if holds_lock:
                    await connection.fetchval("SELECT 1")
                else:
                    holds_lock = await self._try_lock(connection)

    async def _try_lock(self, connection: Connection) -> bool:
        """Whether the worker's lock is ours; a half-dead connection of ours may hold it."""
        if self._worker_id is None:
            return True
        return bool(await connection.fetchval(TRY_WORKER_LOCK, str(self._worker_id)))
