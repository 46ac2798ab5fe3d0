"""The bottom of the sea in the three looks: blue, lit from above, darker by night, weatherless."""

import io
from itertools import pairwise

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

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


def painted(
    style: Style, *, time: Time = Time.DAY, weather: Weather = Weather.CLEAR, seed: int = 4
) -> bytes:
    scene = Scene(
        place=Place.UNDERWATER,
        time=time,
        weather=weather,
        mood=Mood.CALM,
        framing=Framing.WIDE,
        subjects=(Subject(Figure.WHALE, "whale"),),
    )
    return paint(scene, style, width=320, height=180, seed=seed)


def pixels(content: bytes) -> NDArray[np.float64]:
    with Image.open(io.BytesIO(content)) as image:
        return np.asarray(image.convert("RGB"), np.float64) / 255


@pytest.mark.parametrize("style", Style)
def test_the_deep_is_blue_and_brightest_at_the_surface(style: Style) -> None:
    picture = pixels(painted(style))

    red, _, blue = picture[:110].mean(axis=(0, 1))
    assert blue > red + 0.15
    assert picture[:20].mean() > picture[150:].mean() + 0.1


@pytest.mark.parametrize("style", Style)
def test_night_is_dark_below_and_still_not_black(style: Style) -> None:
    day, night = (pixels(painted(style, time=time)) for time in (Time.DAY, Time.NIGHT))

    assert night.mean() < day.mean() * 0.75
    assert night[150:].mean() > 0.05


@pytest.mark.parametrize("style", Style)
def test_no_weather_reaches_the_deep(style: Style) -> None:
    assert painted(style, weather=Weather.STORM) == painted(style)


def test_looks_and_seeds_differ_and_the_same_wish_gives_the_same_bytes() -> None:
    looks = [pixels(painted(style)) for style in Style]
    seeds = [pixels(painted(Style.MOVIE, seed=seed)) for seed in range(3)]

    for first, second in (*pairwise(looks), *pairwise(seeds)):
        assert np.abs(first - second).mean() > 0.03
    assert painted(Style.REALISTIC) == painted(Style.REALISTIC)
