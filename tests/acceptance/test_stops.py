"""A stop of the program and of all its children at once is no failure of the work.

systemd sends SIGTERM to every process of a service. The database and ffmpeg may be gone before the
program has noticed its own signal.
"""

import asyncio
import contextlib
import fcntl
import os
import pty
import signal
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from sqlalchemy import text

from db.postgres_configuration import database_url
from db.session import Database
from errors import DatabaseUnavailableError
from tests.graphql_client import ask
from tests.program import PROJECT, Program, environment, processes_on, temporary_home

CREATE = """mutation($content: String!) {
  createStory(input: {content: $content, shotCount: 2, autoRender: true}) { story { id } }
}"""
FILM = "query($id: ID!) { story(id: $id) { video { status failure { code message } } } }"
STORY = "A fox found a red lantern in the snow. She carried it home."
PAINTING, VOICE, MUSIC, RENDERING = "pool_worker", "voice_helper", "soundtrack", "/ffmpeg"
STOPS = [
    (PAINTING, signal.SIGTERM),
    (VOICE, signal.SIGINT),
    (MUSIC, signal.SIGTERM),
    (RENDERING, signal.SIGHUP),
    (RENDERING, signal.SIGTERM),
]
STOP_S = 15
DEADLINE_S = 90
REAPER = """import ctypes, os, sys
ctypes.CDLL(None).prctl(36, 1)  # PR_SET_CHILD_SUBREAPER: orphans come to it as to PID 1
os.execv(sys.executable, [sys.executable, *sys.argv[1:]])"""


@pytest.fixture(autouse=True)
def hangups_are_heard() -> Iterator[None]:
    """Programs that are started with SIGHUP ignored, as by nohup, are to stay."""
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, before)


def children_of(program: Program) -> list[psutil.Process]:
    return psutil.Process(program.process.pid).children(recursive=True)


def command_of(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline())
    except psutil.NoSuchProcess:
        return ""


def tell(processes: list[psutil.Process], number: signal.Signals) -> None:
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):  # it has ended since it was listed
            process.send_signal(number)


def tell_all(program: Program, number: signal.Signals, *, children_first: bool) -> None:
    """The signal to every process, as systemd sends it with `KillMode=control-group`."""
    everyone = [psutil.Process(program.process.pid), *children_of(program)]
    tell(everyone[::-1] if children_first else everyone, number)


async def until_it_runs(program: Program, word: str) -> list[psutil.Process]:
    async with asyncio.timeout(DEADLINE_S):
        while True:
            if found := [one for one in children_of(program) if word in command_of(one)]:
                return found
            await asyncio.sleep(0.005)


async def start(home: Path) -> Program:
    return await (await Program.start("serve", "--port", "0", home=home)).ready()


async def create_story(program: Program) -> str:
    created = await ask(program.url, CREATE, {"content": STORY})
    return created["createStory"]["story"]["id"]


async def film_of(program: Program, story_id: str) -> dict[str, object]:
    """The film, once it is made or has failed."""
    async with asyncio.timeout(DEADLINE_S):
        while True:
            video = (await ask(program.url, FILM, {"id": story_id}))["story"]["video"]
            if video is not None and video["status"] in ("COMPLETED", "FAILED"):
                return video
            await asyncio.sleep(0.1)


async def attempts_on(home: Path) -> dict[str, int]:
    """The failed attempts at each kind of work."""
    async with Database(database_url(home / "postgres")) as database, database.reading() as session:
        rows = await session.execute(text("SELECT kind, sum(attempt) FROM work GROUP BY kind"))
        return {kind: int(attempts) for kind, attempts in rows}


async def test_stops_of_everything_use_no_attempt_up_and_end_quietly(migrated_home: Path) -> None:
    with temporary_home(like=migrated_home) as home:
        program = await start(home)
        story_id = await create_story(program)
        for number, (moment, stop) in enumerate(STOPS):
            await until_it_runs(program, moment)
            began = time.monotonic()
            tell_all(program, stop, children_first=number % 2 == 0)
            ended = await program.ended()
            took_s = time.monotonic() - began
            assert processes_on(home) == []
            assert ended.code == 0
            for word in ("Traceback", "restarting", "work tried again"):
                assert word not in ended.errors
            assert took_s < STOP_S
            program = await start(home)
        film = await film_of(program, story_id)
        attempts = await attempts_on(home)
        await program.stopped()

    assert film == {"status": "COMPLETED", "failure": None}
    assert attempts == {"SCRIPT": 0, "IMAGE": 0, "VIDEO": 0}


