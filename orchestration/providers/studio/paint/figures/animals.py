"""Animals: the four-legged by their measures, and those drawn by themselves."""

from collections.abc import Callable

from orchestration.providers.studio.paint.figures.beasts import beast_shapes
from orchestration.providers.studio.paint.figures.breeds import BEASTS, breed_of
from orchestration.providers.studio.paint.figures.creatures import (
    bird_shapes,
    dragon_shapes,
    hare_shapes,
    robot_shapes,
    tortoise_shapes,
)
from orchestration.providers.studio.paint.figures.shapes import Shape
from orchestration.providers.studio.scene import Figure, Pose, Subject

_OTHERS: dict[Figure, Callable[[Pose], list[Shape]]] = {
    Figure.RABBIT: hare_shapes,
    Figure.TORTOISE: tortoise_shapes,
    Figure.BIRD: bird_shapes,
    Figure.DRAGON: dragon_shapes,
    Figure.ROBOT: robot_shapes,
}
ANIMALS = frozenset(BEASTS) | frozenset(_OTHERS)
"""The figures this module draws."""


def animal_shapes(subject: Subject) -> list[Shape]:
    """An animal (or a robot) in its pose."""
    if draw := _OTHERS.get(subject.figure):
        return draw(subject.pose)
    return beast_shapes(breed_of(subject), subject.pose)
