"""Which drawing shows which subject, and its size relative to the others."""

from dataclasses import replace

from studio.paint.figures.animals import ANIMALS, animal_shapes
from studio.paint.figures.breeds import breed_of
from studio.paint.figures.people import (
    crowd_shapes,
    person_shapes,
    rider_shapes,
)
from studio.paint.figures.shapes import Drawing, drawing
from studio.paint.figures.swimmers import (
    Water,
    fish_shapes,
    whale_shapes,
)
from studio.paint.figures.things import thing_shapes
from studio.scene import PEOPLE, Figure, Pose, Subject


def drawing_of(subject: Subject, water: Water = Water.NONE) -> Drawing:
    """The drawing of the subject. A flock has none: it is part of the sky."""
    if subject.figure is Figure.FISH:
        return drawing(fish_shapes(subject.pose, water))
    if subject.figure is Figure.WHALE:
        return drawing(whale_shapes(subject.pose, water))
    if subject.mount is not None:
        mount = replace(subject.mount, pose=Pose.WALK)
        back = breed_of(mount).size * 0.98
        return drawing([*animal_shapes(mount), *rider_shapes(subject, back=back)])
    if subject.figure is Figure.CROWD:
        return drawing(crowd_shapes(subject))
    if subject.figure in PEOPLE:
        return drawing(person_shapes(subject))
    if subject.figure in ANIMALS:
        return drawing(animal_shapes(subject))
    return drawing(thing_shapes(subject))
