"""Paints a cave: rock around an opening, hanging stones; by night a fire or glowing crystals."""

import numpy as np
from PIL import Image

from domain import Style
from studio.moods import Mood
from studio.paint.canvas import (
    Array,
    Canvas,
    Point,
    as_array,
    blurred,
    colour,
    mix,
    noise,
    polygon_mask,
    tinted,
)
from studio.paint.palette import Palette
from studio.paint.sky import Sun, paint_sky
from studio.paint.weather import paint_weather
from studio.scene import Framing, Scene, Time

_ROCKS = ("6a5a50", "5a6068", "75604a", "54505c")
_RINGS = 4
_OPENING = {Framing.WIDE: 0.27, Framing.MEDIUM: 0.33, Framing.CLOSE: 0.40}
_DEPTHS = {
    Style.MOVIE: (1.05, 0.88),
    Style.ANIMATION: (1.40, 0.80),
    Style.REALISTIC: (1.55, 1.05),
}
"""How bright the farthest rock is, and how much darker the nearest."""
_FIRE, _CRYSTAL = colour("ff9a44"), ("57e0e8", "b070ff", "6af0a0")


def paint_cave(canvas: Canvas, scene: Scene, palette: Palette, style: Style) -> Sun:
    """Fill the picture with a cave, and return where its light comes from."""
    rng = canvas.rng
    width, height, unit = canvas.width, canvas.height, canvas.unit
    side = -1 if rng.random() < 0.5 else 1
    centre = (width * (0.5 + side * float(rng.uniform(0.04, 0.16))), height * 0.52)
    _paint_outside(canvas, scene, palette, style)
    is_night = palette.is_dark
    has_fire = is_night and (scene.mood is not Mood.MYSTERIOUS) and rng.random() < 0.6
    crystal = colour(_CRYSTAL[int(rng.integers(0, len(_CRYSTAL)))])
    base = colour(_ROCKS[int(rng.integers(0, len(_ROCKS)))])
    if style is Style.ANIMATION:
        base = mix(base, colour("7a6fa0"), 0.3)
    lamp = (width * (0.5 - side * 0.27), height * 0.80)
    day = as_array(palette.light * (0.55 if is_night else 1.15))
    glow = as_array((_FIRE if has_fire else crystal) * (1.25 if is_night else 0.0))
    relief = _relief(canvas)
    radius = _OPENING[scene.framing] * unit
    for ring in range(_RINGS):
        nearness = (ring + 1) / _RINGS
        edge = _edge(canvas, centre, radius * (1.0 + 1.05 * ring**1.15))
        mask = 1 - polygon_mask(edge, (width, height))
        light = _light(canvas, centre, lamp, day, glow, nearness)
        tone = as_array(base * (_DEPTHS[style][0] - _DEPTHS[style][1] * nearness))
        if style is Style.ANIMATION:
            tones = as_array(tone * _banded(light))
        else:
            strength = 0.9 if style is Style.REALISTIC else 0.45
            tones = as_array(tone * light * (1 + strength * relief)[:, :, None])
        canvas.blend(mask, as_array(np.clip(tones, 0, 1)))
        _paint_rim(canvas, mask, day, style, nearness)
    _paint_floor(canvas, base, relief, _light(canvas, centre, lamp, day, glow, 0.5), style)
    _paint_stones(canvas, base, style, is_night=is_night)
    _paint_beam(canvas, centre, radius, palette, style)
    if has_fire:
        _paint_fire(canvas, lamp, unit * 0.13)
    elif is_night or scene.mood is Mood.MYSTERIOUS:
        _paint_crystals(canvas, lamp, crystal)
    return Sun(*(lamp if is_night else centre), is_hidden=False)


def _paint_outside(canvas: Canvas, scene: Scene, palette: Palette, style: Style) -> None:
    small = Canvas(
        canvas.width // 2, canvas.height // 2, seed=int(canvas.rng.integers(0, 2**31)), horizon=0.62
    )
    paint_sky(small, scene, palette, style)
    paint_weather(small, scene, palette, style)
    size = canvas.width, canvas.height
    for channel in range(3):
        band = Image.fromarray(np.ascontiguousarray(small.rgb[:, :, channel]))
        canvas.rgb[:, :, channel] = np.asarray(band.resize(size, Image.Resampling.BILINEAR))
    if scene.time is Time.DAY:
        canvas.rgb *= np.float32(1.15)


