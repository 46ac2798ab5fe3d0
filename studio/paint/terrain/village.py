"""Builds cottages for landscapes: walls and roofs in the light, windows, and smoke."""

from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw

from studio.paint.canvas import Array, Canvas, as_array, colour
from studio.paint.terrain.light import Light
from studio.paint.terrain.noise import fractal
from studio.paint.terrain.trees import ink

_SCALE = 3
_WALLS = ("e6dcc6", "d9c9a8", "cfc4b4", "e0d0b8", "b9ab98")
_ROOFS = ("8a4b36", "7a5a44", "6d4a3c", "5c5550", "96603c")
_WOOD = "54402f"
_LAMP = "ffbe62"


@dataclass(frozen=True, slots=True)
class House:
    """The position of a cottage: the middle of its foot, and its height to the ridge, in pixels."""

    x: float
    y: float
    height: float
    turned: int
    """The side its long wall is on: 1 right, -1 left."""


def paint_house(canvas: Canvas, light: Light, house: House, *, veil: float, is_lit: bool) -> None:
    """A gabled front, a long wall, two slopes of roof and a chimney."""
    rng = canvas.rng
    unit = house.height * _SCALE
    size = max(round(unit * 2.7), 12), max(round(unit * 1.35), 8)
    image = Image.new("RGBA", size)
    pen = ImageDraw.Draw(image)
    wall = colour(_WALLS[int(rng.integers(len(_WALLS)))])
    roof = colour(_ROOFS[int(rng.integers(len(_ROOFS)))])
    if light.is_snowy:
        roof = as_array(roof * 0.12 + colour("eef2f8") * 0.88)
    front_lit = 0.16 if light.side == house.turned else 0.85
    side_lit = 0.95 if light.side == house.turned else 0.14
    _Cottage(rng, pen, light, house.turned, unit, size, is_lit).draw(
        wall, roof, front_lit, side_lit
    )
    small = image.reduce(_SCALE)
    pixels = as_array(np.asarray(small)) / np.float32(255)
    mask, tones = pixels[..., 3], pixels[..., :3]
    grain = fractal(rng, small.width, small.height, (small.width / 3, small.height / 3), octaves=2)
    shade = np.linspace(1.05, 0.86, small.height, dtype=np.float32)[:, None]
    tones = tones * ((1 + grain * 0.06) * shade)[..., None]
    tones += np.float32(veil) * (light.haze - tones)
    left, top = round(house.x - small.width / 2), round(house.y - small.height)
    canvas.blend(as_array(mask), as_array(tones), top=top, left=left)
    if is_lit:
        glow = as_array(colour(_LAMP))
        canvas.halo(
            house.x - house.turned * house.height * 0.5,
            house.y - house.height * 0.3,
            max(house.height * 0.28, 2.0),
            glow,
            0.30 * (1 - veil),
        )


