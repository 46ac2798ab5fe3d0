"""Furniture for all rooms. Each function adds a thing at a position on the floor, in metres."""

import numpy as np

from studio.paint.canvas import Array, as_array, colour, mix
from studio.paint.interiors.interior import DEPTH, WARM, Interior
from studio.paint.perspective import AWAY, RIGHT, UP, Material, Vector, flat

JAR = ((0.10, 0.0), (0.17, 0.10), (0.19, 0.22), (0.14, 0.34), (0.08, 0.38), (0.09, 0.42))
BOTTLE = ((0.05, 0.0), (0.05, 0.16), (0.02, 0.22), (0.02, 0.30))
BOWL = ((0.06, 0.0), (0.12, 0.05), (0.14, 0.09))
CUP = ((0.04, 0.0), (0.045, 0.09))
BARREL = ((0.24, 0.0), (0.31, 0.2), (0.33, 0.4), (0.31, 0.6), (0.24, 0.8))
VASE = ((0.10, 0.0), (0.18, 0.14), (0.16, 0.32), (0.07, 0.42), (0.09, 0.5))
_HEARTH_HEIGHT = 1.25


def scaled(
    profile: tuple[tuple[float, float], ...], size: float
) -> tuple[tuple[float, float], ...]:
    """A profile at another size."""
    return tuple((radius * size, height * size) for radius, height in profile)


def add_table(
    room: Interior,
    at: tuple[float, float],
    wood: Array,
    *,
    size: tuple[float, float] = (1.3, 0.7),
    height: float = 0.76,
    dishes: bool = True,
) -> None:
    """A table on four legs around (x, z), with dishes on it."""
    x, z = at
    half, deep = size[0] / 2, size[1] / 2
    board = room.make.boards(wood, width=0.2, is_upright=False)
    dark = room.make.plain(as_array(wood * 0.72))
    tones = [room.pick("d8cfc0", "8fa6b8", "b5694a", "6f8f70", "efe6d4") for _ in range(3)]

    def paint() -> None:
        setting = room.setting
        for leg_z in (z + deep - 0.07, z - deep):
            for leg_x in (x - half + 0.02, x + half - 0.09):
                setting.box((leg_x, leg_x + 0.07), (0, height), (leg_z, leg_z + 0.07), dark)
        setting.box((x - half, x + half), (height - 0.07, height), (z - deep, z + deep), board)
        if dishes and not room.is_plain:
            setting.turned((x - half * 0.45, height, z), BOWL, tones[0])
            setting.turned((x + half * 0.35, height, z + 0.1), scaled(BOTTLE, 1.0), tones[1])
            setting.turned((x + half * 0.1, height, z - 0.1), CUP, tones[2])

    room.add((x - half, x + half), (z - deep, z + deep), paint)


def add_bench(room: Interior, at: tuple[float, float], wood: Array, *, width: float = 1.2) -> None:
    """A plain bench along x."""
    x, z = at
    make = room.make.plain(wood)
    dark = room.make.plain(as_array(wood * 0.7))

    def paint() -> None:
        for leg in (x - width / 2 + 0.08, x + width / 2 - 0.14):
            room.setting.box((leg, leg + 0.06), (0, 0.44), (z - 0.1, z + 0.1), dark)
        room.setting.box((x - width / 2, x + width / 2), (0.40, 0.46), (z - 0.14, z + 0.14), make)

    room.add((x - width / 2, x + width / 2), (z - 0.14, z + 0.14), paint)


def add_chair(room: Interior, at: tuple[float, float], wood: Array) -> None:
    """A chair whose back is to the far wall."""
    x, z = at
    make = room.make.plain(wood)
    dark = room.make.plain(as_array(wood * 0.75))

    def paint() -> None:
        box = room.setting.box
        for leg_x in (x - 0.22, x + 0.17):
            box((leg_x, leg_x + 0.05), (0, 1.0), (z + 0.17, z + 0.22), dark)
        for y in (0.62, 0.84):
            box((x - 0.22, x + 0.22), (y, y + 0.1), (z + 0.17, z + 0.2), make)
        for leg_x in (x - 0.22, x + 0.17):
            box((leg_x, leg_x + 0.05), (0, 0.44), (z - 0.22, z - 0.17), dark)
        box((x - 0.24, x + 0.24), (0.42, 0.48), (z - 0.24, z + 0.22), make)

    room.add((x - 0.24, x + 0.24), (z - 0.24, z + 0.24), paint)


