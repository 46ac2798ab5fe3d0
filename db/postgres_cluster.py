"""One data folder of PostgreSQL and its server: created, started, found again, stopped.

The caller holds the folder's lock, so that no two processes start or stop it at once. Our own files
are next to the data, never in it: root must not write where an unprivileged account could place a
link.
"""

import asyncio
import contextlib
import enum
import os
import shutil
import signal
import stat
import subprocess
import sys
import threading
from pathlib import Path
from typing import Protocol, cast

import asyncpg

from db.file_locks import finish_in_thread
from db.opening import open_connection
from db.postgres_binaries import INSTEAD, Account, run
from db.postgres_configuration import (
    DATABASE,
    MAINTENANCE_DATABASE,
    ROLE,
    database_url,
    socket_folder,
    write_configuration,
)
from errors import SetupError

_VERSION = "18"
_POLL_S = 0.01
_POLL_MAX_S = 0.25
_PROBE_TIMEOUT_S = 5
_START_TIMEOUT_S = 90.0
"""Enough time to replay the log after a crash: `max_wal_size` takes seconds."""
_STOP_TIMEOUT_S = 30.0
_STATUS_LINE = 7
"""Of the server's note in its data folder."""
_LOG_MAX_BYTES = 4_000_000
_LOG_KEPT_BYTES = 500_000


class _Answer(enum.Enum):
    READY = enum.auto()
    NOT_YET = enum.auto()
    NOBODY = enum.auto()


class _Connection(Protocol):
    async def execute(self, query: str) -> str: ...
    async def close(self) -> None: ...


class Cluster:
    """The data below `folder`, and the server that `account` runs on it."""

    def __init__(self, folder: Path, account: Account, *, programs: Path) -> None:
        self.folder = folder
        self.log = folder / "log"
        self.url = database_url(folder)
        self._account = account
        self._programs = programs
        self._data = data_folder(folder)
        self._launched: subprocess.Popen[bytes] | None = None
        self._log_before_launch_bytes = 0

    async def create_if_missing(self) -> None:
        """Create the data folder atomically.

        Raises:
            SetupError: It could not be created; the message contains initdb's reason.
            OSError: Neither could the folder for it.
        """
        if self._data.exists():
            return
        staging = self._data.with_suffix(".new")
        await finish_in_thread(shutil.rmtree, staging, ignore_errors=True)  # left by a crash
        self._make_private_folder(staging)
        code, output = await run(
            self._account,
            self._programs / "initdb",
            *("-D", staging, "-U", ROLE, "--auth=peer", "-E", "UTF8", "--locale=C"),
            *("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--no-instructions"),
        )
        if code:
            raise SetupError(
                f"PostgreSQL could not create its data folder in {self.folder} "
                f"({_last_failure(output)}). Fix this, or {INSTEAD}."
            )
        await finish_in_thread(_rename_durably, staging, self._data)

    async def ensure_running(self) -> None:
        """Start the server unless it is running, and wait until it responds.

        Raises:
            SetupError: It does not start; the message contains the server's reason.
            OSError: Our files next to the data could not be written.
        """
        if not await asyncio.to_thread(self.is_alive):
            self._launched = None  # it ran and has ended; this is a new start
        poll_s = _POLL_S
        try:
            async with asyncio.timeout(_START_TIMEOUT_S):
                while (answer := await self._ask()) is not _Answer.READY:
                    if answer is _Answer.NOBODY and not await asyncio.to_thread(self.is_alive):
                        await finish_in_thread(self._launch)
                    await asyncio.sleep(poll_s)
                    poll_s = min(poll_s * 1.2, _POLL_MAX_S)
        except TimeoutError as error:
            raise SetupError(
                f"PostgreSQL in {self.folder} does not answer after {_START_TIMEOUT_S:.0f} s. "
                f"Check {self.log}."
            ) from error

    def is_alive(self) -> bool:
        """Whether the server's process is running; a zombie is not. Blocking."""
        return self._pid() is not None

    def is_stopping(self) -> bool:
        """Whether the server accepts no more connections, and waits for those it has. Blocking.

        SIGTERM makes it wait like this for its clients, us among them.
        """
        with contextlib.suppress(FileNotFoundError, IndexError):
            note = (self._data / "postmaster.pid").read_text().splitlines()
            return note[_STATUS_LINE].strip() == "stopping" and self.is_alive()
        return False

    async def stop(self) -> None:
        """Stop the server and end its sessions; committed data is on disk either way."""
        for request, timeout_s in (
            (signal.SIGINT, _STOP_TIMEOUT_S),  # "fast": end the sessions, write a checkpoint
            (signal.SIGQUIT, _PROBE_TIMEOUT_S),  # "immediate": recover at the next start
        ):
            pid = await asyncio.to_thread(self._pid)
            if pid is None:
                return
            with contextlib.suppress(TimeoutError, ProcessLookupError):
                os.kill(pid, request)
                async with asyncio.timeout(timeout_s):
                    while await asyncio.to_thread(self.is_alive):  # noqa: ASYNC110 - a process
                        await asyncio.sleep(_POLL_S)

    def trim_log(self) -> None:
        """Keep the log small: if it is large, move its end to `log.old`. Blocking.

        The server appends to the open file it was given, so that file is emptied and not replaced.
        """
        if not self.log.exists() or self.log.stat().st_size <= _LOG_MAX_BYTES:
            return
        with self.log.open("rb+") as log:
            log.seek(-_LOG_KEPT_BYTES, os.SEEK_END)
            self.log.with_suffix(".old").write_bytes(log.read())
            log.truncate(0)

    async def _ask(self) -> _Answer:
        """Try to connect: a running process alone proves nothing."""
        try:
            connection = await _connect(self.url)
        except asyncpg.TooManyConnectionsError:
            return _Answer.READY
        except asyncpg.InvalidCatalogNameError:
            await self._create_database()
            return _Answer.READY
        except (FileNotFoundError, ConnectionRefusedError):
            return _Answer.NOBODY
        except (
            asyncpg.CannotConnectNowError,
            asyncpg.ConnectionDoesNotExistError,
            ConnectionError,
            TimeoutError,
        ):
            return _Answer.NOT_YET
        except asyncpg.PostgresError as error:
            raise SetupError(
                f"PostgreSQL in {self.folder} refuses the connection ({error}). Check {self.log}."
            ) from error
        await connection.close()
        return _Answer.READY

    async def _create_database(self) -> None:
        connection = await _connect(database_url(self.folder, MAINTENANCE_DATABASE))
        try:
            await connection.execute(f"CREATE DATABASE {DATABASE}")
        finally:
            await connection.close()

    def _launch(self) -> None:
        """Start the server's process without waiting for it. Blocking."""
        self._refuse_failed_launch()
        self.trim_log()
        self._make_private_folder(socket_folder(self.folder))
        self._remove_stale_notes()
        users = tuple(dict.fromkeys((self._account.name, "root")))  # root may become any user
        settings = write_configuration(self.folder, users=users)
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC
        log = os.open(self.log, flags, 0o600)
        self._log_before_launch_bytes = os.fstat(log).st_size
        try:
            self._launched = subprocess.Popen(
                [self._programs / "postgres", "-D", self._data, "-c", f"config_file={settings}"],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                **self._account.spawn_options(),
            )
        finally:
            os.close(log)
        # The server may outlive us; while we live, it must not stay a zombie.
        reaper = threading.Thread(target=self._launched.wait, name="postgres-reaper", daemon=True)
        reaper.start()

    def _remove_stale_notes(self) -> None:
        """Remove the process number noted by a killed server, since no server uses the data.

        PostgreSQL would not start while a process has that number: another process by now, or the
        dead one if nothing reaps it. PostgreSQL's own guard in shared memory remains.
        """
        for note in (
            self._data / "postmaster.pid",
            *socket_folder(self.folder).glob(".s.PGSQL.*"),
        ):
            note.unlink(missing_ok=True)

    def _refuse_failed_launch(self) -> None:
        """Raise what ended the server that this start launched, unless it is temporary."""
        if self._launched is None:
            return
        with self.log.open(errors="replace") as log:
            log.seek(self._log_before_launch_bytes)
            output = log.read()
        # The sessions of a killed server end with a delay; after that a start succeeds.
        if "still in use" not in output:
            raise SetupError(
                f"PostgreSQL does not start in {self.folder} ({_last_failure(output)}). "
                f"Fix this, or {INSTEAD}."
            )

    def _make_private_folder(self, folder: Path) -> None:
        """Make the folder private to the account, or check that it is."""
        try:
            folder.mkdir(mode=0o700)
        except FileExistsError:
            found = folder.lstat()
            is_private = stat.S_ISDIR(found.st_mode) and not found.st_mode & 0o077
            if found.st_uid != self._account.uid or not is_private:
                raise SetupError(
                    f"{folder} must be a folder that only the user '{self._account.name}' can "
                    "access. Remove it and start again."
                ) from None
        else:
            os.chown(folder, self._account.uid, self._account.gid, follow_symlinks=False)

    def _pid(self) -> int | None:
        """Return the process that serves the data;

        PostgreSQL's noted number may belong to another.
        """
        if self._launched is not None and self._launched.poll() is None:
            return self._launched.pid
        try:
            pid = int((self._data / "postmaster.pid").read_text().partition("\n")[0])
        except (FileNotFoundError, ValueError):
            return None
        uid, command = _describe_process(pid)
        is_ours = uid == self._account.uid and f" -D {self._data} " in command
        return pid if is_ours else None


