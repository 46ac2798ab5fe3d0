"""`serve`: HTTP, and unless told otherwise the worker, in one process and one event loop."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncGenerator, Generator

import structlog
import typer
import uvicorn

from cli.backend import Backend, open_backend
from cli.http_server import configuration
from cli.listening import url_of
from cli.open_files import allow_sockets
from cli.protocols.clients import Bounds
from settings import Settings
from web.app import create_app
from web.services import Services

_LOG = structlog.get_logger()
_ACCESS = {
    "off": "this machine alone",
    "keys": "with API keys (main.py keys create NAME --owner OWNER)",
    "jwt": "with bearer tokens",
}


class _Server(uvicorn.Server):
    """uvicorn, but for the signals: they are the whole process's, not HTTP's."""

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None]:
        """Leave them alone."""
        yield


async def serve(settings: Settings, listener: socket.socket, *, with_worker: bool) -> None:
    """Serve on the listener until cancelled, then drain.

    Raises:
        SetupError: The backend cannot be opened.
    """
    allow_sockets(settings.connections + (settings.calls_at_once if with_worker else 0))
    with contextlib.closing(listener):
        async with open_backend(settings, with_worker=with_worker) as backend:
            server = _Server(_configuration(backend, settings))
            serving = asyncio.create_task(server.serve(sockets=[listener]), name="http")
            watching = asyncio.create_task(backend.wait(), name="backend")
            try:
                await _started(server, serving)
                typer.echo(_welcome(backend, url_of(listener), access=_ACCESS[settings.auth]))
                done, _ = await asyncio.wait(
                    {serving, watching}, return_when=asyncio.FIRST_COMPLETED
                )
                await done.pop()
                raise RuntimeError("a part of the server ended by itself")
            finally:
                watching.cancel()  # from here on its parts are meant to end
                await _stop(server, serving)


def _configuration(backend: Backend, settings: Settings) -> uvicorn.Config:
    @contextlib.asynccontextmanager
    async def open_services() -> AsyncGenerator[Services]:
        yield backend.services

    app = create_app(
        open_services, options=backend.services.options, allowed_hosts=settings.allowed_hosts
    )
    return configuration(app, bounds=Bounds(per_address=settings.connections_per_address))


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


def _welcome(backend: Backend, url: str, *, access: str) -> str:
    lines = [
        ("Page", f"{url}/"),
        ("GraphQL", f"{url}/graphql (in a browser {url}/graphiql)"),
        ("REST", f"{url}/api/docs"),
        ("Media", backend.media_place),
        ("Database", backend.database_place),
        ("Access", access),
        ("Work", "done here" if backend.worker else "left to `main.py worker`"),
    ]
    table = "\n".join(f"  {name:<10}{place}" for name, place in lines)
    return f"\nAI-Story is ready at {url}\n\n{table}\n\nCtrl-C stops it.\n"
