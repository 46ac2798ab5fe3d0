"""The realistic look's open country: it differs with its words, is lit, and shows no steps."""

from functools import cache

import numpy as np
import pytest
from numpy.typing import NDArray

from domain import Style
from studio.moods import Mood
from studio.paint.canvas import Array, Canvas, as_array
from studio.paint.palette import Palette, palette_for
from studio.paint.sky import Sun
from studio.paint.terrain.field import View, see, shadows, slopes_of
from studio.paint.terrain.light import Light, light_for
from studio.paint.terrain.noise import plain_noise, tile, tiled
from studio.paint.terrain.range import Range, Rock, paint_range
from studio.paint.terrain.terrain import paint_terrain
from studio.paint.terrain.trees import conifers
from studio.scene import (
    INTERIORS,
    Figure,
    Framing,
    Place,
    Scene,
    Subject,
    Time,
    Weather,
)

OPEN_COUNTRY = sorted(set(Place) - INTERIORS - {Place.CITY, Place.UNDERWATER})
TEETH = 20
"""Lone tips along 640 columns: 11 to 15 are peaks; crests cut by the steps show 30."""
VISIBLE = 0.03
"""Mean difference, of 1, from which two small pictures are told apart at a glance."""
BOY = Subject(Figure.CHILD, "boy")


def scene(
    place: Place = Place.MOUNTAIN,
    time: Time = Time.DAY,
    weather: Weather = Weather.CLEAR,
    framing: Framing = Framing.WIDE,
    subjects: tuple[Subject, ...] = (),
) -> Scene:
    return Scene(
        place=place,
        time=time,
        weather=weather,
        mood=Mood.CALM,
        framing=framing,
        subjects=subjects,
    )


@cache
def painted(wanted: Scene, *, seed: int = 3) -> Array:
    """The terrain alone over a sky of one colour per row."""
    canvas, palette = blank(wanted, seed=seed)
    sun = Sun(canvas.width * 0.3, canvas.horizon * 0.5, is_hidden=False)
    paint_terrain(canvas, wanted, palette, sun)
    picture = np.clip(canvas.rgb, 0, 1)
    picture.flags.writeable = False  # several tests look at it
    return picture


def blank(
    wanted: Scene, *, seed: int = 3, size: tuple[int, int] = (320, 180)
) -> tuple[Canvas, Palette]:
    canvas = Canvas(*size, seed=seed, horizon=0.62)
    palette = palette_for(wanted, Style.REALISTIC)
    canvas.rgb[:] = palette.middle
    canvas.rgb[canvas.horizon :] = palette.low
    return canvas, palette


def light(wanted: Scene, *, sun_at: float = 0.3) -> Light:
    canvas, palette = blank(wanted)
    return light_for(canvas, wanted, palette, Sun(canvas.width * sun_at, 10, is_hidden=False))


def difference(first: Array, second: Array) -> float:
    return float(np.abs(first - second).mean())


def brightness(picture: Array) -> float:
    return float(picture.mean())


def test_places_differ_visibly() -> None:
    pictures = [painted(scene(place)) for place in OPEN_COUNTRY]

    for index, first in enumerate(pictures):
        for second in pictures[index + 1 :]:
            assert difference(first, second) > VISIBLE


@pytest.mark.parametrize("place", OPEN_COUNTRY)
def test_hours_differ_visibly_and_night_is_dark_but_readable(place: Place) -> None:
    hours = {time: painted(scene(place, time)) for time in Time}
    ground = {time: picture[120:] for time, picture in hours.items()}

    times = list(Time)
    for index, first in enumerate(times):
        for second in times[index + 1 :]:
            assert difference(ground[first], ground[second]) > VISIBLE / 3
    assert brightness(ground[Time.NIGHT]) < brightness(ground[Time.DAY]) * 0.6
    assert float(np.percentile(ground[Time.NIGHT].max(axis=2), 95)) > 0.10


def test_snow_whitens_fog_flattens_and_a_storm_darkens() -> None:
    clear, snow, fog, storm = (
        painted(scene(Place.MEADOW, weather=weather))[115:]
        for weather in (Weather.CLEAR, Weather.SNOW, Weather.FOG, Weather.STORM)
    )

    assert brightness(snow) > brightness(clear) + 0.2
    assert brightness(storm) < brightness(clear) * 0.9
    assert float(fog[:10].std()) < float(clear[:10].std()) * 0.6


@pytest.mark.parametrize("place", OPEN_COUNTRY)
def test_the_same_seed_gives_the_same_picture_and_another_another(place: Place) -> None:
    again = painted.__wrapped__(scene(place))
    other = painted(scene(place), seed=4)

    assert np.array_equal(painted(scene(place)), again)
    assert difference(again, other) > VISIBLE / 3


@pytest.mark.parametrize("place", OPEN_COUNTRY)
def test_every_size_and_framing_is_filled_with_sound_colours(place: Place) -> None:
    sizes = ((16, 16), (400, 17), (17, 120))
    for size, framing in zip(sizes, Framing, strict=True):
        canvas, palette = blank(scene(place), size=size)
        wanted = scene(place, framing=framing, subjects=(BOY,))

        paint_terrain(canvas, wanted, palette, Sun(2, 2, is_hidden=True))

        assert np.isfinite(canvas.rgb).all()


