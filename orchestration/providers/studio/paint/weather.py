"""Paints what the air carries: rain, snow and fog, over everything else."""

import numpy as np
from PIL import Image, ImageDraw

from orchestration.providers.studio.paint.canvas import Canvas, as_array, mix, noise
from orchestration.providers.studio.paint.palette import Palette
from orchestration.providers.studio.scene import Scene, Weather

_DROPS = {Weather.RAIN: 420, Weather.STORM: 760}
_FLAKES = 420


def paint_weather(canvas: Canvas, scene: Scene, palette: Palette) -> None:
    """Lay the scene's weather over the picture."""
    if scene.weather in _DROPS:
        _paint_rain(canvas, palette, _DROPS[scene.weather])
    elif scene.weather is Weather.SNOW:
        _paint_snow(canvas)
    elif scene.weather is Weather.FOG:
        _paint_fog(canvas, palette)


def _paint_rain(canvas: Canvas, palette: Palette, count: int) -> None:
    sheet = Image.new("L", (canvas.width, canvas.height))
    pen = ImageDraw.Draw(sheet)
    slant = canvas.rng.uniform(0.12, 0.3)
    for x, y, size in canvas.rng.random((count, 3)):
        length = canvas.unit * (0.02 + 0.06 * size)
        start = x * canvas.width * 1.2, y * canvas.height * 1.1 - length
        end = start[0] - length * slant, start[1] + length
        pen.line((*start, *end), fill=int(40 + 110 * size), width=1 + round(canvas.unit / 900))
    drops = as_array(np.asarray(sheet)) / np.float32(255)
    canvas.shine(drops, mix(palette.low, as_array([0.8, 0.87, 0.95]), 0.6))


def _paint_snow(canvas: Canvas) -> None:
    for x, y, size in canvas.rng.random((_FLAKES, 3)):
        radius = canvas.unit * (0.0015 + 0.006 * size**4)
        canvas.disc(x * canvas.width, y * canvas.height, radius, as_array([0.97, 0.98, 1.0]))


def _paint_fog(canvas: Canvas, palette: Palette) -> None:
    veil = noise(canvas.rng, canvas.width, canvas.height, cells=(2.5, 4), octaves=4)
    rows = np.arange(canvas.height, dtype=np.float32) - canvas.horizon
    band = np.exp(-((rows / (canvas.height * 0.26)) ** 2))[:, None]
    canvas.blend(as_array(np.clip(band * (0.35 + 0.6 * veil), 0, 0.85)), palette.haze)
