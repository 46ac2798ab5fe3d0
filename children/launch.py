"""Becomes the program named in its arguments: at low priority, and stopped by its parent alone.

Run as a script: `python launch.py PARENT_PID PROGRAM ARGUMENT...`. On Linux the kernel kills the
program when the parent dies, however it dies. It happens here, after the fork, because a
`preexec_fn` may deadlock in a parent that has threads, and uvloop resets the signal mask.
"""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1
_NICENESS = 10
STOPS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT)
"""How a program is asked to stop."""


def main() -> None:
    """Replace this process by the program."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # no KeyboardInterrupt, which exits with 130
    # Blocked, not ignored: ffmpeg sets its own handlers, and would end with a short film.
    signal.pthread_sigmask(signal.SIG_BLOCK, STOPS)
    parent_pid, program = int(sys.argv[1]), sys.argv[2]
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent_pid:
            sys.exit("The parent died first.")
    os.nice(_NICENESS)
    os.execv(program, sys.argv[2:])  # noqa: S606 - the whole purpose; no shell is involved


if __name__ == "__main__":
    main()