def _relief(canvas: Canvas) -> Array:
    aspect = canvas.width / canvas.height
    field = noise(canvas.rng, canvas.width, canvas.height, cells=(5 * aspect, 7), octaves=6)
    step = max(1, round(canvas.unit * 0.004))
    slope = field - np.roll(field, (step, step), axis=(0, 1))
    return as_array(np.clip(slope * 9 + (field - 0.5) * 0.5, -0.8, 0.9))


def _edge(canvas: Canvas, centre: Point, radius: float) -> list[Point]:
    """A torn hole, wider than high, whose lower side is at the floor."""
    count = 42
    rough = canvas.rng.uniform(-0.10, 0.10, count) + np.repeat(
        canvas.rng.uniform(-0.10, 0.10, 14), 3
    )
    stretch = max(1.0, canvas.width / canvas.height * 0.72)
    points: list[Point] = []
    for index in range(count):
        angle = 2 * np.pi * index / count
        reach = radius * (1 + float(rough[index]))
        x = centre[0] + reach * stretch * float(np.cos(angle))
        y = centre[1] + reach * 1.05 * float(np.sin(angle))
        if y < centre[1] and index % 3 == 0:
            y += radius * 0.12  # teeth of rock hang from above
        points.append((x, y))
    return points


def _light(
    canvas: Canvas, centre: Point, lamp: Point, day: Array, glow: Array, nearness: float
) -> Array:
    rows = np.arange(canvas.height, dtype=np.float32)[:, None]
    columns = np.arange(canvas.width, dtype=np.float32)[None, :]
    unit = canvas.unit
    off = ((columns - centre[0]) ** 2 * 0.5 + (rows - centre[1]) ** 2) / (unit * 0.48) ** 2
    fire = ((columns - lamp[0]) ** 2 + ((rows - lamp[1]) * 1.2) ** 2) / (unit * 0.34) ** 2
    daylight = (1.0 - 0.35 * nearness) / (1 + off)
    warm = 1 / (1 + fire)
    light = tinted(daylight, day)
    light += tinted(warm, glow)
    light += 0.10
    return light


def _banded(light: Array) -> Array:
    """Light in three flat tones that keep its hue."""
    level = light.max(axis=2, keepdims=True)
    flat = np.where(level > 0.72, 1.0, np.where(level > 0.42, 0.78, 0.58))
    return as_array(light / np.maximum(level, 1e-3) * flat)


def _paint_rim(canvas: Canvas, mask: Array, day: Array, style: Style, nearness: float) -> None:
    """The edge of the rock catches the light; a drawing has its outline there."""
    shift = max(2, round(canvas.unit * 0.005))
    rim = np.clip(mask - np.roll(mask, -shift, axis=0), 0, 1) + np.clip(
        mask - np.roll(mask, shift, axis=0), 0, 1
    )
    if style is Style.ANIMATION:
        canvas.blend(as_array(np.clip(rim, 0, 1)), colour("241c30"))
        return
    if nearness < 0.3:
        canvas.shine(as_array(np.clip(rim, 0, 1) * 0.3), as_array(np.clip(day, 0, 1)))


def _paint_floor(canvas: Canvas, base: Array, relief: Array, light: Array, style: Style) -> None:
    top = round(canvas.height * 0.70)
    line = canvas.height * 0.745 + canvas.unit * 0.03 * np.sin(
        np.linspace(0, 7, canvas.width) + canvas.rng.uniform(0, 6)
    )
    rows = np.arange(top, canvas.height, dtype=np.float32)[:, None]
    mask = np.clip((rows - line[None, :]) / (1 if style is Style.ANIMATION else 6), 0, 1)
    tone = base * np.float32(0.62 if style is Style.MOVIE else 1.05)
    lit = light[top:]
    if style is Style.ANIMATION:
        tones = tone * _banded(lit)
    else:
        tones = tone * lit * 1.15 * (1 + 0.5 * relief[top:])[:, :, None]
    canvas.blend(as_array(mask), as_array(np.clip(tones, 0, 1)), top=top)


