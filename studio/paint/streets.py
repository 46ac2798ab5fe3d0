"""The houses of a street: a modern avenue, an old town with gables, a lane of curved roofs."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from studio.paint.canvas import Array, Point, as_array, between, colour, mix, planar, tinted
from studio.paint.materials import Materials
from studio.paint.perspective import (
    AWAY,
    RIGHT,
    UP,
    Material,
    Setting,
    Vector,
    flat,
)
from studio.scene import World

_LAST = 60.0
"""Metres to the end of the houses."""
_LAMPS = ("ffd88a", "ffc060", "fff0c4", "ffb070", "a8d8ff")
_NEON = ("ff3d7f", "35d0ff", "ffb02e", "7cff6a", "c05cff")


FACADES = {
    World.MODERN: ("8f9cab", "b4a898", "6f8296", "c4bcae", "7a7f8c", "a08878"),
    World.OLD: ("e0c090", "d49a7a", "c8b8a0", "a8b8a0", "d8a8a0", "b8c4cc", "c88a5a"),
    World.EASTERN: ("d8ccb8", "c8b8a0", "8a5a40", "a86a4a", "e0d4c0"),
}
HALF = {World.MODERN: 8.5, World.OLD: 6.4, World.EASTERN: 5.6}
"""Metres from the middle of the street to its houses."""


@dataclass(slots=True)
class Street:
    """A street under construction."""

    setting: Setting
    make: Materials
    town: World
    is_dark: bool
    is_snowy: bool
    level: Array
    """The light on walls, which glowing things must exceed."""
    fade: Callable[[Array], Array]

    def tone(self, code: str) -> Array:
        """A material's colour in the style and the mood."""
        return self.fade(colour(code))

    def pick(self, *codes: str) -> Array:
        """One of the colours."""
        return self.tone(codes[int(self.setting.canvas.rng.integers(0, len(codes)))])

    def shining(self, code: str) -> Array:
        """A colour that looks the same in the dark."""
        return as_array(colour(code) / np.maximum(self.level, 0.08))


def paint_row(street: Street, side: int) -> None:
    """The houses of one side, far ones first."""
    spans: list[tuple[float, float]] = []
    z = 2.0
    low, high = {World.MODERN: (9, 17), World.OLD: (6, 9.5), World.EASTERN: (7, 11)}[street.town]
    while z < _LAST:
        deep = street.setting.uniform(low, high) * (1 + z / 90)
        spans.append((z, z + deep))
        z += deep + (street.setting.uniform(0, 2.5) if street.town is World.MODERN else 0)
    painters = {World.MODERN: _paint_block, World.OLD: _paint_gabled, World.EASTERN: _paint_eastern}
    for span in reversed(spans):
        painters[street.town](street, side, span)


def _sides(
    street: Street, side: int, height: float
) -> tuple[tuple[float, float], tuple[float, float]]:
    half = HALF[street.town]
    return (min(side * half, side * (half + 14)), max(side * half, side * (half + 14))), (
        0.0,
        height,
    )


def _paint_block(street: Street, side: int, z: tuple[float, float]) -> None:
    setting = street.setting
    height = setting.uniform(13, 34) * (0.75 + min(z[0], 60) / 70)
    wall = street.pick(*FACADES[World.MODERN])
    is_glass = setting.chance(0.4)
    facade = _facade(
        street, wall, (2.4, 3.3), (0.88, 0.8) if is_glass else (0.56, 0.56), glass=is_glass
    )
    setting.box(*_sides(street, side, height), z, facade)
    _paint_shop(street, side, z)
    if street.is_dark and setting.chance(0.75):
        _paint_neon(street, side, z)


def _paint_gabled(street: Street, side: int, z: tuple[float, float]) -> None:
    setting = street.setting
    x = side * HALF[World.OLD]
    height = setting.uniform(6.2, 10.5)
    wall = street.pick(*FACADES[World.OLD])
    roof = street.tone("eef3fa") if street.is_snowy else street.pick("a0503a", "7a4238", "5f5a62")
    facade = _facade(street, wall, (1.9, 2.9), (0.46, 0.56), glass=False)
    setting.box(*_sides(street, side, height), z, facade)
    peak = (z[1] - z[0]) * 0.55
    middle = (z[0] + z[1]) / 2
    tiles = street.make.masonry(roof, size=(0.5, 0.3))
    gable = [(z[0], height), (z[1], height), (middle, height + peak)]
    setting.face((x, 0, 0), (AWAY, UP), gable, street.make.plaster(wall))
    slope = [
        (z[0] - 0.3, height - 0.15),
        (middle, height + peak + 0.25),
        (middle, height + peak - 0.3),
        (z[0] + 0.25, height - 0.15),
    ]
    setting.face((x - side * 0.15, 0, 0), (AWAY, UP), slope, tiles)
    slope = [
        (z[1] + 0.3, height - 0.15),
        (middle, height + peak + 0.25),
        (middle, height + peak - 0.3),
        (z[1] - 0.25, height - 0.15),
    ]
    setting.face((x - side * 0.15, 0, 0), (AWAY, UP), slope, tiles)
    # The roof's near slope rises from the eaves to the ridge, which runs away from the street.
    reach = side * 14
    near = (z[0], height)
    up: Vector = (0.0, peak / (middle - z[0]), 1.0)
    axes: tuple[Vector, Vector] = (RIGHT, up)
    deep = middle - near[0]
    setting.face((x, near[1], near[0]), axes, [(0, 0), (reach, 0), (reach, deep), (0, deep)], tiles)
    _paint_shop(street, side, z)


