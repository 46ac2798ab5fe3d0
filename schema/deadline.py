"""Ends an operation that takes too long, over HTTP and WebSocket alike.

A subscription has this long to begin; how long it goes on is its client's to say.
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
    """Give what happens inside the seconds of an operation; without a context, all it takes.

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
    """Gives every execution the seconds of its context."""

    async def on_execute(self) -> AsyncIterator[None]:
        """Cancel what runs when the time is over; what it has not committed is undone.

        Raises:
            GraphQLError: TIMEOUT.
        """
        async with within_time(cast("Context", self.execution_context.context)):
            yield
