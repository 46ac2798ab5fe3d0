"""`keys`: creates, lists and revokes API keys."""

from datetime import UTC, datetime, timedelta

import typer
from rich.console import Console
from rich.table import Table

from cli.storage import open_database
from db.queries.api_keys import ApiKeyRow
from domain import Scope
from resolvers import keys
from settings import Settings


async def create_key(
    settings: Settings, name: str, *, owner_id: str, scope: Scope, days: int | None
) -> None:
    """Create a key and print only it to standard output, so that it can be captured in a variable.

    Raises:
        RequestError: The name or the owner is invalid, or the name is taken.
        SetupError: The database does not respond.
    """
    lifetime = None if days is None else timedelta(days=days)
    async with open_database(settings) as (database, _):
        key, row = await keys.create_key(
            database, name, owner_id=owner_id, scope=scope, lifetime=lifetime
        )
    until = "until it is revoked" if row.expires_at is None else f"until {row.expires_at:%Y-%m-%d}"
    typer.echo(
        f"Created the key {name}: {scope} for {owner_id}, valid {until}. It is shown only once:",
        err=True,
    )
    typer.echo(key)
    if settings.auth != "keys":
        typer.echo("The server requires keys only with AI_STORY_AUTH=keys.", err=True)


async def list_keys(settings: Settings) -> None:
    """Show all keys.

    Raises:
        SetupError: The database does not respond.
    """
    async with open_database(settings) as (database, _):
        rows = await keys.list_keys(database)
    table = Table("Name", "Owner", "Scope", "Created", "Last used", "Valid")
    for row in rows:
        used = "never" if row.used_at is None else f"{row.used_at:%Y-%m-%d}"
        table.add_row(
            row.name, row.owner_id, row.scope, f"{row.created_at:%Y-%m-%d}", used, _validity(row)
        )
    Console().print(table)


def _validity(row: ApiKeyRow) -> str:
    if row.revoked_at is not None:
        return f"revoked {row.revoked_at:%Y-%m-%d}"
    if row.expires_at is None:
        return "yes"
    is_past = row.expires_at <= datetime.now(UTC)
    return f"{'expired' if is_past else 'until'} {row.expires_at:%Y-%m-%d}"


async def revoke_key(settings: Settings, name: str) -> None:
    """Revoke a key.

    Raises:
        NotFoundError: There is no valid key of this name.
        SetupError: The database does not respond.
    """
    async with open_database(settings) as (database, _):
        row = await keys.revoke_key(database, name)
    typer.echo(f"Revoked the key {row.name} of {row.owner_id}.")
