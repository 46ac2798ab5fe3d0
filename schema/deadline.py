"""Ends operations that take too long, over HTTP and WebSocket.

For a subscription the limit applies until it starts.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from typing import cast

from graphql import GraphQLError
from strawberry.extensions import SchemaExtension

from resolvers.context import Context, Progress

TIMEOUT = "TIMEOUT"


@asynccontextmanager
async def within_time(context: Context | None) -> AsyncGenerator[None]:
    """Apply the operation's timeout to the block; without a context there is no limit.

    Raises:
        GraphQLError: TIMEOUT.
    """
    try:
        async with asyncio.timeout(context and context.operation_timeout_s):
            yield
    except TimeoutError:
        progress = Progress() if context is None else context.progress
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
