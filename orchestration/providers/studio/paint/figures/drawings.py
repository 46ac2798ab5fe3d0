"""Which drawing shows which subject, and how large it stands among the others."""

from orchestration.providers.studio.paint.figures.animals import ANIMALS, animal_shapes
from orchestration.providers.studio.paint.figures.creatures import fish_shapes
from orchestration.providers.studio.paint.figures.people import crowd_shapes, person_shapes
from orchestration.providers.studio.paint.figures.shapes import Drawing, drawing
from orchestration.providers.studio.paint.figures.things import thing_shapes
from orchestration.providers.studio.scene import PEOPLE, Figure, Subject


def drawing_of(subject: Subject, *, is_afloat: bool = False) -> Drawing:
    """The subject's drawing. A flock has none: it is part of the sky."""
    if subject.figure is Figure.FISH:
        return drawing(fish_shapes(subject.pose, has_pond=not is_afloat))
    if subject.figure is Figure.CROWD:
        return drawing(crowd_shapes(subject))
    if subject.figure in PEOPLE:
        return drawing(person_shapes(subject))
    if subject.figure in ANIMALS:
        return drawing(animal_shapes(subject))
    return drawing(thing_shapes(subject))
