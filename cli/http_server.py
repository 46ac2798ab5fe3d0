"""The HTTP server: uvicorn as we run it.

What a client takes must be bounded and end with the client: `cli.protocols` has the bounds.
"""

import asyncio
import contextlib
import socket
from collections.abc import Generator

import structlog
import typer
import uvicorn
from starlette.types import ASGIApp

from cli.backend import Backend
from cli.protocols.clients import Bounds, Configuration
from cli.protocols.http import HttpProtocol
from cli.protocols.websocket import WebSocketProtocol
from web.graphql.websocket import MAX_MESSAGE_BYTES

_LOG = structlog.get_logger()
_LAST_ANSWERS_S = 5
"""What is still being sent when we stop may go on so long: a download has no other end."""


def configuration(
    app: ASGIApp, *, bounds: Bounds | None = None, proxies: str | None = None
) -> Configuration:
    """How the application is served; None are the usual bounds and proxies.

    Proxies are addresses and networks, parted by commas; otherwise FORWARDED_ALLOW_IPS has them.
    """
    bounds = bounds or Bounds()
    return Configuration(
        app,
        bounds=bounds,
        log_config=None,
        http=HttpProtocol,
        ws=WebSocketProtocol,
        ws_max_size=MAX_MESSAGE_BYTES,
        ws_per_message_deflate=False,  # small messages: it would cost more than it saves
        lifespan="on",
        server_header=False,
        forwarded_allow_ips=proxies,
        timeout_keep_alive=bounds.idle_s,
        timeout_graceful_shutdown=_LAST_ANSWERS_S,
    )


class _Server(uvicorn.Server):
    """uvicorn, but for the signals: they are the whole process's, not HTTP's."""

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None]:
        """Leave them alone."""
        yield


async def serve_beside(
    backend: Backend, configured: Configuration, listener: socket.socket, *, welcome: str
) -> None:
    """Serve on the listener until cancelled, and say the welcome once it answers.

    Raises:
        RuntimeError: The server or a part of the backend has ended by itself, or whatever ended it.
    """
    server = _Server(configured)
    serving = asyncio.create_task(server.serve(sockets=[listener]), name="http")
    watching = asyncio.create_task(backend.wait(), name="backend")
    try:
        await _started(server, serving)
        typer.echo(welcome)
        done, _ = await asyncio.wait({serving, watching}, return_when=asyncio.FIRST_COMPLETED)
        await done.pop()
        raise RuntimeError("a part of the server ended by itself")
    finally:
        watching.cancel()  # from here on its parts are meant to end
        await _stop(server, serving)


async def _started(server: uvicorn.Server, serving: asyncio.Task[None]) -> None:
    while not server.started and not serving.done():  # noqa: ASYNC110 - uvicorn announces nothing
        await asyncio.sleep(0.005)


async def _stop(server: uvicorn.Server, serving: asyncio.Task[None]) -> None:
    """Accept no more, close WebSockets with 1012 (come again), let answers end."""
    _LOG.info("stopping")
    server.should_exit = True
    try:
        await asyncio.wait({serving})
    except asyncio.CancelledError:  # told a second time
        server.force_exit = True
        await asyncio.wait({serving})
        raise
