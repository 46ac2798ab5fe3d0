"""The city: kinds of street by seed, lamps by night, wet and snowy ground, calm underfoot."""

import numpy as np
import pytest

from domain import Style
from studio.moods import Mood
from studio.paint.canvas import Array, Canvas, as_array
from studio.paint.city import paint_city
from studio.paint.palette import palette_for
from studio.paint.sky import paint_sky
from studio.scene import (
    Figure,
    Framing,
    Place,
    Scene,
    Subject,
    Time,
    Weather,
)

STYLES = list(Style)


def _paint(
    style: Style,
    *,
    time: Time = Time.DAY,
    weather: Weather = Weather.CLEAR,
    framing: Framing = Framing.WIDE,
    seed: int = 1,
    size: tuple[int, int] = (192, 108),
    is_empty: bool = False,
) -> Array:
    scene = Scene(
        place=Place.CITY,
        time=time,
        weather=weather,
        mood=Mood.CALM,
        framing=framing,
        subjects=() if is_empty else (Subject(Figure.PERSON, "somebody"),),
    )
    canvas = Canvas(*size, seed=seed, horizon=0.66)
    palette = palette_for(scene, style)
    paint_sky(canvas, scene, palette, style)
    paint_city(canvas, palette, style, scene=scene)
    return as_array(np.clip(canvas.rgb, 0, 1))


def _difference(first: Array, second: Array) -> float:
    return float(np.abs(first - second).mean())


@pytest.mark.parametrize("style", STYLES)
def test_seeds_give_other_streets_and_the_same_seed_the_same(style: Style) -> None:
    pictures = [_paint(style, seed=seed) for seed in range(4)]

    assert np.array_equal(pictures[0], _paint(style, seed=0))
    for index, first in enumerate(pictures):
        for second in pictures[index + 1 :]:
            assert _difference(first, second) > 0.03


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("seed", range(3))
def test_night_is_darker_and_has_lit_windows(style: Style, seed: int) -> None:
    day, night = (_paint(style, time=time, seed=seed) for time in (Time.DAY, Time.NIGHT))

    assert night.mean() < day.mean() * 0.8
    warm = (night[:, :, 0] > 0.5) & (night[:, :, 0] > night[:, :, 2] * 1.15)
    assert warm.mean() > 0.004


@pytest.mark.parametrize("style", STYLES)
def test_snow_lies_on_the_street(style: Style) -> None:
    clear, snowy = (_paint(style, weather=w)[-20:] for w in (Weather.CLOUDY, Weather.SNOW))

    assert snowy.mean() > clear.mean() * 1.2


@pytest.mark.parametrize("style", STYLES)
def test_rain_makes_the_street_shine(style: Style) -> None:
    dry, wet = (
        _paint(style, time=Time.NIGHT, weather=weather)[80:]
        for weather in (Weather.FOG, Weather.RAIN)
    )

    assert _difference(dry, wet) > 0.01


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("seed", range(3))
def test_the_ground_where_people_stand_is_calmer_than_the_houses(style: Style, seed: int) -> None:
    night = _paint(style, time=Time.NIGHT, seed=seed, size=(320, 180)).mean(axis=2)

    houses, ground = night[20:110], night[150:178, 80:240]

    assert np.abs(np.diff(ground, axis=1)).mean() < np.abs(np.diff(houses, axis=1)).mean()


@pytest.mark.parametrize("size", [(108, 192), (120, 120), (16, 16)])
def test_every_shape_of_picture_is_painted(size: tuple[int, int]) -> None:
    for framing in Framing:
        picture = _paint(Style.REALISTIC, framing=framing, size=size)

        assert np.isfinite(picture).all()
        assert float(picture.std()) > 0.02


@pytest.mark.parametrize("style", STYLES)
def test_where_nobody_acts_a_city_is_its_skyline_over_water(style: Style) -> None:
    day = _paint(style, is_empty=True, size=(384, 216))
    night = _paint(style, is_empty=True, time=Time.NIGHT, size=(384, 216))
    street = _paint(style, size=(384, 216))

    warm = (night[:, :, 0] > 0.5) & (night[:, :, 0] > night[:, :, 2] * 1.15)
    towers, water = warm[:142], warm[143:]
    assert towers.mean() > 0.01
    assert 0 < water.mean() < towers.mean()
    assert night.mean() < day.mean() * 0.8
    assert _difference(day, street) > 0.08


def test_a_city_without_its_scene_is_clear_and_wide() -> None:
    scene = Scene(
        place=Place.CITY,
        time=Time.DAY,
        weather=Weather.CLEAR,
        mood=Mood.CALM,
        framing=Framing.WIDE,
        subjects=(Subject(Figure.PERSON, "somebody"),),
    )
    palette = palette_for(scene, Style.MOVIE)
    told, untold = (Canvas(96, 54, seed=3, horizon=0.66) for _ in range(2))

    paint_city(told, palette, Style.MOVIE, scene=scene)
    paint_city(untold, palette, Style.MOVIE)

    assert np.array_equal(told.rgb, untold.rgb)
