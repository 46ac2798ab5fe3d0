"""What the database refuses is told in one sentence, with its own words and what to do."""

import asyncio
import socket
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path

import pytest
from asyncpg import TooManyConnectionsError
from sqlalchemy import text

from db.connections import connect
from db.embedded import EmbeddedPostgres
from db.migrate import migrate
from db.session import Database
from errors import SetupError
from tests.outages import refusing
from tests.own_postgres import IN_URL, PASSWORD, OwnPostgres, needs_own_postgres, own_postgres
from tests.program import Ended, run_program, temporary_home

ACCESS = """host all shut_out all reject
host all all all scram-sha-256
"""


@pytest.fixture(scope="module")
async def server() -> AsyncIterator[OwnPostgres]:
    async with own_postgres(ACCESS) as server:
        await server.run(
            f"CREATE ROLE guest LOGIN PASSWORD '{PASSWORD}'",
            f"CREATE ROLE asleep NOLOGIN PASSWORD '{PASSWORD}'",
            f"CREATE ROLE shut_out LOGIN PASSWORD '{PASSWORD}'",
            f"CREATE ROLE narrow LOGIN PASSWORD '{PASSWORD}' CONNECTION LIMIT 0",
            "CREATE DATABASE closed ALLOW_CONNECTIONS false",
            "CREATE DATABASE private OWNER story",
            "REVOKE CONNECT ON DATABASE private FROM public",
        )
        yield server


def check_message(message: str, *told: str) -> None:
    """One line that ends in what to do, without the password."""
    for words in told:
        assert words in message
    assert "\n" not in message
    assert message.endswith(".")
    assert PASSWORD not in message
    assert IN_URL not in message


async def refusal_of(url: str) -> str:
    """What a start says about the database."""

    async def start() -> None:
        async with Database(url) as database:
            await database.check()
            with database.starting():
                await migrate(database.engine)

    with pytest.raises(SetupError) as refused:
        await start()
    return refused.value.message


@needs_own_postgres
@pytest.mark.parametrize(
    ("user", "database", "query", "told"),
    [
        ("story:wrong", "stories", "", ("password of the role 'story'", "authentication failed")),
        ("story", "stories", "", ("password of the role 'story'", "Check AI_STORY_DATABASE_URL")),
        ("nobody:x", "stories", "", ("password of the role 'nobody'",)),
        ("asleep", "stories", "", ("not permitted to log in",)),
        ("shut_out", "stories", "", ("pg_hba.conf rejects connection",)),
        ("narrow", "stories", "", ("no free connection", 'too many connections for role "narrow"')),
        ("story", "none", "", ("no database 'none'", 'database "none" does not exist')),
        ("story", "closed", "", ("not currently accepting connections",)),
        ("guest", "private", "", ("too few rights", 'permission denied for database "private"')),
        ("guest", "stories", "", ("too few rights", "permission denied for schema public")),
        ("story", "stories", "options=-c%20nonsense%3D1", ("parameter", '"nonsense"')),
        ("story", "stories", "options=-c%20work_mem%3Dmany", ("parameter", '"work_mem"')),
        (
            *("story", "stories", "options=-c%20default_transaction_read_only%3Don"),
            ("cannot execute CREATE TABLE in a read-only transaction",),
        ),
        (
            *("story", "stories", "options=-c%20search_path%3Dnowhere"),
            ("no schema has been selected",),
        ),
    ],
)
async def test_the_servers_own_words_are_passed_on(
    server: OwnPostgres, user: str, database: str, query: str, told: tuple[str, ...]
) -> None:
    knows_password = ":" in user or told[0].startswith("password")
    credentials = user if knows_password else f"{user}:{IN_URL}"

    message = await refusal_of(
        f"postgresql://{credentials}@127.0.0.1:{server.port}/{database}?{query}"
    )

    check_message(message, *told)


@needs_own_postgres
async def test_every_connection_taken_is_told(server: OwnPostgres) -> None:
    async with AsyncExitStack() as stack:
        await server.run("ALTER ROLE story CONNECTION LIMIT 1")
        stack.push_async_callback(server.run, "ALTER ROLE story CONNECTION LIMIT -1")
        connection = await connect(server.url())
        stack.push_async_callback(connection.close, timeout=5)

        message = await refusal_of(server.url())

    check_message(message, "no free connection", "too many connections for role", "raise the limit")
    assert "AI_STORY_DATABASE_URL" not in message


@needs_own_postgres
async def test_tables_of_another_role_are_told(server: OwnPostgres) -> None:
    await server.run("CREATE DATABASE shared OWNER story")
    async with Database(server.url(database="shared")) as database:
        await migrate(database.engine)
    guest = server.url(database="shared").replace("story:", "guest:")

    unreadable = await refusal_of(guest)
    await server.run("GRANT SELECT ON ALL TABLES IN SCHEMA public TO guest", database="shared")
    read_only = await refusal_of(guest)

    check_message(unreadable, "permission denied for table alembic_version")
    check_message(read_only, "may not read and write all tables", "story", "GRANT")


@needs_own_postgres
async def test_a_schema_of_a_newer_version_is_told(server: OwnPostgres) -> None:
    await server.run("CREATE DATABASE newer OWNER story")
    url = server.url(database="newer")
    async with Database(url) as database:
        await migrate(database.engine)
        async with database.transaction() as session:
            await session.execute(text("UPDATE alembic_version SET version_num = '9999'"))

    check_message(await refusal_of(url), "'9999'", "Update AI-Story")


