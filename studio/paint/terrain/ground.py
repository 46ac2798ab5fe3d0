"""Paints the ground at the viewer's feet: grass, sand, snow, stones or moon dust on a plain."""

from dataclasses import dataclass
from enum import Enum

import numpy as np

from studio.paint.canvas import Array, Canvas, as_array, between, colour, tinted
from studio.paint.terrain.field import (
    Seen,
    View,
    lay,
    shadows,
    slopes_of,
)
from studio.paint.terrain.light import Light
from studio.paint.terrain.noise import octave, plain_noise, tile, tiled

_STEPS = 230


class Soil(Enum):
    """What covers the ground."""

    GRASS = "grass"
    FIELDS = "fields"
    SAND = "sand"
    BEACH = "beach"
    LITTER = "litter"
    SCREE = "scree"
    DUST = "dust"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """A plain with hills. Sizes are in eye heights.

    `hills` is the height of waves `wide` across; `grass` is its height; `clear_air` is the distance
    at which the haze has taken two thirds.
    """

    soil: Soil
    hills: float
    wide: float
    far: float = 160.0
    grass: float = 0.0
    clear_air: float = 130.0


_TONES = {
    Soil.GRASS: ("4a6324", "7f8f3e", "9a9355"),
    Soil.FIELDS: ("556b2b", "8a9446", "b29a58"),
    Soil.SAND: ("c38f58", "dcb07a", "b58252"),
    Soil.BEACH: ("b59a74", "d3bd96", "94805f"),
    Soil.LITTER: ("3c3a22", "55502c", "4d5a28"),
    Soil.SCREE: ("6a675c", "8b8578", "5c6638"),
    Soil.DUST: ("77746f", "96928b", "62605c"),
}
"""Dark, bright, and the colour of patches."""
_GRAIN = {Soil.SAND: 0.05, Soil.BEACH: 0.06, Soil.DUST: 0.09, Soil.SCREE: 0.22, Soil.LITTER: 0.20}
_SNOW = "edf2fa"


@dataclass(slots=True)
class Plain:
    """A ground before it is painted: its heights may still be changed."""

    view: View
    distances: Array
    across: Array
    levels: Array
    cover: Array | None = None
    """Where there is ground, in 0..1; elsewhere water shows. None means everywhere."""
    inland: Array | None = None
    """The distance of a point from the water; the first tenth is wet. None means all dry."""
    path: Array | None = None
    """Where feet have worn the grass away, in 0..1."""


def plain_for(canvas: Canvas, view: View, spec: Ground) -> Plain:
    """The heights of the ground: flat near the viewer, rolling farther away."""
    distances = view.distances(_STEPS, far=spec.far)
    rolling = plain_noise(
        canvas.rng, view, distances, largest=spec.wide, smallest=spec.wide / 20, roughness=1.35
    )
    start = np.clip((distances - 4) / spec.wide, 0, 1)
    levels = rolling * as_array(start * spec.hills)[:, None]
    return Plain(view, distances, view.across(distances), as_array(levels))


def paint_ground(canvas: Canvas, light: Light, spec: Ground, plain: Plain) -> Array:
    """Paint the ground over the picture, lit by the hour; returns the mask of its land."""
    view, distances, levels = plain.view, plain.distances, plain.levels
    away = np.gradient(distances)[:, None]
    run = (distances / view.focal)[:, None]
    slopes = slopes_of(levels, run, away)
    drop = max(light.direction[1], 0.12) / abs(light.direction[0])
    shade = shadows(levels, as_array(run * drop), light.side, as_array(0.02 * distances)[:, None])
    albedo, bumps = _albedo(canvas, light, spec, plain, slopes)
    bumpy = as_array(slopes[0] + bumps), as_array(slopes[1] + bumps * 0.5)
    open_sky = as_array(np.ones_like(levels))
    tones = albedo * light.on(bumpy, shadow=as_array(shade * 0.8), openness=open_sky)
    if spec.grass:
        levels = _grown(canvas, light, spec, plain, tones)
    rows = view.rows(levels, distances)
    texture = tile(canvas.rng, 256, slope=0.55)

    def finish(seen: Seen, picture: Array) -> Array:
        return _finished(light, spec, plain, texture, seen, picture)

    return lay(canvas, rows, as_array(tones), finish, opacity=plain.cover)


