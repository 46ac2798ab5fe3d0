"""Paints water on the plain: reflections broken by waves, a path of light, foam.

Waves are seen at an angle: distant ones are too small to distinguish and only roughen the mirror.
"""

from dataclasses import dataclass

import numpy as np

from studio.paint.canvas import Array, Canvas, as_array, between, mix, picked, tinted
from studio.paint.palette import Palette
from studio.paint.sky import Sun
from studio.paint.terrain.field import View
from studio.paint.terrain.light import Light
from studio.paint.terrain.noise import tile, tiled

_TILE = 256
_WAVES = ((5.0, 0.55), (17.0, 0.75), (61.0, 0.55))
"""Points of the tile per eye height, and how steep the waves of that size are."""


@dataclass(frozen=True, slots=True)
class Water:
    """A water's waves: 0 a mirror, 1 a storm; and whether they break on a shore."""

    roughness: float
    has_surf: bool = False


def paint_water(
    canvas: Canvas,
    view: View,
    light: Light,
    palette: Palette,
    sun: Sun,
    water: Water,
    land: Array,
) -> None:
    """Fill everything below the horizon except `land`, a mask of the whole picture."""
    top = round(view.horizon)
    height, width = canvas.height - top, canvas.width
    if height <= 0:
        return
    line = np.arange(height, dtype=np.float32)[:, None] + 0.5
    distance = as_array(np.broadcast_to(view.focal / line, (height, width)))
    columns = np.arange(width, dtype=np.float32) - width / 2
    right = as_array(columns * distance / view.focal)
    tilt, sway, crests, blur = _waves(canvas, view, water, right, distance)
    down = as_array(line / view.focal)
    mirrored = _mirrored(canvas, land, top, (down, tilt, sway, blur), view)
    glancing = np.clip(down * 0.9 + tilt * 0.55 + blur * 0.35, 0.02, 1)
    mirror = np.clip(0.03 + 0.97 * (1 - glancing) ** 5, 0, 0.92)[..., None]
    body = _body(light, palette, crests)
    tones = body + mirror * (mirrored - body)
    tones += _glitter(view, light, palette, sun, (down, tilt, sway, blur), columns)
    foam = _foam(canvas, water, land[top:], crests, right, distance)
    tones += foam[..., None] * (light.flat(0.75) * 0.95 - tones)
    veil = (1 - np.exp(-distance * light.murk / 420)) * 0.8
    tones += veil[..., None] * (light.haze - tones)
    canvas.blend(as_array(1 - land[top:]), as_array(tones), top=top)


def _waves(
    canvas: Canvas, view: View, water: Water, right: Array, distance: Array
) -> tuple[Array, Array, Array, Array]:
    """The tilt of the water to the viewer and sideways, its crests, and the unresolved tilt."""
    swell = tile(canvas.rng, _TILE, slope=1.7, stretch=2.6)
    steep_y, steep_x = np.gradient(swell)
    steep_y, steep_x = as_array(steep_y / steep_y.std()), as_array(steep_x / steep_x.std())
    footprint = distance**2 / view.focal  # eye heights between two rows
    steep = 0.012 + 0.10 * water.roughness
    faces = np.stack([steep_y * np.float32(steep), steep_x * np.float32(steep * 0.6), swell])
    total = np.zeros((3, *right.shape), np.float32)
    blur = np.zeros_like(distance)
    for index, (scale, weight) in enumerate(_WAVES):
        share = weight * (0.3 + water.roughness) if index == 0 else weight
        visible = np.clip(1.6 - footprint * scale / 7, 0, 1)
        part = tiled(faces, right * scale + 31 * index, distance * scale + 17 * index)
        part *= visible
        total += part * as_array([share, share, (0.7, 0.4, 0.0)[index]])[:, None, None]
        blur += (1 - visible) * np.float32(share * steep)
    return total[0], total[1], total[2], as_array(blur)


