"""Paints an Eastern or Western inn: a counter with wine, lanterns, tables and benches."""

from domain import Style
from studio.paint.canvas import Canvas
from studio.paint.interiors.furniture import (
    BARREL,
    BOTTLE,
    JAR,
    add_beams,
    add_bench,
    add_lantern,
    add_posts,
    add_shelves,
    add_table,
    add_turned,
    scaled,
)
from studio.paint.interiors.interior import DEPTH, Interior, open_interior
from studio.paint.interiors.windows import (
    Window,
    far_window,
    light_window,
    paint_window,
    shed_light,
)
from studio.paint.palette import Palette
from studio.paint.perspective import RIGHT, UP
from studio.paint.sky import Sun
from studio.scene import Scene, World


def paint_tavern(canvas: Canvas, scene: Scene, palette: Palette, style: Style) -> Sun:
    """Fill the picture with an inn, and return where its light comes from."""
    room = open_interior(canvas, scene, palette, style)
    is_eastern = scene.world is World.EASTERN
    wood = room.pick("5a3420", "6a4028", "4c3226") if is_eastern else room.pick("6a4a30", "7a5638")
    width = min(1.6, room.half * 0.7)
    x = room.side * room.half * 0.58 - width / 2
    window = far_window(x, 0.95, width, 1.2)
    light_window(room, window, strength=0.9)
    _furnish(room, is_eastern=is_eastern)
    wall = room.tone("b8a184") if is_eastern else room.tone("a89478")
    floor = room.tone("8a7a6c")
    room.shell(
        room.make.plaster(wall),
        room.make.masonry(floor, size=(0.55, 0.55))
        if is_eastern
        else room.make.boards(wood, width=0.25),
        room.make.boards(room.tone("4a3426"), width=0.25),
    )
    _paint_wainscot(room, window, is_eastern=is_eastern)
    bars = (5, 4) if is_eastern else (3, 3)
    paint_window(room, window, room.make.plain(wood), bars=bars)
    room.furnish()
    shed_light(room, window, bars=(2, 2) if is_eastern else (3, 3))
    room.finish()
    return room.sun(window.centre)


def _furnish(room: Interior, *, is_eastern: bool) -> None:
    side, half = room.side, room.half
    dark = room.tone("4a2c1c")
    add_beams(room, room.tone("3c2618"), count=4)
    add_posts(room, dark)
    left = -side * half
    span = half * (0.95 if not room.is_narrow else 0.9)
    x = (min(left, left + side * span), max(left, left + side * span))
    inset = (x[0] + 0.25, x[1] - 0.25)
    add_shelves(room, inset, height=2.1, wood=dark, gap=0.5)
    _add_counter(room, x, is_eastern=is_eastern)
    wood = room.pick("7a4e30", "6a4430")
    table = side * half * (0.55 if room.is_narrow else 0.62)
    add_table(room, (table, DEPTH - 1.3), wood, size=(min(1.3, half * 0.7), 0.7))
    add_bench(room, (table, DEPTH - 2.0), wood, width=min(1.3, half * 0.7))
    if not room.is_narrow:
        add_bench(room, (table, DEPTH - 0.6), wood, width=1.2)
    drop = room.height - 0.9
    places = (
        ((-0.55, 1.6), (0.55, 1.6)) if room.is_narrow else ((-0.62, 1.7), (0.0, 1.0), (0.62, 1.7))
    )
    for across, near in places:
        at = (across * half, drop, DEPTH - near)
        add_lantern(room, at, is_red=is_eastern, size=1.25)
        if room.is_lit:
            room.light_lamp((at[0], drop - 0.1, at[2] - 0.1), strength=0.72, reach=1.5)
    if not room.flames:
        room.flames.append((0.0, drop, DEPTH - 1.0))
    profile = scaled(JAR, 1.9) if is_eastern else BARREL
    for step in range(1 if room.is_narrow else 2):
        at = (side * (half - 0.42 - step * 0.1), 0.0, DEPTH - 0.5 - step * 2.3)
        add_turned(room, at, profile, room.pick("6a3c26", "7a4a2c", "4f3a30"))


def _add_counter(room: Interior, x: tuple[float, float], *, is_eastern: bool) -> None:
    near, far = DEPTH - 1.45, DEPTH - 0.95
    front = room.make.boards(room.tone("7a4a2c"), width=0.24)
    slab = room.make.plain(room.tone("9a6a40"))
    tones = [room.pick("5a2e1c", "3f4f3a", "7a3a2a", "c8b898") for _ in range(12)]

    def paint() -> None:
        setting = room.setting
        setting.box(x, (0, 1.0), (near, far), front)
        setting.box((x[0], x[1] + 0.08), (1.0, 1.08), (near - 0.08, far), slab)
        if room.is_plain:
            return
        count = max(2, int((x[1] - x[0]) / 0.42))
        for index in range(count):
            place = x[0] + (index + 0.6) * (x[1] - x[0]) / count
            profile = scaled(JAR, 0.8) if is_eastern or index % 3 == 0 else scaled(BOTTLE, 1.2)
            setting.turned((place, 1.08, near + 0.2), profile, tones[index % 12])
            if is_eastern:  # wine jars are sealed with red cloth
                cloth = ((0.09, 0.0), (0.10, 0.04), (0.03, 0.1))
                setting.turned((place, 1.38, near + 0.19), cloth, room.tone("b8322a"))

    room.add(x, (near, far), paint)


def _paint_wainscot(room: Interior, window: Window, *, is_eastern: bool) -> None:
    """Boards on the lower wall, and a scroll or a painted sign by the window."""
    half = room.half
    boards = room.make.boards(room.tone("5f3c26"), width=0.3)
    outline = [(-half, 0.0), (half, 0.0), (half, 0.8), (-half, 0.8)]
    room.setting.face((0, 0, DEPTH - 0.01), (RIGHT, UP), outline, boards)
    x = window.centre[0]
    y = window.origin[1] + window.height + 0.28
    if y + 0.5 < room.height - 0.3 and is_eastern:
        plate = [(-0.75, 0.0), (0.75, 0.0), (0.75, 0.36), (-0.75, 0.36)]
        room.setting.face(
            (x, y, DEPTH - 0.03), (RIGHT, UP), plate, room.make.plain(room.tone("2a1a14"))
        )
        stroke = room.make.plain(room.tone("e0b84e"))
        for step in (-0.4, 0.0, 0.4):
            for dx, dy, w, h in (
                (-0.1, 0.2, 0.2, 0.03),
                (-0.02, 0.07, 0.04, 0.22),
                (-0.12, 0.1, 0.24, 0.03),
            ):
                mark = [
                    (step + dx, dy),
                    (step + dx + w, dy),
                    (step + dx + w, dy + h),
                    (step + dx, dy + h),
                ]
                room.setting.face((x, y, DEPTH - 0.04), (RIGHT, UP), mark, stroke, is_inked=False)
