"""Counts the database statements of a piece of work."""

from collections.abc import Generator
from contextlib import contextmanager

from sqlalchemy import event

from db.session import Database


@contextmanager
def counting(database: Database) -> Generator[list[str]]:
    """Every statement of transactions and reads in the block."""
    statements: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        statements.append(statement)

    event.listen(database.engine.sync_engine, "before_cursor_execute", note)
    for pool in (database.readers, database.writers):
        pool.observers.append(statements.append)
    yield statements
    for pool in (database.readers, database.writers):
        pool.observers.remove(statements.append)
    event.remove(database.engine.sync_engine, "before_cursor_execute", note)
