"""The three looks: which layers a scene gets in each, and the finish of the whole picture."""

import io

import numpy as np
from PIL import Image

from domain import Style
from orchestration.providers.studio.paint.canvas import Canvas, as_array
from orchestration.providers.studio.paint.cast import paint_cast
from orchestration.providers.studio.paint.city import paint_city
from orchestration.providers.studio.paint.land import paint_foreground, paint_land, paint_water
from orchestration.providers.studio.paint.palette import Palette, palette_for
from orchestration.providers.studio.paint.room import paint_room
from orchestration.providers.studio.paint.sky import Sun, paint_sky
from orchestration.providers.studio.paint.terrain import paint_terrain
from orchestration.providers.studio.paint.weather import paint_weather
from orchestration.providers.studio.scene import LIVING, Framing, Place, Scene

_JPEG_QUALITY = 90
_HORIZONS = {Framing.WIDE: 0.62, Framing.MEDIUM: 0.58, Framing.CLOSE: 0.52}
_CITY_HORIZON = 0.66


def paint(scene: Scene, style: Style, *, width: int, height: int, seed: int) -> bytes:
    """Paint the scene and answer with a JPEG."""
    horizon = _CITY_HORIZON if scene.place is Place.CITY else _HORIZONS[scene.framing]
    canvas = Canvas(width, height, seed=seed, horizon=horizon)
    palette = palette_for(scene, style)
    if scene.place is Place.ROOM:
        sun = paint_room(canvas, scene, palette, style)
        paint_cast(canvas, scene, palette, sun, style)
    else:
        sun = paint_sky(canvas, scene, palette, style)
        _paint_place(canvas, scene, palette, sun, style)
        paint_cast(canvas, scene, palette, sun, style)
        paint_weather(canvas, scene, palette)
    _finish(canvas, style)
    return _encoded(canvas)


def _paint_place(canvas: Canvas, scene: Scene, palette: Palette, sun: Sun, style: Style) -> None:
    if scene.place is Place.CITY:
        paint_city(canvas, palette, style)
        return
    if style is Style.REALISTIC:
        paint_terrain(canvas, scene, palette, sun)
    else:
        paint_land(canvas, scene.place, palette, sun, style)
        if scene.place in (Place.SEA, Place.RIVER):
            paint_water(canvas, palette, sun, style, bottom=1.0)
    stands_here = any(subject.figure in LIVING for subject in scene.subjects)
    # At sea there is ground only under somebody's feet; the realistic look has its own elsewhere.
    if stands_here if scene.place is Place.SEA else style is not Style.REALISTIC:
        paint_foreground(canvas, scene.place, palette, style)


def _finish(canvas: Canvas, style: Style) -> None:
    """What the whole picture gets: glow and grain on film, nothing on a drawing."""
    np.clip(canvas.rgb, 0, 1, out=canvas.rgb)
    if style is Style.ANIMATION:
        grey = canvas.rgb.mean(axis=2, keepdims=True)
        canvas.rgb = as_array(np.clip(grey + (canvas.rgb - grey) * 1.12, 0, 1))
        return
    _bloom(canvas, 0.28 if style is Style.MOVIE else 0.15)
    rows = np.linspace(-1, 1, canvas.height, dtype=np.float32)[:, None]
    columns = np.linspace(-1, 1, canvas.width, dtype=np.float32)[None, :]
    edge = np.clip(rows**2 * 0.5 + columns**2 * 0.6 - 0.25, 0, 1)
    canvas.rgb *= (1 - edge * (0.5 if style is Style.MOVIE else 0.25))[:, :, None]
    grain = canvas.rng.standard_normal((canvas.height, canvas.width), dtype=np.float32)
    canvas.rgb += grain[:, :, None] * np.float32(0.014 if style is Style.MOVIE else 0.008)
    if style is Style.MOVIE:
        shadows = 1 - canvas.rgb.mean(axis=2, keepdims=True)
        canvas.rgb += shadows * as_array([-0.012, 0.004, 0.018])


def _bloom(canvas: Canvas, strength: float) -> None:
    """Bright places spill light around them; found and spread at a quarter of the size."""
    small = max(canvas.width // 4, 1), max(canvas.height // 4, 1)
    image = Image.fromarray(np.asarray(canvas.rgb * 255, np.uint8)).resize(small)
    bright = np.clip(as_array(np.asarray(image)) / 255 - 0.72, 0, 1) / 0.28
    spread = Image.fromarray(np.asarray(bright * 255, np.uint8))
    tiny = spread.resize((max(small[0] // 8, 1), max(small[1] // 8, 1)), Image.Resampling.BOX)
    glow = tiny.resize((canvas.width, canvas.height), Image.Resampling.BICUBIC)
    light = as_array(np.asarray(glow)) / np.float32(255)
    canvas.rgb += (1 - canvas.rgb) * light * np.float32(strength)


def _encoded(canvas: Canvas) -> bytes:
    pixels = np.asarray(np.clip(canvas.rgb, 0, 1) * 255 + 0.5, np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "JPEG", quality=_JPEG_QUALITY)
    return buffer.getvalue()
