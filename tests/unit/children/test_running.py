"""Children of ours: what stops them, and what their end means."""

import asyncio
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from children.running import ask, check_end, start, stops_held_back
from errors import CompositionError, ProcessKilledError, WorkInterruptedError
from orchestration.media import ffmpeg
from orchestration.media.probe import probe_film
from orchestration.media.processes import run_program

STOPS = [signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT]
WAITS_FOR_A_LINE = "print(input(), flush=True); print(input())"
IN_THE_LAUNCHER = """import os, signal
signal.pthread_sigmask(signal.SIG_UNBLOCK, [{0}])
signal.signal({0}, signal.SIG_DFL)
os.kill(os.getpid(), {0})"""
"""A signal that comes before the launcher has blocked it has its usual effect."""


async def test_a_child_is_stopped_by_no_signal_that_is_sent_to_everything() -> None:
    child = await start(*(sys.executable, "-c", WAITS_FOR_A_LINE), stdin=asyncio.subprocess.PIPE)
    assert child.stdin is not None
    assert child.stdout is not None
    child.stdin.write(b"one\n")
    await child.stdout.readline()

    for number in STOPS:
        child.send_signal(number)
    child.stdin.write(b"two\n")

    assert await child.stdout.readline() == b"two\n"
    assert await child.wait() == 0


async def test_a_film_that_is_being_rendered_does_not_become_shorter(tmp_path: Path) -> None:
    film = tmp_path / "film.mp4"
    arguments = ["-f", "lavfi", "-i", "testsrc=s=64x64:r=25:d=30", "-progress", "pipe:1"]
    began = asyncio.Event()
    rendering = asyncio.create_task(
        ffmpeg.run(
            [*arguments, "-stats_period", "0.05", film.name],
            folder=tmp_path,
            deadline_s=60,
            on_line=lambda _: began.set(),
        )
    )
    await began.wait()

    for child in psutil.Process().children():
        child.send_signal(signal.SIGTERM)
    await rendering

    assert (await probe_film(film)).duration_seconds == 30


@pytest.mark.parametrize("number", STOPS)
async def test_a_child_that_was_told_to_stop_has_not_failed(
    number: signal.Signals, tmp_path: Path
) -> None:
    command = [sys.executable, "-c", IN_THE_LAUNCHER.format(int(number))]

    with pytest.raises(WorkInterruptedError, match=f"The music .*{number.name}"):
        await run_program(command, name="The music", folder=tmp_path, deadline_s=30)


async def test_a_child_that_was_killed_may_have_lacked_memory() -> None:
    command = [sys.executable, "-c", "import os; os.kill(os.getpid(), 9)"]

    with pytest.raises(ProcessKilledError, match=r"The voice was killed, .*memory") as killed:
        await ask(*command, question=b"", name="The voice")

    assert (killed.value.code, killed.value.retryable) == ("PROCESS_KILLED", True)


@pytest.mark.parametrize("number", [signal.SIGSEGV, signal.SIGABRT, signal.SIGXCPU])
async def test_a_child_that_crashes_has_failed(number: signal.Signals, tmp_path: Path) -> None:
    command = [sys.executable, "-c", f"import os; os.kill(os.getpid(), {int(number)})"]

    with pytest.raises(CompositionError, match=f"ffmpeg failed: exit code -{int(number)}"):
        await run_program(command, name="ffmpeg", folder=tmp_path, deadline_s=30)


async def test_a_stop_that_ended_a_child_first_has_a_moment_to_cancel_the_work() -> None:
    working = asyncio.create_task(check_end(-signal.SIGTERM, name="ffmpeg"))
    await asyncio.sleep(0)

    working.cancel()

    with pytest.raises(asyncio.CancelledError):
        await working


async def test_a_question_to_a_child_that_is_gone_already_is_no_other_error() -> None:
    for _ in range(5):
        ended = await ask("/bin/true", question=b"x" * 1_000_000, name="The voice")
        assert ended.code == 0


def test_a_library_that_tries_a_program_is_not_misled_by_a_stop() -> None:
    stops_itself = "import os, signal; os.kill(os.getpid(), signal.SIGTERM)"

    with stops_held_back():
        tried = subprocess.run([sys.executable, "-c", stops_itself], check=False)
    untouched = signal.pthread_sigmask(signal.SIG_BLOCK, [])

    assert tried.returncode == 0
    assert untouched == set()