async def test_children_that_are_stopped_or_killed_alone(migrated_home: Path) -> None:
    with temporary_home(like=migrated_home) as home:
        program = await start(home)
        story_id = await create_story(program)
        for moment in (PAINTING, VOICE, MUSIC):
            tell(await until_it_runs(program, moment), signal.SIGTERM)
        await until_it_runs(program, RENDERING)
        tell(children_of(program), signal.SIGTERM)  # the database too
        await asyncio.sleep(0.5)
        stopped = await attempts_on_or_later(home)
        tell(await until_it_runs(program, RENDERING), signal.SIGKILL)
        film = await film_of(program, story_id)
        attempts = await attempts_on(home)
        ended = await program.stopped()

    assert film == {"status": "COMPLETED", "failure": None}
    assert stopped["VIDEO"] == 0
    assert attempts == {"SCRIPT": 0, "IMAGE": 0, "VIDEO": 1}
    assert "PROCESS_KILLED" in ended.errors
    assert ended.code == 0


async def attempts_on_or_later(home: Path) -> dict[str, int]:
    """The same, once the database is back."""
    async with asyncio.timeout(DEADLINE_S):
        while True:
            try:
                return await attempts_on(home)
            except DatabaseUnavailableError:
                await asyncio.sleep(0.1)


async def start_film(home: Path, film: Path, *, terminal: int | None = None) -> Program:
    """The film command in a session of its own, as a terminal starts it."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, PROJECT / "main.py", "film", "-", "-o", film, "--shots", "2"),
        cwd=home,
        env=environment(home),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE if terminal is None else terminal,
        stderr=subprocess.PIPE if terminal is None else terminal,
        start_new_session=True,
        preexec_fn=None if terminal is None else _take_terminal,
    )
    assert process.stdin is not None
    process.stdin.write(STORY.encode())
    process.stdin.write_eof()
    return Program(process)


def _take_terminal() -> None:
    """Make the terminal the controlling one: its end is a SIGHUP."""
    fcntl.ioctl(2, termios.TIOCSCTTY, 0)


async def test_ctrl_c_in_a_terminal_ends_the_film_command_cleanly(
    migrated_home: Path, tmp_path: Path
) -> None:
    for moment in (PAINTING, MUSIC, RENDERING):
        with temporary_home(like=migrated_home) as home:
            program = await start_film(home, tmp_path / "fox.mp4")
            await until_it_runs(program, moment)

            os.killpg(program.process.pid, signal.SIGINT)
            ended = await program.ended()

            assert processes_on(home) == []
        assert ended.code == 130
        assert "Traceback" not in ended.errors
        assert list(tmp_path.iterdir()) == []


async def test_a_stop_of_everything_ends_the_film_command_cleanly(
    migrated_home: Path, tmp_path: Path
) -> None:
    with temporary_home(like=migrated_home) as home:
        program = await start_film(home, tmp_path / "fox.mp4")
        await until_it_runs(program, RENDERING)

        tell_all(program, signal.SIGTERM, children_first=True)
        ended = await program.ended()

        assert processes_on(home) == []
    assert ended.code == 130
    assert "Traceback" not in ended.errors
    assert list(tmp_path.iterdir()) == []


async def test_a_terminal_that_is_closed_ends_the_film_command_cleanly(
    migrated_home: Path, tmp_path: Path
) -> None:
    screen, terminal = pty.openpty()
    with temporary_home(like=migrated_home) as home:
        program = await start_film(home, tmp_path / "fox.mp4", terminal=terminal)
        os.close(terminal)
        await until_it_runs(program, PAINTING)

        os.close(screen)
        async with asyncio.timeout(DEADLINE_S):
            code = await program.process.wait()

        assert processes_on(home) == []
    assert code == 130
    assert list(tmp_path.iterdir()) == []


async def test_the_first_process_of_a_container_keeps_no_zombies(migrated_home: Path) -> None:
    with temporary_home(like=migrated_home) as home:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", REAPER, PROJECT / "main.py", "serve", "--port", "0"),
            cwd=home,
            env=environment(home),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        program = await Program(process).ready()
        (server,) = psutil.Process(process.pid).children()
        sessions = server.children()

        server.kill()  # its sessions become orphans
        async with asyncio.timeout(DEADLINE_S):
            while any(map(psutil.pid_exists, [server.pid, *(one.pid for one in sessions)])):
                await asyncio.sleep(0.05)
        ended = await program.stopped()

    assert sessions
    assert ended.code == 0


async def test_a_server_without_a_worker_deletes_what_a_killed_one_left(
    migrated_home: Path, tmp_path: Path
) -> None:
    left = tmp_path / f"ai-story-work-{2**22 - 1}-abcdef"
    left.mkdir()
    (left / ".lock").touch()
    (left / "picture").write_bytes(b"half")
    with temporary_home(like=migrated_home) as home:
        program = await Program.start(
            *("serve", "--no-worker", "--port", "0"), home=home, settings={"TMPDIR": str(tmp_path)}
        )
        await program.ready()
        await program.stopped()

    assert not left.exists()
