"""Ends operations that take too long, over HTTP and WebSocket.

For a subscription the limit applies until it starts.
"""

import asyncio
from collections.abc import AsyncIterator
from types import TracebackType
from typing import Any, cast

from graphql import GraphQLError
from strawberry.extensions import SchemaExtension

from resolvers.context import Context, Progress

TIMEOUT = "TIMEOUT"
_LOOK_EVERY_S = 0.1


class _Watch:
    """Looks after the operations that are under way; a timer for each costs as much as its plan."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._ends: dict[within_time, float] = {}

    def add(self, operation: "within_time", limit_s: float) -> None:
        """End it when this time has passed, or a little later."""
        loop = asyncio.get_running_loop()
        if loop is not self._loop:
            self._loop = loop
            self._ends.clear()
            loop.call_later(_LOOK_EVERY_S, self._look, loop)
        self._ends[operation] = loop.time() + limit_s

    def discard(self, operation: "within_time") -> None:
        """It has ended."""
        self._ends.pop(operation, None)

    def _look(self, loop: asyncio.AbstractEventLoop) -> None:
        if loop is not self._loop:
            return
        now = loop.time()
        for operation in [one for one, end in self._ends.items() if end <= now]:
            del self._ends[operation]
            operation.expire()
        if self._ends:
            loop.call_later(_LOOK_EVERY_S, self._look, loop)
        else:
            self._loop = None


_watch = _Watch()


class within_time:  # noqa: N801 - in the way of asyncio.timeout
    """Applies the operation's timeout to a block; without a context there is no limit.

    Raises:
        GraphQLError: TIMEOUT.
    """

    __slots__ = ("_cancelling", "_context", "_is_late", "_task")

    def __init__(self, context: Context | None) -> None:
        self._context = context
        self._is_late = False

    async def __aenter__(self) -> None:
        task: Any = asyncio.current_task()
        self._task: asyncio.Task[Any] = task
        self._cancelling = self._task.cancelling()
        if self._context is not None:
            _watch.add(self, self._context.operation_timeout_s)

    def expire(self) -> None:
        """Cancel the block: its time is over."""
        self._is_late = True
        self._task.cancel()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        _watch.discard(self)
        # Whoever else has cancelled the task meanwhile must not be kept from it.
        is_ended = self._is_late and self._task.uncancel() <= self._cancelling
        if isinstance(error, TimeoutError) or (is_ended and kind is asyncio.CancelledError):
            progress = Progress() if self._context is None else self._context.progress
            message = progress.tell(
                "The operation timed out",
                "The operation timed out. Request less data, or try again.",
            )
            raise GraphQLError(message, extensions={"code": TIMEOUT}) from None


class Deadline(SchemaExtension):
    """Applies the context's timeout to every execution."""

    async def on_execute(self) -> AsyncIterator[None]:
        """Cancel the execution on timeout; uncommitted changes are rolled back.

        Raises:
            GraphQLError: TIMEOUT.
        """
        async with within_time(cast("Context", self.execution_context.context)):
            yield
