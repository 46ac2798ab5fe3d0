"""The memory that a process frees and takes again."""

import subprocess
import sys

_PROGRAM = """
import resource
from children.memory import keep_freed_memory

def use():
    del [bytearray(b"x") * (8 << 20) for _ in range(4)][:]

keep_freed_memory()
use()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(20):
    use()
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""
_PAGES = 20 * 4 * (8 << 20) // 4096


def test_memory_that_was_freed_is_taken_again_without_page_faults() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", _PROGRAM], capture_output=True, text=True, check=True
    )

    assert int(ended.stdout) < _PAGES / 20
