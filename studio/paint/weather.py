"""Paints what is in the air: rain, snow and fog, over everything else."""

import numpy as np
from PIL import Image, ImageDraw

from domain import Style
from studio.paint.canvas import Canvas, as_array, mix, noise, resize
from studio.paint.landscape.brush import Sheet
from studio.paint.palette import Palette
from studio.scene import Place, Scene, Weather

_DROPS = {Weather.RAIN: 460, Weather.STORM: 800}
_SLANTS = {Weather.RAIN: (0.10, 0.22), Weather.STORM: (0.42, 0.62)}
_FLAKES = 380


def paint_weather(
    canvas: Canvas, scene: Scene, palette: Palette, style: Style = Style.MOVIE
) -> None:
    """Paint the scene's weather over the picture."""
    if scene.place is Place.SPACE:
        if scene.weather in _DROPS:
            _paint_meteors(canvas, palette, 5 if scene.weather is Weather.RAIN else 11)
            return
    elif scene.weather in _DROPS:
        _paint_rain(canvas, palette, scene.weather, style)
    if scene.weather is Weather.SNOW:
        _paint_snow(canvas, palette, style)
    elif scene.weather is Weather.FOG:
        _paint_fog(canvas, palette, style)


def _paint_rain(canvas: Canvas, palette: Palette, weather: Weather, style: Style) -> None:
    """Streaks driven sideways by the wind of a storm, and a veil of distant rain."""
    slant = float(canvas.rng.uniform(*_SLANTS[weather])) * (1 if canvas.rng.random() < 0.5 else -1)
    sheet = Image.new("L", (canvas.width, canvas.height))
    pen = ImageDraw.Draw(sheet)
    is_drawn = style is Style.ANIMATION
    area = min(canvas.width * canvas.height / canvas.unit**2 / 1.78, 2)
    for x, y, size in canvas.rng.random((round(_DROPS[weather] * area), 3)):
        length = canvas.unit * (0.02 + 0.07 * size**1.5)
        start = (x * 1.6 - 0.3) * canvas.width, y * canvas.height * 1.1 - length
        end = start[0] - length * slant, start[1] + length
        value = int(45 + 120 * size) if not is_drawn else int(90 + 90 * size)
        pen.line((*start, *end), fill=value, width=1 + round(canvas.unit / 720 * size**2))
    drops = as_array(np.asarray(sheet)) / np.float32(255)
    veil = noise(
        canvas.rng, canvas.width // 8 + 1, canvas.height // 8 + 1, cells=(9, 1.2), octaves=3
    )
    rows = np.arange(veil.shape[0], dtype=np.float32)
    columns = np.arange(veil.shape[1], dtype=np.intp)[None, :]
    moved = (columns + (rows * slant).astype(np.intp)[:, None]) % veil.shape[1]
    curtain = np.take_along_axis(veil, moved, axis=1)
    far = resize(as_array(np.clip(curtain - 0.35, 0, 1)), canvas.width, canvas.height)
    canvas.blend(as_array(np.clip(far, 0, 1) * 0.30), palette.haze)
    canvas.shine(drops * np.float32(0.85), mix(palette.low, as_array([0.8, 0.87, 0.95]), 0.6))


def _paint_snow(canvas: Canvas, palette: Palette, style: Style) -> None:
    """Flakes: round ones in a drawing; on film small sharp ones and a few large out of focus."""
    tone = mix(as_array([0.98, 0.99, 1.0]), palette.light, 0.25)
    is_drawn = style is Style.ANIMATION
    sharp, soft = Sheet(canvas), Sheet(canvas)
    for x, y, size in canvas.rng.random((_FLAKES, 3)):
        radius = canvas.unit * (0.0014 + 0.0055 * size**4)
        sharp.ellipse(x * canvas.width, y * canvas.height, radius, radius, tone)
    for x, y, size in canvas.rng.random((0 if is_drawn else 26, 3)):
        radius = canvas.unit * (0.006 + 0.009 * size)
        soft.ellipse(x * canvas.width, y * canvas.height, radius, radius, tone)
    soft.lay(blur=canvas.unit * 0.007, opacity=0.65)
    sharp.lay(opacity=0.95)


def _paint_meteors(canvas: Canvas, palette: Palette, count: int) -> None:
    """Precipitation where there is no rain: shooting stars above the horizon."""
    sheet, glow = Sheet(canvas), Sheet(canvas)
    slant = float(canvas.rng.uniform(0.5, 1.3)) * (1 if canvas.rng.random() < 0.5 else -1)
    for x, y, size in canvas.rng.random((count, 3)):
        length = canvas.unit * (0.06 + 0.12 * size)
        head = x * canvas.width, y * canvas.horizon * 0.85
        thick = canvas.unit * (0.0015 + 0.002 * size)
        tail = head[0] + length * slant, head[1] - length
        sheet.polygon([(head[0] - thick, head[1]), tail, (head[0] + thick, head[1])], palette.sun)
        glow.ellipse(*head, thick * 4, thick * 4, palette.sun)
    glow.lay(blur=canvas.unit * 0.006)
    sheet.lay(opacity=0.9)


def _paint_fog(canvas: Canvas, palette: Palette, style: Style) -> None:
    """Banks of fog, thickest around the horizon and thin at the viewer's feet."""
    small = canvas.width // 4 + 1, canvas.height // 4 + 1
    veil = resize(noise(canvas.rng, *small, cells=(2.6, 6), octaves=4), canvas.width, canvas.height)
    rows = np.arange(canvas.height, dtype=np.float32) - canvas.horizon
    reach = np.where(rows < 0, canvas.height * 0.30, canvas.height * 0.24)
    band = np.exp(-((rows / reach) ** 2))[:, None]
    least = 0.30 if style is Style.ANIMATION else 0.12  # flat colours show through more
    mask = np.clip(band * (0.18 + 0.66 * veil), 0, 0.78)
    sky = np.where(rows < 0, least, least * np.clip(1 - rows / (canvas.height * 0.4), 0, 1))
    mask = np.maximum(mask, sky[:, None])
    canvas.blend(as_array(mask), palette.haze)
