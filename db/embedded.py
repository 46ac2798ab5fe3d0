"""Runs the bundled PostgreSQL 18 for every AI-Story process that shares one home.

Each process holds a shared lock on `users` while it lives. A process that gets the lock exclusively
is the last, and stops the server. The system frees the lock of a killed process, so nothing is
counted or cleaned up.
"""

import asyncio
import contextlib
import logging
import os
import sys
from pathlib import Path
from typing import Self

from db.file_locks import FileLock, exclusive_lock
from db.postgres_binaries import (
    INSTEAD,
    SHARED_FOLDER,
    choose_account,
    find_programs,
    make_folders,
    refuse_closed_folder,
)
from db.postgres_cluster import Cluster, data_folder
from errors import SetupError

_WATCH_S = 1.0
_WATCH_AFTER_FAILURE_S = 10.0
_STOP_REACHES_US_S = 0.5
"""A stop of all processes may end the server before we know of it."""

_log = logging.getLogger(__name__)


def default_home() -> Path:
    """Return the default data folder of AI-Story: the user's data folder.

    For root it is one that the database's account can access; below root's own home it could not.

    Raises:
        SetupError: The user has no home folder.
    """
    if sys.platform != "win32" and os.geteuid() == 0:
        return SHARED_FOLDER
    try:
        user = Path.home()
    except RuntimeError as error:
        raise SetupError("The user has no home folder. Set AI_STORY_HOME to a folder.") from error
    if sys.platform == "darwin":
        return user / "Library" / "Application Support" / "ai-story"
    wished = Path(os.environ.get("XDG_DATA_HOME", ""))
    return (wished if wished.is_absolute() else user / ".local" / "share") / "ai-story"


class EmbeddedPostgres:
    """One process's use of the home's database server.

    While it is in use, a server that dies is started again, at the same `url`. This ends once the
    task that called `start` is being canceled, because a stop of the program may have been sent to
    the server too.
    """

    def __init__(self, cluster: Cluster, users: FileLock) -> None:
        self.url = cluster.url
        """For asyncpg, psql and (as `postgresql+asyncpg://`) SQLAlchemy, in any process of ours."""
        self._cluster = cluster
        self._users: FileLock | None = users
        self._watch = asyncio.create_task(
            _keep_running(cluster, owner=asyncio.current_task()), name="watch-postgres"
        )

    @classmethod
    async def start(cls, home: Path) -> Self:
        """Join the home's server; create and start it if there is none.

        Raises:
            SetupError: It cannot run here; the message says what to do.
        """
        try:
            cluster = await _open_cluster(home)
            async with exclusive_lock(_turn(cluster)):
                users = FileLock(cluster.folder / "users")
                users.try_shared()  # only the holder of the turn, us, takes it exclusively
                try:
                    await cluster.create_if_missing()
                    await cluster.ensure_running()
                except BaseException:
                    with contextlib.closing(users):
                        await _leave(cluster, users)
                    raise
        except OSError as error:
            raise SetupError(
                f"Cannot store the database in {home} ({error}). Set AI_STORY_HOME to a writable "
                f"folder, or {INSTEAD}."
            ) from error
        return cls(cluster, users)

    async def stop(self) -> None:
        """Leave the server; the last process to leave stops it. Idempotent."""
        if self._users is None:
            return
        users, self._users = self._users, None
        try:
            self._watch.cancel()
            await asyncio.wait([self._watch])
            async with exclusive_lock(_turn(self._cluster)):
                await _leave(self._cluster, users)
        finally:
            users.close()


async def _open_cluster(home: Path) -> Cluster:
    if sys.platform == "win32":
        raise SetupError(
            f"The bundled PostgreSQL does not support Windows. To continue, {INSTEAD}."
        )
    folder = await asyncio.to_thread(_cluster_folder, home)
    account = choose_account(data_folder(folder))
    await refuse_closed_folder(account, folder)
    programs = await find_programs(account)
    make_folders(folder, mode=0o700 if account.is_ours else 0o711)
    return Cluster(folder, account, programs=programs)


def _cluster_folder(home: Path) -> Path:
    return home.expanduser().resolve() / "postgres"


def _turn(cluster: Cluster) -> Path:
    """Return the lock file of the process that starts or stops the server."""
    return cluster.folder / "lock"


async def _leave(cluster: Cluster, users: FileLock) -> None:
    if users.try_exclusive():
        await cluster.stop()


async def _keep_running(cluster: Cluster, *, owner: asyncio.Task[object] | None) -> None:
    """Start the server again whenever it has died, and keep its log small."""
    while True:
        await asyncio.sleep(_WATCH_S)
        try:
            if await asyncio.to_thread(_is_well, cluster):
                continue
            await asyncio.sleep(_STOP_REACHES_US_S)
            if owner is not None and owner.cancelling():
                _log.info("The bundled PostgreSQL was stopped too")
                return
            _log.warning("The bundled PostgreSQL has stopped; restarting it")
            async with exclusive_lock(_turn(cluster)):
                if await asyncio.to_thread(cluster.is_stopping):
                    await cluster.stop()  # it would wait for our own connections
                await cluster.ensure_running()
        except (OSError, SetupError):
            _log.exception("The bundled PostgreSQL does not start")
            await asyncio.sleep(_WATCH_AFTER_FAILURE_S)


def _is_well(cluster: Cluster) -> bool:
    cluster.trim_log()
    return cluster.is_alive() and not cluster.is_stopping()
