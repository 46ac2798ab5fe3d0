"""Animals: four-legged ones by their measures, and others with their own drawings."""

from collections.abc import Callable

from studio.paint.figures.beasts import beast_shapes
from studio.paint.figures.birds import bird_shapes
from studio.paint.figures.breeds import BEASTS, breed_of
from studio.paint.figures.creatures import (
    dragon_shapes,
    hare_shapes,
    robot_shapes,
    tortoise_shapes,
)
from studio.paint.figures.shapes import Shape
from studio.scene import Figure, Pose, Subject

_OTHERS: dict[Figure, Callable[[Pose], list[Shape]]] = {
    Figure.RABBIT: hare_shapes,
    Figure.TORTOISE: tortoise_shapes,
    Figure.DRAGON: dragon_shapes,
    Figure.ROBOT: robot_shapes,
}
ANIMALS = frozenset(BEASTS) | frozenset(_OTHERS) | {Figure.BIRD}
"""The figures this module draws."""


def animal_shapes(subject: Subject) -> list[Shape]:
    """An animal (or a robot) in its pose."""
    if subject.figure is Figure.BIRD:
        return bird_shapes(subject)
    if draw := _OTHERS.get(subject.figure):
        return draw(subject.pose)
    return beast_shapes(breed_of(subject), subject.pose)
