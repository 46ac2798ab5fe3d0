"""`worker`: the work without HTTP, beside any number of `serve --no-worker`."""

import typer

from cli.backend import open_backend
from settings import Settings


async def work(settings: Settings) -> None:
    """Work until cancelled, then drain.

    Raises:
        SetupError: The backend cannot be opened.
    """
    async with open_backend(settings, with_worker=True) as backend:
        typer.echo(
            f"AI-Story's worker is ready.\n\n"
            f"  Media     {backend.media_place}\n"
            f"  Database  {backend.database_place}\n\n"
            "Ctrl-C stops it."
        )
        await backend.wait()
