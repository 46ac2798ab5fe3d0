"""`serve`: the HTTP server, by default with a worker in the same process and event loop."""

import contextlib
import socket
from collections.abc import AsyncGenerator

from cli.backend import Backend, open_backend
from cli.http_server import configuration, serve_beside
from cli.listening import url_of
from cli.open_files import allow_sockets
from cli.protocols.clients import Bounds, Configuration
from settings import Settings
from web.app import create_app
from web.services import Services

_ACCESS = {
    "off": "this machine only",
    "keys": "with API keys (main.py keys create NAME --owner OWNER)",
    "jwt": "with bearer tokens",
}


async def serve(settings: Settings, listener: socket.socket, *, with_worker: bool) -> None:
    """Serve on the listener until cancelled, then drain.

    Raises:
        SetupError: The backend cannot be opened.
    """
    allow_sockets(settings.connections + (settings.calls_at_once if with_worker else 0))
    with contextlib.closing(listener):
        async with open_backend(settings, with_worker=with_worker) as backend:
            welcome = _welcome(backend, url_of(listener), access=_ACCESS[settings.auth])
            await serve_beside(
                backend, _configuration(backend, settings), listener, welcome=welcome
            )


def _configuration(backend: Backend, settings: Settings) -> Configuration:
    @contextlib.asynccontextmanager
    async def open_services() -> AsyncGenerator[Services]:
        yield backend.services

    app = create_app(
        open_services, options=backend.services.options, allowed_hosts=settings.allowed_hosts
    )
    return configuration(app, bounds=Bounds(per_address=settings.connections_per_address))


def _welcome(backend: Backend, url: str, *, access: str) -> str:
    public_url = backend.services.options.public_url
    lines = [
        ("Page", f"{url}/"),
        ("GraphQL", f"{url}/graphql (GraphiQL: {url}/graphiql)"),
        ("REST", f"{url}/api/docs"),
        *([("Public", f"{public_url}/")] if public_url else []),
        ("Media", backend.media_place),
        ("Database", backend.database_place),
        ("Access", access),
        ("Jobs", "run in this process" if backend.worker else "run by `main.py worker`"),
    ]
    table = "\n".join(f"  {name:<10}{place}" for name, place in lines)
    return f"\nAI-Story is ready at {url}\n\n{table}\n\nPress Ctrl-C to stop.\n"
