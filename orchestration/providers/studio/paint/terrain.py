"""Paints ground with depth for the realistic look: a height map seen by a ray per column.

For each column the ground is projected at growing distances; what rises above all that is nearer
is seen. That is a running minimum and a histogram, so a picture costs a few array operations.
"""

from dataclasses import dataclass

import numpy as np

from orchestration.providers.studio.paint.canvas import (
    Array,
    Canvas,
    as_array,
    colour,
    mix,
    noise,
    resize,
)
from orchestration.providers.studio.paint.palette import Palette
from orchestration.providers.studio.paint.sky import Sun
from orchestration.providers.studio.scene import Place, Scene, Weather

_MAP = 640
_STEPS = 420
_NEAR, _FAR = 0.035, 1.0
_WATER_LEVEL = 0.30


@dataclass(frozen=True, slots=True)
class Ground:
    """A place's ground: its relief, the eye's height above it, its colours low to high."""

    cells: float
    octaves: int
    relief: float
    eye: float
    low: str
    high: str
    peak: str
    is_wet: bool = False


_GROUNDS = {
    Place.SEA: Ground(5, 6, 0.10, 0.075, "7d7458", "6f7a5c", "8a8a80", is_wet=True),
    Place.RIVER: Ground(4, 5, 0.12, 0.10, "6f8a4a", "5f7d3f", "7c8a5a", is_wet=True),
    Place.MOUNTAIN: Ground(4, 6, 0.30, 0.13, "5f6a44", "77706a", "eef2f6"),
    Place.MEADOW: Ground(3, 4, 0.10, 0.085, "7ba046", "5f8a3a", "98a858"),
    Place.FOREST: Ground(3, 4, 0.10, 0.12, "4a5c30", "35522c", "4f7038"),
    Place.DESERT: Ground(4, 2, 0.11, 0.085, "c99a5c", "dcb070", "eccb92"),
}


def paint_terrain(canvas: Canvas, scene: Scene, palette: Palette, sun: Sun) -> None:
    """Lay the place's ground over the lower sky."""
    ground = _GROUNDS[scene.place]
    heights = _relief(canvas, scene.place, ground)
    wet = heights < _WATER_LEVEL if ground.is_wet else np.zeros_like(heights, bool)
    heights = as_array(np.where(wet, _WATER_LEVEL, heights))
    lit = _lit(canvas, scene, ground, heights, palette, sun)
    distances = as_array(np.geomspace(_NEAR, _FAR, _STEPS))
    columns = (np.arange(canvas.width, dtype=np.float32) - canvas.width / 2) / canvas.width
    aspect = canvas.width / canvas.height
    xs = as_array(0.5 + columns[None, :] * distances[:, None] * min(aspect, 1.4) * 0.85)
    ys = as_array(np.broadcast_to(distances[:, None] * 0.98, xs.shape))
    levels = _sampled(heights, xs, ys) * ground.relief
    base = _WATER_LEVEL if ground.is_wet else float(np.quantile(levels[:90], 0.9)) / ground.relief
    eye = base * ground.relief + ground.eye
    rows = canvas.horizon + (eye - levels) / distances[:, None] * canvas.unit * 1.05
    seen = _seen_steps(rows, canvas.height)
    top = int(np.argmax((seen < _STEPS).any(axis=1)))
    steps = np.minimum(seen[top:], _STEPS - 1)
    across = np.broadcast_to(np.arange(canvas.width), steps.shape)
    tones = _textured(canvas, lit, xs[steps, across], ys[steps, across])
    if ground.is_wet:
        share = _sampled(as_array(wet), xs[steps, across], ys[steps, across])
        water = _water(canvas, palette, sun, distances[steps], top)
        tones = as_array(tones + np.clip(share * 2 - 0.5, 0, 1)[:, :, None] * (water - tones))
    density = 2.6 if scene.weather is Weather.FOG else 1.25
    haze = (1 - np.exp(-((distances[steps] * density) ** 1.6)))[:, :, None]
    tones = as_array(tones + haze * (palette.haze - tones))
    canvas.blend(as_array(seen[top:] < _STEPS), tones, top=top)


