"""The update that accompanies every change of a row."""

from sqlalchemy import Update, func, update

from db.models import Clip, Shot, Story, Take, Video


def change(table: type[Story] | type[Shot] | type[Take] | type[Clip] | type[Video]) -> Update:
    """An UPDATE that counts as a change; `values` adds the changed columns.

    Takes have no revision, because clients see them as part of their shot. Sessions hold no
    objects that would have to be synchronized.
    """
    changed = update(table).values(updated_at=func.now())
    changed = changed.execution_options(synchronize_session=False)
    if issubclass(table, Take):
        return changed
    return changed.values(revision=table.revision + 1)
