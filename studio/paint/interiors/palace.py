"""Paints a throne hall: columns, tall windows, banners, a carpet up to the throne."""

from domain import Style
from studio.paint.canvas import Array, Canvas
from studio.paint.interiors.furniture import add_lantern
from studio.paint.interiors.interior import DEPTH, Interior, open_interior
from studio.paint.interiors.windows import (
    Window,
    far_window,
    light_window,
    outside_view,
    paint_window,
    shed_light,
)
from studio.paint.palette import Palette
from studio.paint.perspective import AWAY, RIGHT, UP
from studio.paint.sky import Sun
from studio.scene import Scene, World


def paint_palace(canvas: Canvas, scene: Scene, palette: Palette, style: Style) -> Sun:
    """Fill the picture with a throne hall, and return where its light comes from."""
    room = open_interior(canvas, scene, palette, style, loftiness=0.10)
    is_red = scene.world is World.EASTERN  # lacquered columns and gold, else pale stone
    half, height = room.half, room.height
    tall = height * 0.52
    width = min(0.9, half * 0.26)
    spread = room.setting.uniform(0.52, 0.66)
    windows = [far_window(x * half * spread - width / 2, 1.0, width, tall) for x in (-1, 1)]
    for window in windows:
        light_window(room, window, strength=0.7)
    cloth = room.pick("8f1f2a", "2a3f86", "5a2a6e", "1f5f4a")
    gold = room.tone("d8a840")
    _furnish(room, cloth, gold, is_red=is_red)
    wall = (
        room.pick("b89a6a", "8f4a3a", "c8b084")
        if is_red
        else room.pick("c4bcae", "9aa4b4", "b8a8a0")
    )
    pale, dark = (
        (room.tone("b8a890"), room.tone("6a3f34"))
        if is_red
        else (room.tone("dcd6ca"), room.tone("8a8f9a"))
    )
    room.shell(
        room.make.masonry(wall, size=(0.9, 0.45)),
        room.make.tiles(pale, dark, size=0.62),
        room.make.boards(room.tone("5a3a2a") if is_red else room.tone("b0a898"), width=0.6),
    )
    room.skirting(room.make.plain(gold), height=0.10)
    frame = room.make.plain(room.tone("7a5a34"))
    seen = outside_view(room, windows[0])
    for window in windows:
        paint_window(room, window, frame, bars=(2, 4), outside=seen, sill=False)
        _paint_arch(room, window, gold)
    room.furnish()
    for window in windows:
        shed_light(room, window, bars=(2, 4))
    room.finish()
    return room.sun(windows[0 if room.side < 0 else 1].centre)


def _paint_arch(room: Interior, window: Window, gold: Array) -> None:
    middle = window.width / 2
    rim = [(-0.14, -0.02), (window.width + 0.14, -0.02), (middle, 0.5)]
    origin = window.point(0, window.height + 0.05, 0.03)
    room.setting.face(origin, (RIGHT, UP), rim, room.make.plain(gold))


def _furnish(room: Interior, cloth: Array, gold: Array, *, is_red: bool) -> None:
    half, height = room.half, room.height
    width = min(0.75, half * 0.3)
    carpet = room.make.carpet(cloth, gold, half=width)
    steps = room.make.plain(room.tone("b8ac98"))

    def paint_carpet() -> None:
        outline = [(-width, 1.5), (width, 1.5), (width, DEPTH - 1.5), (-width, DEPTH - 1.5)]
        room.setting.face((0, 0.01, 0), (RIGHT, AWAY), outline, carpet)

    def paint_dais() -> None:
        for level in range(3):
            edge = width + 0.75 - level * 0.22
            y = level * 0.15
            room.setting.box(
                (-edge, edge), (y, y + 0.15), (DEPTH - 1.5 + level * 0.25, DEPTH), steps
            )

    room.add((0, 0), (DEPTH + 9, DEPTH + 9), paint_carpet, is_standing=False)
    room.add((-width - 0.7, width + 0.7), (DEPTH - 1.0, DEPTH), paint_dais)
    _add_throne(room, cloth, gold)
    columns = room.tone("a8302a") if is_red else room.pick("d8d0c0", "8fa09a", "b08a7a")
    gap = room.setting.uniform(1.1, 1.6)
    for side in (-1, 1):
        for index in range(3):
            z = DEPTH - 0.35 - index * gap
            _add_column(room, (side * half * 0.88, z), columns, gold)
        x = side * half * 0.30
        _add_banner(room, x, cloth, gold)
        z = DEPTH - 1.2
        drop = min(height * 0.62, 2.9)
        add_lantern(room, (side * half * 0.62, drop, z), is_red=is_red, size=1.1)
        if room.is_lit:
            room.light_lamp((side * half * 0.62, drop - 0.1, z - 0.2), strength=0.72, reach=1.7)
    if room.is_lit:
        room.light_lamp((0.0, 1.9, DEPTH - 1.4), strength=0.6, reach=1.4)


