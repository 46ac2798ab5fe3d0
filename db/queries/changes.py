"""The update that accompanies every change of a row that clients see."""

from sqlalchemy import Update, func, update

from db.models import Clip, Shot, Video


def change(table: type[Shot] | type[Clip] | type[Video]) -> Update:
    """An UPDATE that counts as a change; `values` adds the changed columns."""
    return update(table).values(revision=table.revision + 1, updated_at=func.now())
