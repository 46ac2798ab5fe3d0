"""PgBouncer before an operator's own PostgreSQL, with the defaults of its package."""

import asyncio
import shutil
import subprocess
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress

import pytest

from db.connections import CONNECTION_LOST
from db.opening import open_connection
from db.postgres_binaries import choose_account
from tests.databases import make_reachable_folder
from tests.own_postgres import PASSWORD, OwnPostgres, free_port, has_own_postgres
from tests.serving import DEADLINE_S

_PROGRAM = shutil.which("pgbouncer", path="/usr/sbin:/usr/bin:/usr/local/bin")


needs_pgbouncer = pytest.mark.skipif(
    _PROGRAM is None or not has_own_postgres(),
    reason="PgBouncer is not installed: apt-get install pgbouncer postgresql",
)


@asynccontextmanager
async def pgbouncer(
    server: OwnPostgres, *, mode: str, size: int = 20, **settings: str
) -> AsyncGenerator[OwnPostgres]:
    """Run PgBouncer in this mode; the value is the server as seen through it."""
    assert _PROGRAM is not None
    folder = make_reachable_folder()
    account = choose_account(folder / "data")
    pooled = OwnPostgres(server.folder, free_port())
    told = {
        "listen_addr": "127.0.0.1",
        "listen_port": str(pooled.port),
        "unix_socket_dir": "",
        "auth_type": "scram-sha-256",
        "auth_file": str(folder / "users"),
        "pool_mode": mode,
        "default_pool_size": str(size),
        **settings,
    }
    lines = "".join(f"{name} = {value}\n" for name, value in told.items())
    (folder / "users").write_text(f'"story" "{PASSWORD}"\n')
    (folder / "pgbouncer.ini").write_text(
        f"[databases]\n* = host=127.0.0.1 port={server.port}\n[pgbouncer]\n{lines}"
    )
    with (folder / "log").open("wb") as log:
        process = await asyncio.to_thread(
            subprocess.Popen[bytes],
            [_PROGRAM, folder / "pgbouncer.ini"],
            stdout=log,
            stderr=log,
            **account.spawn_options(),
        )
    try:
        await _accepts(pooled)
        yield pooled
    finally:
        process.terminate()
        await asyncio.to_thread(process.wait)
        await asyncio.to_thread(shutil.rmtree, folder)


async def _accepts(pooled: OwnPostgres) -> None:
    async with asyncio.timeout(DEADLINE_S):
        while True:
            with suppress(*CONNECTION_LOST):
                connection = await open_connection(pooled.url(), is_pooled=True)
                await connection.close(timeout=5)
                return
            await asyncio.sleep(0.02)
