"""A PostgreSQL that accepts only TLS, with a certificate of a private authority."""

import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import pytest
from sqlalchemy import text

from db.connections import Connection, connect, create_pool
from db.migrate import migrate
from db.session import Database
from errors import SetupError
from tests.certificates import Authority
from tests.own_postgres import IN_URL, PASSWORD, OwnPostgres, needs_own_postgres, own_postgres
from tests.program import run_program

pytestmark = needs_own_postgres
ACCESS = """hostssl all badge all cert
hostssl all all all scram-sha-256
"""
KEY_PASSWORD = "hush hush"


@dataclass(frozen=True, slots=True)
class Files:
    """The certificates of the tests, by name."""

    root: str
    other_root: str
    badge: str
    locked_badge: str
    nobody_revoked: str
    server_revoked: str


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Files:
    folder = tmp_path_factory.mktemp("certificates")
    authority = Authority(folder)
    server = authority.issue("localhost")
    locked = authority.issue("badge", password=KEY_PASSWORD).rename(folder / "locked.pem")
    return Files(
        root=str(authority.file),
        other_root=str(Authority(tmp_path_factory.mktemp("others")).file),
        badge=str(authority.issue("badge")),
        locked_badge=str(locked),
        nobody_revoked=str(authority.revoke()),
        server_revoked=str(authority.revoke(server)),
    )


@pytest.fixture(scope="module")
async def server(files: Files) -> AsyncIterator[OwnPostgres]:
    certificate = Path(files.root).parent / "localhost.pem"
    async with own_postgres(ACCESS, certificate=certificate) as server:
        await server.run("CREATE ROLE badge LOGIN", "GRANT CREATE ON DATABASE stories TO badge")
        yield server


def filled(parameters: dict[str, str], files: Files) -> dict[str, str]:
    """The parameters with the files' names in place of {braces}."""
    names = {name: getattr(files, name) for name in Files.__slots__}
    return {name: value.format(**names) for name, value in parameters.items()}


async def shown(connection: Connection, what: str) -> object:
    value = await connection.fetchval(what)
    await connection.close(timeout=5)
    return value


ENCRYPTED = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()"
ACCEPTED: list[tuple[str, dict[str, str]]] = [
    ("127.0.0.1", {}),
    ("127.0.0.1", {"sslmode": "allow"}),
    ("127.0.0.1", {"sslmode": "prefer", "channel_binding": "prefer", "gssencmode": "disable"}),
    ("127.0.0.1", {"sslmode": "require"}),
    ("127.0.0.1", {"sslmode": "require", "sslrootcert": "{root}"}),
    ("127.0.0.1", {"sslmode": "verify-ca", "sslrootcert": "{root}"}),
    ("localhost", {"sslmode": "verify-full", "sslrootcert": "{root}"}),
    (
        "localhost",
        {"sslmode": "verify-full", "sslrootcert": "{root}", "sslcrl": "{nobody_revoked}"},
    ),
    ("localhost", {"sslmode": "require", "ssl_min_protocol_version": "TLSv1.3"}),
    ("localhost", {"user": "badge", "sslcert": "{badge}", "sslkey": "{badge}"}),
    ("localhost", {"user": "badge", "sslcert": "{badge}", "sslmode": "require"}),
    (
        "localhost",
        {"user": "badge", "sslcert": "{locked_badge}", "sslkey": "{locked_badge}"}
        | {"sslpassword": KEY_PASSWORD},
    ),
]


@pytest.mark.parametrize(("host", "parameters"), ACCEPTED)
async def test_every_way_to_connect_understands_the_address(
    server: OwnPostgres, files: Files, host: str, parameters: dict[str, str]
) -> None:
    url = server.url(host, **filled(parameters, files))

    async with Database(url) as database:
        await database.check()
        async with database.reading() as session:
            pooled = (await session.execute(text(ENCRYPTED))).scalar_one()
    queue = await create_pool(url, size=1)
    async with queue.acquire(timeout=10) as connection:
        queued = await connection.fetchval(ENCRYPTED)
    await queue.close()
    listening = await shown(await connect(url, application_name="ai-story worker"), ENCRYPTED)

    assert (pooled, queued, listening) == (True, True, True)


