"""The migrations: up, equal to the models, down and up again; by many at once."""

import asyncio

from alembic import command
from sqlalchemy import Connection, text

from db.migrate import alembic_config, migrate
from db.models import Base
from db.session import Database
from tests.databases import fresh_database


async def test_the_migrations_give_what_the_models_say_and_can_be_undone(server_url: str) -> None:
    async with fresh_database(server_url) as url, Database(url) as database:
        await migrate(database.engine)

        def walk(connection: Connection) -> None:
            config = alembic_config()
            config.attributes["connection"] = connection
            command.check(config)
            command.downgrade(config, "base")
            command.upgrade(config, "head")
            command.check(config)

        async with database.engine.begin() as connection:
            await connection.run_sync(walk)


async def test_the_migrations_give_the_checks_of_the_models(
    server_url: str, database: Database
) -> None:
    async with fresh_database(server_url) as url, Database(url) as modelled:
        async with modelled.engine.begin() as connection:
            await connection.run_sync(Base.metadata.create_all)

        expected, found = await checks_in(modelled), await checks_in(database)

    assert expected
    assert found == expected


async def checks_in(database: Database) -> set[tuple[str, str, str]]:
    """Table, name and condition of every check, the values of enums among them."""
    listed = text(
        """
        SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid)
        FROM pg_constraint
        WHERE contype = 'c' AND conrelid::regclass::text = ANY(:tables)
        """
    )
    async with database.reading() as session:
        rows = await session.execute(listed, {"tables": list(Base.metadata.tables)})
        return {(str(table), str(name), str(check)) for table, name, check in rows}


async def test_processes_that_start_at_once_migrate_once(server_url: str) -> None:
    async with fresh_database(server_url) as url, Database(url) as database:
        await asyncio.gather(*(migrate(database.engine) for _ in range(4)))

        async with database.reading() as session:
            revisions = (
                await session.execute(text("SELECT version_num FROM alembic_version"))
            ).all()

    assert len(revisions) == 1


async def test_every_foreign_key_has_an_index_so_that_deleting_reads_no_whole_table(
    database: Database,
) -> None:
    unindexed = text(
        """
        SELECT conrelid::regclass || '.' || attname
        FROM pg_constraint
        JOIN pg_attribute ON attrelid = conrelid AND attnum = conkey[1]
        WHERE contype = 'f' AND NOT EXISTS (
            SELECT FROM pg_index
            WHERE indrelid = conrelid AND indkey[0] = conkey[1] AND indpred IS NULL
        )
        """
    )

    async with database.reading() as session:
        found = (await session.execute(unindexed)).scalars().all()

    assert found == []
