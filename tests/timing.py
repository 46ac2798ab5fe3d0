"""How long work takes here, said in a way that other work on the machine disturbs little."""

import time
from collections.abc import Callable


def least_cpu_s(work: Callable[[], object], *, rounds: int = 3) -> float:
    """The least processor seconds of this thread that the work took in some rounds."""
    took_s: list[float] = []
    for _ in range(rounds):
        began = time.thread_time()
        work()
        took_s.append(time.thread_time() - began)
    return min(took_s)
