"""`migrate`: upgrades the database to the newest schema and exits."""

import typer

from cli.storage import open_database
from settings import Settings


async def migrate(settings: Settings) -> None:
    """Migrate; other commands do this when they start.

    Raises:
        SetupError: The database does not start, or does not respond.
    """
    async with open_database(settings) as (_, place):
        typer.echo(f"The database is up to date: {place}.")