def add_shelves(
    room: Interior,
    x: tuple[float, float],
    *,
    height: float,
    wood: Array,
    filling: Material | None = None,
    gap: float = 0.42,
    depth: float = 0.35,
) -> None:
    """Shelves against the far wall, filled with books, or with jars where there is no filling."""
    side = room.make.boards(wood, width=0.3, is_upright=True)
    dark = room.make.plain(as_array(wood * 0.42))
    levels = int(height / gap)
    tones = [room.pick("a85a3c", "6f7f5a", "c9b48a", "5f7896", "d8cdb8") for _ in range(40)]
    heights = [room.setting.uniform(0.6, 0.95) for _ in range(40)]

    def paint() -> None:
        setting = room.setting
        near, far = DEPTH - depth, DEPTH
        back = [(x[0], 0.0), (x[1], 0.0), (x[1], height), (x[0], height)]
        setting.face((0, 0, far - 0.03), (RIGHT, UP), back, dark)
        if filling is not None:
            setting.face((0, 0, far - 0.14), (RIGHT, UP), back, filling)
        for level in range(levels + 1):
            y = level * gap
            setting.box((x[0], x[1]), (y - 0.02, y + 0.03), (near, far), side)
            if filling is None and level and not room.is_plain:
                for index, place in enumerate(np.arange(x[0] + 0.18, x[1] - 0.1, 0.3)):
                    chance = (level * 9 + index) % 40
                    jar = scaled(JAR, heights[chance] * 0.68)
                    setting.turned((float(place), y + 0.03, near + 0.12), jar, tones[chance])
        for edge in (x[0] - 0.05, x[1]):
            setting.box((edge, edge + 0.05), (0, height + 0.04), (near, far), side)
        setting.box((x[0] - 0.08, x[1] + 0.08), (height, height + 0.08), (near - 0.03, far), side)

    room.add(x, (DEPTH - depth, DEPTH), paint)


def add_hearth(room: Interior, x: float, stone: Array, *, width: float = 1.5) -> Vector:
    """A fireplace in the far wall, lit in dark or cold hours; returns the position of its fire."""
    half = width / 2
    masonry = room.make.masonry(stone, size=(0.34, 0.17))
    soot = room.make.plain(colour("17100d"))
    mantel = room.make.boards(room.tone("6a4630"), width=0.4)
    log = room.tone("5a3820")
    near = DEPTH - 0.4
    fire = (x, 0.36, near + 0.02)

    def paint() -> None:
        setting = room.setting
        setting.box((x - half, x + half), (0, _HEARTH_HEIGHT), (near, DEPTH), masonry)
        slope = [(x - half * 0.8, _HEARTH_HEIGHT), (x + half * 0.8, _HEARTH_HEIGHT)]
        neck = [(x + half * 0.55, room.height), (x - half * 0.55, room.height)]
        setting.face((0, 0, near + 0.15), (RIGHT, UP), [*slope, *neck], masonry)
        arch = [(x - half * 0.62, 0.06), (x + half * 0.62, 0.06), (x + half * 0.62, 0.62)]
        bend = [(x + half * 0.62 * c, 0.62 + 0.24 * s) for c, s in _ARC]
        setting.face(
            (0, 0, near - 0.01), (RIGHT, UP), [*arch, *bend, (x - half * 0.62, 0.62)], soot
        )
        setting.box(
            (x - half - 0.12, x + half + 0.12),
            (_HEARTH_HEIGHT, _HEARTH_HEIGHT + 0.1),
            (near - 0.1, DEPTH),
            mantel,
        )
        for place, up in ((-0.1, 0.06), (0.08, 0.08), (0.0, 0.14)):
            block = (x + place - 0.25, x + place + 0.25), (up, up + 0.09)
            setting.box(*block, (near - 0.03, near), room.make.plain(log))
        paint_fire(room, (x, 0.12, near - 0.04), 0.5)

    room.add((x - half, x + half), (near, DEPTH), paint)
    return fire