def data_folder(folder: Path) -> Path:
    """Return the data's path below the cluster's folder, named by version for a later upgrade."""
    return folder / _VERSION


async def _connect(url: str) -> _Connection:
    return cast("_Connection", await open_connection(url, timeout_s=_PROBE_TIMEOUT_S))


def _rename_durably(source: Path, target: Path) -> None:
    source.rename(target)
    parent = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(parent)
    finally:
        os.close(parent)


def _describe_process(pid: int) -> tuple[int | None, str]:
    """Return the user ID and command line of a live process; a zombie has no command line."""
    if sys.platform == "linux":
        process = Path(f"/proc/{pid}")
        try:
            command = os.fsdecode((process / "cmdline").read_bytes())
            return process.stat().st_uid, command.replace("\0", " ")
        except (FileNotFoundError, ProcessLookupError):
            return None, ""
    answer = subprocess.run(
        ["ps", "-ww", "-o", "uid=,command=", "-p", str(pid)],
        capture_output=True,
        check=False,
        text=True,
    )
    uid, _, command = answer.stdout.strip().partition(" ")
    return (int(uid), command) if uid else (None, "")


def _last_failure(output: str) -> str:
    """Return the last line that contains a reason; refused connections contain none.

    A full disk is the reason of what follows it.
    """
    lines = [line for line in output.splitlines() if line and "the database system is" not in line]
    full = [line for line in lines if "No space left on device" in line]
    if full:
        return full[0]
    failures = [line for line in lines if "FATAL" in line or "PANIC" in line or "error:" in line]
    return (failures or lines or ["no reason given"])[-1]
