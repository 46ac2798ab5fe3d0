"""Repairs the JSON on stdin to stdout: a program of its own, so that a hostile text can be stopped.

json-repair takes 70 s for some texts and recurses as deep as they nest. Run by script_body.py.
"""

import json
import os
import sys

import json_repair


def main() -> None:
    """Read a text, write the JSON value that was meant; fails with a traceback when none is."""
    if hasattr(os, "nice"):
        os.nice(10)
    text = sys.stdin.buffer.read().decode()
    value = json_repair.loads(text, skip_json_loads=True)
    sys.stdout.buffer.write(json.dumps(value).encode())


if __name__ == "__main__":
    main()
