"""Paints the sky: its colours, sun or moon, stars, clouds, rays and lightning."""

from dataclasses import dataclass

import numpy as np

from domain import Style
from studio.moods import Mood
from studio.paint.canvas import (
    Canvas,
    as_array,
    colour,
    gradient,
    mix,
    noise,
    resize,
)
from studio.paint.clouds import paint_clouds, paint_puffs
from studio.paint.landscape.brush import Sheet
from studio.paint.palette import Palette
from studio.scene import Place, Scene, Time, Weather

_ELEVATIONS = {Time.DAWN: 0.80, Time.DAY: 0.24, Time.DUSK: 0.86, Time.NIGHT: 0.28}
"""How far down towards the horizon the sun or the moon is."""
_HIDDEN = frozenset({Weather.RAIN, Weather.STORM, Weather.SNOW})
_RAYS = {Mood.HOPEFUL: 0.62, Mood.MYSTERIOUS: 0.42, Mood.JOYFUL: 0.24, Mood.CALM: 0.2}


@dataclass(frozen=True, slots=True)
class Sun:
    """The source of the light, in pixels; the moon by night."""

    x: float
    y: float
    is_hidden: bool


def paint_sky(canvas: Canvas, scene: Scene, palette: Palette, style: Style) -> Sun:
    """Fill the picture with sky down to the horizon, and return the position of the light."""
    colours = gradient(
        [(0, palette.top), (0.55, palette.middle), (1, palette.low)], canvas.horizon + 1
    )
    canvas.rgb[: canvas.horizon + 1] = colours[:, None, :]
    canvas.rgb[canvas.horizon + 1 :] = palette.low
    side = 0.20 + 0.20 * canvas.rng.random()
    x = canvas.width * (side if canvas.rng.random() < 0.5 else 1 - side)
    sway = 0.10 if scene.time in (Time.DAWN, Time.DUSK) else 0.24
    elevation = _ELEVATIONS[scene.time] + sway * (canvas.rng.random() - 0.5)
    if scene.mood is Mood.SAD and scene.time is Time.DAY:
        elevation += 0.35  # a low, late light
    is_hidden = scene.weather in _HIDDEN and scene.place is not Place.SPACE
    sun = Sun(x, canvas.horizon * elevation, is_hidden)
    if scene.time is Time.NIGHT and not sun.is_hidden and scene.place is not Place.SPACE:
        if scene.mood in (Mood.MYSTERIOUS, Mood.HOPEFUL, Mood.JOYFUL):
            _paint_milky_way(canvas, style)
        large = 0.0032 if style is Style.ANIMATION else 0.002
        paint_stars(canvas, rows=canvas.horizon, share=1.0, large=large)
    _paint_glow(canvas, scene, palette, sun)
    _paint_sun(canvas, scene, palette, sun, style)
    if scene.place is Place.SPACE:
        return sun
    paint = paint_puffs if style is Style.ANIMATION else paint_clouds
    paint(canvas, scene, palette, sun_x=sun.x)
    if scene.weather is Weather.STORM:
        _paint_lightning(canvas, palette)
    is_glad = scene.mood in (Mood.JOYFUL, Mood.HOPEFUL)
    is_fair = scene.weather in (Weather.CLEAR, Weather.CLOUDY)
    if is_glad and is_fair and scene.time is not Time.NIGHT:
        _paint_flock(canvas, palette, sun)
    return sun


