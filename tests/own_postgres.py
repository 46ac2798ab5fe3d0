"""An operator's own PostgreSQL: Debian's, with access rules and a certificate of the test's own."""

import asyncio
import shutil
import signal
import socket
import subprocess
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import pytest

from db.connections import CONNECTION_LOST, connect
from db.postgres_binaries import Account, choose_account, run
from tests.databases import make_reachable_folder, run_sql
from tests.serving import DEADLINE_S

_PROGRAMS = sorted(Path("/usr/lib/postgresql").glob("*/bin"))


def has_own_postgres() -> bool:
    """Whether Debian's PostgreSQL is installed."""
    return bool(_PROGRAMS)


needs_own_postgres = pytest.mark.skipif(
    not has_own_postgres(),
    reason="Debian's PostgreSQL is not installed: apt-get install postgresql",
)
PASSWORD = "hush/@:%?#1"
"""Of the role `story`, and never to be shown."""
IN_URL = quote(PASSWORD, safe="")


@dataclass(frozen=True, slots=True)
class OwnPostgres:
    """A running server with the role `story`, which owns the database `stories`."""

    folder: Path
    port: int

    @property
    def admin_url(self) -> str:
        """The superuser, over the socket."""
        return f"postgresql://postgres@/postgres?host={self.folder}&port={self.port}"

    def url(self, host: str = "127.0.0.1", database: str = "stories", **parameters: str) -> str:
        """The address for `story`."""
        query = "&".join(f"{name}={quote(value, safe='')}" for name, value in parameters.items())
        return f"postgresql://story:{IN_URL}@{host}:{self.port}/{database}?{query}"

    async def run(self, *statements: str, database: str = "postgres") -> None:
        """Run statements as the superuser."""
        for statement in statements:
            await run_sql(self.admin_url.replace("/postgres?", f"/{database}?"), statement)


@asynccontextmanager
async def own_postgres(
    access: str, *, settings: Mapping[str, str] | None = None, certificate: Path | None = None
) -> AsyncGenerator[OwnPostgres]:
    """Run a server with these lines in pg_hba.conf, on a free port of loopback.

    `certificate` is a file with key and certificate; clients' certificates are its authority's.
    """
    folder = make_reachable_folder()
    account = choose_account(folder / "data")
    await asyncio.to_thread(shutil.chown, folder, account.uid, account.gid)
    programs, data = _PROGRAMS[-1], folder / "data"
    code, output = await run(
        account, programs / "initdb", *("-D", data, "-U", "postgres", "-E", "UTF8", "-N")
    )
    assert code == 0, output
    server = OwnPostgres(folder, free_port())
    told = {
        "port": str(server.port),
        "listen_addresses": "127.0.0.1",
        "unix_socket_directories": str(folder),
        "fsync": "off",
        "password_encryption": "scram-sha-256",
        **(settings or {}),
        **(_tls(certificate, data, account) if certificate else {}),
    }
    lines = "".join(f"{name} = '{value}'\n" for name, value in told.items())
    (data / "postgresql.conf").write_text(lines)
    (data / "pg_hba.conf").write_text(f"local all postgres trust\n{access}\n")
    with (folder / "log").open("wb") as log:
        process = await asyncio.to_thread(
            subprocess.Popen[bytes],
            [programs / "postgres", "-D", data],
            stdout=log,
            stderr=log,
            **account.spawn_options(),
        )
    try:
        await _accepts(server)
        await server.run(
            f"CREATE ROLE story LOGIN PASSWORD '{PASSWORD}'", "CREATE DATABASE stories OWNER story"
        )
        yield server
    finally:
        process.send_signal(signal.SIGINT)
        await asyncio.to_thread(process.wait)
        await asyncio.to_thread(shutil.rmtree, folder)


async def _accepts(server: OwnPostgres) -> None:
    async with asyncio.timeout(DEADLINE_S):
        while True:
            with suppress(*CONNECTION_LOST):
                connection = await connect(server.admin_url)
                await connection.close(timeout=5)
                return
            await asyncio.sleep(0.02)


def _tls(certificate: Path, data: Path, account: Account) -> dict[str, str]:
    own, authority = data / "server.pem", data / "authority.pem"
    for source, path in ((certificate, own), (certificate.parent / "authority.pem", authority)):
        shutil.copy(source, path)
        path.chmod(0o600)
        shutil.chown(path, account.uid, account.gid)
    return {
        "ssl": "on",
        "ssl_cert_file": str(own),
        "ssl_key_file": str(own),
        "ssl_ca_file": str(authority),
    }


def free_port() -> int:
    """A port of loopback that nobody uses now."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]
