"""Paints a city: rows of houses with windows, far to near, and a wet street below."""

import numpy as np

from domain import Style
from orchestration.providers.studio.paint.canvas import Canvas, as_array, colour, mix
from orchestration.providers.studio.paint.palette import Palette

_LAYERS = 4
_LAMPS = ("ffd88a", "ffc060", "fff0c4", "9fd4ff")
_FACADES = ("f2c6a0", "e8a6a0", "a9c7e8", "f4e2b8", "b7d7c2", "c9b7e0")


def paint_city(canvas: Canvas, palette: Palette, style: Style) -> None:
    """Lay the houses over the sky and the street at their feet."""
    street = round(canvas.height * 0.80)
    for layer in range(_LAYERS):
        nearness = (layer + 1) / _LAYERS
        foot = canvas.horizon + (street - canvas.horizon) * nearness
        x = -canvas.unit * float(canvas.rng.uniform(0, 0.1))
        while x < canvas.width:
            width = canvas.unit * float(canvas.rng.uniform(0.07, 0.15)) * (0.7 + 0.6 * nearness)
            height = canvas.unit * float(canvas.rng.uniform(0.14, 0.42)) * (1.25 - 0.25 * nearness)
            if canvas.rng.random() < 0.12:
                height *= 1.45
            box = round(x), round(foot - height), round(x + width), street
            _paint_house(canvas, palette, style, box, nearness)
            x += width + canvas.unit * float(canvas.rng.choice([0, 0, 0.012, 0.03]))
    _paint_street(canvas, palette, street)


def _paint_house(
    canvas: Canvas,
    palette: Palette,
    style: Style,
    box: tuple[int, int, int, int],
    nearness: float,
) -> None:
    left, top, right, bottom = box
    tone = palette.ground
    if style is not Style.MOVIE:
        facade = colour(_FACADES[int(canvas.rng.integers(0, len(_FACADES)))])
        strength = 0.75 if style is Style.ANIMATION else 0.35
        tone = mix(tone, as_array(facade * palette.light), strength)
    tone = as_array(tone * canvas.rng.uniform(0.85, 1.1))
    tone = mix(tone, palette.haze, 0.68 * (1 - nearness))
    x, y = max(left, 0), max(top, 0)
    area = canvas.rgb[y:bottom, x : max(right, 0)]
    if not area.size:
        return
    shade = np.linspace(1.06, 0.86, area.shape[1])[None, :, None]
    fall = np.linspace(1.05, 0.9, area.shape[0])[:, None, None]
    area[:] = tone * shade * fall
    if style is Style.ANIMATION:
        edge = as_array(tone * 0.6)
        area[: max(1, round(canvas.unit * 0.004))] = edge
        area[:, -max(1, round(canvas.unit * 0.003)) :] = edge
    _paint_windows(canvas, palette, box, tone, nearness)


def _paint_windows(
    canvas: Canvas,
    palette: Palette,
    box: tuple[int, int, int, int],
    tone: "np.ndarray[tuple[int, ...], np.dtype[np.float32]]",
    nearness: float,
) -> None:
    left, top, right, bottom = box
    step = max(4, round(canvas.unit * (0.012 + 0.014 * nearness)))
    pane = max(2, round(step * 0.5))
    dark = mix(tone, palette.top, 0.45)
    share = 0.5 if palette.is_dark else 0.06
    for y in range(top + step, bottom - step, round(step * 1.35)):
        for x in range(left + step // 2, right - pane - step // 3, step):
            if canvas.rng.random() < 0.12 or x < 0 or y < 0:
                continue
            lamp = dark
            if canvas.rng.random() < share:
                lamp = colour(_LAMPS[int(canvas.rng.integers(0, len(_LAMPS)))])
                lamp = mix(lamp, palette.haze, 0.5 * (1 - nearness))
            canvas.rgb[y : y + round(pane * 1.3), x : x + pane] = lamp


def _paint_street(canvas: Canvas, palette: Palette, street: int) -> None:
    """Pavement that mirrors the houses dimly, more the nearer it is to them."""
    height = canvas.height - street
    rows = np.arange(height)
    source = np.clip(street - 1 - (rows * 1.6).astype(int), 0, street)
    sway = (canvas.rng.standard_normal((height, 1)) * canvas.unit * 0.004).astype(int)
    columns = np.clip(np.arange(canvas.width)[None, :] + sway, 0, canvas.width - 1)
    mirrored = canvas.rgb[np.broadcast_to(source[:, None], columns.shape), columns]
    asphalt = mix(palette.ground, as_array(palette.top * 0.6), 0.55)
    share = np.linspace(0.5 if palette.is_dark else 0.22, 0.05, height)[:, None, None]
    canvas.rgb[street:] = mirrored * share + asphalt * (1 - share)
