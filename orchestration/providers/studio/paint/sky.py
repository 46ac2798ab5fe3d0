"""Paints the sky: its colours, sun or moon, stars and clouds."""

from dataclasses import dataclass

import numpy as np

from domain import Style
from orchestration.providers.studio.paint.canvas import (
    Array,
    Canvas,
    as_array,
    blurred,
    gradient,
    mix,
    noise,
)
from orchestration.providers.studio.paint.palette import Palette
from orchestration.providers.studio.scene import Scene, Time, Weather

_ELEVATIONS = {Time.DAWN: 0.80, Time.DAY: 0.22, Time.DUSK: 0.88, Time.NIGHT: 0.26}
"""How far down towards the horizon the sun or the moon stands."""
_COVER = {
    Weather.CLEAR: 0.18,
    Weather.CLOUDY: 0.52,
    Weather.RAIN: 0.62,
    Weather.STORM: 0.74,
    Weather.SNOW: 0.45,
    Weather.FOG: 0.25,
}
_HIDDEN = frozenset({Weather.RAIN, Weather.STORM, Weather.SNOW})


@dataclass(frozen=True, slots=True)
class Sun:
    """Where the light comes from, in pixels; the moon by night."""

    x: float
    y: float
    is_hidden: bool


def paint_sky(canvas: Canvas, scene: Scene, palette: Palette, style: Style) -> Sun:
    """Fill the picture with sky down to the horizon, and tell where the light stands."""
    colours = gradient(
        [(0, palette.top), (0.55, palette.middle), (1, palette.low)], canvas.horizon + 1
    )
    canvas.rgb[: canvas.horizon + 1] = colours[:, None, :]
    canvas.rgb[canvas.horizon + 1 :] = palette.low
    side = 0.24 + 0.18 * canvas.rng.random()
    x = canvas.width * (side if canvas.rng.random() < 0.5 else 1 - side)
    sun = Sun(x, canvas.horizon * _ELEVATIONS[scene.time], scene.weather in _HIDDEN)
    if scene.time is Time.NIGHT and not sun.is_hidden:
        _paint_stars(canvas, style)
    _paint_sun(canvas, scene, palette, sun, style)
    if style is Style.ANIMATION:
        _paint_puffs(canvas, scene, palette)
    else:
        _paint_clouds(canvas, scene, palette, sun)
    if scene.weather is Weather.STORM:
        _paint_lightning(canvas, palette)
    return sun


