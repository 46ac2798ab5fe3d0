"""Alembic's environment: runs on the connection that `db.migrate` passes."""

from collections.abc import Mapping

from alembic import context
from sqlalchemy.schema import SchemaItem

from db.models import Base


def include_object(
    _item: SchemaItem,
    name: str | None,
    type_: str,
    _reflected: bool,
    _compare_to: SchemaItem | None,
) -> bool:
    """Hide the queue's own tables, whose DDL belongs to the library."""
    return not (type_ == "table" and (name or "").startswith("pgqueuer"))


def run() -> None:
    """Run the migrations on the given connection, inside its transaction."""
    options: Mapping[str, object] = context.config.attributes
    connection = options["connection"]
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        include_object=include_object,
        compare_type=True,
    )
    context.run_migrations()


run()
