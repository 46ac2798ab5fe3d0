"""Figures and scenes for the painter's tests."""

from studio.moods import Mood
from studio.paint.canvas import Array, as_array
from studio.paint.figures.drawing import draw_patch
from studio.paint.figures.drawings import drawing_of
from studio.scene import (
    Figure,
    Framing,
    Look,
    Place,
    Pose,
    Scene,
    Subject,
    Time,
    Weather,
)


def scene(
    *subjects: Subject,
    place: Place = Place.MEADOW,
    time: Time = Time.DAY,
    weather: Weather = Weather.CLEAR,
    framing: Framing = Framing.MEDIUM,
) -> Scene:
    """A scene of the subjects; a meadow at noon by default."""
    return Scene(
        place=place, time=time, weather=weather, mood=Mood.CALM, framing=framing, subjects=subjects
    )


def subject(
    figure: Figure, word: str = "", pose: Pose = Pose.STAND, look: Look | None = None
) -> Subject:
    """A figure that the word names."""
    return Subject(figure, word or figure.value, look or Look(), pose)


def pixels(figure: Subject, *, scale: float = 60.0) -> Array:
    """The figure's own colours, as they are drawn before any light falls on it."""
    patch = draw_patch(drawing_of(figure), scale=scale, has_lines=True, flipped=False)
    return as_array(patch.tones * patch.mask[:, :, None])
