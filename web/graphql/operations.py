"""An operation over a WebSocket, from its `subscribe` to its last message."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from typing import Any

from graphql import GraphQLError
from strawberry.types import ExecutionResult
from strawberry.types.execution import PreExecutionError

from resolvers.context import Context
from resolvers.policies import Viewer
from schema.plans.answering import answer_by_plan
from schema.plans.subscribing import Request, subscribe
from schema.root import SCHEMA
from web.graphql.answers import as_public_error, make_public
from web.graphql.documents import Wanted
from web.graphql.socket import DisconnectedError, Socket
from web.services import Services, services_of


class Operation:
    """One operation of a client; an error in it ends nothing else."""

    __slots__ = ("_forget", "_id", "_is_over", "_socket", "_viewer", "task")

    def __init__(
        self,
        socket: Socket,
        id_: str,
        payload: dict[str, Any],
        *,
        viewer: Viewer,
        forget: Callable[[str], object],
    ) -> None:
        """Begin it; `forget` is called with its ID when the client may use it again."""
        self._socket = socket
        self._id = id_
        self._viewer = viewer
        self._forget = forget
        self._is_over = False
        self.task = asyncio.create_task(self._run(payload))

    def cancel(self) -> None:
        """Stop it; from now on the client may reuse its ID."""
        self._is_over = True
        self.task.cancel()

    async def _run(self, payload: dict[str, Any]) -> None:
        connection = self._socket.connection
        try:
            await self._execute(services_of(connection), payload)
        except DisconnectedError:
            return
        except Exception as error:
            try:
                await self._end("error", [as_public_error(error, connection).formatted])
            except DisconnectedError:
                return

    async def _execute(self, services: Services, payload: dict[str, Any]) -> None:
        connection = self._socket.connection
        context = services.context_of(self._viewer, connection)
        wanted = Wanted(
            payload.get("query"), payload.get("documentId") or None, payload.get("extensions")
        )
        document = await wanted.find(services)
        results = await _results_of(
            Request(
                document=document,
                variables=payload.get("variables"),
                name=payload.get("operationName"),
            ),
            context,
        )
        is_first = True
        async with aclosing(results):
            async for result in results:
                if result.errors:
                    result = make_public(result, connection, context.progress)
                if is_first:
                    if isinstance(result, PreExecutionError):
                        await self._end("error", _formatted(result.errors))
                        return
                    wanted.keep(services, document)
                    is_first = False
                await self._send_next(result)
        await self._end("complete")

    async def _send_next(self, result: Any) -> None:
        if self._is_over:
            return
        payload = {"data": result.data}
        if result.errors:
            payload["errors"] = _formatted(result.errors)
        message = {"id": self._id, "type": "next", "payload": payload}
        await self._socket.send(message)

    async def _end(self, kind: str, payload: object = None) -> None:
        """Send the last message; the client may reuse the ID as soon as it arrives."""
        if self._is_over:
            return
        self._is_over = True
        self._forget(self._id)
        message: dict[str, object] = {"id": self._id, "type": kind}
        await self._socket.send(message if payload is None else {**message, "payload": payload})


async def _results_of(request: Request, context: Context) -> AsyncGenerator[Any]:
    """The results of an operation of any kind."""
    document, variables, name = request.document, request.variables, request.name
    if (result := await answer_by_plan(document, variables, name, context)) is not None:
        return _only(result)
    return await subscribe(request, context) or await SCHEMA.stream(
        document, variable_values=variables, context_value=context, operation_name=name
    )


async def _only(result: ExecutionResult) -> AsyncGenerator[ExecutionResult]:
    yield result


def _formatted(errors: list[GraphQLError] | None) -> list[Any]:
    return [error.formatted for error in errors or ()]
