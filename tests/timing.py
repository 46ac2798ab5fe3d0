"""Measures the duration of work with little disturbance by other processes."""

import time
from collections.abc import Callable


def least_cpu_s(work: Callable[[], object], *, rounds: int = 3) -> float:
    """The minimum CPU seconds of this thread for the work in some rounds."""
    took_s: list[float] = []
    for _ in range(rounds):
        began = time.thread_time()
        work()
        took_s.append(time.thread_time() - began)
    return min(took_s)
