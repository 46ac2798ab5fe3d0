"""Paints distant mountains and hills: each range a strip of ground with spurs, snow and haze."""

from dataclasses import dataclass
from enum import Enum

import numpy as np

from studio.paint.canvas import Array, Canvas, as_array, between, colour, resize
from studio.paint.terrain.field import (
    Seen,
    lay,
    openness,
    shadows,
    slopes_of,
)
from studio.paint.terrain.light import Light
from studio.paint.terrain.noise import (
    fractal,
    octave,
    paved,
    ridged,
    tile,
    warped,
)


class Rock(Enum):
    """The material of a range."""

    ALPS = "alps"
    HILLS = "hills"
    WOODS = "woods"
    MESAS = "mesas"
    COAST = "coast"
    MOON = "moon"


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    """A range of mountains. Sizes are shares of the picture's shorter side.

    `base` is how far below the horizon its foot is, `haze` how much of it the air hides.
    """

    rock: Rock
    rise: float
    haze: float
    base: float = 0.0
    spread: float = 0.6
    steps: int = 140
    snowline: float = 2.0
    """The level, of 1 at the top, above which snow lies all year."""


_TONES = {
    Rock.ALPS: ("57534f", "7d766e", "4f5a3c"),
    Rock.HILLS: ("5d7040", "7f8a54", "55683a"),
    Rock.WOODS: ("2c4227", "44592f", "2a3f26"),
    Rock.MESAS: ("a5643c", "cf9260", "b98455"),
    Rock.MOON: ("76736e", "8f8b86", "807d78"),
    Rock.COAST: ("6c675c", "8d8676", "5d6a40"),
}
"""Dark and bright stone, and the vegetation of gentle ground."""
_ROUND = frozenset({Rock.HILLS, Rock.WOODS, Rock.MOON})
_SNOW = "eef3fa"
_THICK = 2.6
"""The murk of a fog."""


def paint_range(
    canvas: Canvas, light: Light, spec: Range, *, window: Array | None = None, depth: float = 0.8
) -> Array:
    """Paint the range over the picture and return its mask.

    `window` scales its height per column; where it is zero, nothing is painted.
    """
    width, steps = canvas.width, spec.steps
    deep = max(canvas.unit * depth, 8.0)
    levels = _levels(canvas, spec, deep)
    if window is not None:
        levels *= window[None, :]
    rise = canvas.unit * spec.rise
    heights = as_array(levels * rise)
    if spec.rock is Rock.WOODS:
        heights += _crowns(canvas, levels)
    step = deep / steps
    foot = canvas.horizon + canvas.unit * spec.base
    lift = np.linspace(0, canvas.unit * min(0.03, spec.base), steps, dtype=np.float32)
    rows = as_array(foot - heights - lift[:, None])
    tones = _tones(canvas, light, spec, levels, heights, step)
    air = 1 - (1 - spec.haze) ** max(light.murk, 1.0)
    mist = np.clip(1 - levels / 0.55, 0, 1) ** 1.5 * 0.45 * min(light.murk, 1.8)
    veil = as_array(np.clip(air + (1 - air) * mist * min(spec.haze * 2.2, 1), 0, 0.985))
    tones += veil[..., None] * (light.haze - tones)
    grain = tile(canvas.rng, 256, slope=0.5)

    def finish(_: Seen, picture: Array) -> Array:
        texture = paved(grain, width, len(picture)) * np.float32(0.05 * (1 - air))
        picture *= np.clip(1 + texture, 0.7, 1.3)[..., None]
        return picture

    # Fog is as bright as the sky behind the mountains, so they fade into it.
    opacity = np.full_like(heights, 1 - air if light.murk > _THICK else 1)
    if window is not None:
        opacity *= np.clip(heights / 2.0, 0, 1)
    bottom = foot if window is not None else foot + canvas.unit * 0.12
    return lay(canvas, rows, tones, finish, opacity=as_array(opacity), bottom=bottom)


def _levels(canvas: Canvas, spec: Range, deep: float) -> Array:
    """Heights in 0..1, rising from the foot to crests in the farther half."""
    rng, width, steps = canvas.rng, canvas.width, spec.steps
    size = max(canvas.unit * spec.spread, 4.0)
    cells = width / size, deep / size
    massif = fractal(rng, width, steps, (cells[0] * 0.8, cells[1] * 0.5), octaves=2)
    away = np.linspace(0, 1, steps, dtype=np.float32)[:, None]
    rising = as_array(_eased(away / 0.75 + 0.02) * (1 - 0.3 * _eased((away - 0.9) / 0.1)))
    if spec.rock in _ROUND:
        rough = fractal(rng, width, steps, (cells[0] * 1.6, cells[1] * 1.6), octaves=5, gain=0.42)
        body = 0.62 + 0.30 * massif + 0.16 * rough
    else:
        spurs = ridged(rng, width, steps, (cells[0] * 2.6, cells[1] * 2.6 + 1), octaves=6)
        bend = octave(rng, width, steps, (cells[0] * 4, cells[1] * 4 + 1))
        push = octave(rng, width, steps, (cells[0] * 4, cells[1] * 4 + 1))
        reach = np.float32(size * 0.06)
        spurs = warped(spurs, bend * reach, push * reach * np.float32(steps / deep))
        peaks = _peaks(rng, width, steps, deep, size)
        body = peaks * (0.74 + 0.10 * massif) + (0.10 + 0.34 * peaks) * spurs
        if spec.rock is Rock.MESAS:
            body = _terraced(as_array(body))
        rising = as_array(_eased(away / 0.35 + 0.02))
    return _without_combs(as_array(np.clip(body, 0.02, 1.25) * rising))