async def test_the_systems_authorities_can_be_the_trusted_ones(
    server: OwnPostgres, files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = server.url("localhost", sslrootcert="system")

    with pytest.raises(SetupError, match="is not trusted"):
        await Database(url).check()
    monkeypatch.setenv("SSL_CERT_FILE", files.root)

    assert await shown(await connect(url), ENCRYPTED) is True
    with pytest.raises(SetupError, match="IP address mismatch"):
        await Database(server.url("127.0.0.1", sslrootcert="system")).check()


@pytest.mark.parametrize(
    ("host", "parameters", "words"),
    [
        ("127.0.0.1", {"sslmode": "disable"}, "no encryption"),
        ("127.0.0.1", {"sslmode": "verify-full", "sslrootcert": "{root}"}, "IP address mismatch"),
        ("localhost", {"sslmode": "verify-full", "sslrootcert": "{other_root}"}, "not trusted"),
        ("localhost", {"sslmode": "verify-ca", "sslrootcert": "{other_root}"}, "not trusted"),
        ("localhost", {"sslmode": "require", "sslrootcert": "{other_root}"}, "not trusted"),
        (
            "localhost",
            {"sslmode": "verify-full", "sslrootcert": "{root}", "sslcrl": "{server_revoked}"},
            "revoked",
        ),
        ("localhost", {"sslmode": "verify-ca", "sslrootcert": "/no/root.pem"}, "/no/root.pem"),
        ("localhost", {"user": "badge", "sslcert": "/no/badge.pem"}, "/no/badge.pem"),
        ("localhost", {"user": "badge"}, "certificate"),
        ("localhost", {"sslmode": "verify-full", "sslrootcert": "/dev/null"}, "certificate"),
        (
            "localhost",
            {"user": "badge", "sslcert": "{locked_badge}", "sslkey": "{locked_badge}"},
            "sslpassword",
        ),
        ("localhost", {"sslnegotiation": "direct"}, "sslmode"),
    ],
)
async def test_what_tls_refuses_is_told(
    server: OwnPostgres, files: Files, host: str, parameters: dict[str, str], words: str
) -> None:
    url = server.url(host, **filled(parameters, files))

    with pytest.raises(SetupError) as refused:
        await Database(url).check()

    assert words in refused.value.message
    assert "AI_STORY_DATABASE_URL" in refused.value.message
    assert PASSWORD not in refused.value.message


async def test_a_server_without_tls_is_told(server_url: str) -> None:
    async with own_postgres("host all all all scram-sha-256") as plain:
        with pytest.raises(SetupError) as refused:
            await Database(plain.url(sslmode="require")).check()

    assert "offers no TLS" in refused.value.message


async def test_what_managed_services_hand_out_works_to_the_end(
    server: OwnPostgres, files: Files, tmp_path: Path
) -> None:
    url = server.url(
        "localhost",
        sslmode="verify-full",
        sslrootcert=files.root,
        options="-c statement_timeout=30000",
        application_name="films",
        connect_timeout="5",
        target_session_attrs="read-write",
        keepalives_idle="30",
    )

    ended = await run_program("migrate", home=tmp_path, settings={"AI_STORY_DATABASE_URL": url})

    assert ended.code == 0, ended.errors
    assert "up to date" in ended.output
    assert IN_URL not in ended.output + ended.errors


async def test_parameters_reach_the_session(server: OwnPostgres) -> None:
    url = server.url(
        options="-c statement_timeout=12345",
        application_name="films",
        keepalives_idle="77",
        tcp_user_timeout="5000",
    )

    connection = await connect(url)
    timeout = await connection.fetchval("SHOW statement_timeout")
    name = await connection.fetchval("SHOW application_name")
    compiled = await connection.fetchval("SHOW jit")
    peer = cast(Any, connection)._transport.get_extra_info("socket")
    idle_s = peer.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE)
    await connection.close(timeout=5)

    assert (timeout, name, compiled, idle_s) == ("12345ms", "films", "off", 77)


async def test_the_first_place_that_is_right_is_taken(server: OwnPostgres) -> None:
    nobody = f"127.0.0.1:1,127.0.0.1:{server.port}"
    several = server.url(f"{nobody},10.255.255.1:1", connect_timeout="2").replace(
        f"10.255.255.1:1:{server.port}", "10.255.255.1:1"
    )

    assert await shown(await connect(several), "SELECT current_user") == "story"
    for wanted in ("primary", "read-write", "any", "prefer-standby"):
        url = f"{several}&target_session_attrs={wanted}"
        assert await shown(await connect(url), "SELECT current_user") == "story"
    with pytest.raises(SetupError, match="target_session_attrs"):
        await Database(server.url(target_session_attrs="standby")).check()


async def test_a_host_that_never_answers_does_not_keep_us_from_the_next(
    server: OwnPostgres,
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        hosts = f"127.0.0.1:{silent.getsockname()[1]},127.0.0.1"
        url = server.url(hosts, connect_timeout="1")

        assert await shown(await connect(url), "SELECT current_user") == "story"


async def test_the_schema_migrates_over_tls(server: OwnPostgres, files: Files) -> None:
    url = server.url("localhost", sslmode="verify-full", sslrootcert=files.root)
    async with Database(url) as database:
        await migrate(database.engine)
        async with database.transaction() as session:
            stories = (await session.execute(text("SELECT count(*) FROM story"))).scalar_one()

    assert stories == 0
