"""Space: stars, nebulae, planets with rings, and the cratered ground of a moon."""

import numpy as np

from studio.paint.canvas import Array, as_array, colour, mix, noise, tinted
from studio.paint.landscape.brush import Sheet
from studio.paint.landscape.foreground import paint_stones
from studio.paint.landscape.relief import (
    craggy_line,
    fill_hill,
    rolling_line,
)
from studio.paint.landscape.stage import SNOW, Stage
from studio.paint.sky import paint_stars
from studio.scene import Time

_NEBULAE = {
    Time.DAWN: ("d0608c", "5a4fc0"),
    Time.DAY: ("2f7fc0", "6a4fd0"),
    Time.DUSK: ("e0703c", "8a3f9c"),
    Time.NIGHT: ("3a4fc8", "1f8f9c"),
}
_PLANETS = ("d98c5a", "6fa8d8", "c97fb0", "8fbf9a", "d8b46a")
_GROUNDS = {Time.DAWN: "a48a94", Time.DAY: "b4b0a8", Time.DUSK: "a87a62", Time.NIGHT: "7c86a8"}


def _paint_planets(stage: Stage) -> None:
    """Nebulae, stars and planets over the whole picture."""
    canvas = stage.canvas
    _paint_nebula(stage)
    paint_stars(canvas, rows=canvas.height, share=1.5, large=0.003 if stage.is_drawn else 0.002)
    planet = colour(_PLANETS[int(canvas.rng.integers(len(_PLANETS)))])
    radius = canvas.unit * stage.uniform(0.10, 0.17) * stage.zoom**0.5
    x = canvas.width * (0.5 - stage.sun_side * stage.uniform(0.14, 0.30))
    y = canvas.horizon * stage.uniform(0.30, 0.48)
    ringed = stage.chance(0.65)
    tilt = stage.uniform(-0.45, 0.45)
    if ringed:
        _paint_ring(stage, (x, y), radius, tilt, planet, in_front=False)
    _paint_planet(stage, (x, y), radius, planet)
    if ringed:
        _paint_ring(stage, (x, y), radius, tilt, planet, in_front=True)
    second = colour(_PLANETS[int(canvas.rng.integers(len(_PLANETS)))])
    where = canvas.width * (0.5 + stage.sun_side * stage.uniform(-0.08, 0.04))
    high = canvas.horizon * stage.uniform(0.16, 0.3)
    _paint_planet(stage, (where, high), canvas.unit * stage.uniform(0.02, 0.04), second)


def _paint_nebula(stage: Stage) -> None:
    """Glowing clouds of gas; flat patches in a drawing."""
    canvas = stage.canvas
    for index, code in enumerate(_NEBULAE[stage.scene.time]):
        field = noise(canvas.rng, canvas.width, canvas.height, cells=(2.4, 2.0), octaves=5)
        mask = np.clip((field - 0.52) * 2.4, 0, 1)
        if stage.is_drawn:
            mask = np.floor(mask * 4 + 0.25) / 4
        canvas.shine(as_array(mask * (0.62 - 0.14 * index)), colour(code))


def _paint_planet(stage: Stage, middle: tuple[float, float], radius: float, tone: Array) -> None:
    """A ball, lit from the sun's side and banded by its weather."""
    canvas = stage.canvas
    x, y = middle
    reach = int(radius) + 3
    top, left = int(y) - reach, int(x) - reach
    rows = (np.arange(2 * reach + 1, dtype=np.float32) + top - y)[:, None] / radius
    columns = (np.arange(2 * reach + 1, dtype=np.float32) + left - x)[None, :] / radius
    distance = np.sqrt(rows**2 + columns**2)
    mask = np.clip((1 - distance) * radius + 0.5, 0, 1)
    deep = np.sqrt(np.clip(1 - distance**2, 0, 1))
    light = np.clip(columns * stage.sun_side * 0.72 - rows * 0.3 + deep * 0.62, 0, 1)
    if stage.is_drawn:
        light = np.clip(np.round(light * 2.4) / 2.4 + 0.22, 0, 1)
    bands = np.sin(rows * 9 + columns * 1.6 + np.sin(columns * 4) * 0.5)
    if stage.is_drawn:
        bands = np.sign(bands)
    shade = (0.10 + 1.0 * light) * (1 + 0.09 * bands)
    tones = tinted(as_array(shade), as_array(tone * 1.15))
    canvas.blend(as_array(mask), as_array(np.clip(tones, 0, 1)), top=top, left=left)
    if not stage.is_drawn:
        canvas.halo(x + stage.sun_side * radius * 0.4, y - radius * 0.2, radius * 0.9, tone, 0.22)


