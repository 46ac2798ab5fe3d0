"""`media check`: compares the media store with the database."""

import asyncio
import json
from datetime import timedelta

import typer

from cli.storage import media_location, open_database, open_store
from orchestration.work.sweep import Comparison, compare
from settings import Settings

_DIFFERS = 1
_SHOWN = 20


async def check_media(
    settings: Settings, *, delete: bool, older_than: timedelta, as_json: bool
) -> None:
    """Print the files without a row and the missing files; delete the former on request.

    Raises:
        typer.Exit: With code 1 if differences remain.
        SetupError: The database or the media store cannot be opened.
    """
    async with open_database(settings) as (database, _):
        store = await asyncio.to_thread(open_store, media_location(settings))
        found = await compare(database, store, older_than=older_than)
        if delete and found.orphans:
            await store.delete([file.key for file in found.orphans])
    typer.echo(_as_json(found, delete=delete) if as_json else _as_text(found, delete=delete))
    if found.missing or (found.orphans and not delete):
        raise typer.Exit(_DIFFERS)


def _as_json(found: Comparison, *, delete: bool) -> str:
    fields = {
        "files": found.files,
        "orphans": [{"key": one.key, "size_bytes": one.size_bytes} for one in found.orphans],
        "orphans_deleted": delete,
        "missing": [
            {"story": str(one.story_id), "key": one.key, "shot": one.shot_position}
            for one in found.missing
        ],
    }
    return json.dumps(fields, indent=2)


def _as_text(found: Comparison, *, delete: bool) -> str:
    size_mib = sum(file.size_bytes for file in found.orphans) / 2**20
    what = "deleted" if delete else "use --delete to delete them"
    lines = [
        f"{found.files} files",
        f"{len(found.orphans)} without a row, {size_mib:.1f} MiB"
        + (f" ({what})" if found.orphans else ""),
        *(f"  {file.key}" for file in found.orphans[:_SHOWN]),
        f"{len(found.missing)} missing"
        + (" (regenerate the shots, or render the films again)" if found.missing else ""),
        *(
            f"  {one.key}" + (f", shot {one.shot_position}" if one.shot_position else "")
            for one in found.missing[:_SHOWN]
        ),
    ]
    return "\n".join(lines)