class _Cottage:
    """The drawing of one house, three times its size."""

    def __init__(
        self,
        rng: np.random.Generator,
        pen: ImageDraw.ImageDraw,
        light: Light,
        turned: int,
        unit: float,
        size: tuple[int, int],
        is_lit: bool,
    ) -> None:
        self._rng, self._pen, self._light = rng, pen, light
        self._turned, self._unit, self._size, self._is_lit = turned, unit, size, is_lit

    def _at(self, x: float, y: float) -> tuple[float, float]:
        """A point in house heights: right of the middle along the turn, and up from the foot."""
        return self._size[0] / 2 + x * self._turned * self._unit, self._size[1] - y * self._unit

    def _face(self, points: list[tuple[float, float]], tone: Array) -> None:
        self._pen.polygon([self._at(x, y) for x, y in points], ink(tone))

    def draw(self, wall: Array, roof: Array, front_lit: float, side_lit: float) -> None:
        """The faces, the hidden ones first."""
        light = self._light
        front = as_array(wall * light.flat(front_lit))
        side = as_array(wall * light.flat(side_lit))
        slope = as_array(roof * light.flat(min(side_lit + 0.18, 1.1)))
        edge = as_array(roof * light.flat(front_lit) * 0.55)
        self._chimney(as_array(colour("7d6a5e") * light.flat(0.4)))
        self._face([(-0.05, 0), (1.12, 0.05), (1.12, 0.50), (-0.05, 0.53)], side)
        self._face([(-0.95, 0.02), (-0.05, 0), (-0.05, 0.53), (-0.52, 1.0), (-0.95, 0.53)], front)
        for beam in (0.02, 0.27, 0.52):
            self._beam((-0.95, beam + 0.01), (-0.05, beam), front_lit)
        for beam in (-0.93, -0.52, -0.07):
            self._beam((beam, 0.0), (beam, 0.53 if beam != -0.52 else 0.95), front_lit)
        self._openings(front_lit, side_lit)
        self._face([(-0.56, 1.03), (0.66, 0.98), (1.24, 0.42), (0.02, 0.44)], slope)
        self._tiles(slope)
        self._face([(-0.56, 1.03), (-0.50, 1.03), (-0.98, 0.44), (-1.05, 0.46)], edge)
        self._face([(-0.56, 1.03), (-0.48, 1.03), (0.08, 0.42), (0.02, 0.42)], edge)

    def _beam(self, start: tuple[float, float], end: tuple[float, float], lit: float) -> None:
        tone = ink(as_array(colour(_WOOD) * self._light.flat(lit)))
        width = max(round(self._unit * 0.022), 1)
        self._pen.line([self._at(*start), self._at(*end)], tone, width)

    def _tiles(self, slope: Array) -> None:
        for row in range(1, 9):
            share = row / 9
            start = -0.56 + 0.58 * share, 1.03 - 0.59 * share
            end = 0.66 + 0.58 * share, 0.98 - 0.56 * share
            tone = ink(as_array(slope * self._rng.uniform(0.78, 0.94)))
            self._pen.line([self._at(*start), self._at(*end)], tone, max(round(self._unit / 90), 1))

    def _openings(self, front_lit: float, side_lit: float) -> None:
        glass = colour("39475a") * self._light.flat(0.4)
        lamp = colour(_LAMP) * np.float32(self._rng.uniform(0.8, 1.05))
        for x, y, lit in (
            (-0.78, 0.30, front_lit),
            (-0.30, 0.30, front_lit),
            (-0.53, 0.66, front_lit),
            (0.22, 0.27, side_lit),
            (0.86, 0.28, side_lit),
        ):
            bright = self._is_lit and self._rng.random() < 0.8
            half, tall = (0.075, 0.10) if y < 0.6 else (0.055, 0.075)
            frame = as_array(colour("efe8da") * self._light.flat(lit))
            self._box(x, y, half + 0.018, tall + 0.018, frame)
            self._box(x, y, half, tall, as_array(lamp if bright else glass))
            self._box(x, y, 0.008, tall, frame)
            self._box(x, y, half, 0.008, frame)
        self._box(0.54, 0.18, 0.085, 0.165, as_array(colour(_WOOD) * self._light.flat(side_lit)))

    def _box(self, x: float, y: float, half: float, tall: float, tone: Array) -> None:
        self._face(
            [
                (x - half, y - tall),
                (x + half, y - tall),
                (x + half, y + tall),
                (x - half, y + tall),
            ],
            tone,
        )

    def _chimney(self, tone: Array) -> None:
        self._face([(0.30, 0.7), (0.44, 0.7), (0.44, 1.22), (0.30, 1.22)], tone)
        self._face([(0.28, 1.20), (0.46, 1.20), (0.46, 1.26), (0.28, 1.26)], as_array(tone * 0.8))


def paint_smoke(canvas: Canvas, light: Light, house: House) -> None:
    """Smoke that rises from the chimney and leans as it thins."""
    height, width = max(round(house.height * 1.5), 6), max(round(house.height * 1.1), 6)
    puffs = fractal(canvas.rng, width, height, (3.0, 5.0), octaves=4)
    up = np.linspace(1, 0, height, dtype=np.float32)[:, None]
    columns = np.linspace(-1, 1, width, dtype=np.float32)[None, :]
    middle = -0.75 + 1.1 * up**1.5 + puffs * 0.10
    wide = 0.05 + 0.34 * up
    mask = np.exp(-(((columns - middle) / wide) ** 2)) * (1 - up) ** 0.7 * 0.85
    mask *= np.clip(0.65 + puffs * 0.6, 0, 1)
    tone = as_array((light.flat(0.5) * 0.75 + light.haze * 0.4).clip(0, 0.92))
    left = round(house.x + house.turned * house.height * 0.37 - width * 0.125)
    top = round(house.y - house.height * 1.26 - height)
    canvas.blend(as_array(mask), tone, top=top, left=left)
