"""`worker`: runs jobs and serves no HTTP except health probes."""

import contextlib
import socket

import typer

from cli.backend import Backend, open_backend
from cli.listening import url_of
from settings import Settings


async def work(settings: Settings, listener: socket.socket | None) -> None:
    """Work until cancelled, then drain; answer probes on the listener, if there is one.

    Raises:
        SetupError: The backend cannot be opened.
    """
    with contextlib.closing(listener) if listener else contextlib.nullcontext():
        async with open_backend(settings, with_worker=True) as backend:
            if listener is None:
                typer.echo(_welcome(backend, None))
                await backend.wait()
            else:
                await _answer_probes(backend, listener)


async def _answer_probes(backend: Backend, listener: socket.socket) -> None:
    from cli.http_server import configuration, serve_beside  # most workers need none of this
    from web.health import create_probes

    await serve_beside(
        backend,
        configuration(create_probes(backend.services)),
        listener,
        welcome=_welcome(backend, url_of(listener)),
    )


def _welcome(backend: Backend, url: str | None) -> str:
    ready = f" at {url}" if url else ""
    probes = f"  Probes    {url}/healthz and {url}/readyz\n" if url else ""
    return (
        f"The AI-Story worker is ready{ready}\n\n"
        f"{probes}"
        f"  Media     {backend.media_place}\n"
        f"  Database  {backend.database_place}\n\n"
        "Press Ctrl-C to stop."
    )
