"""The pool of worker processes: its life, its deaths and what it leaves behind."""

import asyncio
import os
import pickle
import signal
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import psutil
import pytest

from errors import (
    ContentRejectedError,
    ProcessKilledError,
    ProviderUnavailableError,
    WorkInterruptedError,
)
from orchestration.providers.images.worker_pool import LENGTH, WorkerPool

ROOT = Path(__file__).parents[5]
DEADLINE_S = 30.0

PARENT = """
import asyncio, time
from orchestration.providers.images.worker_pool import WorkerPool

async def main():
    pool = WorkerPool(max_workers=2)
    calls = [asyncio.create_task(pool.run(time.sleep, 60)) for _ in range(2)]
    while len(pool.worker_pids) < 2:
        await asyncio.sleep(0.01)
    print(*pool.worker_pids, flush=True)
    await asyncio.gather(*calls)

assert __name__ != "__mp_main__"
asyncio.run(main())
"""


@pytest.fixture
async def pool() -> AsyncIterator[WorkerPool]:
    pool = WorkerPool(max_workers=2)
    yield pool
    await pool.aclose()


def is_alive(pid: int) -> bool:
    """Whether the process runs; one that only waits to be reaped does not."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def wait_until(condition: Callable[[], bool]) -> None:
    never = threading.Event()
    deadline = time.monotonic() + DEADLINE_S
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        never.wait(0.02)


async def until(condition: Callable[[], bool]) -> None:
    await asyncio.to_thread(wait_until, condition)


def refuse(reason: str) -> None:
    raise ContentRejectedError(reason, code="CONTENT_REJECTED", retry_after_s=2.0)


class StubbornError(Exception):
    """An error that pickles and cannot be made again."""

    def __init__(self, *, reason: str) -> None:
        super().__init__(reason)


def be_stubborn() -> None:
    raise StubbornError(reason="no")


def end_by(number: signal.Signals) -> None:
    """As if the signal had come before it was blocked."""
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {number})
    signal.raise_signal(number)


async def test_calls_run_in_other_processes_of_low_priority_that_are_kept(pool: WorkerPool) -> None:
    first = await pool.run(os.getpid)
    second = await pool.run(os.getpid)
    niceness = await pool.run(os.nice, 0)

    assert first == second != os.getpid()
    assert niceness == min(os.nice(0) + 10, 19)


async def test_no_more_workers_start_than_allowed(pool: WorkerPool) -> None:
    await asyncio.gather(*(pool.run(time.sleep, 0.02) for _ in range(10)))

    assert len(pool.worker_pids) == 2


async def test_an_error_of_the_call_is_raised_here_with_all_it_carries(pool: WorkerPool) -> None:
    with pytest.raises(ContentRejectedError, match="not this one") as caught:
        await pool.run(refuse, "not this one")
    with pytest.raises(RuntimeError, match="StubbornError"):
        await pool.run(be_stubborn)

    assert caught.value.retry_after_s == 2.0
    assert "In a worker process" in caught.value.__notes__[0]


async def test_what_a_call_prints_does_not_disturb_the_answers(pool: WorkerPool) -> None:
    await pool.run(print, "hello")

    assert await pool.run(abs, -3) == 3


async def test_a_killed_worker_fails_its_call_as_retryable_and_the_next_call_succeeds(
    pool: WorkerPool,
) -> None:
    call = asyncio.create_task(pool.run(time.sleep, 60))
    await until(lambda: len(pool.worker_pids) == 1)
    (pid,) = pool.worker_pids

    os.kill(pid, signal.SIGKILL)
    with pytest.raises(ProcessKilledError) as caught:
        await call

    assert caught.value.retryable
    assert await pool.run(abs, -3) == 3


async def test_a_worker_that_crashes_fails_its_call_as_retryable(pool: WorkerPool) -> None:
    with pytest.raises(ProviderUnavailableError, match="exited unexpectedly"):
        await pool.run(signal.raise_signal, signal.SIGSEGV)

    assert await pool.run(abs, -3) == 3


async def test_a_worker_that_was_told_to_stop_interrupts_its_call(pool: WorkerPool) -> None:
    with pytest.raises(WorkInterruptedError, match="SIGTERM"):
        await pool.run(end_by, signal.SIGTERM)

    assert await pool.run(abs, -3) == 3


async def test_a_worker_does_not_react_to_a_stop_of_everything(pool: WorkerPool) -> None:
    pid = await pool.run(os.getpid)

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT):
        os.kill(pid, number)

    assert await pool.run(os.getpid) == pid


async def test_a_worker_killed_while_idle_is_not_asked_again(pool: WorkerPool) -> None:
    pid = await pool.run(os.getpid)

    os.kill(pid, signal.SIGKILL)
    await until(lambda: not psutil.pid_exists(pid))

    assert await pool.run(os.getpid) != pid


async def test_a_worker_whose_death_nobody_has_seen_yet_costs_no_call(pool: WorkerPool) -> None:
    for _ in range(10):
        pid = await pool.run(os.getpid)

        os.kill(pid, signal.SIGKILL)

        assert await pool.run(os.getpid) != pid


async def test_a_canceled_call_ends_its_worker_and_frees_its_place() -> None:
    pool = WorkerPool(max_workers=1)
    call = asyncio.create_task(pool.run(time.sleep, 60))
    waiting = asyncio.create_task(pool.run(time.sleep, 60))
    await until(lambda: len(pool.worker_pids) == 1)
    (pid,) = pool.worker_pids

    waiting.cancel()
    call.cancel()
    await asyncio.wait([call, waiting])
    await until(lambda: not is_alive(pid))

    assert await pool.run(abs, -3) == 3
    await pool.aclose()


async def test_an_idle_worker_leaves() -> None:
    pool = WorkerPool(max_workers=1, idle_seconds=0.05)
    pid = await pool.run(os.getpid)

    await until(lambda: not is_alive(pid))

    assert pool.worker_pids == ()
    assert await pool.run(os.getpid) != pid
    await pool.aclose()


async def test_closing_ends_busy_and_idle_workers_at_once() -> None:
    pool = WorkerPool(max_workers=2)
    idle = await pool.run(os.getpid)
    calls = [asyncio.create_task(pool.run(time.sleep, 60)) for _ in range(3)]
    await until(lambda: len(pool.worker_pids) == 2)
    pids = pool.worker_pids

    await pool.aclose()
    outcomes = await asyncio.gather(*calls, return_exceptions=True)

    assert idle in pids
    assert not any(map(is_alive, pids))
    assert all(isinstance(outcome, ProviderUnavailableError) for outcome in outcomes)
    with pytest.raises(ProviderUnavailableError):
        await pool.run(abs, -3)


def test_workers_vanish_when_their_parent_is_killed() -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    with parent:
        assert parent.stdout is not None
        pids = [int(pid) for pid in parent.stdout.readline().split()]
        assert len(pids) == 2
        assert all(map(is_alive, pids))

        parent.kill()

    wait_until(lambda: not any(map(is_alive, pids)))


def test_a_worker_leaves_in_the_midst_of_a_call_when_its_pipe_ends() -> None:
    request = pickle.dumps((time.sleep, (60,), {}))
    worker = subprocess.Popen(
        [sys.executable, "-m", "orchestration.providers.images.pool_worker"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )

    with worker:
        assert worker.stdin is not None
        worker.stdin.write(LENGTH.pack(len(request)) + request)
        worker.stdin.close()

        assert worker.wait(DEADLINE_S) == 0


def test_a_worker_whose_answers_nobody_reads_leaves_without_a_word() -> None:
    request = pickle.dumps((abs, (-3,), {}))
    worker = subprocess.Popen(
        [sys.executable, "-m", "orchestration.providers.images.pool_worker"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )

    with worker:
        assert worker.stdin is not None
        assert worker.stdout is not None
        assert worker.stderr is not None
        worker.stdout.close()  # a dead parent's pipes end one after the other
        worker.stdin.write(LENGTH.pack(len(request)) + request)
        worker.stdin.flush()

        assert worker.wait(DEADLINE_S) == 0
        assert worker.stderr.read() == b""


def test_the_package_imports_no_painting_library() -> None:
    code = (
        "import sys, orchestration.providers.studio;"
        "sys.exit(bool({'numpy', 'PIL', 'multiprocessing'} & set(sys.modules)))"
    )

    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0
