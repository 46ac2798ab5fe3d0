"""Ends operations that take too long, over HTTP and WebSocket.

For a subscription the limit applies until it starts.
"""

import asyncio
from collections.abc import AsyncIterator
from types import TracebackType
from typing import cast

from graphql import GraphQLError
from strawberry.extensions import SchemaExtension

from resolvers.context import Context, Progress

TIMEOUT = "TIMEOUT"


class within_time:  # noqa: N801 - in the way of asyncio.timeout
    """Applies the operation's timeout to a block; without a context there is no limit.

    Raises:
        GraphQLError: TIMEOUT.
    """

    def __init__(self, context: Context | None) -> None:
        self._context = context
        self._timeout = asyncio.timeout(context and context.operation_timeout_s)

    async def __aenter__(self) -> None:
        await self._timeout.__aenter__()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            await self._timeout.__aexit__(kind, error, trace)
        except TimeoutError as late:
            error = late
        if isinstance(error, TimeoutError):
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