def _paint_eastern(street: Street, side: int, z: tuple[float, float]) -> None:
    setting = street.setting
    half = HALF[World.EASTERN]
    height = setting.uniform(3.7, 4.4)
    has_storey = setting.chance(0.5)
    wall = street.pick(*FACADES[World.EASTERN])
    roof = street.tone("eef3fa") if street.is_snowy else street.pick("4f565c", "5a6468", "4a4f48")
    wood = street.make.plain(street.pick("8a2a22", "5a3424", "6a3020"))
    facade = _facade(street, wall, (1.7, 3.4), (0.72, 0.62), glass=False, lattice=True)
    top = height + (2.9 if has_storey else 0.0)
    setting.box(*_sides(street, side, top), z, facade)
    x = side * (half - 0.05)
    for place in np.arange(z[0], z[1] + 0.1, (z[1] - z[0]) / 3):
        post = [
            (float(place) - 0.12, 0),
            (float(place) + 0.12, 0),
            (float(place) + 0.12, top),
            (float(place) - 0.12, top),
        ]
        setting.face((x, 0, 0), (AWAY, UP), post, wood, is_inked=False)
    if has_storey:
        _paint_eaves(street, side, (z[0], z[1]), height, roof, deep=0.9)
    _paint_eaves(street, side, (z[0], z[1]), top, roof, deep=2.6)
    for share in (0.25, 0.75):
        _paint_red_lantern(
            street, (side * (half - 1.15), height - 0.75, z[0] + (z[1] - z[0]) * share)
        )


def _paint_eaves(
    street: Street, side: int, z: tuple[float, float], y: float, roof: Array, *, deep: float
) -> None:
    """A roof that hangs over the street and turns up at its ends."""
    setting = street.setting
    x = side * (HALF[World.EASTERN] - 1.25)
    tiles = street.make.boards(roof, width=0.32)
    dark = street.make.plain(as_array(roof * 0.4))
    rise: Vector = (side * 1.0, 0.75, 0.0)
    long = z[1] - z[0]
    top = 1.25 + deep
    outline: list[Point] = [(-0.9, 0.55), (-0.4, 0.16), (long * 0.2, 0.0), (long * 0.8, 0.0)]
    outline += [(long + 0.4, 0.16), (long + 0.9, 0.55), (long + 0.1, top), (-0.1, top)]
    under = [(u, v * 0.75 - 0.22) for u, v in outline[:6]] + [
        (u, v * 0.75 + 0.02) for u, v in reversed(outline[:6])
    ]
    setting.face((x, y - 0.35, z[0]), (AWAY, rise), outline, tiles)
    setting.face((x, y - 0.35, z[0]), (AWAY, UP), under, dark, is_inked=False)
    end = [(0.0, 0.0), (side * top, 0.75 * top), (side * top, 0.0)]
    setting.face(
        (x, y - 0.35, z[0] - 0.1), (RIGHT, UP), end, street.make.plain(as_array(roof * 0.6))
    )


def _paint_red_lantern(street: Street, at: Vector) -> None:
    if at[2] > 60 or at[2] < 5:
        return
    tone = colour("ff4a30") if street.is_dark else street.tone("d03a2a")
    profile = ((0.1, 0.0), (0.26, 0.1), (0.3, 0.25), (0.26, 0.4), (0.1, 0.5))
    street.setting.turned(at, profile, tone, shines=0.95 if street.is_dark else 0.2)
    if street.is_dark:
        street.setting.glow((at[0], at[1] + 0.25, at[2]), 0.9, colour("ff7a48"), 0.5)


