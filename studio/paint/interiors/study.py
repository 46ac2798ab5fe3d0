"""Paints a study: walls of books, a desk with a lamp, a globe or a scroll, a tall window."""

import numpy as np

from domain import Style
from studio.paint.canvas import Array, Canvas
from studio.paint.interiors.furniture import (
    VASE,
    add_candle,
    add_chair,
    add_rug,
    add_shelves,
    add_table,
    add_turned,
    scaled,
)
from studio.paint.interiors.interior import DEPTH, Interior, open_interior
from studio.paint.interiors.windows import (
    far_window,
    light_window,
    paint_window,
    shed_light,
)
from studio.paint.palette import Palette
from studio.paint.perspective import AWAY, RIGHT, UP, Material
from studio.paint.sky import Sun
from studio.scene import Scene

_SPINES = ("8a2f2a", "2f4f6f", "3f6a4a", "b08a3f", "5a3a5f", "d0c0a0", "4a3a30", "a8603a")
_GAP = 0.40


def paint_study(canvas: Canvas, scene: Scene, palette: Palette, style: Style) -> Sun:
    """Fill the picture with a study, and return where its light comes from."""
    room = open_interior(canvas, scene, palette, style)
    side, half = room.side, room.half
    wood = room.pick("5c3a26", "6e4428", "4a3430")
    tall = min(2.1, room.height - 1.1)
    width = min(1.25, half * 0.62)
    is_central = room.chance(0.4) and not room.is_narrow
    middle = 0.0 if is_central else side * half * 0.55
    window = far_window(middle - width / 2, 0.75, width, tall)
    light_window(room, window, strength=1.1)
    spines = [room.tone(code) for code in _SPINES]
    books = room.make.books(spines, gap=_GAP)
    height = np.floor(min(2.9, room.height - 0.5) / _GAP) * _GAP
    spans = [(-half + 0.1, middle - width / 2 - 0.35), (middle + width / 2 + 0.35, half - 0.1)]
    for x in spans:
        if x[1] - x[0] > 0.6:
            add_shelves(room, x, height=float(height), wood=wood, filling=books, gap=_GAP)
    _furnish(room, wood)
    wall = room.pick("5f7464", "7a5048", "5c6a80", "a8906c")
    room.shell(
        room.make.plaster(wall),
        room.make.boards(room.pick("7a5030", "8f6640"), width=0.14),
        room.make.plaster(room.tone("d8ccb4")),
    )
    _paint_side_shelves(room, wood, books, float(height))
    room.skirting(room.make.plain(wood))
    paint_window(room, window, room.make.plain(room.tone("4a3222")), bars=(2, 4))
    room.furnish()
    shed_light(room, window, bars=(2, 4))
    room.finish()
    return room.sun(window.centre)


def _furnish(room: Interior, wood: Array) -> None:
    side, half = room.side, room.half
    add_rug(room, (0.0, DEPTH - 2.0), (min(3.0, half * 1.2), 1.6))
    at = (-side * half * 0.42, DEPTH - 1.35)
    size = (min(1.7, half * 0.8), 0.75)
    add_table(room, at, wood, size=size, dishes=False)
    add_chair(room, (at[0], DEPTH - 0.75), wood)
    flame = add_candle(room, (at[0] - side * size[0] * 0.33, 0.76, at[1]))
    room.light_lamp(
        (flame[0], flame[1] + 0.25, flame[2] - 0.25),
        strength=1.25 if room.is_lit else 0.0,
        reach=1.7,
    )
    paper, ink = room.make.plain(room.tone("f2ead6")), room.make.plain(room.tone("8a3a30"))

    def paint_papers() -> None:
        x, z = at
        room.setting.box((x - 0.1, x + 0.3), (0.76, 0.775), (z - 0.25, z + 0.05), paper)
        room.setting.box(
            (x + side * 0.5 - 0.15, x + side * 0.5 + 0.15), (0.76, 0.84), (z - 0.1, z + 0.15), ink
        )
        room.setting.box(
            (x + side * 0.5 - 0.13, x + side * 0.5 + 0.13), (0.84, 0.90), (z - 0.1, z + 0.13), paper
        )

    room.add((at[0], at[0]), (at[1] - 0.5, at[1] - 0.5), paint_papers, is_standing=False)
    place = (side * half * 0.74, 0.0, DEPTH - 1.2)
    if room.chance(0.5):
        _add_globe(room, place)
    else:
        add_turned(room, place, scaled(VASE, 1.7), room.pick("d8e0e8", "5f7f9a", "a8c0b0"))


def _add_globe(room: Interior, at: tuple[float, float, float]) -> None:
    x, _, z = at
    angles = np.linspace(-1.5, 1.5, 13)
    ball = tuple((0.30 * float(np.cos(a)), 0.30 + 0.30 * float(np.sin(a))) for a in angles)
    foot = ((0.24, 0.0), (0.05, 0.06), (0.04, 0.72))
    brass, sea, land = (
        room.tone("9a7038"),
        room.tone("4f86a8"),
        room.make.plain(room.tone("b8a868")),
    )

    def paint() -> None:
        room.setting.turned(at, foot, brass)
        room.setting.turned((x, 0.72, z), ball, sea)
        for shape in (
            ((-0.2, 0.3), (-0.05, 0.48), (0.05, 0.36), (-0.08, 0.2)),
            ((0.08, 0.22), (0.22, 0.3), (0.14, 0.1)),
        ):
            room.setting.face((x, 0.72, z - 0.02), (RIGHT, UP), shape, land, is_inked=False)

    room.add((x - 0.25, x + 0.25), (z - 0.25, z + 0.25), paint)


def _paint_side_shelves(room: Interior, wood: Array, spines: Material, height: float) -> None:
    """Bookcases along the side wall away from the window."""
    x = -room.side * (room.half - 0.02)
    outline = [(2.0, 0.0), (DEPTH - 0.5, 0.0), (DEPTH - 0.5, height), (2.0, height)]
    board = room.make.plain(wood)
    room.setting.face((x, 0, 0), (AWAY, UP), outline, spines)
    for level in range(int(height / _GAP + 0.5) + 1):
        y = level * _GAP
        strip = [(2.0, y - 0.02), (DEPTH - 0.5, y - 0.02), (DEPTH - 0.5, y + 0.04), (2.0, y + 0.04)]
        room.setting.face((x, 0, 0), (AWAY, UP), strip, board, is_inked=False)
    for z in np.arange(2.0, DEPTH, 1.12):
        post = [
            (float(z), 0.0),
            (float(z) + 0.07, 0.0),
            (float(z) + 0.07, height),
            (float(z), height),
        ]
        room.setting.face((x, 0, 0), (AWAY, UP), post, board, is_inked=False)
