"""Runs a command's coroutine until it ends or is stopped.

The first Ctrl-C or SIGTERM cancels it, and it drains before it exits. A second one cuts the
draining short, but still cleans up. A third ends the process at once.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

T = TypeVar("T")

_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_HURRIED = 2
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
    told = 0

    def stop() -> None:
        nonlocal told
        told += 1
        if told > _HURRIED:
            os._exit(EXIT_BY_CTRL_C)
        task.cancel()

    loop = asyncio.get_running_loop()
    for number in _SIGNALS:
        loop.add_signal_handler(number, stop)
    try:
        return await task
    except asyncio.CancelledError:
        raise StoppedError from None
    finally:
        for number in _SIGNALS:
            loop.remove_signal_handler(number)


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    try:
        import uvloop
    except ImportError:
        return None
    return uvloop.new_event_loop
