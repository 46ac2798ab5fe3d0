"""A worker process of the pool: receives a call, runs it, responds, until the pipe ends.

It imports nothing heavy by itself: the function of a call imports what it needs.
"""

import os
import pickle
import queue
import sys
import threading
import traceback
from collections.abc import Callable
from typing import BinaryIO

from children.memory import keep_freed_memory
from orchestration.providers.images.worker_pool import LENGTH, TAKEN


def main() -> None:
    """Serve calls from standard input to standard output."""
    keep_freed_memory()
    # The output of a call must not mix with our messages.
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    requests: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(sys.stdin.buffer, requests), daemon=True).start()
    while True:
        request = requests.get()
        _send(answers, TAKEN)
        answer = _answer(request)
        _send(answers, LENGTH.pack(len(answer)) + answer)


def _listen(pipe: BinaryIO, requests: "queue.SimpleQueue[bytes]") -> None:
    """Pass requests on; when the pipe ends the parent is dead, even during a call."""
    while True:
        prefix = pipe.read(LENGTH.size)
        if len(prefix) < LENGTH.size:
            os._exit(0)
        (length,) = LENGTH.unpack(prefix)
        requests.put(pipe.read(length))


def _send(answers: BinaryIO, message: bytes) -> None:
    try:
        answers.write(message)
        answers.flush()
    except BrokenPipeError:  # the parent died a moment ago
        os._exit(0)


def _answer(request: bytes) -> bytes:
    try:
        call: tuple[Callable[..., object], tuple[object, ...], dict[str, object]]
        call = pickle.loads(request)  # noqa: S301 - from our own parent
        function, args, kwargs = call
        return _pickled(succeeded=True, value=function(*args, **kwargs))
    except Exception as error:
        error.add_note("In a worker process:\n" + traceback.format_exc())
        try:
            answer = _pickled(succeeded=False, value=error)
            pickle.loads(answer)  # noqa: S301 - some errors pickle and never come back
        except Exception:
            return _pickled(succeeded=False, value=RuntimeError(repr(error)))
        return answer


def _pickled(*, succeeded: bool, value: object) -> bytes:
    return pickle.dumps((succeeded, value), protocol=pickle.HIGHEST_PROTOCOL)


if __name__ == "__main__":
    main()
