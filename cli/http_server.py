"""The HTTP server: uvicorn with our limits.

A client may use limited resources only, and they are freed when it disconnects: see
`cli.protocols`.
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
"""How long running responses may continue on shutdown: a download has no other limit."""


def configuration(
    app: ASGIApp, *, bounds: Bounds | None = None, proxies: str | None = None
) -> Configuration:
    """How the application is served; None uses the default limits and proxies.

    Proxies are addresses and networks, separated by commas; the default is FORWARDED_ALLOW_IPS.
    """
    bounds = bounds or Bounds()
    return Configuration(
        app,
        bounds=bounds,
        log_config=None,
        http=HttpProtocol,
        ws=WebSocketProtocol,
        ws_max_size=MAX_MESSAGE_BYTES,
        ws_per_message_deflate=False,  # messages are small: it would cost more than it saves
        lifespan="on",
        server_header=False,
        forwarded_allow_ips=proxies,
        timeout_graceful_shutdown=_LAST_ANSWERS_S,
    )


class _Server(uvicorn.Server):
    """uvicorn without its signal handlers: signals belong to the whole process."""

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None]:
        """Leave them alone."""
        yield


async def serve_beside(
    backend: Backend, configured: Configuration, listener: socket.socket, *, welcome: str
) -> None:
    """Serve on the listener until cancelled, and print the welcome message once it responds.

    Raises:
        RuntimeError: The server or a part of the backend has ended. Its own exception is raised if
            it had one.
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
    """Accept no more connections, close WebSockets with 1012 (retry), let responses finish."""
    _LOG.info("stopping")
    server.should_exit = True
    try:
        await asyncio.wait({serving})
    except asyncio.CancelledError:  # a second signal
        server.force_exit = True
        await asyncio.wait({serving})
        raise
