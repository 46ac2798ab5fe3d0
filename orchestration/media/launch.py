"""Becomes the program named in its arguments, at low priority and tied to its parent's life.

Run as a script: `python launch.py PARENT_PID PROGRAM ARGUMENT...`. On Linux the kernel kills the
program when the parent dies, however it dies. It happens here, after the fork, because a
`preexec_fn` may deadlock in a parent that has threads.
"""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1
_NICENESS = 10


def main() -> None:
    """Replace this process by the program."""
    parent_pid, program = int(sys.argv[1]), sys.argv[2]
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent_pid:
            sys.exit("The parent died first.")
    os.nice(_NICENESS)
    os.execv(program, sys.argv[2:])  # noqa: S606 - the whole purpose; no shell is involved


if __name__ == "__main__":
    main()
