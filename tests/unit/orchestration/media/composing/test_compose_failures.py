"""What a composition leaves behind when it cannot be done, is cancelled, or loses its parent."""

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from domain import Transition
from errors import CompositionError
from orchestration.media.composing.compose import compose
from orchestration.media.composing.film import Film, FilmShot
from tests.films import (
    ROOT,
    SIZE,
    everything_in,
    film_of,
    ignore_progress,
    paint_pictures,
    until,
)


@pytest.fixture
def pictures(tmp_path: Path) -> list[Path]:
    return paint_pictures(tmp_path)


async def test_a_picture_that_cannot_be_read_names_its_shot_and_no_path(
    pictures: list[Path], tmp_path: Path
) -> None:
    pictures[1].write_bytes(b"<html>502 Bad Gateway</html>")
    before = everything_in(tmp_path)

    with pytest.raises(CompositionError, match="Shot 2") as caught:
        await compose(film_of(pictures), tmp_path / "film.mp4", report=ignore_progress)

    assert str(tmp_path) not in caught.value.message
    assert len(caught.value.message) < 250
    assert everything_in(tmp_path) == before


@pytest.mark.parametrize("seconds", [0.0, -1.0, float("nan")])
async def test_a_film_without_shots_or_time_is_refused(
    pictures: list[Path], tmp_path: Path, seconds: float
) -> None:
    shot = FilmShot(
        image=pictures[0], narration="", transition=Transition.CUT, duration_seconds=seconds
    )

    for shots in ((), (shot,)):
        film = Film(title="x", shots=shots, size=SIZE)
        with pytest.raises(CompositionError) as caught:
            await compose(film, tmp_path / "film.mp4", report=ignore_progress)
        assert not caught.value.retryable


def start_python(program: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", program], cwd=ROOT)


def ffmpegs_of(pid: int) -> list[psutil.Process]:
    return [child for child in psutil.Process(pid).children(recursive=True) if is_at_work(child)]


def is_at_work(process: psutil.Process) -> bool:
    """Whether it is an ffmpeg that renders: not imageio's look at its version before the first."""
    try:
        return "ffmpeg" in process.name() and "-filter_complex" in process.cmdline()
    except psutil.NoSuchProcess:
        return False


def is_alive(process: psutil.Process) -> bool:
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


async def test_cancelling_stops_ffmpeg_at_once_and_leaves_nothing_behind(
    pictures: list[Path], tmp_path: Path
) -> None:
    long_shot = FilmShot(
        image=pictures[0],
        narration="x",
        transition=Transition.KEN_BURNS,
        duration_seconds=60.0,
    )
    film = Film(title="x", shots=(long_shot, long_shot), size=SIZE)
    before = everything_in(tmp_path)
    composing = asyncio.create_task(compose(film, tmp_path / "film.mp4", report=ignore_progress))
    await until(lambda: bool(ffmpegs_of(os.getpid())))
    running = ffmpegs_of(os.getpid())

    composing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await composing

    assert everything_in(tmp_path) == before
    assert not [process for process in running if process.is_running()]


async def test_ffmpeg_dies_with_a_parent_that_is_killed(
    pictures: list[Path], tmp_path: Path
) -> None:
    program = f"""
import asyncio, pathlib
from domain import Size, Transition
from orchestration.media.composing.compose import compose
from orchestration.media.composing.film import Film, FilmShot
shot = FilmShot(image=pathlib.Path({str(pictures[0])!r}), narration="x",
                transition=Transition.KEN_BURNS, duration_seconds=60.0)
async def report(progress): pass
film = Film(title="", shots=(shot,), size=Size(1280, 720))
asyncio.run(compose(film, pathlib.Path({str(tmp_path / "film.mp4")!r}), report=report))
"""
    parent = start_python(program)
    try:
        await until(lambda: bool(ffmpegs_of(parent.pid)))
        shot = ffmpegs_of(parent.pid)[0]
        everyone = psutil.Process(parent.pid).children(recursive=True)
        assert shot.nice() == min(19, psutil.Process(parent.pid).nice() + 10)
    finally:
        parent.send_signal(signal.SIGKILL)
        parent.wait()

    await until(lambda: not any(map(is_alive, everyone)))
    assert not (tmp_path / "film.mp4").exists()
