"""Temporary folders: gone after the work, and swept once their process was killed."""

import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import pytest

from errors import DiskFullError
from orchestration.scratch import delete_abandoned_folders, scratch_folder

ROOT = Path(__file__).parents[3]
TWO_DAYS_S = 2 * 24 * 3600
WORK_UNTIL_KILLED = """
import os, signal
from orchestration.scratch import scratch_folder
with scratch_folder() as folder:
    (folder / "film.mp4").write_bytes(b"half")
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The temporary folder of this process and of those it starts."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    return tmp_path


def age(folder: Path, seconds: float = TWO_DAYS_S) -> None:
    changed_s = time.time() - seconds
    os.utime(folder, (changed_s, changed_s))


def leave_folder(temporary: Path) -> Path:
    """The folder of a process that was killed at its work."""
    subprocess.run([sys.executable, "-c", WORK_UNTIL_KILLED], cwd=ROOT, check=False)
    (folder,) = temporary.iterdir()
    return folder


def test_a_folder_is_gone_after_the_work() -> None:
    with scratch_folder() as folder:
        (folder / "picture.png").write_bytes(b"x")

    assert not folder.exists()


def test_a_folder_is_never_swept_while_it_is_being_made() -> None:
    ended = threading.Event()

    def sweep() -> None:
        while not ended.is_set():
            delete_abandoned_folders()

    sweeper = threading.Thread(target=sweep)
    sweeper.start()
    try:
        for _ in range(300):
            with scratch_folder() as folder:
                (folder / "picture.png").write_bytes(b"x")
    finally:
        ended.set()
        sweeper.join()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_a_full_disk_is_told_as_such() -> None:
    with pytest.raises(DiskFullError, match="Make room"), scratch_folder() as folder:  # noqa: PT012
        (folder / "film.mp4").symlink_to("/dev/full")
        (folder / "film.mp4").write_bytes(b"x")

    assert not folder.exists()


def test_what_a_killed_process_left_is_deleted_at_once(temporary: Path) -> None:
    folder = leave_folder(temporary)

    delete_abandoned_folders()

    assert not folder.exists()


def test_what_a_process_left_that_was_killed_while_it_deleted_is_gone_too(temporary: Path) -> None:
    folder = leave_folder(temporary)
    (folder / ".lock").unlink()
    age(folder, 10)

    delete_abandoned_folders()

    assert not folder.exists()


def test_a_folder_without_a_lock_of_a_living_process_is_deleted_a_day_later(
    temporary: Path,
) -> None:
    folder = temporary / f"ai-story-work-{os.getpid()}-abc"
    folder.mkdir()
    age(folder, 10)

    delete_abandoned_folders()
    assert folder.exists()

    age(folder)
    delete_abandoned_folders()
    assert not folder.exists()


def test_a_folder_whose_process_lives_stays_however_old() -> None:
    with scratch_folder() as folder:
        age(folder)  # by whichever process: another container's may share the folder

        delete_abandoned_folders()

        assert folder.exists()


def test_nothing_else_is_deleted(temporary: Path) -> None:
    abandoned = leave_folder(temporary)
    precious = temporary / "precious"
    folders = [precious, temporary / "ai-story-0123456789abcdef", temporary / "ai-story-work-x"]
    for folder in folders:
        folder.mkdir()
        age(folder)
    link = temporary / f"{abandoned.name}x"
    link.symlink_to(precious)
    os.utime(link, (0, 0), follow_symlinks=False)
    age(abandoned)

    delete_abandoned_folders()

    assert set(temporary.iterdir()) == {*folders, link}