_ARC = [(float(np.cos(a)), float(np.sin(a))) for a in np.linspace(0.15, np.pi - 0.15, 9)]


def paint_fire(room: Interior, at: Vector, size: float) -> None:
    """Tongues of flame standing on a point."""
    tongues = (("e8541e", 1.0, 0.0), ("ff9a2e", 0.72, 0.0), ("ffdf7a", 0.42, 0.0))
    for code, share, _ in tongues:
        points = [(-0.42, 0.0), (-0.5, 0.3), (-0.3, 0.62), (-0.2, 0.42), (-0.02, 1.0)]
        points += [(0.12, 0.5), (0.28, 0.74), (0.46, 0.28), (0.38, 0.0)]
        outline = [(u * size * share, v * size * share) for u, v in points]
        tone = colour(code)
        room.setting.face(at, (RIGHT, UP), outline, flat(tone), shines=1.0, is_inked=False)
    glow_at = (at[0], at[1] + size * 0.4, at[2])
    room.setting.glow(glow_at, size * 0.9, WARM, 0.6 if not room.setting.is_drawn else 0.3)


def add_lantern(
    room: Interior, at: Vector, *, is_red: bool, size: float = 1.0, hangs: bool = True
) -> None:
    """A lantern below the ceiling or on a thing; it glows when lamps are lit."""
    glowing = room.is_lit
    tone = colour("e23a26" if is_red else "f2c877")
    tone = tone if glowing else room.tone("c23a2a" if is_red else "d8b070")
    cap = room.tone("c99a3a" if is_red else "3a2c22")
    rope = room.make.plain(room.tone("2a1d16"))
    x, y, z = at
    round_body = ((0.08, 0.0), (0.19, 0.06), (0.24, 0.17), (0.19, 0.28), (0.08, 0.34))
    square_body = ((0.10, 0.0), (0.14, 0.02), (0.14, 0.3), (0.10, 0.34))
    body = scaled(round_body if is_red else square_body, size)

    def paint() -> None:
        setting = room.setting
        if hangs:
            line = [
                (-0.012, 0.0),
                (0.012, 0.0),
                (0.012, room.height - y),
                (-0.012, room.height - y),
            ]
            setting.face((x, y, z), (RIGHT, UP), line, rope, is_inked=False)
        setting.turned((x, y, z), body, tone, shines=0.95 if glowing else 0.0)
        for low in (-0.03, 0.33):
            setting.turned((x, y + low * size, z), scaled(((0.1, 0.0), (0.1, 0.05)), size), cap)
        if is_red:
            tassel = [(-0.02, 0.0), (0.02, 0.0), (0.035, -0.2), (-0.035, -0.2)]
            setting.face((x, y, z), (RIGHT, UP), tassel, room.make.plain(cap), is_inked=False)
        if glowing:
            warm = mix(WARM, colour("ff5a36"), 0.5) if is_red else WARM
            strength = 0.3 if setting.is_drawn else 0.55
            setting.glow((x, y + 0.17 * size, z), 0.42 * size, warm, strength)

    room.add((x, x), (z, z), paint, is_standing=False)


def add_candle(room: Interior, at: Vector) -> Vector:
    """A lamp on something; returns the position of its flame."""
    x, y, z = at
    brass = room.tone("b88a3e")
    shade = colour("ffe3a8") if room.is_lit else room.tone("e8dcc0")

    def paint() -> None:
        setting = room.setting
        setting.turned((x, y, z), ((0.10, 0.0), (0.03, 0.03), (0.025, 0.2)), brass)
        profile = ((0.15, 0.0), (0.09, 0.2))
        setting.turned((x, y + 0.18, z), profile, shade, shines=0.95 if room.is_lit else 0.0)

    room.add((x, x), (z - 0.9, z - 0.9), paint, is_standing=False)
    return (x, y + 0.28, z)


def add_rug(room: Interior, at: tuple[float, float], size: tuple[float, float]) -> None:
    """A patterned rug on the floor."""
    x, z = at
    tone = room.pick("8f3a34", "3f5f86", "4f7355", "8a5a86")
    weave = room.make.carpet(tone, room.tone("e0c48a"), half=size[0] / 2)

    def paint() -> None:
        half, deep = size[0] / 2, size[1] / 2
        outline = [(-half, -deep), (half, -deep), (half, deep), (-half, deep)]
        room.setting.face((x, 0.01, z), (RIGHT, AWAY), outline, weave)

    room.add((x, x), (DEPTH + 9, DEPTH + 9), paint, is_standing=False)