def _paint_stars(canvas: Canvas, style: Style) -> None:
    count = canvas.width * canvas.horizon // 2_600
    ys = (canvas.rng.random(count) ** 1.4 * canvas.horizon * 0.92).astype(int)
    xs = canvas.rng.integers(0, canvas.width, count)
    shine = as_array(canvas.rng.random(count) ** 3 * 0.9 + 0.1)
    canvas.rgb[ys, xs] += shine[:, None]
    for x, y in zip(xs[: count // 14], ys[: count // 14], strict=True):
        size = canvas.unit * (0.0032 if style is Style.ANIMATION else 0.002)
        canvas.halo(float(x), float(y), size, as_array([1, 1, 0.94]), 0.9)


def _paint_sun(canvas: Canvas, scene: Scene, palette: Palette, sun: Sun, style: Style) -> None:
    is_night = scene.time is Time.NIGHT
    strength = 0.2 if sun.is_hidden else (0.35 if is_night else 0.75)
    strength *= 0.5 if scene.weather is Weather.FOG else 1
    if not is_night:
        canvas.halo(sun.x, sun.y, canvas.unit * 0.50, mix(palette.sun, palette.low, 0.4), strength)
    canvas.halo(sun.x, sun.y, canvas.unit * 0.15, palette.sun, strength)
    if sun.is_hidden:
        return
    radius = canvas.unit * (0.038 if is_night else 0.046)
    if style is Style.ANIMATION:
        canvas.halo(sun.x, sun.y, radius * 1.6, palette.sun, 0.6)
        radius *= 1.25
    canvas.disc(sun.x, sun.y, radius, palette.sun)
    if is_night:
        shade = mix(palette.sun, palette.middle, 0.22)
        for across, down, size in ((-0.3, -0.2, 0.25), (0.25, 0.3, 0.2), (0.2, -0.4, 0.13)):
            canvas.disc(sun.x + across * radius, sun.y + down * radius, radius * size, shade)


def _paint_clouds(canvas: Canvas, scene: Scene, palette: Palette, sun: Sun) -> None:
    """Torn clouds, lit from the sun's side and dark below."""
    height = canvas.horizon + 1
    aspect = canvas.width / max(height, 1)
    field = noise(canvas.rng, canvas.width, height, cells=(2.2 * aspect, 4.5), octaves=6)
    cover = _COVER[scene.weather]
    density = np.clip((field - (0.86 - cover)) * 2.6, 0, 1)
    rows = np.linspace(0, 1, height)[:, None]
    density *= np.clip(1.15 - rows, 0.15, 1) * np.clip(0.25 + rows * 3, 0, 1)
    relief = np.clip((field - np.roll(field, -round(canvas.unit * 0.02), axis=0)) * 5 + 0.5, 0, 1)
    columns = np.abs(np.arange(canvas.width) - sun.x)[None, :] / canvas.width
    lit = np.clip(relief * (1.15 - columns), 0, 1)
    bright = mix(palette.low, palette.sun, 0.05 if sun.is_hidden else 0.4)
    dark = mix(palette.middle, as_array(palette.top * 0.6), 0.6)
    tones = as_array(dark + lit[:, :, None] * (bright - dark))
    canvas.blend(as_array(density * (0.62 + 0.3 * cover)), tones)


def _paint_puffs(canvas: Canvas, scene: Scene, palette: Palette) -> None:
    """Round clouds in two flat tones, as drawn films have them."""
    count = 2 + round(_COVER[scene.weather] * 10)
    bright = mix(palette.low, as_array([1, 1, 1]), 0.15 if palette.is_dark else 0.7)
    shadow = mix(bright, palette.middle, 0.42)
    for _ in range(count):
        width = canvas.unit * float(canvas.rng.uniform(0.22, 0.5))
        x = float(canvas.rng.uniform(-0.1, 0.95)) * canvas.width
        y = canvas.horizon * float(canvas.rng.uniform(0.16, 0.78))
        _paint_puff(canvas, (x, y, width), bright, shadow)


def _paint_puff(
    canvas: Canvas, box: tuple[float, float, float], bright: Array, shadow: Array
) -> None:
    x, y, width = box
    size = int(width * 1.3), int(width * 0.75)
    rows, columns = np.mgrid[0 : size[1], 0 : size[0]].astype(np.float32)
    mask = np.zeros((size[1], size[0]), np.float32)
    lower = mask.copy()
    base = size[1] * 0.78
    for step in range(7):
        share = (step + 0.5) / 7
        radius = width * (0.13 + 0.10 * np.sin(share * np.pi) * (0.7 + canvas.rng.random() * 0.5))
        centre_x = size[0] * (0.14 + 0.72 * share)
        centre_y = base - radius * 0.75
        for target, shift in ((mask, 0.0), (lower, radius * 0.34)):
            distance = np.hypot(columns - centre_x, rows - centre_y + shift)
            np.maximum(target, np.clip(radius - distance + 0.5, 0, 1), out=target)
    flat = np.clip(base - rows + 0.5, 0, 1)
    mask *= flat
    top, left = int(y - size[1] / 2), int(x)
    canvas.blend(mask, shadow, top=top, left=left)
    canvas.blend(as_array(mask * lower), bright, top=top, left=left)


def _paint_lightning(canvas: Canvas, palette: Palette) -> None:
    x = canvas.width * float(canvas.rng.uniform(0.2, 0.8))
    y, thickness = 0.0, canvas.unit * 0.006
    points: list[tuple[float, float]] = []
    while y < canvas.horizon:
        points.append((x, y))
        x += canvas.unit * float(canvas.rng.uniform(-0.07, 0.07))
        y += canvas.unit * float(canvas.rng.uniform(0.03, 0.09))
    outline = [(px - thickness * (1 - py / canvas.height), py) for px, py in points]
    outline += [(px + thickness * (1 - py / canvas.height), py) for px, py in reversed(points)]
    before = canvas.rgb.copy()
    canvas.polygon(outline, as_array([1, 1, 1]))
    streak = blurred(as_array(np.abs(canvas.rgb - before).max(axis=2)), canvas.unit * 0.02)
    canvas.shine(as_array(streak * 3), mix(palette.sun, as_array([0.7, 0.8, 1]), 0.6))
    canvas.halo(points[0][0], 0, canvas.unit * 0.4, as_array([0.75, 0.82, 1]), 0.45)