def _paint_ring(
    stage: Stage,
    middle: tuple[float, float],
    radius: float,
    tilt: float,
    tone: Array,
    *,
    in_front: bool,
) -> None:
    sheet = Sheet(stage.canvas)
    half = np.linspace(0, np.pi, 40) if in_front else np.linspace(np.pi, 2 * np.pi, 40)
    bright = mix(tone, as_array([1, 0.95, 0.85]), 0.55)
    for reach, width, shade in ((1.5, 0.13, 0.75), (1.78, 0.2, 1.0), (2.06, 0.07, 0.6)):
        points = [
            (
                middle[0] + radius * reach * float(np.cos(a) - np.sin(a) * 0.22 * tilt),
                middle[1] + radius * reach * float(np.sin(a) * 0.22 + np.cos(a) * tilt),
            )
            for a in half
        ]
        sheet.line(points, as_array(bright * shade), width=radius * width * 0.5)
    sheet.lay(opacity=0.9)


def _paint_ground(stage: Stage) -> None:
    """Crags at the horizon, then a plain of craters and stones."""
    canvas = stage.canvas
    base = stage.snowed(_GROUNDS[stage.scene.time], 0.7)
    light = 1.25 if stage.is_drawn else 1.1
    fill_hill(
        stage,
        craggy_line(stage, 0.08, 0.14, bumps=4),
        stage.tone(base, 0.5, lit=light * 0.6),
        0.75,
        mist=0.2,
    )
    fill_hill(
        stage,
        rolling_line(stage, 0.16, 0.06, bumps=3, octaves=4),
        stage.tone(base, 0.8, lit=light * 0.85),
        0.9,
        mist=0.1,
    )
    rows = rolling_line(stage, 0.34, 0.05, bumps=1.4, octaves=3)
    tone = stage.tone(base, 1.0, lit=light)
    fill_hill(stage, rows, tone, 1.0, mist=0)
    sheet = Sheet(canvas)
    for index in range(11):
        nearness = 0.36 + 0.5 * (index / 10) ** 1.4
        x, y = stage.uniform(0, canvas.width), stage.row(nearness)
        size = canvas.unit * (0.015 + 0.09 * (nearness - 0.3)) * stage.uniform(0.6, 1.5)
        _draw_crater(sheet, stage, (x, y), size, tone)
    sheet.lay()
    paint_stones(stage, rows, 8, 1.0)


def _draw_crater(
    sheet: Sheet, stage: Stage, middle: tuple[float, float], size: float, tone: Array
) -> None:
    x, y = middle
    flat = size * 0.26
    rim = stage.tone(SNOW, 1.0) if stage.is_snowy else as_array(np.clip(tone * 1.22, 0, 1))
    sheet.ellipse(x - stage.sun_side * size * 0.05, y + flat * 0.12, size * 1.08, flat * 1.12, rim)
    sheet.ellipse(x, y, size, flat, as_array(tone * 0.58))
    sheet.ellipse(
        x - stage.sun_side * size * 0.14,
        y + flat * 0.22,
        size * 0.8,
        flat * 0.72,
        as_array(tone * 0.84),
    )


def paint_space(stage: Stage) -> None:
    """Planets over the ground of a moon."""
    _paint_planets(stage)
    _paint_ground(stage)