def _paint_stones(canvas: Canvas, base: Array, style: Style, *, is_night: bool) -> None:
    """Stones hanging from the roof, and some standing at the walls."""
    dark = as_array(base * {Style.MOVIE: 0.10, Style.ANIMATION: 0.46, Style.REALISTIC: 0.26}[style])
    light = as_array(base * {Style.MOVIE: 0.2, Style.ANIMATION: 0.66, Style.REALISTIC: 0.46}[style])
    if is_night:
        dark, light = as_array(dark * 0.75), as_array(light * 0.75)
    for _ in range(11):
        x = canvas.width * float(canvas.rng.random())
        edge = abs(x / canvas.width - 0.5) * 2
        long = canvas.unit * float(canvas.rng.uniform(0.08, 0.20)) * (0.6 + edge)
        wide = long * float(canvas.rng.uniform(0.14, 0.24))
        tip = (x + wide * 0.2, long)
        canvas.polygon(
            [
                (x - wide, -4),
                (x + wide, -4),
                (x + wide * 0.4, long * 0.5),
                tip,
                (x - wide * 0.3, long * 0.55),
            ],
            dark,
        )
        canvas.polygon(
            [(x - wide * 0.2, -4), (x + wide * 0.6, -4), (x + wide * 0.25, long * 0.5), tip], light
        )


def _paint_beam(
    canvas: Canvas, centre: Point, radius: float, palette: Palette, style: Style
) -> None:
    side = 1 if centre[0] < canvas.width / 2 else -1
    x, y = centre
    low = canvas.height * 0.96
    shape = [(x - radius * 0.8, y - radius * 0.6), (x + radius * 0.8, y - radius * 0.6)]
    shape += [(x + radius * (0.9 + 1.1 * side), low), (x + radius * (-0.9 + 1.1 * side), low)]
    small = polygon_mask(
        [(px / 4, py / 4) for px, py in shape], (canvas.width // 4, canvas.height // 4)
    )
    soft = Image.fromarray(blurred(small, canvas.unit * 0.012))
    full = as_array(
        np.asarray(soft.resize((canvas.width, canvas.height), Image.Resampling.BILINEAR))
    )
    strength = {Style.MOVIE: 0.24, Style.ANIMATION: 0.12, Style.REALISTIC: 0.13}[style]
    canvas.shine(full * np.float32(strength * float(palette.light.mean())), palette.sun)
    if style is not Style.ANIMATION:
        canvas.halo(x, y, radius, palette.low, 0.3)


def _paint_fire(canvas: Canvas, at: Point, size: float) -> None:
    x, y = at
    for turn in (-1, 1):
        log = [(x - size * 0.6, y + turn * size * 0.1), (x + size * 0.6, y - turn * size * 0.1)]
        canvas.polygon(
            [
                *log,
                (x + size * 0.6, y - turn * size * 0.1 + size * 0.14),
                (x - size * 0.6, y + turn * size * 0.1 + size * 0.14),
            ],
            colour("2e1c12"),
        )
    canvas.halo(x, y - size * 0.4, size * 1.6, _FIRE, 0.7)
    for code, share in (("e8541e", 1.0), ("ff9a2e", 0.7), ("ffe59a", 0.4)):
        tongues = (
            (-0.4, 0.0),
            (-0.46, 0.35),
            (-0.26, 0.7),
            (-0.16, 0.45),
            (0.02, 1.1),
            (0.14, 0.5),
            (0.3, 0.8),
            (0.42, 0.3),
            (0.36, 0.0),
        )
        canvas.polygon(
            [(x + u * size * share, y - v * size * share) for u, v in tongues], colour(code)
        )


def _paint_crystals(canvas: Canvas, at: Point, tone: Array) -> None:
    x, y = at
    unit = canvas.unit
    canvas.halo(x, y - unit * 0.05, unit * 0.2, tone, 0.6)
    for index in range(7):
        lean = (index - 3) * 0.2 + float(canvas.rng.uniform(-0.06, 0.06))
        long = unit * float(canvas.rng.uniform(0.07, 0.17))
        wide = unit * 0.016
        foot = x + (index - 3) * unit * 0.026
        tip = (foot + lean * long, y - long)
        shoulder = (foot + lean * long * 0.8, y - long * 0.78)
        body = [
            (foot - wide, y),
            (shoulder[0] - wide, shoulder[1]),
            tip,
            (shoulder[0] + wide, shoulder[1]),
            (foot + wide, y),
        ]
        canvas.polygon(body, mix(tone, as_array([1, 1, 1]), 0.1))
        canvas.polygon(
            [
                (foot, y),
                (shoulder[0], shoulder[1]),
                tip,
                (shoulder[0] + wide, shoulder[1]),
                (foot + wide, y),
            ],
            mix(tone, as_array([1, 1, 1]), 0.55),
        )
