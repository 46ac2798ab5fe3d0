"""The first process of a container has to reap the orphans that it is given."""

import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

PROJECT = Path(__file__).parents[3]
REAPER = """
import asyncio, ctypes, os, sys
ctypes.CDLL(None).prctl(36, int(sys.argv[1]))  # PR_SET_CHILD_SUBREAPER, as PID 1 is
from cli import orphans, running
orphans.EVERY_S = 0.2

async def main():
    own = await asyncio.create_subprocess_exec("sleep", "0.1")
    await asyncio.create_subprocess_exec("sh", "-c", "for n in 1 2 3; do (sleep 0.3 &) ; done")
    print(await own.wait(), flush=True)
    await asyncio.to_thread(sys.stdin.read)
    started = [await asyncio.create_subprocess_exec("sh", "-c", "exit 7") for _ in range(50)]
    print({await one.wait() for one in started}, flush=True)

running.run(main())
"""
DEADLINE_S = 20
linux_only = pytest.mark.skipif(sys.platform != "linux", reason="Linux gives orphans to reapers")


def start(*, adopts: bool) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", REAPER, str(int(adopts))],
        cwd=PROJECT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def zombies_of(process: psutil.Process) -> list[psutil.Process]:
    return [child for child in process.children() if child.status() == psutil.STATUS_ZOMBIE]


@linux_only
def test_orphans_are_reaped_and_no_exit_code_of_a_child_is_lost() -> None:
    with start(adopts=True) as first:
        assert first.stdout is not None
        process = psutil.Process(first.pid)
        assert first.stdout.readline() == "0\n"
        deadline = time.monotonic() + DEADLINE_S
        while len(process.children()) < 3:
            assert time.monotonic() < deadline
        adopted = process.children()

        while process.children():
            assert time.monotonic() < deadline, zombies_of(process)
            time.sleep(0.02)
        output, _ = first.communicate()

    assert len(adopted) >= 3
    assert output == "{7}\n"
    assert first.returncode == 0
