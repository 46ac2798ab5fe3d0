"""Paints an airless world: a black sky with stars and a planet, and craters in the dust."""

import math
from dataclasses import replace

import numpy as np

from studio.paint.canvas import Array, Canvas, as_array, between, colour, tinted
from studio.paint.palette import Palette
from studio.paint.sky import Sun
from studio.paint.terrain.ground import Plain
from studio.paint.terrain.light import Light
from studio.paint.terrain.noise import fractal
from studio.scene import Time

_PHASES = {Time.DAWN: 1.75, Time.DAY: 0.75, Time.DUSK: 1.35, Time.NIGHT: 2.1}
"""The angle between the light and the viewer, seen from the planet, in radians."""
_KEYS = {
    Time.DAWN: ("ffe9cf", 0.95),
    Time.DAY: ("fffdf6", 1.15),
    Time.DUSK: ("ffdcb8", 0.90),
    Time.NIGHT: ("86aee6", 0.48),
}


def space_light(light: Light, time: Time) -> Light:
    """The light where no air softens or hides anything."""
    code, strength = _KEYS[time]
    fill = as_array(np.array([0.09, 0.095, 0.11]) + 0.04 * (time is Time.NIGHT))
    right, up, away = light.direction
    low = up * (0.75 if time is Time.DAY else 0.9)
    length = math.sqrt(right**2 + low**2 + away**2)
    return replace(
        light,
        key=as_array(colour(code) * strength),
        fill=fill,
        haze=as_array([0.015, 0.016, 0.02]),
        direction=(right / length, low / length, away / length),
        murk=0.25,
        is_snowy=False,
    )


def paint_space_sky(canvas: Canvas, light: Light, palette: Palette, sun: Sun, time: Time) -> None:
    """Cover the sky with night: stars, a band of distant ones, the sun, and a planet."""
    rng = canvas.rng
    tint = (palette.middle - float(palette.middle.mean())) * 0.05
    canvas.rgb[:] = np.clip(as_array([0.006, 0.007, 0.013]) + tint, 0, 1)
    _paint_band(canvas)
    count = canvas.width * canvas.height // 700
    ys, xs = rng.integers(0, canvas.height, count), rng.integers(0, canvas.width, count)
    shine = as_array(rng.random(count) ** 4 * 1.0 + 0.10)
    warm = as_array(rng.uniform(-0.12, 0.12, count))
    tones = np.stack([1 + warm, np.ones_like(warm), 1 - warm], axis=-1) * shine[:, None]
    canvas.rgb[ys, xs] = np.maximum(canvas.rgb[ys, xs], tones)
    for x, y in zip(xs[:26], ys[:26], strict=True):
        canvas.halo(float(x), float(y), canvas.unit * 0.0026, as_array([1, 1, 1]), 0.9)
    if time is not Time.NIGHT:
        canvas.halo(sun.x, sun.y, canvas.unit * 0.16, light.key, 0.5)
        canvas.halo(sun.x, sun.y, canvas.unit * 0.05, as_array([1, 1, 1]), 1.0)
        canvas.disc(sun.x, sun.y, canvas.unit * 0.022, as_array([1, 1, 1]))
    _paint_planet(canvas, sun, time)


def _paint_band(canvas: Canvas) -> None:
    rng, height, width = canvas.rng, canvas.height, canvas.width
    clouds = fractal(rng, width, height, (width / canvas.unit * 3, 3), octaves=5, gain=0.6)
    rows = np.linspace(0, 1, height, dtype=np.float32)[:, None]
    columns = np.linspace(0, 1, width, dtype=np.float32)[None, :]
    tilt = float(rng.uniform(0.25, 0.6)) * (1 if rng.random() < 0.5 else -1)
    off = rows - float(rng.uniform(0.15, 0.4)) - tilt * (columns - 0.5)
    band = np.exp(-((off / 0.16) ** 2)) * np.clip(0.5 + clouds * 0.8, 0, 1)
    dust = np.exp(-(((off + clouds * 0.05) / 0.035) ** 2)) * 0.6
    glow = as_array(band * (1 - dust))
    canvas.rgb += tinted(glow, as_array([0.13, 0.12, 0.16]))


