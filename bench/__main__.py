"""All benches, one after the other, each in a process of its own; prints one JSON.

python -m bench [--short]

The short form is for CI. Either fails when a figure is beyond twice its bound.
"""

import argparse
import json
import subprocess
import sys
import time
from typing import Any

from bench.parts import PROJECT

BENCHES: tuple[tuple[str, str, str | None], ...] = (
    ("fan_out", "", "--rounds 2"),
    ("fan_out", "--stories 5 --shots 200", "--stories 5 --shots 200 --rounds 1"),
    ("backlog", "", "--stories 5 --shots 20 --limit 50"),
    ("backlog", "--workers 4", None),
    ("backlog", "--polls", None),
    ("backlog", "--stories 51 --shots 200 --idle-seconds 10", None),
    ("create_story", "", "--seconds 3 --rounds 1"),
    ("push", "", "--stories 1"),
    ("subscribers", "", "--changes 10 --rounds 1"),
    ("spread", "", "--stories 200 --per-s 50 --seconds 3 --idle-seconds 3"),
    ("growth", "", "--stories 2000 --repeats 2"),
    ("slow_reader", "", "--changes 500"),
    ("slow_clients", "", "--heads 400 --bodies 160"),
    ("documents", "", "--rounds 1"),
    ("takeover", "", "--rounds 1"),
    ("soak", "", "--shots 60"),
    ("soak", "--kill-every-s 10", "--shots 100 --kill-every-s 10"),
    ("start", "", "--starts 1 --idle-seconds 5"),
    ("picture", "", "--framings close --every 5"),
    ("film", "", "--shots 3"),
    ("compose_memory", "", "--shots 2 12 --seconds 2 --size 640x360"),
    ("composition", "", "--shots 3 --seconds 2 --rounds 1"),
)
"""Module, its options, and its options in the short form, if it has one."""


def run(module: str, options: str) -> tuple[dict[str, Any], bool]:
    """What one bench printed, and whether it kept within twice its bounds."""
    start = time.perf_counter()
    ended = subprocess.run(
        [sys.executable, "-m", f"bench.{module}", *options.split()],
        cwd=PROJECT,
        stdout=subprocess.PIPE,
        check=False,
        text=True,
    )
    took_s = round(time.perf_counter() - start, 1)
    print(f"{module} {options}: {took_s} s", file=sys.stderr, flush=True)
    outcome: dict[str, Any] = json.loads(ended.stdout) if ended.stdout else {"bench": module}
    return outcome | {"took_s": took_s}, ended.returncode == 0


def main() -> None:
    """Print the figures of all as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--short", action="store_true", help="the form for CI")
    is_short = parser.parse_args().short
    chosen = [(module, short if is_short else full) for module, full, short in BENCHES]
    outcomes = [run(module, options) for module, options in chosen if options is not None]
    print(json.dumps([outcome for outcome, _ in outcomes], indent=2))
    if not all(passed for _, passed in outcomes):
        sys.exit("a bench failed, or is beyond twice its bound")


if __name__ == "__main__":
    main()