def _facade(
    street: Street,
    wall: Array,
    cell: tuple[float, float],
    share: tuple[float, float],
    *,
    glass: bool,
    lattice: bool = False,
) -> Material:
    """A wall with windows: dark or reflecting the sky by day, many of them lit by night."""
    setting = street.setting
    chance = as_array(setting.canvas.rng.random((32, 32)))
    lamps = as_array(np.stack([street.shining(code) for code in _LAMPS]))
    lit_share = (
        {World.MODERN: 0.42, World.OLD: 0.5, World.EASTERN: 0.6}[street.town]
        if street.is_dark
        else 0.03
    )
    sky = as_array(setting.air * (0.5 if street.is_dark else 0.85))
    dark = mix(as_array(wall * 0.3), sky, 0.55 if glass else 0.28)
    plaster = street.make.plaster(wall)

    table = as_array(np.stack([wall, wall, dark, *lamps]))  # wall, frame, dark pane, lit panes

    def colours(u: Array, v: Array) -> Array:
        column, row = np.floor(u / cell[0]).astype(np.int32), np.floor(v / cell[1]).astype(np.int32)
        inside_u, inside_v = u / cell[0] - column - 0.5, v / cell[1] - row - 0.5
        across, down = np.abs(inside_u), np.abs(inside_v + 0.03)
        is_pane = (across < share[0] / 2) & (down < share[1] / 2)
        is_frame = (across < share[0] / 2 + 0.05) & (down < share[1] / 2 + 0.04)
        value = chance[column & 31, row & 31]
        is_lit = is_pane & (value < lit_share)
        lamp = 3 + (value * 9973).astype(np.int32) % len(_LAMPS)
        kind = np.where(is_lit, lamp, np.where(is_pane, 2, is_frame))
        tones = planar(np.stack([band.take(kind) for band in table.T]))
        if not setting.is_drawn:
            np.copyto(tones, plaster(u, v), where=(kind < 2)[:, :, None])
        level = np.where(is_frame, np.float32(0.72 if glass else 1.22), np.float32(1))
        dim = (inside_u + inside_v) * 0.5 + 0.7 + (value - 0.5) * 0.5
        level = np.where(is_pane, np.where(is_lit, 0.75 + 0.3 * inside_v, dim), level)
        is_bar = (across < 0.025) | (np.abs(inside_v - 0.08) < 0.02)
        if lattice:
            is_bar |= np.abs((u * 4) % 1 - 0.5) < 0.1
        level = np.where(is_bar & is_pane, level * 0.5, level)
        level = level * (0.82 + 0.18 * np.clip(v / 4, 0, 1))  # dirt and shade near the ground
        tones *= as_array(level)[:, :, None]
        return tones

    return colours


def _paint_shop(street: Street, side: int, z: tuple[float, float]) -> None:
    """A shop window under an awning."""
    if z[0] > 70:
        return
    setting = street.setting
    x = side * (HALF[street.town] - 0.03)
    left, right = z[0] + 0.6, z[1] - 0.6
    if street.is_dark:
        glass = street.shining(_LAMPS[int(setting.canvas.rng.integers(0, 4))]) * np.float32(0.85)
    else:
        glass = mix(street.tone("3c4650"), setting.air, 0.3)
    front = [(left, 0.5), (right, 0.5), (right, 2.5), (left, 2.5)]

    def panes(u: Array, v: Array) -> Array:
        bar = np.abs((u / 1.3) % 1 - 0.5) > 0.46
        shade = np.where(bar, 0.3, 0.72 + 0.22 * np.sin(u * 1.9) + 0.1 * v)
        return tinted(as_array(shade), glass)

    setting.face((x, 0, 0), (AWAY, UP), front, panes)
    awning = (
        street.tone("eef3fa")
        if street.is_snowy
        else street.pick("b8403a", "3f7a5a", "3a6a9a", "c8923a")
    )
    stripe = mix(awning, colour("f6efe0"), 0.75)

    def stripes(u: Array, _v: Array) -> Array:
        odd = (np.floor(u / 0.45).astype(np.int32) & 1).astype(np.float32)
        return between(awning, stripe, odd)

    slope: Vector = (-side * 1.0, -0.55, 0.0)
    cover = [(left - 0.1, 0.0), (right + 0.1, 0.0), (right + 0.1, 1.1), (left - 0.1, 1.1)]
    setting.face((x, 3.15, 0), (AWAY, slope), cover, stripes)


def _paint_neon(street: Street, side: int, z: tuple[float, float]) -> None:
    setting = street.setting
    if z[0] > 55 or z[0] < 7:
        return
    code = _NEON[int(setting.canvas.rng.integers(0, len(_NEON)))]
    low = setting.uniform(4.2, 5.5)
    high = low + setting.uniform(2.2, 4.5)
    x = side * (HALF[World.MODERN] - 0.15)
    inner = x - side * 0.9
    span = (min(x, inner), max(x, inner))
    plate = [(span[0], low), (span[1], low), (span[1], high), (span[0], high)]
    setting.face(
        (0, 0, z[0]), (RIGHT, UP), plate, street.make.plain(colour("14121c")), is_inked=False
    )
    for y in np.arange(low + 0.25, high - 0.4, 0.62):
        mark = [
            (span[0] + 0.2, y),
            (span[1] - 0.2, y),
            (span[1] - 0.2, y + 0.36),
            (span[0] + 0.2, y + 0.36),
        ]
        tone = colour(code)
        setting.face(
            (0, 0, z[0] - 0.02),
            (RIGHT, UP),
            mark,
            flat(tone),
            shines=1.0,
            is_inked=False,
        )
    setting.glow(((span[0] + span[1]) / 2, (low + high) / 2, z[0]), 1.7, colour(code), 0.5)
