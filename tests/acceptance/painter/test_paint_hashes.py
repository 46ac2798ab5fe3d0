"""Outdoor pictures told apart as a viewer does, by a perceptual hash and their colours."""

import io
from itertools import combinations

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from domain import AspectRatio, Style
from studio.moods import Mood
from studio.paint.looks import paint
from studio.scene import AIRLESS, Framing, Place, Scene, Time, Weather

PLACES = (
    Place.SEA,
    Place.RIVER,
    Place.MOUNTAIN,
    Place.MEADOW,
    Place.FOREST,
    Place.DESERT,
    Place.VILLAGE,
    Place.SPACE,
    Place.UNDERWATER,
)
LOOKS = (Style.MOVIE, Style.ANIMATION)
SIDE = 12
"""Of the hash: 12 x 12 comparisons, 144 bits."""
APART = 0.08
"""Of the bits, or of the colours' range: what tells two pictures apart at a glance."""


def scene(
    place: Place,
    hour: Time = Time.DAY,
    weather: Weather = Weather.CLEAR,
    framing: Framing = Framing.WIDE,
) -> Scene:
    return Scene(
        place=place, time=hour, weather=weather, mood=Mood.CALM, framing=framing, subjects=()
    )


def painted(wanted: Scene, style: Style, *, seed: int = 5) -> bytes:
    return paint(wanted, style, width=320, height=180, seed=seed)


def difference_hash(content: bytes) -> NDArray[np.bool_]:
    """Whether each cell is brighter than its neighbour to the right (dHash)."""
    with Image.open(io.BytesIO(content)) as image:
        small = image.convert("L").resize((SIDE + 1, SIDE), Image.Resampling.BOX)
    cells = np.asarray(small, np.int16)
    return cells[:, 1:] > cells[:, :-1]


def colours(content: bytes) -> NDArray[np.float64]:
    with Image.open(io.BytesIO(content)) as image:
        small = image.convert("RGB").resize((4, 4), Image.Resampling.BOX)
    return np.asarray(small, np.float64) / 255


def distance(first: bytes, second: bytes) -> float:
    """The larger of the share of bits that differ and of the colours' mean difference."""
    bits = float((difference_hash(first) != difference_hash(second)).mean())
    return max(bits, float(np.abs(colours(first) - colours(second)).mean()))


def nearest(contents: list[bytes]) -> float:
    return min(distance(first, second) for first, second in combinations(contents, 2))


@pytest.mark.parametrize("style", LOOKS)
def test_the_same_scene_and_seed_are_the_same_bytes(style: Style) -> None:
    for place in PLACES:
        assert painted(scene(place), style) == painted(scene(place), style)


@pytest.mark.parametrize("style", LOOKS)
@pytest.mark.parametrize("hour", [Time.DAY, Time.NIGHT])
def test_places_are_told_apart(style: Style, hour: Time) -> None:
    assert nearest([painted(scene(place, hour), style) for place in PLACES]) > APART


@pytest.mark.parametrize("style", LOOKS)
@pytest.mark.parametrize("place", PLACES)
def test_seeds_give_other_compositions(style: Style, place: Place) -> None:
    assert nearest([painted(scene(place), style, seed=seed) for seed in range(5)]) > APART


@pytest.mark.parametrize("style", LOOKS)
@pytest.mark.parametrize("place", PLACES)
def test_hours_are_told_apart_in_the_same_composition(style: Style, place: Place) -> None:
    assert nearest([painted(scene(place, hour), style) for hour in Time]) > APART / 2


@pytest.mark.parametrize("style", LOOKS)
@pytest.mark.parametrize("place", [place for place in PLACES if place not in AIRLESS])
def test_weathers_are_told_apart(style: Style, place: Place) -> None:
    pictures = [painted(scene(place, weather=weather), style) for weather in Weather]

    assert nearest(pictures) > APART / 2


@pytest.mark.parametrize("style", LOOKS)
def test_framings_are_told_apart(style: Style) -> None:
    for place in PLACES:
        assert nearest([painted(scene(place, framing=f), style) for f in Framing]) > APART / 2


@pytest.mark.parametrize("ratio", AspectRatio)
@pytest.mark.parametrize("style", LOOKS)
def test_every_aspect_ratio_is_painted_in_its_size(style: Style, ratio: AspectRatio) -> None:
    size = ratio.size
    for place in (Place.RIVER, Place.SPACE):
        width, height = size.width // 4, size.height // 4
        content = paint(scene(place), style, width=width, height=height, seed=1)
        with Image.open(io.BytesIO(content)) as image:
            assert image.size == (width, height)
