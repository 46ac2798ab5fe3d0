"""Paints the ground in layers, far to near: ridges in mist (movie) or flat bands (animation)."""

from dataclasses import dataclass

import numpy as np

from domain import Style
from orchestration.providers.studio.paint.canvas import (
    Array,
    Canvas,
    as_array,
    below,
    blurred,
    mix,
    noise,
    ridge,
)
from orchestration.providers.studio.paint.palette import Palette
from orchestration.providers.studio.paint.sky import Sun
from orchestration.providers.studio.scene import Place

_GLITTER_WIDTH = 0.09


@dataclass(frozen=True, slots=True)
class Relief:
    """The ridges of a place: how many, how high, how rough.

    `start` and `end` are where the farthest and the nearest stand: 0 the horizon, 1 the foot.
    """

    layers: int
    height: float
    bumps: float
    octaves: int
    start: float
    end: float
    trees: bool = False


_RELIEFS = {
    Place.SEA: Relief(2, 0.13, 2.5, 5, 0.0, 0.01),
    Place.RIVER: Relief(4, 0.13, 2.0, 3, 0.0, 0.16),
    Place.MOUNTAIN: Relief(5, 0.34, 2.6, 6, 0.02, 0.86),
    Place.MEADOW: Relief(5, 0.12, 1.6, 2, 0.0, 0.66),
    Place.FOREST: Relief(5, 0.10, 2.0, 3, 0.05, 0.90, trees=True),
    Place.DESERT: Relief(4, 0.15, 1.3, 2, 0.02, 0.70),
    Place.CITY: Relief(1, 0.10, 2.0, 4, 0.0, 0.0),
    Place.ROOM: Relief(1, 0.10, 2.0, 4, 0.0, 0.0),
}


def paint_land(canvas: Canvas, place: Place, palette: Palette, sun: Sun, style: Style) -> None:
    """Lay the place's ridges over the sky, the farthest first."""
    relief = _RELIEFS[place]
    depth = canvas.height - canvas.horizon
    for layer in range(relief.layers):
        nearness = (layer + 1) / relief.layers
        foot = canvas.horizon + depth * (relief.start + (relief.end - relief.start) * nearness)
        line = ridge(
            canvas.rng,
            canvas.width,
            bumps=relief.bumps * (1.3 - 0.5 * nearness),
            octaves=relief.octaves,
        )
        swing = canvas.unit * relief.height * (1.15 - 0.45 * nearness)
        rows = as_array(foot + canvas.unit * 0.015 - line * swing)
        if relief.trees:
            rows = _with_trees(canvas, rows, nearness)
        haze = 0.78 * (1 - nearness) ** 0.8
        if place is Place.SEA:
            haze = 0.6 - 0.25 * nearness
        tone = mix(palette.ground, palette.haze, haze)
        _paint_layer(canvas, rows, tone, palette, style=style, sun=sun, nearness=nearness)


def paint_water(canvas: Canvas, palette: Palette, sun: Sun, style: Style, *, bottom: float) -> None:
    """Mirror what stands above the horizon down to `bottom` (0..1), with ripples and glitter."""
    top = canvas.horizon + 1
    end = round(canvas.height * bottom)
    height = end - top
    if height < 2:
        return
    rows = np.arange(height)
    depth = (rows + 1) / height
    sway = noise(canvas.rng, canvas.width, height, cells=(10, height / canvas.unit * 90), octaves=3)
    swell = ((sway - 0.5) * (4 + 40 * depth[:, None]) * canvas.unit / 720).astype(int)
    source = np.clip(canvas.horizon - 1 - rows[:, None] - swell, 0, canvas.horizon)
    columns = np.broadcast_to(np.arange(canvas.width), source.shape)
    mirrored = canvas.rgb[source, columns]
    clearness = (0.72 - 0.42 * depth)[:, None, None]
    water = as_array(mirrored * clearness + palette.water * (1 - clearness))
    if style is Style.ANIMATION:
        bands = np.round(sway * 4) / 4
        water = as_array(water * (0.92 + 0.18 * bands[:, :, None]))
    canvas.rgb[top:end] = water
    _paint_glitter(canvas, palette, sun, sway, top)


def _paint_glitter(canvas: Canvas, palette: Palette, sun: Sun, sway: Array, top: int) -> None:
    height = sway.shape[0]
    depth = np.linspace(0, 1, height)[:, None]
    across = np.abs(np.arange(canvas.width)[None, :] - sun.x) / canvas.unit
    spread = np.exp(-((across / (_GLITTER_WIDTH * (0.7 + 2.2 * depth))) ** 2))
    sparkle = np.clip((sway - 0.56) * 9, 0, 1)
    strength = 0.25 if sun.is_hidden else 0.95
    canvas.shine(as_array(sparkle * spread * strength), palette.sun, top=top)


