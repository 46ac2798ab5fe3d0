"""Pictures of the built-in painter: processor seconds in every place and look.

python -m bench.picture [--size 1280x720] [--framings wide close] [--every 1]

Each look is warmed up with one picture; then every place is painted by day, and by night in the
rain, with two people and a dog in it; or, of all these, every so many-th.
"""

import argparse
import statistics
import time
from collections.abc import Sequence

from bench.parts import report
from children.memory import keep_freed_memory
from domain import Style
from studio.moods import Mood
from studio.paint.looks import paint
from studio.scene import (
    Figure,
    Framing,
    Place,
    Scene,
    Subject,
    Time,
    Weather,
)

BOUND_S = 1.0
CAST = (
    Subject(Figure.PERSON, "man"),
    Subject(Figure.WOMAN, "woman"),
    Subject(Figure.DOG, "dog"),
)
HOURS = ((Time.DAY, Weather.CLEAR), (Time.NIGHT, Weather.RAIN))


def cpu_seconds(style: Style, scene: Scene, size: tuple[int, int]) -> float:
    """Processor seconds of one picture."""
    start = time.process_time()
    paint(scene, style, width=size[0], height=size[1], seed=3)
    return time.process_time() - start


def measure(
    style: Style, framings: Sequence[Framing], size: tuple[int, int], *, every: int
) -> list[float]:
    """Processor seconds of each picture in the look."""
    scenes = [
        Scene(
            place=place,
            time=hour,
            weather=weather,
            mood=Mood.CALM,
            framing=framing,
            subjects=CAST,
        )
        for place in Place
        for hour, weather in HOURS
        for framing in framings
    ]
    cpu_seconds(style, scenes[0], size)
    return [cpu_seconds(style, scene, size) for scene in scenes[::every]]


def main() -> None:
    """Print the figures as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", default="1280x720")
    parser.add_argument("--framings", nargs="+", type=Framing, default=list(Framing))
    parser.add_argument("--every", type=int, default=1)
    arguments = parser.parse_args()
    width, height = map(int, arguments.size.split("x"))
    keep_freed_memory()  # as in the worker processes that paint
    figures: dict[str, float] = {}
    for style in Style:
        found = measure(style, arguments.framings, (width, height), every=arguments.every)
        figures[f"{style.lower()}_worst_cpu_s"] = round(max(found), 2)
        figures[f"{style.lower()}_mean_cpu_s"] = round(statistics.mean(found), 2)
    bounds = {name: BOUND_S for name in figures if "worst" in name}
    report("pictures of the built-in painter", figures, bounds=bounds)


if __name__ == "__main__":
    main()
