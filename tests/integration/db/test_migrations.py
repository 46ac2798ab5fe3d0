"""The migrations: up, equal to the models, down and up again; by many at once."""

import asyncio

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from db.migrate import LOCK, alembic_config, migrate, newest_revision
from db.models import Base, Shot, Story
from db.queries.shots import list_shots
from db.session import Database
from domain import AspectRatio, Style, Transition
from errors import DatabaseUnavailableError
from orchestration.films.pace import estimated_seconds
from tests.databases import fresh_database

BEFORE_WISHES = "0009"
END_WAITING = text(
    """SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
    WHERE datname = current_database() AND wait_event = 'advisory'"""
)
FUNCTION_OF_AN_INDEX = text("SELECT pg_get_functiondef('story_grams'::regproc)")
CLEAR_SNAPSHOT = text("SELECT pg_stat_clear_snapshot()")
NARRATIONS = (
    "",
    "Hi.",
    "A fox found a red lantern in the snow; she carried it home, and old-time friends didn't ask.",
    "从前有个卖豆腐的人，住在鲁镇……他说：“好！”他每天都起得很早，把豆腐做好，然后挑到镇上去卖。",
    "むかしむかし、あるところに、おじいさんとおばあさんがいました。おじいさんは山へ行きました。",
    "Er fragt: 3.14 = カ Pi!  So\tviel\nsteht fest — 是的, für alle_Zeiten ﬁnal und Ｗｉｄｅ.",
    "no\u200bwidth\u200d spaces\u00a0and\u2028lines \ue000private \ufffe\U0001f98a \U000e0067 end",
    "كان يا ما كان، في قديم الزمان. وعاش الجميع في سعادة وهناء حتى نهاية الزمان.",
    *(f"The storm went by {number} times. " * (number % 12) for number in range(1_100)),
)


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


def test_the_newest_revision_is_known_without_alembic() -> None:
    assert newest_revision() == ScriptDirectory.from_config(alembic_config()).get_current_head()


async def test_the_migrations_give_the_checks_and_indexes_of_the_models(
    server_url: str, database: Database
) -> None:
    async with database.reading() as session:
        grams = (await session.execute(FUNCTION_OF_AN_INDEX)).scalar_one()
    async with fresh_database(server_url) as url, Database(url) as modelled:
        async with modelled.engine.begin() as connection:
            await connection.exec_driver_sql(grams)
            await connection.run_sync(Base.metadata.create_all)

        expected = await checks_in(modelled) | await indexes_in(modelled)
        found = await checks_in(database) | await indexes_in(database)

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


async def indexes_in(database: Database) -> set[tuple[str, str, str]]:
    """Table, name and definition of every index, with the condition of a partial one."""
    listed = text(
        "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE tablename = ANY(:tables)"
    )
    async with database.reading() as session:
        rows = await session.execute(listed, {"tables": list(Base.metadata.tables)})
        return {(str(table), str(name), str(index)) for table, name, index in rows}


async def test_processes_that_start_at_once_migrate_once(server_url: str) -> None:
    async with fresh_database(server_url) as url, Database(url) as database:
        await asyncio.gather(*(migrate(database.engine) for _ in range(4)))

        async with database.reading() as session:
            revisions = (
                await session.execute(text("SELECT version_num FROM alembic_version"))
            ).all()

    assert len(revisions) == 1


async def test_a_connection_that_is_lost_meanwhile_is_a_database_that_is_away(
    server_url: str,
) -> None:
    async with fresh_database(server_url) as url, Database(url) as database:
        async with database.engine.begin() as other:
            await other.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK})
            migrating = asyncio.create_task(migrate(database.engine))
            async with asyncio.timeout(20):
                while not (await other.execute(END_WAITING)).scalar():
                    await other.execute(CLEAR_SNAPSHOT)  # else it shows what it showed at first
                    await asyncio.sleep(0.01)
            with pytest.raises(DatabaseUnavailableError, match="Start again"):
                await migrating

        await migrate(database.engine)


@pytest.mark.parametrize("language", ["en", "zh-CN", "ja", ""])
async def test_lengths_of_before_are_wishes_unless_they_are_the_estimate(
    server_url: str, language: str
) -> None:
    def walk(connection: Connection) -> None:
        config = alembic_config()
        config.attributes["connection"] = connection
        command.downgrade(config, BEFORE_WISHES)
        command.upgrade(config, "head")

    # At that time no estimate was longer than 20 s.
    estimated = [(text, min(estimated_seconds(text, language), 20.0)) for text in NARRATIONS]
    wished = [(text, seconds + by) for text, seconds in estimated for by in (-0.001, 0.001)]
    async with fresh_database(server_url) as url, Database(url) as database:
        await migrate(database.engine)
        async with database.transaction() as session:
            story = Story(
                owner_id="local",
                content="One.",
                style=Style.MOVIE,
                aspect_ratio=AspectRatio.WIDE_16_9,
                language=language,
            )
            session.add(story)
            await session.flush()
            session.add_all(
                Shot(
                    story_id=story.id,
                    position=position,
                    title="One",
                    prompt="A house",
                    narration=narration,
                    transition=Transition.CUT,
                    duration_seconds=seconds,
                )
                for position, (narration, seconds) in enumerate([*estimated, *wished])
            )
        async with database.engine.begin() as connection:
            await connection.run_sync(walk)
        async with database.reading() as session:
            shots = await list_shots(session, [story.id])

    found = [shot.duration_is_wished for shot in shots]
    assert found == [False] * len(estimated) + [True] * len(wished)


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
