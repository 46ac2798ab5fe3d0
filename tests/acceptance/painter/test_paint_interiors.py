"""Interiors: places, hours and seeds look different, lamps burn by night, windows show weather."""

import numpy as np
import pytest

from domain import Style
from studio.moods import Mood
from studio.paint.canvas import Array, Canvas, as_array
from studio.paint.interiors.room import paint_room
from studio.paint.palette import palette_for
from studio.paint.sky import Sun
from studio.scene import (
    INTERIORS,
    Framing,
    Place,
    Scene,
    Time,
    Weather,
)

PLACES = sorted(INTERIORS)
STYLES = list(Style)


def _scene(place: Place, **changes: Time | Weather | Mood | Framing) -> Scene:
    told = {
        "time": Time.DAY,
        "weather": Weather.CLEAR,
        "mood": Mood.CALM,
        "framing": Framing.WIDE,
    } | changes
    return Scene(place=place, subjects=(), **told)  # pyright: ignore[reportArgumentType]


def _paint(
    scene: Scene, style: Style, *, seed: int = 1, size: tuple[int, int] = (192, 108)
) -> tuple[Array, Sun]:
    canvas = Canvas(*size, seed=seed)
    sun = paint_room(canvas, scene, palette_for(scene, style), style)
    return as_array(np.clip(canvas.rgb, 0, 1)), sun


def _difference(first: Array, second: Array) -> float:
    return float(np.abs(first - second).mean())


@pytest.mark.parametrize("style", STYLES)
def test_places_differ_from_one_another(style: Style) -> None:
    pictures = [_paint(_scene(place), style)[0] for place in PLACES]

    for index, first in enumerate(pictures):
        for second in pictures[index + 1 :]:
            assert _difference(first, second) > 0.05


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("place", PLACES)
def test_seeds_give_other_rooms_and_the_same_seed_the_same(place: Place, style: Style) -> None:
    scene = _scene(place)

    pictures = [_paint(scene, style, seed=seed)[0] for seed in (1, 2, 3)]
    again, _ = _paint(scene, style, seed=1)

    assert np.array_equal(pictures[0], again)
    assert _difference(pictures[0], pictures[1]) > 0.03
    assert _difference(pictures[0], pictures[2]) > 0.03


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("place", PLACES)
def test_night_is_darker_and_lit_from_somewhere(place: Place, style: Style) -> None:
    day, _ = _paint(_scene(place), style)
    night, sun = _paint(_scene(place, time=Time.NIGHT), style)

    assert night.mean() < day.mean() * 0.92
    assert np.percentile(night, 99) > night.mean() * 1.8
    assert 0 <= sun.x < night.shape[1]
    assert 0 <= sun.y < night.shape[0]


@pytest.mark.parametrize("style", STYLES)
def test_lamps_make_a_tavern_warm_by_night(style: Style) -> None:
    night, _ = _paint(_scene(Place.TAVERN, time=Time.NIGHT), style)

    red, _, blue = night.mean(axis=(0, 1))

    assert red > blue * 1.15


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("weather", [Weather.RAIN, Weather.SNOW, Weather.FOG])
def test_the_window_shows_the_weather(weather: Weather, style: Style) -> None:
    clear, _ = _paint(_scene(Place.STUDY), style)
    bad, _ = _paint(_scene(Place.STUDY, weather=weather), style)

    assert np.abs(bad - clear).max() > 0.2


@pytest.mark.parametrize("style", STYLES)
def test_a_sad_room_is_dimmer_than_a_joyful_one(style: Style) -> None:
    sad, _ = _paint(_scene(Place.ROOM, mood=Mood.SAD), style)
    joyful, _ = _paint(_scene(Place.ROOM, mood=Mood.JOYFUL), style)

    assert sad.mean() < joyful.mean() * 0.92


@pytest.mark.parametrize("style", [Style.MOVIE, Style.REALISTIC])
def test_a_close_view_has_its_background_out_of_focus(style: Style) -> None:
    wide, _ = _paint(_scene(Place.STUDY), style, size=(320, 180))
    close, _ = _paint(_scene(Place.STUDY, framing=Framing.CLOSE), style, size=(320, 180))

    assert np.abs(np.diff(close, axis=1)).mean() < np.abs(np.diff(wide, axis=1)).mean() * 0.7


@pytest.mark.parametrize("size", [(108, 192), (120, 120), (16, 16)])
@pytest.mark.parametrize("place", PLACES)
def test_every_shape_of_picture_is_filled(place: Place, size: tuple[int, int]) -> None:
    for framing in Framing:
        picture, _ = _paint(_scene(place, framing=framing), Style.REALISTIC, size=size)

        assert np.isfinite(picture).all()
        assert (picture.max(axis=2) > 0).mean() > 0.97
