"""What every change of a row that clients hold does to it."""

from sqlalchemy import Update, func, update

from db.models import Clip, Shot, Video


def change(table: type[Shot] | type[Clip] | type[Video]) -> Update:
    """An UPDATE that counts as a change; `values` adds what is changed."""
    return update(table).values(revision=table.revision + 1, updated_at=func.now())