def _mirrored(
    canvas: Canvas, land: Array, top: int, waves: tuple[Array, Array, Array, Array], view: View
) -> Array:
    """The reflection in the waves of the picture above the water's far edge."""
    down, tilt, sway, blur = waves
    height, width = tilt.shape
    numbers = np.arange(height, dtype=np.float32)[:, None]
    shore = (land[top:] > 0.5) & (numbers < height * 0.45)  # not the viewer's own bank
    edge = np.maximum.accumulate(np.where(shore, numbers + 1, 0), axis=0)
    # Far from its edge, the water mirrors distant things, whose image hangs from the horizon.
    edge = edge * np.exp(-(numbers - edge) / (view.focal * 0.09))
    lift = (tilt * 1.4 + blur * 1.1) * view.focal
    rows = top + edge - 1 - np.abs(numbers - edge + lift * np.clip(down * 9, 0.12, 1))
    columns = np.arange(width, dtype=np.float32) + sway * view.focal * 0.5
    y = np.clip(rows, 0, canvas.height - 1).astype(np.int32)
    x = np.clip(columns, 0, width - 1).astype(np.int32)
    return picked(canvas.rgb, y, x)


def _body(light: Light, palette: Palette, crests: Array) -> Array:
    """The water's own colour: deep below, lighter where light shines through the crests."""
    deep = mix(as_array([0.02, 0.09, 0.12]), palette.water, 0.45)
    deep = as_array(deep * (0.34 + 0.95 * light.flat(0.6)))
    clear = as_array(np.array([0.10, 0.30, 0.30]) * light.flat(0.5))
    return between(deep, clear, np.clip(0.16 + crests * 0.12, 0, 0.6))


def _glitter(
    view: View,
    light: Light,
    palette: Palette,
    sun: Sun,
    waves: tuple[Array, Array, Array, Array],
    columns: Array,
) -> Array:
    """Sparks where a wave reflects the light at the viewer, and a glow where waves are too fine."""
    down, tilt, sway, blur = waves
    if sun.is_hidden:
        return as_array([0, 0, 0])
    middle = (sun.x - view.width / 2) / view.focal
    height = max((view.horizon - sun.y) / view.focal, 0.02)
    need = (height - down) / 2  # the tilt that would mirror the light
    aside = (columns / view.focal - middle) / 2
    wide = 0.012 + blur * 0.9
    across = 0.010 + blur * 0.30 + 0.012
    off = ((tilt * 1.5 - need * 0.55) / (wide + 0.035)) ** 2 + ((sway - aside) / across) ** 2
    spark = np.exp(-off * 0.8) * np.clip(1.25 - blur * 2, 0.4, 1)
    strength = min(float(light.key.max()) * 1.3, 1.0) / max(light.murk, 1)
    glow = np.exp(-((aside / 0.10) ** 2)) * 0.10 * np.clip(1 - need, 0, 1)
    return tinted(spark + glow, as_array(palette.sun * np.float32(strength)))


def _foam(
    canvas: Canvas, water: Water, land: Array, crests: Array, right: Array, distance: Array
) -> Array:
    """White on breaking crests in wind, and bands where waves run up a shore."""
    froth = tile(canvas.rng, _TILE, slope=0.8)
    lace = tiled(froth, right * 26, distance * 26) * np.clip(1 - distance / 40, 0, 1)
    caps = np.clip((crests + lace * 0.25 - 2.5 + 1.6 * water.roughness) * 1.5, 0, 1)
    foam = caps * max(water.roughness - 0.25, 0) * 1.1
    if water.has_surf:
        height = len(land)
        numbers = np.arange(height, dtype=np.float32)[:, None]
        shore = np.where(land > 0.5, numbers, np.float32(height * 4))
        ahead = np.minimum.accumulate(shore[::-1], axis=0)[::-1] - numbers  # rows to the shore
        scale = np.clip(numbers / height, 0.05, 1) * height * 0.055
        run = ahead / scale + lace * 0.35
        for place, width in ((0.15, 0.34), (1.5, 0.20), (2.9, 0.14)):
            band = np.exp(-(((run - place - crests * 0.3) / width) ** 2))
            foam = np.maximum(foam, band * np.clip(0.62 + lace * 0.35, 0, 1) / (1 + place * 0.45))
    return as_array(np.clip(foam, 0, 0.95))