def _paint_planet(canvas: Canvas, sun: Sun, time: Time) -> None:
    rng = canvas.rng
    radius = canvas.unit * float(rng.uniform(0.12, 0.20))
    side = -1 if sun.x > canvas.width / 2 else 1
    x = canvas.width * (0.5 + side * float(rng.uniform(0.14, 0.30)))
    y = canvas.horizon * float(rng.uniform(0.32, 0.52))
    reach = max(int(radius * 1.25), 4)
    axis = np.arange(-reach, reach + 1, dtype=np.float32) / np.float32(radius)
    right, down = np.broadcast_arrays(axis[None, :], axis[:, None])
    out = right**2 + down**2
    front = np.sqrt(np.clip(1 - out, 0, 1))
    phase = _PHASES[time]
    towards = -side * math.sin(phase), -0.25 * math.sin(phase), math.cos(phase)
    length = math.sqrt(sum(part**2 for part in towards))
    facing = (right * towards[0] + down * towards[1] + front * towards[2]) / length
    lit = np.clip(facing * 1.6 + 0.10, 0, 1)
    tones = _globe(canvas, len(axis), right, down, front)
    night = as_array([0.006, 0.008, 0.016])
    tones *= between(night, as_array(night + 1.05), lit)
    rim = np.clip(1 - front, 0, 1) ** 3
    tones += tinted(rim * np.clip(facing + 0.25, 0, 1), as_array([0.25, 0.48, 0.85]))
    mask = np.clip((1 - np.sqrt(out)) * radius + 0.5, 0, 1)
    top, left = round(y) - reach, round(x) - reach
    beyond = np.exp(-np.clip(np.sqrt(out) - 1, 0, None) * 16) * (out > 1)
    glow = beyond * np.clip(facing + 0.35, 0, 1) * 0.45
    canvas.shine(as_array(glow), as_array([0.35, 0.6, 1.0]), top=top, left=left)
    canvas.blend(as_array(mask), as_array(tones), top=top, left=left)


def _globe(canvas: Canvas, size: int, right: Array, down: Array, front: Array) -> Array:
    """Oceans, land and cloud, compressed towards the limb of the ball."""
    rng = canvas.rng
    bulge = 1 / (0.45 + 0.55 * front)
    half = size / 2
    columns = np.clip(half + right * bulge * half * 0.62, 0, size - 1).astype(np.int32)
    rows = np.clip(half + down * bulge * half * 0.62, 0, size - 1).astype(np.int32)
    shape = fractal(rng, size, size, (3.2, 3.2), octaves=6, gain=0.55)[rows, columns]
    dry = fractal(rng, size, size, (4, 6), octaves=3)[rows, columns]
    swirl = fractal(rng, size, size, (4, 9), octaves=6, gain=0.62)[rows, columns]
    ocean, land, sand = colour("123f7a"), colour("3f6b35"), colour("a08a5a")
    tones = tinted(np.ones_like(shape), ocean)
    ground = between(land, sand, np.clip(dry * 1.2 + 0.4, 0, 1))
    tones += np.clip(shape * 9 - 0.4, 0, 1)[..., None] * (ground - tones)
    ice = np.clip((np.abs(down) - 0.83 + shape * 0.08) * 14, 0, 1)
    cloud = np.clip(np.clip(swirl * 1.7 - 0.05, 0, 0.95) + ice, 0, 0.97)
    tones += cloud[..., None] * (as_array([0.96, 0.97, 1.0]) - tones)
    return as_array(tones)


def make_craters(canvas: Canvas, plain: Plain, count: int) -> None:
    """Press round bowls with raised rims into the ground, large ones far off."""
    rng, distances = canvas.rng, plain.distances
    for distance in np.sort(np.exp(rng.uniform(1.1, 4.6, count)))[::-1]:
        radius = float(distance) * float(rng.uniform(0.03, 0.16)) * (0.6 + float(rng.random() ** 3))
        x = float(rng.uniform(-0.8, 0.8)) * float(distance) * plain.view.width / plain.view.focal
        first, last = np.searchsorted(distances, [distance - 1.9 * radius, distance + 1.9 * radius])
        if last - first < 3:
            continue
        rows = slice(int(first), int(last))
        beyond = (distances[rows] - distance)[:, None] / radius
        out = np.sqrt(((plain.across[rows] - x) / radius) ** 2 + beyond**2)
        inner, rim = (out**2 - 1) * 0.22 + 0.07, 0.07 * np.exp(-((out - 1) * 3.2))
        bowl = as_array(np.where(out < 1, inner, rim))
        fade = np.clip((1.9 - out) * 2, 0, 1)
        plain.levels[rows] += as_array(bowl * fade * radius * 0.75)
    wide = np.pad(plain.levels, ((1, 1), (0, 0)), mode="edge")
    plain.levels = as_array((wide[:-2] + 2 * wide[1:-1] + wide[2:]) / 4)
