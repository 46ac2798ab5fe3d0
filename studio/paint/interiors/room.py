"""Paints interiors: a cottage's living room here, the other places in their own modules."""

from domain import Style
from studio.paint.canvas import Canvas
from studio.paint.interiors.cave import paint_cave
from studio.paint.interiors.furniture import (
    VASE,
    add_beams,
    add_bed,
    add_candle,
    add_chair,
    add_hearth,
    add_picture,
    add_rug,
    add_shelves,
    add_table,
    add_turned,
)
from studio.paint.interiors.interior import DEPTH, Interior, open_interior
from studio.paint.interiors.palace import paint_palace
from studio.paint.interiors.study import paint_study
from studio.paint.interiors.tavern import paint_tavern
from studio.paint.interiors.windows import (
    far_window,
    light_window,
    paint_window,
    shed_light,
    side_window,
)
from studio.paint.palette import Palette
from studio.paint.perspective import RIGHT, UP
from studio.paint.sky import Sun
from studio.scene import Place, Scene

_PAINTERS = {
    Place.TAVERN: paint_tavern,
    Place.STUDY: paint_study,
    Place.PALACE: paint_palace,
    Place.CAVE: paint_cave,
}


def paint_room(canvas: Canvas, scene: Scene, palette: Palette, style: Style) -> Sun:
    """Fill the picture with the scene's interior, and return where its light comes from."""
    painter = _PAINTERS.get(scene.place, _paint_living_room)
    return painter(canvas, scene, palette, style)


def _paint_living_room(canvas: Canvas, scene: Scene, palette: Palette, style: Style) -> Sun:
    room = open_interior(canvas, scene, palette, style)
    side, half = room.side, room.half
    wood = room.pick("8a5c38", "70492e", "a87a4c")
    is_aside = room.chance(0.35) and not room.is_narrow
    if is_aside:
        window = side_window(room, DEPTH - 2.3, 0.95, 1.5, 1.35)
    else:
        width = min(1.5, half * 0.8)
        window = far_window(side * half * 0.5 - width / 2, 0.95, width, 1.35)
    light_window(room, window)
    _furnish(room, window_is_aside=is_aside)
    wall = room.pick("d8c8a6", "c9b79a", "b8c0a8", "c4a890", "b4bcc4")
    room.shell(
        room.make.plaster(wall),
        room.make.boards(wood, width=0.22),
        room.make.boards(room.tone("8c7458"), width=0.3),
    )
    room.skirting(room.make.plain(room.tone("6a4a34")))
    paint_window(
        room, window, room.make.plain(room.tone("e8dfcc" if style is Style.ANIMATION else "6a4c34"))
    )
    _paint_curtains(room, window.point(0, 0, 0.12), window.across, window.width, window.height)
    room.furnish()
    shed_light(room, window)
    room.finish()
    return room.sun(window.centre)


def _furnish(room: Interior, *, window_is_aside: bool) -> None:
    side, half = room.side, room.half
    wood = room.pick("7a4e30", "8f6238", "5f4030")
    other = -side
    add_beams(room, room.tone("5f4430"), count=3)
    add_rug(room, (0.0, DEPTH - 1.9), (min(2.6, half * 1.1), 1.5))
    has_bed = room.chance(0.45) and not room.is_narrow
    hearth_x = other * half * (0.42 if room.is_narrow else 0.22 if has_bed else 0.5)
    if window_is_aside:
        hearth_x = 0.0
    fire = add_hearth(
        room, hearth_x, room.pick("8d8378", "96604a", "a09a8e"), width=min(1.5, half * 0.75)
    )
    if has_bed:
        add_bed(room, other)
    elif not room.is_narrow:
        x = other * (half - 0.95)
        if not window_is_aside:
            x = other * (half - 0.6)
        add_shelves(room, (x - 0.45, x + 0.45), height=1.75, wood=wood)
    if window_is_aside:
        x = side * half * 0.55
        add_shelves(room, (x - 0.55, x + 0.55), height=1.75, wood=wood)
    at = (side * half * 0.62, DEPTH - 1.25)
    add_table(room, at, wood, size=(min(1.35, half * 0.7), 0.7))
    if not room.is_narrow:
        add_chair(room, (at[0] - side * 1.1, DEPTH - 1.0), wood)
    flame = add_candle(room, (at[0] + side * 0.35, 0.76, at[1] + 0.1))
    room.light_lamp(
        (flame[0], flame[1] + 0.25, flame[2] - 0.25), strength=1.0 if room.is_lit else 0.0
    )
    if room.is_lit:
        room.light_lamp((fire[0], fire[1] + 0.2, fire[2] - 0.5), strength=0.8)
    if not room.is_narrow and not room.is_plain:
        add_picture(room, hearth_x - 0.4, 1.65, (0.8, 0.5))
        add_turned(
            room, (side * (half - 0.4), 0.0, DEPTH - 0.5), VASE, room.pick("5f7896", "a85a3c")
        )


def _paint_curtains(
    room: Interior,
    origin: tuple[float, float, float],
    across: tuple[float, float, float],
    width: float,
    height: float,
) -> None:
    cloth = room.make.cloth(room.pick("b5523f", "d8b870", "5f7f6a", "c8c0b0", "6a7fa8"))
    for left in (-0.3, width - 0.12):
        strip = [
            (left, -0.25),
            (left + 0.42, -0.25),
            (left + 0.42, height + 0.12),
            (left, height + 0.12),
        ]
        room.setting.face(origin, (across, UP), strip, cloth)
    rod = [
        (-0.4, height + 0.1),
        (width + 0.4, height + 0.1),
        (width + 0.4, height + 0.15),
        (-0.4, height + 0.15),
    ]
    axes = (RIGHT, UP) if across == RIGHT else (across, UP)
    room.setting.face(origin, axes, rod, room.make.plain(room.tone("3c2a1e")))
