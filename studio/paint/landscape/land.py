"""Paints the land of an outdoor scene: each place has its own composition."""

from collections.abc import Callable

from domain import Style
from studio.moods import Mood
from studio.paint.canvas import Canvas
from studio.paint.landscape.fields import (
    paint_meadow,
    paint_river,
    paint_village,
)
from studio.paint.landscape.relief import fill_hill, rolling_line
from studio.paint.landscape.space import paint_space
from studio.paint.landscape.stage import Stage
from studio.paint.landscape.water import paint_sea
from studio.paint.landscape.wilds import (
    paint_desert,
    paint_forest,
    paint_mountain,
)
from studio.paint.palette import Palette
from studio.paint.sky import Sun
from studio.scene import Framing, Place, Scene, Time, Weather

_PAINTERS: dict[Place, Callable[[Stage], None]] = {
    Place.SEA: paint_sea,
    Place.RIVER: paint_river,
    Place.MOUNTAIN: paint_mountain,
    Place.MEADOW: paint_meadow,
    Place.FOREST: paint_forest,
    Place.DESERT: paint_desert,
    Place.VILLAGE: paint_village,
    Place.SPACE: paint_space,
}
_VIEW_TONES = ("8fae86", "74a066", "5f9a45")


def paint_place(stage: Stage) -> None:
    """Paint the scene's place over the sky, the farthest parts first."""
    _PAINTERS[stage.scene.place](stage)


def paint_land(canvas: Canvas, place: Place, palette: Palette, sun: Sun, style: Style) -> None:
    """Simple hills, as a window shows them."""
    scene = Scene(
        place=place,
        time=Time.NIGHT if palette.is_dark else Time.DAY,
        weather=Weather.CLEAR,
        mood=Mood.CALM,
        framing=Framing.WIDE,
        subjects=(),
    )
    stage = Stage(canvas, scene, palette, sun, style)
    for index, code in enumerate(_VIEW_TONES):
        rows = rolling_line(stage, 0.1 + 0.3 * index, 0.12, bumps=1.8)
        air = 0.25 + 0.3 * index
        fill_hill(stage, rows, stage.tone(code, air), air)
