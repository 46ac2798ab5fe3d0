"""Ends an operation that takes too long, over HTTP and WebSocket alike.

A subscription has this long to begin; how long it goes on is its client's to say.
"""

import asyncio
from collections.abc import AsyncIterator
from typing import cast

from graphql import GraphQLError
from strawberry.extensions import SchemaExtension

from resolvers.context import Context

TIMEOUT = "TIMEOUT"


class Deadline(SchemaExtension):
    """Gives every execution the seconds of its context."""

    async def on_execute(self) -> AsyncIterator[None]:
        """Cancel what runs when the time is over; what it has not committed is undone.

        Raises:
            GraphQLError: TIMEOUT.
        """
        context = cast("Context", self.execution_context.context)
        try:
            async with asyncio.timeout(context.operation_timeout_s):
                yield
        except TimeoutError:
            message = context.progress.tell(
                "The operation took too long",
                "The operation took too long; ask for less at once, or try again.",
            )
            raise GraphQLError(message, extensions={"code": TIMEOUT}) from None
