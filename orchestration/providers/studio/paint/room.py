"""Paints a room: a wall, a floor, a window with the hour's sky outside, a lamp on a table."""

import numpy as np

from domain import Style
from orchestration.providers.studio.paint.canvas import (
    Array,
    Canvas,
    Point,
    as_array,
    blurred,
    colour,
    gradient,
    mix,
    noise,
    polygon_mask,
)
from orchestration.providers.studio.paint.land import paint_land
from orchestration.providers.studio.paint.palette import Palette
from orchestration.providers.studio.paint.sky import Sun, paint_sky
from orchestration.providers.studio.paint.weather import paint_weather
from orchestration.providers.studio.scene import Place, Scene

_FLOOR = 0.70
_WALLS = {Style.MOVIE: "6d4d3a", Style.ANIMATION: "f0d0a0", Style.REALISTIC: "a8937c"}
_BOARDS = {Style.MOVIE: "3c2519", Style.ANIMATION: "b9773f", Style.REALISTIC: "6f4f38"}


def paint_room(canvas: Canvas, scene: Scene, palette: Palette, style: Style) -> Sun:
    """Fill the picture with a room, and tell where its light comes from."""
    dimness = 0.55 + 0.60 * float(palette.light.mean())
    wall = as_array(colour(_WALLS[style]) * dimness)
    board = as_array(colour(_BOARDS[style]) * dimness)
    floor = round(canvas.height * _FLOOR)
    canvas.rgb[:floor] = gradient([(0, as_array(wall * 0.6)), (1, wall)], floor)[:, None, :]
    canvas.rgb[floor:] = gradient(
        [(0, as_array(board * 0.8)), (1, as_array(board * 1.15))], canvas.height - floor
    )[:, None, :]
    if style is not Style.ANIMATION:
        texture = noise(canvas.rng, canvas.width, canvas.height, cells=(9, 12), octaves=5)
        canvas.rgb *= (0.86 + 0.28 * texture)[:, :, None]
    _paint_boards(canvas, board, floor)
    on_left = bool(canvas.rng.random() < 0.5)
    window = _window_box(canvas, floor, on_left=on_left)
    _paint_window(canvas, scene, palette, style, window)
    _paint_daylight(canvas, palette, window, floor)
    lamp = _paint_furniture(canvas, board, floor, on_left=on_left)
    if palette.is_dark:
        canvas.halo(*lamp, canvas.unit * 0.34, colour("ffb55e"), 0.85)
        canvas.halo(*lamp, canvas.unit * 0.06, colour("fff0c8"), 0.9)
        return Sun(*lamp, is_hidden=False)
    left, top, right, bottom = window
    return Sun((left + right) / 2, (top + bottom) / 2, is_hidden=False)


def _window_box(canvas: Canvas, floor: int, *, on_left: bool) -> tuple[int, int, int, int]:
    width, height = round(canvas.unit * 0.40), round(canvas.unit * 0.42)
    left = round(canvas.width * (0.10 if on_left else 0.90) - (0 if on_left else width))
    top = round(floor - canvas.unit * 0.22 - height)
    return left, max(top, round(canvas.height * 0.06)), left + width, max(top, 0) + height


def _paint_boards(canvas: Canvas, board: Array, floor: int) -> None:
    """The joints of the floor run to a point behind the wall."""
    centre = canvas.width / 2
    joint = as_array(board * 0.62)
    thickness = max(1.0, canvas.unit * 0.004)
    for step in np.arange(-14, 15):
        far = centre + step * canvas.unit * 0.085
        near = centre + step * canvas.unit * 0.20
        points = [(far, floor), (far + 1, floor), (near + thickness, canvas.height)]
        canvas.polygon([*points, (near, canvas.height)], joint, opacity=0.7)
    skirting = [(0, floor - canvas.unit * 0.022), (canvas.width, floor - canvas.unit * 0.022)]
    canvas.polygon([*skirting, (canvas.width, floor), (0, floor)], joint)