def paint_stars(canvas: Canvas, *, rows: int, share: float, large: float) -> None:
    """Stars down to a row: most are faint, a few large with a glow."""
    count = int(canvas.width * rows * share / 2_400)
    ys = (canvas.rng.random(count) ** 1.3 * rows * 0.97).astype(int)
    xs = canvas.rng.integers(0, canvas.width, count)
    shine = as_array(canvas.rng.random(count) ** 3 * 0.85 + 0.15)
    warmth = as_array(canvas.rng.random((count, 1)))
    tints = colour("cfe0ff") + warmth * (colour("fff0d8") - colour("cfe0ff"))
    canvas.rgb[ys, xs] += shine[:, None] * tints
    for x, y in zip(xs[: count // 18], ys[: count // 18], strict=True):
        size = canvas.unit * large * float(canvas.rng.uniform(0.6, 1.3))
        canvas.halo(float(x), float(y), size, as_array([1, 1, 0.95]), 0.95)


def paint_rays(canvas: Canvas, scene: Scene, palette: Palette, sun: Sun, style: Style) -> None:
    """Beams that fan out from the light, over everything behind the figures."""
    strength = _RAYS.get(scene.mood, 0.0)
    low_sun = scene.time in (Time.DAWN, Time.DUSK)
    if scene.place is Place.FOREST and scene.mood is not Mood.SAD:
        strength = max(strength, 0.45)
    strength *= {Weather.CLEAR: 1.0, Weather.CLOUDY: 1.1, Weather.FOG: 0.9}.get(scene.weather, 0.25)
    if not low_sun and scene.mood in (Mood.CALM, Mood.JOYFUL) and scene.place is not Place.FOREST:
        return
    strength *= 0.45 if scene.time is Time.NIGHT else (1.0 if low_sun else 0.7)
    if style is Style.ANIMATION:
        strength *= 0.5
    if strength < 0.03 or scene.place is Place.SPACE:
        return
    width, height = max(canvas.width // 4, 1), max(canvas.height // 4, 1)
    columns = (np.arange(width, dtype=np.float32) - sun.x / 4)[None, :]
    rows = (np.arange(height, dtype=np.float32) - sun.y / 4)[:, None]
    turn = (np.arctan2(columns, rows) / (2 * np.pi) + 0.5) * 359
    fan = noise(canvas.rng, 400, 1, cells=(26, 1), octaves=3)[0]
    ramp = np.linspace(0, 1, 40, dtype=np.float32)
    fan[:40] = fan[:40] * ramp + fan[360:] * (1 - ramp)  # no seam where the circle closes
    sharp = 14.0 if style is Style.ANIMATION else 2.6
    beams = np.clip((fan[turn.astype(np.int32)] - 0.55) * sharp, 0, 1)
    distance = np.sqrt(columns**2 + rows**2) / (canvas.unit / 4)
    fade = np.exp(-distance * 1.5) * np.clip(distance * 6 - 0.3, 0, 1)
    light = resize(as_array(beams * fade), canvas.width, canvas.height)
    canvas.shine(as_array(light * strength), mix(palette.sun, palette.low, 0.2))


def _paint_milky_way(canvas: Canvas, style: Style) -> None:
    rows = np.arange(canvas.horizon, dtype=np.float32)[:, None] / canvas.horizon
    columns = np.arange(canvas.width, dtype=np.float32)[None, :] / canvas.width
    tilt = float(canvas.rng.uniform(-0.7, 0.7))
    across = rows - 0.42 - tilt * (columns - 0.5)
    dust = noise(canvas.rng, canvas.width, canvas.horizon, cells=(7, 5), octaves=5)
    band = np.exp(-((across / 0.24) ** 2)) * np.clip(dust * 1.5 - 0.35, 0, 1)
    if style is Style.ANIMATION:
        band = np.round(band * 4) / 4
    canvas.shine(as_array(band * 0.42), colour("a9b8ff"))


def _paint_glow(canvas: Canvas, scene: Scene, palette: Palette, sun: Sun) -> None:
    is_night = scene.time is Time.NIGHT
    strength = 0.2 if sun.is_hidden else (0.36 if is_night else 0.75)
    strength *= 0.6 if scene.weather is Weather.FOG else 1
    if not is_night and scene.place is not Place.SPACE:
        canvas.halo(sun.x, sun.y, canvas.unit * 0.50, mix(palette.sun, palette.low, 0.4), strength)
    canvas.halo(sun.x, sun.y, canvas.unit * 0.16, palette.sun, strength)


def _paint_sun(canvas: Canvas, scene: Scene, palette: Palette, sun: Sun, style: Style) -> None:
    if sun.is_hidden:
        return
    is_night = scene.time is Time.NIGHT
    radius = canvas.unit * (0.040 if is_night else 0.046)
    if scene.mood is Mood.MYSTERIOUS and is_night:
        radius *= 1.75
    elif scene.time in (Time.DAWN, Time.DUSK):
        radius *= 1.25
    if style is Style.ANIMATION:
        radius *= 1.3
        for grow, strength in ((2.6, 0.16), (1.7, 0.26)):
            canvas.disc(sun.x, sun.y, radius * grow, palette.sun, opacity=strength)
    tone = palette.sun
    if scene.weather is Weather.FOG:
        tone = mix(tone, palette.low, 0.45)
    canvas.disc(sun.x, sun.y, radius, tone)
    if is_night:
        shade = mix(tone, palette.middle, 0.22)
        for across, down, size in ((-0.3, -0.2, 0.25), (0.25, 0.3, 0.2), (0.2, -0.4, 0.13)):
            canvas.disc(sun.x + across * radius, sun.y + down * radius, radius * size, shade)


def _paint_flock(canvas: Canvas, palette: Palette, sun: Sun) -> None:
    """A few birds far away, opposite the sun."""
    sheet = Sheet(canvas)
    tone = mix(as_array(palette.top * 0.45), palette.middle, 0.15)
    side = 1 if sun.x < canvas.width / 2 else -1
    x = canvas.width * (0.5 + side * float(canvas.rng.uniform(0.1, 0.34)))
    y = canvas.horizon * float(canvas.rng.uniform(0.35, 0.6))
    for _ in range(int(canvas.rng.integers(3, 8))):
        px = x + canvas.unit * float(canvas.rng.uniform(-0.16, 0.16))
        py = y + canvas.unit * float(canvas.rng.uniform(-0.07, 0.07))
        size = canvas.unit * float(canvas.rng.uniform(0.008, 0.016))
        wings = [(px - size, py - size * 0.45), (px - size * 0.4, py - size * 0.5), (px, py)]
        wings += [(px + size * 0.4, py - size * 0.5), (px + size, py - size * 0.35)]
        sheet.line(wings, tone, width=max(size * 0.16, 0.7))
    sheet.lay()


def _paint_lightning(canvas: Canvas, palette: Palette) -> None:
    """A bolt with side branches, and the cloud around it lit up."""
    x = canvas.width * float(canvas.rng.uniform(0.2, 0.8))
    glow = mix(palette.sun, colour("b8ccff"), 0.6)
    canvas.halo(x, 0, canvas.unit * 0.42, glow, 0.6)
    sheet, aura = Sheet(canvas), Sheet(canvas)
    paths = [_bolt(canvas, (x, -4.0), canvas.horizon, 0.06)]
    trunk = paths[0]
    for _ in range(3):
        start = trunk[int(canvas.rng.integers(1, max(len(trunk) - 2, 2)))]
        paths.append(_bolt(canvas, start, start[1] + canvas.horizon * 0.3, 0.10))
    for index, path in enumerate(paths):
        width = canvas.unit * (0.0062 if index == 0 else 0.0030)
        aura.line(path, glow, width=width * 5)
        sheet.line(path, as_array([1, 1, 1]), width=width)
    aura.lay(blur=canvas.unit * 0.014, opacity=0.8)
    sheet.lay()


def _bolt(
    canvas: Canvas, start: tuple[float, float], end: float, spread: float
) -> list[tuple[float, float]]:
    x, y = start
    points = [(x, y)]
    drift = float(canvas.rng.uniform(-0.03, 0.03))
    while y < end and len(points) < 40:
        x += canvas.unit * (float(canvas.rng.uniform(-spread, spread)) + drift)
        y += canvas.unit * float(canvas.rng.uniform(0.025, 0.075))
        points.append((x, y))
    return points