def test_whoever_stands_at_the_sea_stands_on_sand() -> None:
    feet = round(180 * 0.945)
    for seed in range(4):
        picture = painted(scene(Place.SEA, subjects=(BOY,)), seed=seed)
        for x in (0.33, 0.67):
            red, _, blue = picture[feet, round(320 * x)]
            assert red > blue  # sand is warm, water is not


def ridgeline(rock: Rock, seed: int) -> NDArray[np.float64]:
    """The row of a range's upper edge in each column, to parts of a pixel."""
    wanted = scene()
    canvas, _ = blank(wanted, seed=seed, size=(640, 360))
    mask = paint_range(canvas, light(wanted), Range(rock=rock, rise=0.5, haze=0.2, base=0.04))
    return canvas.height - mask.sum(axis=0).astype(np.float64)


@pytest.mark.parametrize("rock", [Rock.ALPS, Rock.HILLS, Rock.COAST])
def test_a_ridgeline_has_no_comb(rock: Rock) -> None:
    lines = [ridgeline(rock, seed) for seed in range(6)]

    # A tooth stands out on both sides within a few columns; a comb has dozens.
    teeth = [
        ((line[:-6] - line[3:-3] > 1.5) & (line[6:] - line[3:-3] > 1.5)).sum() for line in lines
    ]
    assert float(np.mean(teeth)) < TEETH
    assert min(float(np.ptp(line)) for line in lines) > 15  # and yet there are mountains


def test_an_edge_between_two_steps_is_found_to_a_part_of_a_pixel() -> None:
    rows = as_array(np.array([[9.0], [4.25], [6.0]]) * np.ones((1, 4)))

    seen = see(rows, 12)

    assert seen is not None
    assert seen.top == 4
    assert seen.cover[:2, 0] == pytest.approx([0.25, 1.0])
    assert seen.of(as_array(np.arange(3)[:, None] * np.ones((1, 4))))[2, 0] == pytest.approx(
        (9 - 6) / 4.75
    )


def test_the_side_that_faces_the_sun_is_brighter() -> None:
    cone = as_array(np.clip(20 - np.abs(np.arange(81) - 40.0), 0, None)[None, :] * np.ones((9, 1)))
    left = light(scene(time=Time.DUSK), sun_at=0.1)

    lit = left.on(
        slopes_of(cone, 1.0, 1.0),
        shadow=shadows(cone, 0.3, left.side, 1.0),
        openness=np.ones_like(cone),
    ).mean(axis=2)

    assert left.side == -1
    assert lit[4, 30] > lit[4, 50] * 1.5
    assert lit[4, 72] < lit[4, 2]  # the cone's shadow lies on the plain behind it


def test_trees_turn_their_bright_side_to_the_sun() -> None:
    wanted = scene(Place.MOUNTAIN, Time.DUSK)
    for sun_at, brighter_left in ((0.1, True), (0.9, False)):
        canvas, _ = blank(wanted)
        fir = conifers(canvas, light(wanted, sun_at=sun_at), 1)[0].image.convert("RGBA")
        pixels = np.asarray(fir).astype(np.float64)
        half = fir.width // 2
        sides = [
            side[..., :3][side[..., 3] > 200].mean()
            for side in (pixels[:, :half], pixels[:, half:])
        ]

        assert bool(sides[0] > sides[1]) is brighter_left


def test_the_light_lays_a_path_on_the_water() -> None:
    shown, hidden = Sun(100, 100, is_hidden=False), Sun(100, 100, is_hidden=True)
    wanted = scene(Place.SEA, Time.DUSK)
    pictures: list[Array] = []
    for sun in (shown, hidden):
        canvas, palette = blank(wanted, seed=8)
        paint_terrain(canvas, wanted, palette, sun)
        pictures.append(canvas.rgb[115:150])

    gain = (pictures[0] - pictures[1]).mean(axis=(0, 2))

    assert gain[80:120].mean() > gain[220:].mean() + 0.02


def test_distance_fades_into_the_haze() -> None:
    wanted = scene(Place.MEADOW, weather=Weather.FOG)
    canvas, palette = blank(wanted)
    paint_terrain(canvas, wanted, palette, Sun(90, 40, is_hidden=False))

    near = np.abs(canvas.rgb[-8:] - palette.haze).mean()
    far = np.abs(canvas.rgb[canvas.horizon + 2 : canvas.horizon + 6] - palette.haze).mean()

    assert far < near * 0.5


def test_noise_of_a_plain_shrinks_into_the_distance_and_tiles_have_no_seam() -> None:
    rng = np.random.default_rng(1)
    view = View(512, 288, 160.0, 270.0)
    distances = view.distances(120, far=150)
    waves = plain_noise(rng, view, distances, largest=8, smallest=0.5)
    repeated = tile(rng, 64, slope=1.0)

    def busyness(row: Array) -> float:
        return float(np.abs(np.diff(row)).mean() / row.std())

    assert busyness(waves[80]) > 3 * busyness(waves[5])
    here = tiled(repeated, as_array([[3.5]]), as_array([[9.25]]))
    assert tiled(repeated, as_array([[3.5 + 64]]), as_array([[9.25 - 64]])) == pytest.approx(here)
