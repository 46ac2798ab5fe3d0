"""A modern city from across the water: towers in the haze, their lights, and the reflections.

Used for shots without figures: the establishing shot of a story set in the city.
"""

import numpy as np

from domain import Style
from studio.paint.canvas import Array, Canvas, as_array, colour, mix, picked
from studio.paint.landscape.brush import Sheet
from studio.paint.palette import Palette
from studio.scene import Weather

_LAYERS = ((0.26, 0.62, 0.86), (0.34, 0.36, 1.0), (0.22, 0.14, 1.25))
"""The height of a layer's towers (of the shorter side), their share of haze, their width."""
_LIGHTS = ("ffd88a", "ffc060", "fff0c4", "a8d8ff")
_FACADES = ("6f8296", "8f9cab", "7a7f8c", "97897c")
Box = tuple[float, float, float, float]
"""Left and top, width and height, in pixels."""


def paint_skyline_view(canvas: Canvas, palette: Palette, style: Style, weather: Weather) -> None:
    """Paint the towers over the sky, and the water over everything below the horizon."""
    for layer in range(len(_LAYERS)):
        _paint_towers(canvas, palette, style, layer, is_snowy=weather is Weather.SNOW)
    _paint_water(canvas, palette, style)


def _paint_towers(
    canvas: Canvas, palette: Palette, style: Style, layer: int, *, is_snowy: bool
) -> None:
    reach, haze, broad = _LAYERS[layer]
    sheet = Sheet(canvas)
    is_drawn = style is Style.ANIMATION
    centre = canvas.width * float(canvas.rng.uniform(0.3, 0.7))
    x = -canvas.unit * 0.03
    while x < canvas.width:
        wide = canvas.unit * float(canvas.rng.uniform(0.05, 0.11)) * broad
        downtown = np.exp(-(((x - centre) / (canvas.width * 0.28)) ** 2))
        tall = canvas.unit * reach * float(canvas.rng.uniform(0.35, 0.75) + 0.55 * downtown)
        box = (x, canvas.horizon - tall, wide, tall)
        wall = colour(_FACADES[int(canvas.rng.integers(len(_FACADES)))])
        shade = 0.5 if style is Style.MOVIE else 0.85
        tone = mix(as_array(wall * palette.light * shade), palette.haze, haze)
        _draw_tower(sheet, canvas, box, tone, is_drawn=is_drawn, is_snowy=is_snowy)
        _draw_windows(sheet, canvas, box, tone, palette.is_dark, haze)
        x += wide * float(canvas.rng.uniform(0.86, 1.25))
    sheet.lay()


def _draw_tower(
    sheet: Sheet, canvas: Canvas, box: Box, tone: Array, *, is_drawn: bool, is_snowy: bool
) -> None:
    x, y, wide, tall = box
    foot = canvas.horizon + 1
    outline = [(x, foot), (x, y), (x + wide, y), (x + wide, foot)]
    crown = float(canvas.rng.random())
    if crown < 0.22:
        outline[2:2] = [(x + wide * 0.5, y - wide * 0.5)]
    elif crown < 0.40:
        outline[2:2] = [
            (x + wide * 0.3, y), (x + wide * 0.3, y - wide * 0.3),
            (x + wide * 0.7, y - wide * 0.3), (x + wide * 0.7, y),
        ]  # fmt: skip
    elif crown < 0.52:
        mast = [(x + wide * 0.5, y), (x + wide * 0.5, y - tall * 0.24)]
        sheet.line(mast, as_array(tone * 0.8), width=max(canvas.unit * 0.003, 1))
    sheet.polygon(outline, tone)
    side = [(x + wide * 0.66, foot), (x + wide * 0.66, y), (x + wide, y), (x + wide, foot)]
    sheet.polygon(side, as_array(tone * 0.88))
    if is_snowy:
        cap = [(x, y), (x + wide, y), (x + wide, y + wide * 0.08), (x, y + wide * 0.08)]
        sheet.polygon(cap, mix(tone, as_array([0.95, 0.97, 1.0]), 0.7))
    if is_drawn:
        sheet.line([*outline, outline[0]], as_array(tone * 0.55), width=canvas.unit * 0.0028)


def _draw_windows(
    sheet: Sheet, canvas: Canvas, box: Box, tone: Array, is_dark: bool, haze: float
) -> None:
    """Rows of windows: many lit after dark, the others a little brighter than the wall."""
    x, y, wide, tall = box
    step = canvas.unit * 0.016
    columns, rows = int(wide * 0.82 / step), int((tall - step) / (step * 1.25))
    if columns < 1 or rows < 1:
        return
    dice = canvas.rng.random((rows, columns))
    share = 0.42 if is_dark else 0.0
    pale = mix(tone, as_array([0.85, 0.93, 1.0]), 0.16)
    for row in range(rows):
        top = y + step * 0.7 + row * step * 1.25
        for column in range(columns):
            value = float(dice[row, column])
            if value > 0.86:
                continue
            is_lit = value < share
            lamp = colour(_LIGHTS[int(value * 997) % len(_LIGHTS)])
            pane = mix(lamp, tone, haze * 0.8) if is_lit else pale
            left = x + wide * 0.09 + column * step
            right, low = left + step * 0.58, top + step * 0.72
            sheet.polygon([(left, top), (right, top), (right, low), (left, low)], pane)


def _paint_water(canvas: Canvas, palette: Palette, style: Style) -> None:
    """The picture upside down, torn by ripples that grow towards the viewer."""
    start, height = canvas.horizon + 1, canvas.height - canvas.horizon - 1
    rows = np.arange(height)
    depth = rows / max(height, 1)
    source = np.clip(canvas.horizon - 1 - (rows * 1.35).astype(np.intp), 0, canvas.height - 1)
    wave = np.sin(rows / (1.2 + depth * 7) * 2.1) + canvas.rng.standard_normal(height) * 0.5
    sway = (wave * canvas.unit * (0.003 + 0.014 * depth)).astype(np.intp)
    columns = np.clip(
        np.arange(canvas.width, dtype=np.intp)[None, :] + sway[:, None], 0, canvas.width - 1
    )
    mirrored = picked(canvas.rgb, source[:, None], columns)
    share = (0.74 if style is Style.ANIMATION else 0.80) - 0.42 * depth
    water = as_array(palette.water * 0.75)
    canvas.rgb[start:] = water + as_array(share)[:, None, None] * (mirrored - water)
    glint = np.clip(np.sin(rows / (1.0 + depth * 5)) - 0.86, 0, 1) * 2.4
    speck = canvas.rng.random((height, canvas.width // 8 + 1)).repeat(8, axis=1)[:, : canvas.width]
    mask = glint[:, None] * (speck > 0.72) * (0.35 * (1 - depth * 0.5))[:, None]
    canvas.shine(as_array(mask), palette.low, top=start)