def _add_throne(room: Interior, cloth: Array, gold: Array) -> None:
    metal, seat = room.make.plain(gold), room.make.cloth(cloth, fold=0.3)
    near = DEPTH - 0.85

    def paint() -> None:
        face, box, floor = room.setting.face, room.setting.box, 0.45
        back = [(-0.46, floor), (0.46, floor), (0.46, floor + 1.35), (0.3, floor + 1.5)]
        back += [(0.0, floor + 1.85), (-0.3, floor + 1.5), (-0.46, floor + 1.35)]
        face((0, 0, near + 0.5), (RIGHT, UP), back, metal)
        inner = [(u * 0.76, floor + 0.3 + (v - floor) * 0.74) for u, v in back]
        face((0, 0, near + 0.48), (RIGHT, UP), inner, seat)
        box((-0.42, 0.42), (floor, floor + 0.5), (near, near + 0.48), seat)
        for x in (-0.52, 0.40):
            box((x, x + 0.12), (floor, floor + 0.78), (near - 0.05, near + 0.5), metal)
        face(
            (0, floor + 1.62, near + 0.46),
            (RIGHT, UP),
            [(-0.07, 0), (0, -0.1), (0.07, 0), (0, 0.1)],
            seat,
        )

    room.add((-0.5, 0.5), (near - 1.0, near - 1.0), paint, is_standing=False)


def _add_column(room: Interior, at: tuple[float, float], tone: Array, gold: Array) -> None:
    x, z = at
    top = room.height

    def paint() -> None:
        turned = room.setting.turned
        turned((x, 0, z), ((0.34, 0.0), (0.34, 0.14), (0.26, 0.22)), gold)
        turned((x, 0.2, z - 0.01), ((0.24, 0.0), (0.21, top - 0.6)), tone)
        turned((x, top - 0.42, z - 0.02), ((0.22, 0.0), (0.36, 0.24), (0.36, 0.42)), gold)

    room.add((x - 0.3, x + 0.3), (z - 0.3, z + 0.3), paint)


def _add_banner(room: Interior, x: float, cloth: Array, gold: Array) -> None:
    low, top = room.height * 0.36, room.height * 0.86
    wide = min(0.34, room.half * 0.1)
    weave = room.make.cloth(cloth, fold=0.22)
    trim = room.make.plain(gold)

    def paint() -> None:
        face, axes = room.setting.face, (RIGHT, UP)
        shape = [(-wide, low), (0.0, low - 0.3), (wide, low), (wide, top), (-wide, top)]
        face((x, 0, DEPTH - 0.06), axes, shape, weave)
        rod = [
            (-wide - 0.1, top),
            (wide + 0.1, top),
            (wide + 0.1, top + 0.06),
            (-wide - 0.1, top + 0.06),
        ]
        face((x, 0, DEPTH - 0.07), axes, rod, trim)
        y = (low + top) / 2
        mark = [(-wide * 0.5, y), (0.0, y - wide * 0.7), (wide * 0.5, y), (0.0, y + wide * 0.7)]
        face((x, 0, DEPTH - 0.08), axes, mark, trim)

    room.add((x, x), (DEPTH, DEPTH), paint, is_standing=False)
