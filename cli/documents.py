"""`documents`: registers trusted GraphQL documents, which clients send by ID."""

from pathlib import Path

import typer

from cli.storage import open_database
from errors import SetupError
from resolvers.documents import TrustedDocuments, document_id
from schema.contract import find_faults
from settings import Settings


async def register_documents(settings: Settings, folder: Path) -> None:
    """Validate every .graphql file of the folder and its subfolders, and store them all.

    Raises:
        SetupError: There is none, or one does not match the schema; then none is stored.
    """
    bodies = _read_all(folder)
    async with open_database(settings) as (database, _):
        added = await TrustedDocuments(database).register(list(bodies.values()))
    for path, body in bodies.items():
        typer.echo(f"{document_id(body)}  {path.relative_to(folder)}")
    typer.echo(f"{len(bodies)} documents registered, {added} of them new.", err=True)


def _read_all(folder: Path) -> dict[Path, str]:
    bodies = {path: _read(path) for path in sorted(folder.rglob("*.graphql"))}
    if not bodies:
        raise SetupError(f"{folder} contains no .graphql files.")
    return bodies


def _read(path: Path) -> str:
    try:
        body = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SetupError(f"{path}: {error}") from None
    if faults := find_faults(body):
        raise SetupError(f"{path}: {faults[0]}")
    return body
