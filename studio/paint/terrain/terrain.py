"""Paints open country in the realistic look, lit by the hour and seen through its air."""

import numpy as np

from studio.paint.canvas import Canvas, as_array, tinted
from studio.paint.palette import Palette
from studio.paint.sky import Sun
from studio.paint.terrain.field import View
from studio.paint.terrain.light import Light, light_for
from studio.paint.terrain.places import (
    Site,
    paint_desert,
    paint_forest,
    paint_meadow,
    paint_mountain,
    paint_river,
    paint_sea,
    paint_space,
    paint_village,
)
from studio.scene import Framing, Place, Scene, Time

_FOCALS = {Framing.WIDE: 0.95, Framing.MEDIUM: 1.2, Framing.CLOSE: 1.6}
"""Pixels per slope, as a share of the shorter side: a longer lens brings things nearer."""
_PAINTERS = {
    Place.SEA: paint_sea,
    Place.RIVER: paint_river,
    Place.MOUNTAIN: paint_mountain,
    Place.MEADOW: paint_meadow,
    Place.FOREST: paint_forest,
    Place.DESERT: paint_desert,
    Place.VILLAGE: paint_village,
    Place.SPACE: paint_space,
}


def paint_terrain(canvas: Canvas, scene: Scene, palette: Palette, sun: Sun) -> None:
    """Paint the place's country over the lower sky."""
    focal = canvas.unit * _FOCALS[scene.framing]
    view = View(canvas.width, canvas.height, float(canvas.horizon), focal)
    light = light_for(canvas, scene, palette, sun)
    if scene.place is not Place.SPACE:
        _veil_sky(canvas, light)
    _PAINTERS[scene.place](Site(canvas, scene, palette, sun, light, view))
    if scene.time is Time.NIGHT:
        _see_by_night(canvas)


def _veil_sky(canvas: Canvas, light: Light) -> None:
    """Haze over the horizon, as dense as the air: what fades into it meets its own colour."""
    rows = (canvas.horizon - np.arange(canvas.horizon, dtype=np.float32)) / canvas.unit
    veil = np.exp(-rows / (0.05 * light.murk)) * min(0.25 * light.murk, 1.0)
    mask = np.broadcast_to(as_array(veil)[:, None], (canvas.horizon, canvas.width))
    canvas.blend(mask, light.haze)


def _see_by_night(canvas: Canvas) -> None:
    """In dim light the eye sees only blue; lamps and the moon keep their colours."""
    top = max(canvas.horizon - round(canvas.unit * 0.4), 0)
    seen = canvas.rgb[top:]
    grey = seen @ as_array([0.30, 0.55, 0.15])
    warmth = np.clip((seen[..., 0] - seen[..., 2]) * 3 - 0.1, 0, 1)
    rows = np.arange(len(seen), dtype=np.float32)[:, None] / (canvas.unit * 0.3)
    dull = 0.6 * (1 - warmth) * np.clip(1.5 - grey * 2, 0, 1) * np.clip(rows, 0, 1)
    seen += dull[..., None] * (tinted(grey, as_array([0.74, 0.96, 1.42])) - seen)
