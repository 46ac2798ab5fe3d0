"""The elements of figures: rounded limbs, smooth outlines, ovals and strokes.

A figure faces right. x runs to the right from its middle, y upwards from its feet; an adult is 1
high.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from studio.paint.canvas import Array, Point, colour

Outline = NDArray[np.float64]
Disc = tuple[float, float, float]
"""x, y and radius."""

_TURNS = np.linspace(0, 2 * np.pi, 28, endpoint=False)
_ROUND = np.stack([np.cos(_TURNS), np.sin(_TURNS)], axis=1)
_STEPS = np.linspace(0, 1, 8, endpoint=False)[:, None, None]


@dataclass(frozen=True, slots=True)
class Shape:
    """Outlines of one colour that count as one body: a line runs around them, not between."""

    tone: Array
    outlines: tuple[Outline, ...]
    is_round: bool = True
    """Shaded like a body; marks on a body (eyes, patches) are not."""
    has_line: bool = True
    glows: bool = False
    """Glows after dark."""


@dataclass(frozen=True, slots=True)
class Drawing:
    """A figure's shapes, back to front."""

    shapes: tuple[Shape, ...]
    left: float
    right: float
    top: float
    bottom: float

    @property
    def width(self) -> float:
        return self.right - self.left


def drawing(shapes: Iterable[Shape]) -> Drawing:
    """The shapes with the box around them."""
    parts = tuple(shapes)
    points = np.concatenate([outline for part in parts for outline in part.outlines])
    (left, bottom), (right, top) = points.min(axis=0), points.max(axis=0)
    return Drawing(parts, float(left), float(right), float(top), float(min(bottom, 0)))


def tint(code: str | Array, factor: float = 1.0) -> Array:
    """A colour, or its web spelling, brighter or darker."""
    tone = colour(code) if isinstance(code, str) else code
    return np.clip(tone * np.float32(factor), 0, 1)


def limb(tone: str | Array, *discs: Disc, mark: bool = False) -> Shape:
    """Discs joined one to the next: an arm, a leg, a trunk."""
    outlines = tuple(_hull(pair) for pair in pairwise(discs)) or (_hull(discs),)
    return Shape(tint(tone), outlines, is_round=not mark, has_line=not mark)


def wrap(tone: str | Array, *discs: Disc, mark: bool = False) -> Shape:
    """The convex cover of all discs: a skirt, a hood."""
    return Shape(tint(tone), (_hull(discs),), is_round=not mark, has_line=not mark)


def oval(
    tone: str | Array,
    x: float,
    y: float,
    across: float,
    down: float,
    *,
    turn: float = 0.0,
    mark: bool = False,
) -> Shape:
    """An ellipse by its half axes, turned counter-clockwise by degrees."""
    points = _turned(_ROUND * (across, down), turn) + np.asarray([x, y])
    return Shape(tint(tone), (points,), is_round=not mark, has_line=not mark)


def flat(tone: str | Array, *points: Point, mark: bool = False, glows: bool = False) -> Shape:
    """A polygon with corners."""
    outline = np.asarray(points, np.float64)
    return Shape(tint(tone), (outline,), is_round=False, has_line=not mark, glows=glows)


def box(tone: str | Array, left: float, bottom: float, right: float, top: float) -> Shape:
    """An upright rectangle."""
    return flat(tone, (left, bottom), (right, bottom), (right, top), (left, top))


def pane(x: float, y: float, across: float, down: float) -> Shape:
    """A window by its half sides, lit after dark."""
    corners = (
        (x - across, y - down),
        (x + across, y - down),
        (x + across, y + down),
        (x - across, y + down),
    )
    return flat("7f96a8", *corners, glows=True)


def smooth(tone: str | Array, *points: Point, mark: bool = False) -> Shape:
    """A closed curve through the points (Catmull-Rom)."""
    given = np.asarray(points, np.float64)
    before, after, beyond = (np.roll(given, shift, axis=0) for shift in (1, -1, -2))
    t = _STEPS
    curve = 0.5 * (
        2 * given
        + (after - before) * t
        + (2 * before - 5 * given + 4 * after - beyond) * t**2
        + (3 * given - before - 3 * after + beyond) * t**3
    )
    outline = curve.transpose(1, 0, 2).reshape(-1, 2)
    return Shape(tint(tone), (outline,), is_round=not mark, has_line=not mark)


def stroke(tone: str | Array, start: Point, bend: Point, end: Point, width: float) -> Shape:
    """A curved pen stroke, thinner at its ends; `bend` is pulled towards, not touched."""
    discs: list[Disc] = []
    for t in np.linspace(0, 1, 7):
        x, y = (
            (1 - t) ** 2 * a + 2 * t * (1 - t) * b + t**2 * c
            for a, b, c in zip(start, bend, end, strict=True)
        )
        discs.append((x, y, width * (0.5 + 0.5 * math.sin(math.pi * t)) / 2))
    return limb(tone, *discs, mark=True)


def eye(
    x: float, y: float, size: float, *, closed: bool, iris: str = "2b2024", stretch: float = 1.3
) -> list[Shape]:
    """A dark eye with a highlight, or its lashes when it is shut."""
    if closed:
        curve = (x - size * 1.2, y), (x, y - size * 1.3), (x + size * 1.2, y)
        return [stroke("2b2024", *curve, size * 0.6)]
    return [
        oval(iris, x, y, size, size * stretch, mark=True),
        oval("ffffff", x + size * 0.32, y + size * 0.5, size * 0.36, size * 0.4, mark=True),
    ]


def toward(start: Point, degrees: float, length: float) -> Point:
    """The point at a distance of `length`; 0 degrees is down, 90 ahead, 180 up."""
    angle = math.radians(degrees)
    return start[0] + math.sin(angle) * length, start[1] - math.cos(angle) * length


def placed(
    shapes: Iterable[Shape],
    *,
    x: float = 0.0,
    y: float = 0.0,
    scale: float = 1.0,
    turn: float = 0.0,
    mirrored: bool = False,
) -> list[Shape]:
    """The shapes turned around their origin (degrees), scaled, then moved."""
    stretch = np.asarray([-scale if mirrored else scale, scale])
    return [
        replace(shape, outlines=tuple(_turned(o, turn) * stretch + (x, y) for o in shape.outlines))
        for shape in shapes
    ]


def _turned(points: Outline, degrees: float) -> Outline:
    if not degrees:
        return points
    angle = math.radians(degrees)
    cosine, sine = math.cos(angle), math.sin(angle)
    return points @ np.asarray([[cosine, sine], [-sine, cosine]])


def _hull(discs: Sequence[Disc]) -> Outline:
    """The convex cover of discs (Andrew's monotone chain)."""
    cloud = np.concatenate([_ROUND * max(r, 1e-4) + (x, y) for x, y, r in discs])
    points: list[Point] = cloud[np.lexsort((cloud[:, 1], cloud[:, 0]))].tolist()
    chain: list[Point] = []
    for run in (points, points[::-1]):
        start = len(chain)
        for x, y in run:
            while len(chain) - start >= 2:  # without a call: every limb comes by here
                (x0, y0), (x1, y1) = chain[-2:]
                if (x1 - x0) * (y - y0) > (y1 - y0) * (x - x0):
                    break  # a turn to the left
                chain.pop()
            chain.append((x, y))
        chain.pop()
    return np.asarray(chain)