def _relief(canvas: Canvas, place: Place, ground: Ground) -> Array:
    cells = (ground.cells, ground.cells)
    heights = noise(canvas.rng, _MAP, _MAP, cells=cells, octaves=ground.octaves)
    if place is Place.MOUNTAIN:
        crests = 1 - np.abs(2 * noise(canvas.rng, _MAP, _MAP, cells=(4, 4), octaves=4) - 1)
        heights = as_array(heights * 0.35 + crests**1.4 * 0.8)
        heights = _smoothed(heights, 300)
        heights *= np.linspace(0.05, 1.35, _MAP, dtype=np.float32)[:, None]  # higher far away
    elif place is Place.DESERT:
        warp = noise(canvas.rng, _MAP, _MAP, cells=(3, 3), octaves=3)
        lines = np.linspace(0, 7, _MAP)[:, None] + warp * 3
        saw = lines % 1
        heights = as_array(np.where(saw < 0.7, saw / 0.7, (1 - saw) / 0.3) * 0.42 + heights * 0.6)
        heights = _smoothed(heights, 72)
    elif place is Place.FOREST:
        heights = as_array(heights + _trees(canvas))
    elif place is Place.RIVER:
        rows = np.linspace(0, 1, _MAP)
        course = 0.5 + 0.10 * np.sin(rows * 9 + canvas.rng.uniform(0, 6))
        distance = np.abs(np.linspace(0, 1, _MAP)[None, :] - course[:, None])
        heights = as_array(0.34 + heights * np.clip(distance * 3.5, 0, 1))
        heights = as_array(np.where(distance < 0.035 + 0.08 * rows[:, None], 0.2, heights))
        heights = _smoothed(heights, 120)
    elif place is Place.SEA:
        far = np.linspace(-0.55, 0.12, _MAP, dtype=np.float32)[:, None]
        heights = as_array(heights + far)
    return heights


def _trees(canvas: Canvas) -> Array:
    """Conifers as cones on the map, with clearings."""
    crowns = np.zeros((_MAP, _MAP), np.float32)
    size = 17
    axis = np.arange(size, dtype=np.float32) - size // 2
    cone = np.clip(1 - np.hypot(axis[:, None], axis[None, :]) / (size / 2), 0, 1) * 0.85
    clearings = noise(canvas.rng, _MAP, _MAP, cells=(5, 5), octaves=2)
    spots = canvas.rng.integers(0, _MAP - size, (2_600, 2))
    for (y, x), tall in zip(spots, canvas.rng.uniform(0.5, 1.1, len(spots)), strict=True):
        if clearings[y, x] > 0.42 and y > 90:
            patch = crowns[y : y + size, x : x + size]
            np.maximum(patch, cone * np.float32(tall), out=patch)
    return crowns


def _smoothed(values: Array, size: int) -> Array:
    return resize(resize(values, size, size), _MAP, _MAP)


def _lit(
    canvas: Canvas, scene: Scene, ground: Ground, heights: Array, palette: Palette, sun: Sun
) -> Array:
    """The map's colours under the light of the hour."""
    steepness_y, steepness_x = np.gradient(heights * ground.relief * _MAP)
    side = -1.0 if sun.x < canvas.width / 2 else 1.0
    bare = np.sqrt(steepness_x**2 + steepness_y**2 + 1)
    light = (-steepness_x * side * 0.72 - steepness_y * 0.28 + 0.55) / bare
    light = np.clip(light, 0.0, 1.1) * 0.85 + 0.28
    patches = noise(canvas.rng, _MAP, _MAP, cells=(26, 26), octaves=4)
    height = np.clip((heights - heights.min()) / max(float(np.ptp(heights)), 1e-6), 0, 1)
    low, high, peak = (colour(code) for code in (ground.low, ground.high, ground.peak))
    share = np.clip(height * 1.5 + (patches - 0.5) * 0.9, 0, 1)[:, :, None]
    tones = low + share * (high - low)
    crest = np.clip((height - 0.55 + (patches - 0.5) * 0.35) * 5, 0, 1)
    crest *= np.clip(1.9 - bare * 0.75, 0.1, 1)  # steep flanks keep no snow
    tones += crest[:, :, None] * (peak - tones)
    if scene.weather is Weather.SNOW:
        snow = np.clip(2.2 - bare, 0.3, 0.95)[:, :, None]
        tones += snow * (colour("f3f7fb") - tones)
    return as_array(tones * light[:, :, None] * palette.light)