def _albedo(
    canvas: Canvas, light: Light, spec: Ground, plain: Plain, slopes: tuple[Array, Array]
) -> tuple[Array, Array]:
    """The ground's own colours, and the tilt of its small bumps."""
    view, distances = plain.view, plain.distances
    patches = plain_noise(canvas.rng, view, distances, largest=24, smallest=0.5, roughness=0.45)
    fine = plain_noise(canvas.rng, view, distances, largest=1.6, smallest=0.08, roughness=0.5)
    dark, bright, other = (colour(code) for code in _TONES[spec.soil])
    albedo = between(dark, bright, np.clip(0.5 + patches * 0.5 + fine * 0.25, 0, 1))
    spots = np.clip(patches * 1.6 - 0.35 + fine * 0.4, 0, 0.75)
    albedo += spots[..., None] * (other - albedo)
    if spec.soil is Soil.FIELDS:
        albedo += _parcels(canvas, plain)[..., None] * (colour("b9a05a") - albedo)
    if plain.path is not None:
        albedo += plain.path[..., None] * (colour("9a8460") - albedo)
    bumps = fine * np.float32(_GRAIN.get(spec.soil, 0.12) * 4)
    if spec.soil in (Soil.SAND, Soil.BEACH):
        bumps = bumps * 0.4
    if light.is_snowy and spec.soil is not Soil.DUST:
        steep = np.sqrt(slopes[0] ** 2 + slopes[1] ** 2)
        lying = np.clip(1.25 - steep + patches * 0.3 + fine * 0.15, 0.4, 0.97)
        albedo += lying[..., None] * (colour(_SNOW) - albedo)
        bumps = bumps * 0.35
    if plain.inland is not None:
        wet = np.clip(1 - plain.inland * 9, 0, 1)[..., None]
        albedo *= 1 - 0.5 * wet
    return as_array(albedo), as_array(bumps)


def _parcels(canvas: Canvas, plain: Plain) -> Array:
    """Strips of ripe corn between green ones, on the far side of the place."""
    turn = float(canvas.rng.uniform(-0.5, 0.5))
    distance = plain.distances[:, None]
    across = np.floor((plain.across + distance * turn) / 11).astype(np.int64)
    away = np.floor((distance - plain.across * turn) / 17).astype(np.int64)
    ripe = ((across * 73 + away * 151) % 7) / 7
    return as_array(np.clip(ripe * 1.3 - 0.35, 0, 0.85) * np.clip((distance - 24) / 10, 0, 1))


def _grown(canvas: Canvas, light: Light, spec: Ground, plain: Plain, tones: Array) -> Array:
    """Grass on each step: its tips catch the light, its feet are dark (in place)."""
    view, distances = plain.view, plain.distances
    steps, width = plain.levels.shape
    blades = np.zeros((steps, width), np.float32)
    pixels = view.focal / distances * 0.012  # the visible width of a tuft at each step
    size = max(2.0, float(pixels.max()))
    while size >= 1.9:
        share = np.clip(1 - np.abs(np.log2(np.maximum(pixels, 2) / size)), 0, 1)
        if float(share.max()) > 0:
            grid = octave(canvas.rng, width, steps, (width / size, steps))
            blades += grid * as_array(share)[:, None]
        size /= 2
    tall = np.clip(0.55 + 0.75 * blades, 0.05, 1.3)
    lows = plain_noise(canvas.rng, view, distances, largest=6, smallest=0.4, roughness=0.4)
    tall *= np.clip(0.75 + lows * 0.6, 0.15, 1.3)
    if plain.cover is not None:
        tall *= plain.cover
    if plain.path is not None:
        tall *= 1 - 0.92 * plain.path
    if plain.inland is not None:
        tall *= np.clip(plain.inland * 6, 0, 1)
    share = 0.25 if light.is_snowy else 1.0
    tones *= (1 - 0.42 * share + 0.62 * share * tall)[..., None]
    glow = np.clip(tall - 0.75, 0, 1) * (0.10 if light.is_snowy else 0.45)
    tones += tinted(glow, as_array(light.key * as_array([0.42, 0.40, 0.16])))
    return as_array(plain.levels + tall * np.float32(spec.grass * (0.4 if light.is_snowy else 1)))


def _finished(
    light: Light, spec: Ground, plain: Plain, texture: Array, seen: Seen, picture: Array
) -> Array:
    """Fine grain near the viewer, and air in the distance."""
    width = plain.view.width
    far = plain.distances
    step = seen.near // width
    distance = far.take(step)
    distance += seen.share * (far.take(step + 1) - distance)
    columns = np.arange(width, dtype=np.float32) - width / 2
    right = columns * distance / plain.view.focal
    grain = _GRAIN.get(spec.soil, 0.12)
    near = np.clip(1 - distance / 26, 0, 1)
    ripple = tiled(texture, right * 42, distance * 42) * near
    coarse = np.clip(1 - distance / 90, 0, 1)
    ripple += tiled(texture, right * 9, distance * 9) * coarse * 0.7
    if spec.soil is Soil.SAND and not light.is_snowy:
        ripple *= 0.5
        wind = tiled(texture, right * 1.3 + 40, distance * 1.3)
        waves = np.sin(distance * 26 + right * 9 + wind * 2.6)
        ripple += waves * np.clip(1 - distance / 22, 0, 1) * np.clip(0.9 + wind * 0.3, 0, 1) * 1.5
    strength = grain * (0.45 if light.is_snowy else 1)
    picture *= np.clip(1 + ripple * strength, 0.3, 1.8)[..., None]
    veil = 1 - np.exp(-distance * np.float32(light.murk / spec.clear_air))
    picture += np.clip(veil, 0, 0.97)[..., None] * (light.haze - picture)
    return picture