def _crowns(canvas: Canvas, levels: Array) -> Array:
    """The tops of the trees on a hill, in pixels: some columns wide, different at each step."""
    steps, width = levels.shape
    size = canvas.unit * 0.007
    crowns = octave(canvas.rng, width, steps, (width / size, steps * 0.8))
    return as_array(np.abs(crowns) * size * np.clip(levels * 6, 0, 1))


def _peaks(rng: np.random.Generator, width: int, steps: int, deep: float, size: float) -> Array:
    """Pyramids with arms that run down from each top, computed at a fraction of the size."""
    columns, rows = max(width // 4, 2), max(steps // 2, 2)
    across = np.linspace(0, width, columns, dtype=np.float32)[None, :]
    away = np.linspace(0, deep, rows, dtype=np.float32)[:, None]
    total = np.full((rows, columns), 0.06, np.float32)
    count = max(round(width / size * 3.2), 3)
    for index in range(count):
        # Spread over the width, each in its own section: no bare gaps, no two in one place.
        x = (index + float(rng.uniform(-0.1, 1.1))) * width / count
        y = deep * float(rng.uniform(0.45, 0.92))
        tall = float(rng.uniform(0.45, 1.0)) if index % 3 else float(rng.uniform(0.8, 1.05))
        right, beyond = across - x, away - y
        distance = np.sqrt(right**2 + (beyond * 0.85) ** 2) / (size * (0.35 + 0.55 * tall))
        angle = np.arctan2(beyond, right)
        arms = np.zeros_like(distance)
        for waves, weight in ((2, 0.10), (3, 0.16), (5, 0.15), (8, 0.09)):
            arms += weight * np.cos(waves * angle + float(rng.uniform(0, 6.3)) + distance * 1.4)
        slope = tall * (1 - distance**0.9 * (1 + arms * np.clip(distance * 5, 0, 1)) * 0.95)
        np.maximum(total, slope, out=total)
    return resize(total, width, steps)


def _without_combs(levels: Array) -> Array:
    """Round the crests over a few steps; a sharp crest between two steps would look serrated."""
    for _ in range(4):
        wide = np.pad(levels, ((2, 2), (0, 0)), mode="edge")
        levels = as_array(
            (wide[:-4] + 4 * wide[1:-3] + 6 * wide[2:-2] + 4 * wide[3:-1] + wide[4:]) / 16
        )
    wide = np.pad(levels, ((0, 0), (1, 1)), mode="edge")
    return as_array((wide[:, :-2] + 2 * wide[:, 1:-1] + wide[:, 2:]) / 4)


def _terraced(levels: Array) -> Array:
    """Flat tops and steep walls, as of old tablelands."""
    scaled = levels * 3.2
    whole = np.floor(scaled)
    return as_array((whole + _eased((scaled - whole - 0.55) / 0.3)) / 3.2)


def _tones(
    canvas: Canvas, light: Light, spec: Range, levels: Array, heights: Array, step: float
) -> Array:
    rng, (steps, width) = canvas.rng, levels.shape
    detail = fractal(
        rng,
        width,
        steps,
        (width / canvas.unit * 22, steps * step / canvas.unit * 22),
        octaves=4,
        gain=0.62,
    )
    roughness = canvas.unit * (0.003 if spec.rock in _ROUND else 0.0095)
    slopes = slopes_of(as_array(heights + detail * roughness), 1.0, step)
    steep = np.sqrt(slopes[0] ** 2 + slopes[1] ** 2)
    up = max(light.direction[1], 0.12)
    run = up / abs(light.direction[0])
    shade = shadows(heights, run, light.side, canvas.unit * 0.012) * 0.85
    open_sky = openness(levels, canvas.unit * 0.12, 2.6)
    dark, bright, grown = (colour(code) for code in _TONES[spec.rock])
    patches = fractal(rng, width, steps, (width / canvas.unit * 26, 9), octaves=3)
    bent = levels * 34 + fractal(rng, width, steps, (6, 3), octaves=2) * 2.5
    strata = np.sin(bent) * np.clip(steep - 0.4, 0, 1)
    albedo = between(dark, bright, np.clip(0.5 + patches * 0.42 + strata * 0.28, 0, 1))
    if spec.rock is not Rock.MESAS:
        green = np.clip((1.15 - steep) * 1.4 - levels * 1.3 + patches * 0.5, 0, 1)
        albedo += green[..., None] * (grown - albedo)
    line = 0.10 if light.is_snowy else spec.snowline
    lying = np.clip((levels - line + patches * 0.10) * 9, 0, 1)
    lying *= np.clip(2.6 - steep * 1.1 + patches * 0.8, 0.12 if light.is_snowy else 0.03, 1)
    if light.is_snowy and spec.rock is Rock.WOODS:
        lying *= 0.72
    albedo += lying[..., None] * (colour(_SNOW) - albedo)
    return as_array(albedo * light.on(slopes, shadow=shade, openness=open_sky))


def _eased(values: Array) -> Array:
    bounded = np.clip(values, 0, 1)
    return as_array(bounded * bounded * (3 - 2 * bounded))
