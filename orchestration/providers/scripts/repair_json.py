"""Repairs the JSON on stdin to stdout: a separate program, so that hostile text can be stopped.

json-repair takes 70 s for some texts and recurses as deep as they nest. Run by script_body.py.
"""

import json
import os
import sys

import json_repair


def main() -> None:
    """Read a text, write the intended JSON value; fails with a traceback if there is none."""
    if hasattr(os, "nice"):
        os.nice(10)
    text = sys.stdin.buffer.read().decode()
    value = json_repair.loads(text, skip_json_loads=True)
    sys.stdout.buffer.write(json.dumps(value).encode())


if __name__ == "__main__":
    main()