def _paint_window(
    canvas: Canvas,
    scene: Scene,
    palette: Palette,
    style: Style,
    box: tuple[int, int, int, int],
) -> None:
    left, top, right, bottom = box
    outside = Canvas(
        right - left, bottom - top, seed=int(canvas.rng.integers(0, 2**31)), horizon=0.8
    )
    sun = paint_sky(outside, scene, palette, style)
    paint_land(outside, Place.MEADOW, palette, sun, style)
    paint_weather(outside, scene, palette)
    frame = as_array(colour(_BOARDS[style]) * (0.35 + 0.6 * float(palette.light.mean())))
    rim = max(2, round(canvas.unit * 0.016))
    canvas.polygon(
        [
            (left - rim, top - rim),
            (right + rim, top - rim),
            (right + rim, bottom + rim),
            (left - rim, bottom + rim),
        ],
        frame,
    )
    mask = np.ones((bottom - top, right - left), np.float32)
    middle, bar = (right - left) // 2, max(1, rim // 3)
    mask[:, middle - bar : middle + bar] = 0
    crossbar = round((bottom - top) * 0.42)
    mask[crossbar - bar : crossbar + bar] = 0
    canvas.blend(mask, outside.rgb, top=top, left=left)


def _paint_daylight(
    canvas: Canvas, palette: Palette, window: tuple[int, int, int, int], floor: int
) -> None:
    """The window's light lies on the floor and hangs in the air."""
    left, top, right, bottom = window
    slant = canvas.unit * (0.34 if (left + right) / 2 < canvas.width / 2 else -0.34)
    shaft: list[Point] = [
        (left, top),
        (right, top),
        (right + slant * 1.5, canvas.height),
        (left + slant * 0.8, canvas.height),
    ]
    size = canvas.width, canvas.height
    strength = float(palette.light.mean())
    air = blurred(polygon_mask(shaft, size), canvas.unit * 0.05)
    canvas.shine(as_array(air * 0.16 * strength), palette.sun)
    depth = canvas.height - floor
    patch: list[Point] = [
        (left + slant * 0.55, floor + depth * 0.12),
        (right + slant * 0.7, floor + depth * 0.12),
        (right + slant * 1.25, floor + depth * 0.72),
        (left + slant * 0.9, floor + depth * 0.72),
    ]
    light = blurred(polygon_mask(patch, size), canvas.unit * 0.012)
    canvas.shine(as_array(light * 0.42 * strength), mix(palette.sun, palette.low, 0.3))
    canvas.halo((left + right) / 2, bottom, canvas.unit * 0.3, palette.low, 0.2 * strength)


def _paint_furniture(canvas: Canvas, board: Array, floor: int, *, on_left: bool) -> Point:
    """A table with a lamp and a bowl, a shelf with jars; answers where the flame is."""
    side = 1 if on_left else -1
    unit = canvas.unit
    x = canvas.width * (0.80 if on_left else 0.20)
    wood, dark = as_array(board * 1.35), as_array(board * 0.75)
    y = floor - unit * 0.10
    for leg in (-0.20, 0.18):
        _paint_box(canvas, (x + leg * unit, y, x + (leg + 0.025) * unit, floor + unit * 0.10), dark)
    _paint_box(canvas, (x - 0.24 * unit, y - 0.028 * unit, x + 0.24 * unit, y), wood)
    bowl = x - side * 0.12 * unit
    canvas.polygon(
        [
            (bowl - 0.04 * unit, y - 0.065 * unit),
            (bowl + 0.04 * unit, y - 0.065 * unit),
            (bowl + 0.02 * unit, y - 0.028 * unit),
            (bowl - 0.02 * unit, y - 0.028 * unit),
        ],
        mix(wood, as_array([0.85, 0.86, 0.88]), 0.5),
    )
    shelf = floor - unit * 0.46
    _paint_box(canvas, (x - 0.17 * unit, shelf, x + 0.17 * unit, shelf + 0.018 * unit), wood)
    for place, tall in ((-0.12, 0.08), (-0.05, 0.11), (0.03, 0.07), (0.10, 0.10)):
        jar = x + place * unit
        tone = mix(dark, as_array(canvas.rng.random(3)), 0.25)
        _paint_box(
            canvas, (jar - 0.022 * unit, shelf - tall * unit, jar + 0.022 * unit, shelf), tone
        )
    lamp = x + side * 0.08 * unit
    _paint_box(
        canvas, (lamp - 0.02 * unit, y - 0.05 * unit, lamp + 0.02 * unit, y - 0.028 * unit), dark
    )
    flame = (lamp, y - 0.085 * unit)
    canvas.disc(*flame, unit * 0.022, mix(wood, colour("ffe2a0"), 0.8))
    return flame


def _paint_box(canvas: Canvas, box: tuple[float, float, float, float], tone: Array) -> None:
    left, top, right, bottom = box
    canvas.polygon([(left, top), (right, top), (right, bottom), (left, bottom)], tone)
