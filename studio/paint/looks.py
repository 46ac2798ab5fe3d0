"""The three looks: the layers of a scene in each, and the finish of the whole picture."""

import io
from dataclasses import replace

import numpy as np
from PIL import Image

from domain import Style
from studio.paint.canvas import Canvas
from studio.paint.city import paint_city
from studio.paint.figures.cast import paint_cast
from studio.paint.finish import finish
from studio.paint.interiors.room import paint_room
from studio.paint.landscape.foreground import paint_frame
from studio.paint.landscape.land import paint_place
from studio.paint.landscape.stage import Stage
from studio.paint.palette import Palette, palette_for
from studio.paint.sky import paint_rays, paint_sky
from studio.paint.terrain.terrain import paint_terrain
from studio.paint.undersea import paint_undersea
from studio.paint.weather import paint_weather
from studio.scene import INTERIORS, Framing, Place, Scene, Weather

_JPEG_QUALITY = 90
_HORIZONS = {Framing.WIDE: 0.62, Framing.MEDIUM: 0.58, Framing.CLOSE: 0.52}
_HORIZON_SWAY = 0.14
_CITY_HORIZON = 0.66


def paint(scene: Scene, style: Style, *, width: int, height: int, seed: int) -> bytes:
    """Paint the scene and return a JPEG."""
    if scene.place is Place.UNDERWATER:
        scene = replace(scene, weather=Weather.CLEAR)
    canvas = Canvas(width, height, seed=seed)
    canvas.horizon = _horizon(canvas, scene, style)
    palette = palette_for(scene, style)
    if scene.place in INTERIORS:
        sun = paint_room(canvas, scene, palette, style)
        paint_cast(canvas, scene, palette, sun, style)
    elif scene.place is Place.UNDERWATER:
        sun = paint_undersea(canvas, scene, palette, style)
        paint_cast(canvas, scene, palette, sun, style)
    else:
        _paint_outdoors(canvas, scene, palette, style)
    finish(canvas, style, scene.mood)
    return _encoded(canvas)


def _horizon(canvas: Canvas, scene: Scene, style: Style) -> int:
    """The row where land begins: it varies from picture to picture, if the land allows it."""
    if scene.place is Place.CITY:
        return round(canvas.height * _CITY_HORIZON)
    share = _HORIZONS[scene.framing]
    if style is not Style.REALISTIC:
        share += (float(canvas.rng.random()) - 0.5) * _HORIZON_SWAY
    return round(canvas.height * share)


def _paint_outdoors(canvas: Canvas, scene: Scene, palette: Palette, style: Style) -> None:
    sun = paint_sky(canvas, scene, palette, style)
    if scene.place is Place.CITY:
        paint_city(canvas, palette, style, scene=scene)
        paint_cast(canvas, scene, palette, sun, style)
    elif style is Style.REALISTIC:
        paint_terrain(canvas, scene, palette, sun)
        paint_cast(canvas, scene, palette, sun, style)
    else:
        stage = Stage(canvas, scene, palette, sun, style)
        paint_place(stage)
        paint_rays(canvas, scene, palette, sun, style)
        paint_cast(canvas, scene, palette, sun, style)
        paint_frame(stage)
    paint_weather(canvas, scene, palette, style)


def _encoded(canvas: Canvas) -> bytes:
    pixels = np.asarray(np.clip(canvas.rgb, 0, 1) * 255 + 0.5, np.uint8)
    bands = [Image.fromarray(pixels[:, :, channel]) for channel in range(3)]
    buffer = io.BytesIO()
    Image.merge("RGB", bands).save(buffer, "JPEG", quality=_JPEG_QUALITY)
    return buffer.getvalue()
