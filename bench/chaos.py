"""Faults of every kind while stories are made: what must hold is checked after each round.

python -m bench.chaos [--faults 300] [--rounds 30] [--seed 1]

The program runs as in earnest: a server, two workers, PostgreSQL, and services with and without
jobs. Processes are killed, frozen and restarted, connections terminated, PostgreSQL crashes, and
services hang, refuse and lie, as a seeded random says; meanwhile people change their stories. The
first round that leaves a violation is the last, and the bench ends with 1: it tells the seed and
what happened when. The figures are faults, how work ended, and how long the longest calm took.
"""

import argparse
import asyncio
import sys

from bench.parts import report
from tests.acceptance.chaos.rounds import Plan, run


def main() -> None:
    """Print the figures as JSON; exit with 1 when anything is wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--faults", type=int, default=300)
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    plan = Plan(seed=options.seed, rounds=options.rounds, faults=options.faults)
    outcome = asyncio.run(run(plan))
    figures: dict[str, float] = dict(sorted(outcome.figures.items()))
    report(f"chaos, seed {plan.seed}", figures | {"violations": len(outcome.violations)}, bounds={})
    if outcome.violations:
        sys.exit(str(outcome))


if __name__ == "__main__":
    main()
