"""Figures stand out from their background in all places, hours and weathers."""

import numpy as np
import pytest

from domain import Style
from studio.paint import looks
from studio.paint.canvas import Canvas, as_array
from studio.paint.figures.cast import Painted, paint_cast
from studio.paint.figures.light import CONTRAST_FLOOR, edge_contrast
from studio.paint.palette import Palette
from studio.paint.sky import Sun
from studio.scene import (
    Age,
    Figure,
    Look,
    Place,
    Scene,
    Time,
    Tint,
    Weather,
)
from tests.figures import pixels, scene, subject


def contrasts(monkeypatch: pytest.MonkeyPatch, style: Style, *scenes: Scene) -> list[float]:
    """How each figure differs from its surroundings, when painted before the first scene's land."""
    found: list[float] = []

    def watched(
        canvas: Canvas, _: Scene, palette: Palette, sun: Sun, style: Style
    ) -> list[Painted]:
        land = canvas.rgb
        painted: list[Painted] = []
        for each in scenes:
            canvas.rgb = land.copy()
            painted = paint_cast(canvas, each, palette, sun, style)
            found.extend(contrast_of(canvas, figure) for figure in painted)
        return painted

    monkeypatch.setattr(looks, "paint_cast", watched)
    looks.paint(scenes[0], style, width=240, height=136, seed=5)
    return found


def contrast_of(canvas: Canvas, figure: Painted) -> float:
    rows = slice(max(figure.top, 0), figure.top + figure.mask.shape[0])
    columns = slice(max(figure.left, 0), figure.left + figure.mask.shape[1])
    picture = canvas.rgb[rows, columns]
    mask = figure.mask[rows.start - figure.top :, columns.start - figure.left :]
    return edge_contrast(picture, mask[: picture.shape[0], : picture.shape[1]])


@pytest.mark.parametrize("style", Style)
@pytest.mark.parametrize("place", Place)
def test_figures_stand_out_in_every_place_at_every_hour(
    monkeypatch: pytest.MonkeyPatch, place: Place, style: Style
) -> None:
    shown = (subject(Figure.PERSON, "Tom"), subject(Figure.FOX), subject(Figure.BOAT))

    for time in Time:
        found = contrasts(monkeypatch, style, scene(*shown, place=place, time=time))

        assert len(found) >= 2
        assert min(found) >= CONTRAST_FLOOR, (time, found)


@pytest.mark.parametrize("style", Style)
@pytest.mark.parametrize("time", [Time.DAY, Time.NIGHT])
def test_every_figure_stands_out_by_day_and_by_night(
    monkeypatch: pytest.MonkeyPatch, time: Time, style: Style
) -> None:
    scenes = [scene(subject(figure), time=time) for figure in Figure]

    found = contrasts(monkeypatch, style, *scenes)

    assert len(found) == len(Figure)
    weak = [f for f, value in zip(Figure, found, strict=True) if value < CONTRAST_FLOOR]
    assert weak == []


@pytest.mark.parametrize("style", Style)
@pytest.mark.parametrize("weather", Weather)
def test_figures_stand_out_in_every_weather(
    monkeypatch: pytest.MonkeyPatch, weather: Weather, style: Style
) -> None:
    shown = (subject(Figure.WOMAN, "Anna"), subject(Figure.CAT))

    found = contrasts(monkeypatch, style, scene(*shown, weather=weather, time=Time.DUSK))

    assert min(found) >= CONTRAST_FLOOR


@pytest.mark.parametrize("style", Style)
@pytest.mark.parametrize(
    ("place", "time", "weather"),
    [
        (Place.MEADOW, Time.NIGHT, Weather.STORM),
        (Place.VILLAGE, Time.NIGHT, Weather.SNOW),
        (Place.CITY, Time.DUSK, Weather.RAIN),
        (Place.TAVERN, Time.DAY, Weather.CLEAR),
        (Place.TAVERN, Time.DUSK, Weather.CLEAR),
        (Place.CAVE, Time.NIGHT, Weather.CLEAR),
    ],
)
def test_after_dark_and_in_rooms_neighbours_are_lit_alike_and_nobody_is_a_silhouette(
    monkeypatch: pytest.MonkeyPatch, place: Place, time: Time, weather: Weather, style: Style
) -> None:
    kept: list[float] = []

    def watched(
        canvas: Canvas, scene: Scene, palette: Palette, sun: Sun, style: Style
    ) -> list[Painted]:
        painted = paint_cast(canvas, scene, palette, sun, style)
        kept.extend(light_kept(canvas, figure) for figure in painted)
        return painted

    monkeypatch.setattr(looks, "paint_cast", watched)
    dark_haired = subject(Figure.CHILD, "boy", look=Look(tint=Tint.BROWN))
    old = subject(Figure.PERSON, "grandfather", look=Look(age=Age.OLD, tint=Tint.BLUE))
    for seed in (1, 2, 3):
        looks.paint(
            scene(dark_haired, old, place=place, time=time, weather=weather),
            style,
            width=320,
            height=180,
            seed=seed,
        )

    assert min(kept) > 0.55
    assert max(max(pair) / min(pair) for pair in pairs_of(kept)) < 1.9


def pairs_of(values: list[float]) -> list[tuple[float, float]]:
    return list(zip(values[::2], values[1::2], strict=True))


def light_kept(canvas: Canvas, figure: Painted) -> float:
    """How much of the light of its own colours a painted figure has."""
    own = pixels(figure.subject)
    rows, columns = np.nonzero(figure.mask > 0.95)
    rows, columns = rows + figure.top, columns + figure.left
    is_seen = (rows < canvas.height) & (columns >= 0) & (columns < canvas.width)
    seen = canvas.rgb[rows[is_seen], columns[is_seen]]
    return float(seen.mean() / own[own.max(axis=2) > 0.02].mean())


def test_the_measure_of_contrast_tells_seen_from_hidden() -> None:
    mask = np.zeros((60, 60), np.float32)
    mask[20:40, 20:40] = 1
    hidden = as_array(np.full((60, 60, 3), 0.5))
    seen = as_array(hidden + mask[:, :, None] * 0.4)

    assert edge_contrast(hidden, mask) < 1
    assert edge_contrast(seen, mask) > 25