def _with_trees(canvas: Canvas, rows: Array, nearness: float) -> Array:
    """Fir trees standing on a ridge, as a notched line."""
    line = rows.copy()
    columns = np.arange(canvas.width)
    size = canvas.unit * (0.07 + 0.26 * nearness**1.6)
    gap = size * (0.20 + 0.10 * nearness)
    for index in range(int(canvas.width / gap) + 2):
        centre = index * gap + canvas.rng.uniform(-0.1, 0.1) * size
        tall = size * canvas.rng.uniform(0.7, 1.5)
        half = tall * 0.19
        reach = np.abs(columns - centre)
        step = tall / 6
        height = tall - reach / half * tall * 0.86
        height -= np.abs((height % step) - step * 0.35) * 0.6  # branches
        foot = rows[int(np.clip(centre, 0, canvas.width - 1))]
        inside = reach < half
        line[inside] = np.minimum(line[inside], foot - height[inside])
    return line


def _paint_layer(
    canvas: Canvas,
    rows: Array,
    tone: Array,
    palette: Palette,
    *,
    style: Style,
    sun: Sun,
    nearness: float,
) -> None:
    top = max(int(rows.min()) - 1, 0)
    mask = below(rows, canvas.height, top)
    if style is Style.ANIMATION:
        _paint_bands(canvas, rows, mask, tone, top=top)
        return
    depth = np.arange(top, canvas.height, dtype=np.float32)[:, None] - rows[None, :]
    mist = np.clip(depth / (canvas.unit * 0.30), 0, 1) * (0.42 * (1 - nearness) + 0.04)
    tones = as_array(tone + mist[:, :, None] * (palette.haze - tone))
    canvas.blend(mask, tones, top=top)
    across = np.exp(-((np.arange(canvas.width) - sun.x) ** 2) / (canvas.unit * 0.30) ** 2)
    edge = np.clip(1 - np.abs(depth - 1) / (canvas.unit * 0.003 + 0.5), 0, 1) * across[None, :]
    if not sun.is_hidden:
        canvas.shine(as_array(edge * 0.5), palette.sun, top=top)


def _paint_bands(canvas: Canvas, rows: Array, mask: Array, tone: Array, *, top: int) -> None:
    """Flat colour with a light crest and two darker bands."""
    canvas.blend(mask, tone, top=top)
    wobble = ridge(canvas.rng, canvas.width, bumps=5, octaves=2) * canvas.unit * 0.03
    for share, factor in ((0.035, 0.92), (0.09, 0.85)):
        band = as_array(rows + canvas.unit * share + wobble)
        canvas.blend(below(band, canvas.height, top), as_array(tone * factor), top=top)
    crest = below(rows, canvas.height, top) - below(
        as_array(rows + canvas.unit * 0.006), canvas.height, top
    )
    canvas.blend(as_array(crest * 0.55), as_array(np.clip(tone * 1.25 + 0.06, 0, 1)), top=top)


def paint_foreground(canvas: Canvas, place: Place, palette: Palette, style: Style) -> None:
    """The strip at the viewer's feet: grass, rock, sand, where the figures stand."""
    tone = as_array(palette.ground * (0.72 if style is Style.MOVIE else 0.78))
    line = ridge(canvas.rng, canvas.width, bumps=2.2, octaves=5 if place is Place.SEA else 3)
    rows = as_array(canvas.height * (0.90 - 0.045 * line))
    if place in (Place.MEADOW, Place.RIVER, Place.FOREST):
        rows = _with_grass(canvas, rows)
    top = max(int(rows.min()) - 1, 0)
    mask = below(rows, canvas.height, top)
    canvas.blend(mask, tone, top=top)
    if style is Style.REALISTIC:
        grain = noise(canvas.rng, canvas.width, canvas.height - top, cells=(60, 18), octaves=3)
        canvas.blend(as_array(mask * grain * 0.4), as_array(tone * 1.6), top=top)
    if place is Place.MEADOW and style is Style.ANIMATION:
        _paint_flowers(canvas)


def _with_grass(canvas: Canvas, rows: Array) -> Array:
    blades = blurred(as_array(canvas.rng.random((1, canvas.width))), max(canvas.unit / 700, 0.6))[0]
    blades = (blades - blades.min()) / max(float(np.ptp(blades)), 1e-6)
    return as_array(rows - blades**1.5 * canvas.unit * 0.045)


def _paint_flowers(canvas: Canvas) -> None:
    kinds = (as_array([1, 1, 1]), as_array([1, 0.86, 0.3]), as_array([1, 0.55, 0.6]))
    for _ in range(70):
        x = canvas.rng.uniform(0, canvas.width)
        y = canvas.height * canvas.rng.uniform(0.91, 0.995)
        canvas.disc(x, y, canvas.unit * 0.0038, kinds[canvas.rng.integers(0, len(kinds))])