@needs_own_postgres
async def test_tables_of_another_program_are_told(server: OwnPostgres) -> None:
    await server.run("CREATE DATABASE taken OWNER story")
    url = server.url(database="taken")
    async with Database(url) as database, database.transaction() as session:
        await session.execute(text("CREATE TABLE story (id int)"))

    check_message(await refusal_of(url), 'relation "story" already exists')


@asynccontextmanager
async def listener(*, answer: bytes | None) -> AsyncGenerator[int]:
    """A port where something else than PostgreSQL sends these bytes; None: nothing, ever."""

    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(8)
        if answer is None:
            await reader.read()
        else:
            writer.write(answer)
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(speak, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("57P03", "accepts no connections now"),
        ("53300", "no free connection"),
        ("08P01", "not now"),
    ],
)
async def test_a_server_that_is_not_ready_is_told(code: str, told: str) -> None:
    async with refusing(code) as url:
        check_message(await refusal_of(url), told, "not now")


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (b"", "127.0.0.1"),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "127.0.0.1"),
        (None, "does not answer"),
    ],
)
async def test_what_is_no_postgresql_is_told(answer: bytes | None, told: str) -> None:
    async with listener(answer=answer) as port:
        message = await refusal_of(f"postgresql://me:hush@127.0.0.1:{port}/x?connect_timeout=1")

    check_message(message, told, "AI_STORY_DATABASE_URL")
    assert "hush" not in message


async def test_nobody_there_is_told(tmp_path: Path) -> None:
    unknown = await refusal_of("postgresql://me@no-such-host.invalid/x")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    refused = await refusal_of(f"postgresql://me@127.0.0.1:{port}/x")
    missing = await refusal_of(f"postgresql://me@/x?host={tmp_path}")

    check_message(unknown, "no-such-host.invalid:5432 is unknown", "Check AI_STORY_DATABASE_URL")
    check_message(refused, f"Nothing listens at 127.0.0.1:{port}", "Start PostgreSQL there")
    check_message(missing, f"no socket {tmp_path}/.s.PGSQL.5432", "Start PostgreSQL there")


def check_ended(ended: Ended, *told: str) -> None:
    assert ended.code == 2
    assert "Traceback" not in ended.errors
    check_message(ended.errors.strip(), *told)


COMMANDS = [
    ("serve", "--port", "0"),
    ("worker",),
    ("film", "-", "-o", "film.mp4"),
    ("migrate",),
    ("keys", "list"),
    ("media", "check"),
    ("documents", "register", "."),
]


@needs_own_postgres
@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
async def test_no_command_ends_in_a_traceback(
    server: OwnPostgres, tmp_path: Path, command: tuple[str, ...]
) -> None:
    (tmp_path / "one.graphql").write_text("{ server { version } }")
    url = server.url().replace("story:", "guest:")
    settings = {"AI_STORY_DATABASE_URL": url, "AI_STORY_LOG_LEVEL": "error"}

    ended = await run_program(*command, home=tmp_path, settings=settings, text="A fox sings.")

    check_ended(ended, "permission denied for schema public")


@pytest.mark.parametrize(
    ("environment", "told"),
    [
        ({"AI_STORY_DATABASE_URL": "postgresql://me@h?service=x"}, "service is not supported"),
        ({"AI_STORY_DATABASE_URL": "postgresql://me@h", "PGSSLMODE": "on"}, "PGSSLMODE is invalid"),
        ({"AI_STORY_DATABASE_URL": "postgresql://", "PGPORT": "x"}, "PGPORT is invalid"),
        (
            {"AI_STORY_DATABASE_URL": "postgresql://me@127.0.0.1:1/x", "PGPASSFILE": "passwords"},
            "password file of the database is malformed",
        ),
        (
            {"AI_STORY_DATABASE_URL": "postgresql://me@127.0.0.1:1/x", "PGSSLMODE": "verify-full"},
            "root certificate",
        ),
    ],
)
async def test_no_variable_ends_a_start_in_a_traceback(
    tmp_path: Path, environment: dict[str, str], told: str
) -> None:
    passwords = tmp_path / "passwords"
    passwords.write_text("hush\n")
    passwords.chmod(0o600)

    ended = await run_program("migrate", home=tmp_path, settings={**environment, "HOME": "/none"})

    check_ended(ended, told)
    assert "hush" not in ended.errors


async def test_the_bundled_postgresql_ignores_variables_for_others() -> None:
    with temporary_home() as home:
        (home / "passwords").write_text("malformed\n")
        (home / "passwords").chmod(0o600)
        environment = {
            "PGSSLMODE": "verify-full",
            "PGSSLNEGOTIATION": "direct",
            "PGTARGETSESSIONATTRS": "standby",
            "PGPASSFILE": str(home / "passwords"),
            "PGOPTIONS": "-c nonsense=1",
            "PGGSSLIB": "none",
            "PGHOST": "no-such-host.invalid",
            "PGPORT": "x",
            "PGSERVICE": "films",
        }

        ended = await run_program("migrate", home=home, settings=environment)

    assert ended.code == 0, ended.errors


async def test_the_bundled_postgresql_is_not_blamed_on_an_address() -> None:
    with temporary_home() as home:
        async with AsyncExitStack() as stack:
            postgres = await EmbeddedPostgres.start(home)
            stack.push_async_callback(postgres.stop)
            with suppress(TooManyConnectionsError):
                while True:
                    connection = await connect(postgres.url)
                    stack.push_async_callback(connection.close, timeout=5)

            ended = await run_program("migrate", home=home)

    check_ended(ended, "no free connection", "too many clients already")
    assert "AI_STORY_DATABASE_URL" not in ended.errors
