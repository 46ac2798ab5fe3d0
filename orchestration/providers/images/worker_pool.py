"""Runs heavy work in a few helper processes of low priority, off the event loop.

Workers are plain subprocesses that exchange length-prefixed pickles over pipes. The standard
executors would import the main program again in each child and keep it for ever. These start clean,
exit when idle, and a canceled call ends its worker at once.
"""

import asyncio
import os
import pickle
import struct
import sys
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import ParamSpec, TypeVar, cast

from children.running import check_end, start
from errors import ProviderUnavailableError

P = ParamSpec("P")
T = TypeVar("T")

DEFAULT_IDLE_S = 30.0
"""A worker exits after this many idle seconds, which frees its memory."""
LENGTH = struct.Struct(">Q")
"""The prefix of every message between the pool and a worker."""
TAKEN = b"T"
"""A worker's message after a complete request: from here on the call may have had effects."""

_ROOT = Path(__file__).resolve().parents[3]
_EXIT_S = 5.0
_PIPE_ENDED = asyncio.IncompleteReadError, ConnectionError
_WORKER_MODULE = "orchestration.providers.images.pool_worker"


class WorkerPool:
    """A pool of worker processes; belongs to the event loop it is first used on.

    Its owner ends it with `aclose`; the death of this process ends the workers too.
    """

    def __init__(
        self, *, max_workers: int | None = None, idle_seconds: float = DEFAULT_IDLE_S
    ) -> None:
        self.max_workers = max_workers or os.cpu_count() or 1
        self._idle_seconds = idle_seconds
        self._slots = asyncio.Semaphore(self.max_workers)
        self._idle: list[_Worker] = []
        self._workers: set[_Worker] = set()
        self._endings: set[asyncio.Task[int]] = set()
        self._closed = False

    @property
    def worker_pids(self) -> tuple[int, ...]:
        """The process IDs of the workers, busy and idle."""
        return tuple(worker.process.pid for worker in self._workers)

    @property
    def is_closed(self) -> bool:
        """Whether it accepts no more calls."""
        return self._closed

    async def run(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Call the function in a worker; calls beyond the number of workers wait.

        The function must be importable by name; it, its arguments and its result are pickled. Its
        exceptions are raised here. Canceling the call kills its worker.

        Raises:
            ProviderUnavailableError: The worker crashed, or the pool is closed.
            WorkInterruptedError: The worker was told to stop.
            ProcessKilledError: The worker was killed.
        """
        request = pickle.dumps((function, args, kwargs), protocol=pickle.HIGHEST_PROTOCOL)
        async with self._slots:
            worker = await self._hand_over(request)
            async with self._judging(worker):
                answer = await worker.answer()
            self._keep(worker)
        succeeded, value = cast("tuple[bool, object]", pickle.loads(answer))  # noqa: S301 - ours
        if not succeeded:
            raise cast("Exception", value)
        return cast("T", value)

    async def aclose(self) -> None:
        """End all workers at once; running calls fail. May be called again."""
        self._closed = True
        for worker in tuple(self._workers):
            self._end(worker)
        if self._endings:
            await asyncio.gather(*self._endings)

    async def _hand_over(self, request: bytes) -> "_Worker":
        """A worker that has received the request; workers that died while idle are skipped."""
        self._refuse_when_closed()
        while self._idle:
            worker = self._idle.pop()
            worker.stay()
            with suppress(*_PIPE_ENDED), self._ending_on_failure(worker):
                await worker.take(request)
                return worker
        worker = await self._start()
        async with self._judging(worker):
            await worker.take(request)
        return worker

    @contextmanager
    def _ending_on_failure(self, worker: "_Worker") -> Generator[None]:
        try:
            yield
        except BaseException:
            self._end(worker)
            raise

    @asynccontextmanager
    async def _judging(self, worker: "_Worker") -> AsyncGenerator[None]:
        with self._ending_on_failure(worker):
            try:
                yield
            except _PIPE_ENDED as error:
                self._refuse_when_closed()
                # Not killed yet: asyncio would lose the exit code of a process that is dead.
                with suppress(TimeoutError):
                    async with asyncio.timeout(_EXIT_S):
                        await check_end(await worker.process.wait(), name="A worker process")
                raise ProviderUnavailableError("A worker process exited unexpectedly.") from error

    async def _start(self) -> "_Worker":
        worker = await _Worker.start()
        self._workers.add(worker)
        if self._closed:
            self._end(worker)
        self._refuse_when_closed()
        return worker

    def _keep(self, worker: "_Worker") -> None:
        if self._closed:
            return
        self._idle.append(worker)
        worker.leave_after(self._idle_seconds, self._retire)

    def _retire(self, worker: "_Worker") -> None:
        self._idle.remove(worker)
        self._end(worker)

    def _end(self, worker: "_Worker") -> None:
        """Kill and reap a worker; the caller need not wait for it."""
        if worker not in self._workers:
            return
        self._workers.remove(worker)
        worker.kill()
        ending = asyncio.create_task(worker.process.wait())
        self._endings.add(ending)
        ending.add_done_callback(self._endings.discard)

    def _refuse_when_closed(self) -> None:
        if self._closed:
            raise ProviderUnavailableError("The pool of worker processes is closed.")


class _Worker:
    """One process and the pipes to it."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self._leaving: asyncio.TimerHandle | None = None

    @classmethod
    async def start(cls) -> "_Worker":
        # Our import path is the worker's: -P keeps the working directory out of it.
        paths = [str(_ROOT), *(path for path in sys.path if path)]
        process = await start(
            *(sys.executable, "-P", "-m", _WORKER_MODULE),
            stdin=asyncio.subprocess.PIPE,
            stderr=None,
            env={
                **os.environ,
                "PYTHONPATH": os.pathsep.join(paths),
                # The workers share the cores: no threads inside one.
                "OMP_NUM_THREADS": "1",
                "OPENBLAS_NUM_THREADS": "1",
            },
        )
        return cls(process)

    async def take(self, request: bytes) -> None:
        """Send the request; after an error here it was never begun."""
        stdin, stdout = self._pipes()
        if stdin.is_closing():  # uvloop's own error is a RuntimeError
            raise BrokenPipeError("The worker has ended.")
        stdin.write(LENGTH.pack(len(request)) + request)
        await stdin.drain()
        await stdout.readexactly(len(TAKEN))

    async def answer(self) -> bytes:
        """The result of the request that the worker received."""
        _, stdout = self._pipes()
        (length,) = LENGTH.unpack(await stdout.readexactly(LENGTH.size))
        return await stdout.readexactly(length)

    def _pipes(self) -> tuple[asyncio.StreamWriter, asyncio.StreamReader]:
        stdin, stdout = self.process.stdin, self.process.stdout
        if stdin is None or stdout is None:
            raise ConnectionError("The worker has no pipes.")
        return stdin, stdout

    def leave_after(self, seconds: float, retire: Callable[["_Worker"], None]) -> None:
        self._leaving = asyncio.get_running_loop().call_later(seconds, retire, self)

    def stay(self) -> None:
        if self._leaving is not None:
            self._leaving.cancel()
            self._leaving = None

    def kill(self) -> None:
        self.stay()
        if self.process.stdin is not None:
            self.process.stdin.close()
        if self.process.returncode is None:
            self.process.kill()