def _sampled(values: Array, xs: Array, ys: Array) -> Array:
    """The map's values between its points; places run from 0 to 1."""
    columns = np.clip(xs * (_MAP - 1), 0, _MAP - 1.001)
    rows = np.clip(ys * (_MAP - 1), 0, _MAP - 1.001)
    x, y = columns.astype(np.int32), rows.astype(np.int32)
    across, down = columns - x, rows - y
    if values.ndim == 3:
        across, down = across[..., None], down[..., None]
    upper = values[y, x] * (1 - across) + values[y, x + 1] * across
    lower = values[y + 1, x] * (1 - across) + values[y + 1, x + 1] * across
    return as_array(upper * (1 - down) + lower * down)


def _seen_steps(rows: Array, height: int) -> "np.ndarray[tuple[int, ...], np.dtype[np.int64]]":
    """For each pixel the number of the first step that covers it; the number of steps for sky."""
    width = rows.shape[1]
    tops = np.minimum.accumulate(np.clip(np.ceil(rows), 0, height), axis=0).astype(np.int64)
    cells = tops * width + np.arange(width, dtype=np.int64)
    counts = np.bincount(cells.reshape(-1), minlength=(height + 1) * width)
    return _STEPS - np.cumsum(counts.reshape(height + 1, width), axis=0)[:height]


def _textured(canvas: Canvas, lit: Array, xs: Array, ys: Array) -> Array:
    """The map's colours with finer grain than the map has."""
    grain = noise(canvas.rng, 256, 256, cells=(48, 48), octaves=3)
    tones = _sampled(lit, xs, ys)
    total = np.zeros(xs.shape, np.float32)
    for scale, strength in ((1_900, 0.5), (6_100, 0.5)):
        x = (xs * scale).astype(np.int32) & 255
        y = (ys * scale).astype(np.int32) & 255
        total += grain[y, x] * np.float32(strength)
    return as_array(tones * (0.80 + 0.40 * total)[:, :, None])


def _water(canvas: Canvas, palette: Palette, sun: Sun, distances: Array, top: int) -> Array:
    """Waves that mirror the sky, and the light's path upon them."""
    height, width = distances.shape
    sway = noise(canvas.rng, width, height, cells=(16, height / canvas.unit * 110), octaves=4)
    depth = np.clip(
        (np.arange(height, dtype=np.float32) + top - canvas.horizon) / canvas.height * 2.2, 0, 1
    )[:, None]
    tilt = np.clip(1 - depth + (sway - 0.5) * 0.9, 0, 1)[:, :, None]
    mirrored = mix(palette.middle, palette.top, 0.25)
    tones = palette.water * 0.75 + tilt * (mix(palette.low, mirrored, 0.45) - palette.water * 0.75)
    across = as_array(np.abs(np.arange(width, dtype=np.float32)[None, :] - sun.x) / canvas.unit)
    path = np.exp(-((across / (0.08 + 0.22 * depth)) ** 2)) * np.clip((sway - 0.55) * 8, 0, 1)
    shine = (path * (0.2 if sun.is_hidden else 0.95))[:, :, None]
    return as_array(tones + (1 - np.clip(tones, 0, 1)) * shine * palette.sun)