def add_bed(room: Interior, side: int) -> None:
    """A bed in the far corner of a side, its head at the far wall."""
    wood = room.make.boards(room.tone("7a5236"), width=0.2)
    quilt = room.pick("b5523f", "4f77a8", "6f9a6a", "c79a4a")
    cover, linen = room.make.plain(quilt), room.make.plain(room.tone("efe8da"))
    width = min(1.3, room.half * 0.6)
    inner = side * (room.half - width)
    x = (min(inner, side * room.half), max(inner, side * room.half))

    def paint() -> None:
        box = room.setting.box
        box(x, (0, 1.15), (DEPTH - 0.1, DEPTH), wood)
        box(x, (0.1, 0.42), (DEPTH - 2.0, DEPTH - 0.1), wood)
        box(x, (0.42, 0.60), (DEPTH - 0.65, DEPTH - 0.12), linen)
        box((x[0] + 0.15, x[1] - 0.15), (0.60, 0.70), (DEPTH - 0.5, DEPTH - 0.15), linen)
        box(x, (0.36, 0.58), (DEPTH - 2.0, DEPTH - 0.65), cover)
        box(x, (0, 0.68), (DEPTH - 2.08, DEPTH - 2.0), wood)

    room.add(x, (DEPTH - 2.08, DEPTH), paint)


def add_picture(room: Interior, x: float, y: float, size: tuple[float, float]) -> None:
    """A framed picture of hills on the far wall."""
    frame = room.make.plain(room.tone("a8803f"))
    sky, hill = room.pick("d8c8a0", "a8c4d0", "e0b48a"), room.pick("5a7a5a", "6a5a78", "7a5a40")

    def paint() -> None:
        w, h = size
        face, axes = room.setting.face, (RIGHT, UP)
        rim = [(-0.06, -0.06), (w + 0.06, -0.06), (w + 0.06, h + 0.06), (-0.06, h + 0.06)]
        face((x, y, DEPTH - 0.03), axes, rim, frame)
        face((x, y, DEPTH - 0.04), axes, [(0, 0), (w, 0), (w, h), (0, h)], room.make.plain(sky))
        hills = [
            (0, 0),
            (w, 0),
            (w, h * 0.3),
            (w * 0.7, h * 0.6),
            (w * 0.45, h * 0.35),
            (0, h * 0.5),
        ]
        face((x, y, DEPTH - 0.05), axes, hills, room.make.plain(hill), is_inked=False)

    room.add((x, x), (DEPTH, DEPTH), paint, is_standing=False)


def add_turned(
    room: Interior, at: Vector, profile: tuple[tuple[float, float], ...], tone: Array
) -> None:
    """A jar, barrel or vase on something."""
    x, y, z = at
    radius = max(r for r, _ in profile)

    def paint() -> None:
        room.setting.turned((x, y, z), profile, tone)

    room.add((x - radius, x + radius), (z - radius, z + radius), paint, is_standing=y < 0.05)


def add_beams(room: Interior, wood: Array, *, count: int = 4) -> None:
    """Beams under the ceiling, across the room."""
    material = room.make.boards(wood, width=0.4, is_upright=True)
    for index in range(count):
        z = DEPTH - 0.1 - index * 1.15

        def paint(z: float = z) -> None:
            y = (room.height - 0.26, room.height)
            room.setting.box((-room.half, room.half), y, (z - 0.2, z), material)

        room.add((-room.half, room.half), (z - 0.2, z), paint, is_standing=False)


def add_posts(room: Interior, wood: Array) -> None:
    """Posts in the far corners."""
    material = room.make.boards(wood, width=0.3)

    def paint() -> None:
        for x in (-room.half, room.half - 0.2):
            room.setting.box((x, x + 0.2), (0, room.height), (DEPTH - 0.2, DEPTH), material)

    room.add((0, 0), (DEPTH, DEPTH), paint, is_standing=False)
