"""Faults of every kind while stories are made: what must hold is checked after each round.

python -m bench.chaos [--faults 300] [--rounds 30] [--seed 1] [--images replicate] [--films studio]

The program runs as in earnest: two or three processes, PostgreSQL, and services with and without
jobs; every five rounds it is set up anew, otherwise than before unless told. Processes are killed,
frozen and restarted, connections terminated, PostgreSQL crashes, and services hang, refuse and lie,
as a seeded random says; meanwhile people change their stories. The first round that leaves a
violation is the last, and the bench ends with 1: it tells the seed and what happened when.
The figures are faults, how work ended, and how long the longest calm took.
"""

import argparse
import asyncio
import sys
from collections import Counter
from dataclasses import replace
from random import Random

from bench.parts import report
from tests.acceptance.chaos.rounds import Outcome, Plan, run
from tests.acceptance.chaos.settings import FILM_MAKERS, PAINTERS, Setting

ROUNDS_A_WORLD = 5
SETTLE_S = 300.0


def plans(options: argparse.Namespace) -> list[Plan]:
    """One plan for each world."""
    random = Random(options.seed)
    told = {name: getattr(options, name) for name in ("images", "films") if getattr(options, name)}
    a_round = max(options.faults // options.rounds, 1)
    counts = [ROUNDS_A_WORLD] * (options.rounds // ROUNDS_A_WORLD)
    counts += [options.rounds % ROUNDS_A_WORLD] * bool(options.rounds % ROUNDS_A_WORLD)
    settings = [replace(Setting.draw(random), **told) for _ in counts]
    return [
        Plan(
            seed=random.randrange(2**32),
            rounds=rounds,
            faults=rounds * a_round,
            setting=setting,
            stories=3 if setting.films == "studio" else 5,  # to compose a film takes both cores
            settle_s=SETTLE_S,
        )
        for rounds, setting in zip(counts, settings, strict=True)
    ]


def run_all(options: argparse.Namespace) -> tuple[Counter[str], Outcome | None]:
    """Figures of all worlds up to the first with a violation, and that one."""
    figures = Counter[str]()
    for plan in plans(options):
        print(plan, file=sys.stderr, flush=True)
        outcome = asyncio.run(run(plan))
        longest = max(figures["longest calm in ms"], outcome.figures["longest calm in ms"])
        figures += outcome.figures
        figures["longest calm in ms"] = longest
        if outcome.violations:
            return figures, outcome
    return figures, None


def main() -> None:
    """Print the figures as JSON; exit with 1 when anything is wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--faults", type=int, default=300)
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--images", choices=PAINTERS)
    parser.add_argument("--films", choices=FILM_MAKERS)
    options = parser.parse_args()
    figures, failed = run_all(options)
    told: dict[str, float] = dict(sorted(figures.items()))
    violations = len(failed.violations) if failed else 0
    report(f"chaos, seed {options.seed}", told | {"violations": violations}, bounds={})
    if failed:
        sys.exit(str(failed))


if __name__ == "__main__":
    main()
