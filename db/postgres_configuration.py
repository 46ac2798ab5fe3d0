"""The bundled server's settings, its access rules, and the path of its socket."""

import hashlib
import os
from pathlib import Path
from urllib.parse import quote

DATABASE = "ai_story"
ROLE = "ai_story"
MAINTENANCE_DATABASE = "postgres"
"""Exists before our own database does."""

_PORT = 5432
"""Part of the name of the socket's file; nothing listens on the network."""
_SOCKET_PATH_MAX_BYTES = 103
_SHORT_PARENT = Path("/tmp")  # noqa: S108 - what lies below is checked to be the account's alone

_SETTINGS = {
    # Connections only over the socket, where the system identifies the user.
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "port": str(_PORT),
    "cluster_name": "ai-story",
    # Committed data survives every crash.
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    # A small footprint: no process that an idle program does not need.
    "max_connections": "100",
    "shared_buffers": "32MB",
    "huge_pages": "off",
    "effective_cache_size": "1GB",
    "maintenance_work_mem": "32MB",
    "io_method": "sync",
    "max_worker_processes": "2",
    "max_parallel_workers": "0",
    "max_parallel_workers_per_gather": "0",
    "max_parallel_maintenance_workers": "0",
    "max_logical_replication_workers": "0",
    "autovacuum": "on",
    "autovacuum_worker_slots": "2",
    "autovacuum_max_workers": "2",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "wal_buffers": "2MB",
    "min_wal_size": "32MB",
    "max_wal_size": "256MB",
    # For thousands of short statements.
    "jit": "off",
    "random_page_cost": "1.1",
    # Log only the server's own events: statements and values could contain a story's text.
    "log_min_messages": "log",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_checkpoints": "off",
    "log_autovacuum_min_duration": "-1",
    "log_line_prefix": "%m [%p] ",
    "log_timezone": "UTC",
    "timezone": "UTC",
    "lc_messages": "C",
}


def write_configuration(folder: Path, *, users: tuple[str, ...]) -> Path:
    """Write the cluster's settings below the folder, and allow these system users to connect.

    Returns the file to start the server with. It contains no secret: the system itself identifies
    the user at the other end of the socket.
    """
    settings_file = folder / "postgresql.conf"
    access, names = folder / "pg_hba.conf", folder / "pg_ident.conf"
    settings = _SETTINGS | {
        "unix_socket_directories": f'"{socket_folder(folder)}"',
        "hba_file": str(access),
        "ident_file": str(names),
    }
    lines = (f"{name} = '{_quoted(value)}'\n" for name, value in settings.items())
    for path, text in (
        (settings_file, "# Written at every start.\n" + "".join(lines)),
        (access, f"local all {ROLE} peer map=ai_story\n"),
        (names, "".join(f'ai_story "{user}" {ROLE}\n' for user in users)),
    ):
        path.write_text(text)
        path.chmod(0o644)
    return settings_file


def socket_folder(folder: Path) -> Path:
    """Return the folder of the cluster's socket: next to the data, unless its path is too long."""
    beside = folder / "run"
    path = os.fsencode(beside / f".s.PGSQL.{_PORT}")
    if len(path) <= _SOCKET_PATH_MAX_BYTES and not set(path) & set(b",\"'"):
        return beside
    digest = hashlib.sha256(os.fsencode(folder)).hexdigest()
    return _SHORT_PARENT / f"ai-story-{digest[:16]}"


def database_url(folder: Path, database: str = DATABASE) -> str:
    """Return the URL by which asyncpg, SQLAlchemy and psql connect to the cluster's database."""
    host = quote(str(socket_folder(folder)), safe="")
    return f"postgresql://{ROLE}@/{database}?host={host}&port={_PORT}"


def _quoted(value: str) -> str:
    return value.replace("\\", "\\\\").replace("'", "''")
