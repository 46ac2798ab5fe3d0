"""Runs a command's coroutine until it ends or is stopped.

The first Ctrl-C, SIGTERM or SIGHUP (a closed terminal) cancels it, and it drains before it exits. A
second one cuts the draining short, but still cleans up. A third ends the process at once.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from cli.orphans import adopts_orphans, reap_orphans
from errors import AIStoryError

T = TypeVar("T")

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_HURRIED = 2
_STOP_REACHES_US_S = 0.2
"""What stops all processes may end the database before this one knows."""
_SWITCH_S = 0.001
"""How long a thread may compute before the event loop runs. Python's own 5 ms add up, because a
response waits several times: with one busy thread the median round trip takes 5 ms, not 13."""
EXIT_BY_CTRL_C = 130


class StoppedError(Exception):
    """The command was stopped by a signal."""


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run the coroutine on uvloop if it is installed: it is faster under load.

    Raises:
        StoppedError: A signal stopped it.
    """
    sys.setswitchinterval(_SWITCH_S)
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        return runner.run(_until_told_to_stop(work))


async def _until_told_to_stop(work: Coroutine[Any, Any, T]) -> T:
    task = asyncio.create_task(work)
    stop = _Stop(task)
    loop = asyncio.get_running_loop()
    is_to_stay = signal.getsignal(signal.SIGHUP) is signal.SIG_IGN  # started by nohup
    heeded = [one for one in _SIGNALS if not (is_to_stay and one is signal.SIGHUP)]
    for number in heeded:
        loop.add_signal_handler(number, stop.hear, number)
    reaping = asyncio.create_task(reap_orphans()) if adopts_orphans() else None
    try:
        return await task
    except asyncio.CancelledError:
        raise StoppedError from None
    except AIStoryError:
        await asyncio.sleep(_STOP_REACHES_US_S)
        if stop.times:  # it lost what the same stop has ended
            raise StoppedError from None
        raise
    finally:
        if reaping is not None:
            reaping.cancel()
        for number in heeded:
            loop.remove_signal_handler(number)


class _Stop:
    """Stops the task at a signal, and faster at each further one."""

    def __init__(self, task: asyncio.Task[Any]) -> None:
        self.times = 0
        self._task = task
        self._terminals = [place for place in (1, 2) if os.isatty(place)]

    def hear(self, number: signal.Signals) -> None:
        """Handle one signal."""
        if number is signal.SIGHUP:
            self._leave_closed_terminal()
            if self.times:  # the kernel and the shell each send one
                return
        self.times += 1
        if self.times > _HURRIED:
            os._exit(EXIT_BY_CTRL_C)
        self._task.cancel()

    def _leave_closed_terminal(self) -> None:
        """Discard what is written from now on: the end of a closed terminal is an error."""
        nowhere = os.open(os.devnull, os.O_WRONLY)
        for place in self._terminals:
            if not os.isatty(place):
                os.dup2(nowhere, place)
        os.close(nowhere)


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    try:
        import uvloop
    except ImportError:
        return None
    return uvloop.new_event_loop
