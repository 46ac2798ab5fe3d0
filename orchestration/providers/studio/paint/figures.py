"""The figures as outlines: parts with a role for their colour, in units of the figure's height.

x runs to the right from the middle, y upwards from the feet.
"""

from dataclasses import dataclass

import numpy as np

from orchestration.providers.studio.paint.canvas import Point
from orchestration.providers.studio.scene import Figure


@dataclass(frozen=True, slots=True)
class Part:
    """One closed outline; `is_soft` rounds its corners."""

    role: str
    points: tuple[Point, ...]
    is_soft: bool = False


@dataclass(frozen=True, slots=True)
class Drawing:
    """A figure's parts, back to front, its height (a person is 1) and half its width."""

    height: float
    reach: float
    parts: tuple[Part, ...]


def _part(role: str, *numbers: float, soft: bool = False) -> Part:
    return Part(role, tuple(zip(numbers[::2], numbers[1::2], strict=True)), soft)


def _oval(role: str, x: float, y: float, across: float, down: float) -> Part:
    turns = np.linspace(0, 2 * np.pi, 24, endpoint=False)
    return Part(role, tuple((x + across * np.cos(t), y + down * np.sin(t)) for t in turns))


_HEAD = (
    _oval("skin", 0, 0.885, 0.068, 0.08),
    _part("skin", -0.03, 0.76, 0.03, 0.76, 0.03, 0.84, -0.03, 0.84),
)
_LEGS = (
    _part("dark", -0.095, 0, -0.015, 0, -0.012, 0.4, -0.10, 0.4),
    _part("dark", 0.015, 0, 0.10, 0, 0.10, 0.4, 0.012, 0.4),
)
_PERSON = Drawing(
    1.0,
    0.28,
    (
        *_LEGS,
        _part("cloth2", 0.10, 0.76, 0.17, 0.70, 0.20, 0.42, 0.155, 0.40, 0.10, 0.62),
        _part("cloth", -0.12, 0.77, -0.16, 0.24, 0.16, 0.24, 0.12, 0.77, 0.05, 0.80, -0.05, 0.80),
        _part("cloth2", -0.10, 0.76, -0.17, 0.70, -0.20, 0.42, -0.155, 0.40, -0.10, 0.62),
        *_HEAD,
        _oval("accent", 0, 0.93, 0.15, 0.022),
        _part("accent", -0.075, 0.935, -0.055, 1.0, 0.055, 1.0, 0.075, 0.935),
    ),
)
_WOMAN = Drawing(
    0.96,
    0.28,
    (
        _part("hair", -0.09, 0.93, -0.11, 0.66, 0.11, 0.66, 0.09, 0.93, 0, 1.0, soft=True),
        *_LEGS,
        _part("cloth2", 0.08, 0.76, 0.15, 0.66, 0.17, 0.44, 0.13, 0.43, 0.09, 0.62),
        _part("cloth", -0.09, 0.78, -0.07, 0.56, -0.20, 0.12, 0.20, 0.12, 0.07, 0.56, 0.09, 0.78),
        _part("cloth2", -0.08, 0.76, -0.15, 0.66, -0.17, 0.44, -0.13, 0.43, -0.09, 0.62),
        *_HEAD,
        _part("hair", -0.085, 0.88, -0.06, 0.985, 0.06, 0.985, 0.085, 0.88, 0.03, 0.93, soft=True),
    ),
)
_CHILD = Drawing(
    0.68,
    0.30,
    (
        *_LEGS,
        _part("cloth2", 0.09, 0.68, 0.19, 0.60, 0.22, 0.40, 0.17, 0.39, 0.10, 0.54),
        _part("cloth", -0.11, 0.70, -0.16, 0.24, 0.16, 0.24, 0.11, 0.70),
        _part("cloth2", -0.09, 0.68, -0.19, 0.60, -0.22, 0.40, -0.17, 0.39, -0.10, 0.54),
        _oval("skin", 0, 0.83, 0.115, 0.13),
        _part(
            "hair",
            -0.13,
            0.82,
            -0.10,
            0.96,
            0,
            1.0,
            0.10,
            0.96,
            0.13,
            0.82,
            0.06,
            0.90,
            -0.04,
            0.91,
            soft=True,
        ),
    ),
)
_BOAT = Drawing(
    1.25,
    0.62,
    (
        _part("dark", -0.012, 0.1, 0.012, 0.1, 0.008, 1.0, -0.008, 1.0),
        _part("sail", 0.03, 0.24, 0.38, 0.26, 0.03, 0.97),
        _part("sail2", -0.03, 0.24, -0.26, 0.26, -0.03, 0.86),
        _part("cloth", -0.46, 0.18, 0.50, 0.20, 0.36, 0.0, -0.34, 0.0),
        _part("light", -0.47, 0.18, 0.51, 0.20, 0.50, 0.165, -0.455, 0.145),
    ),
)
_HOUSE = Drawing(
    1.75,
    0.75,
    (
        _part("dark", 0.24, 0.72, 0.34, 0.72, 0.34, 0.98, 0.24, 0.98),
        _part("wall", -0.48, 0, 0.48, 0, 0.48, 0.54, -0.48, 0.54),
        _part("roof", -0.60, 0.50, 0.60, 0.50, 0.40, 0.90, -0.40, 0.90),
        _part("wood", -0.09, 0, 0.09, 0, 0.09, 0.33, -0.09, 0.33),
        _part("window", -0.36, 0.20, -0.19, 0.20, -0.19, 0.38, -0.36, 0.38),
        _part("window", 0.19, 0.20, 0.36, 0.20, 0.36, 0.38, 0.19, 0.38),
    ),
)
_MILL = Drawing(
    2.5,
    0.52,
    (
        _part("wall", -0.18, 0, 0.18, 0, 0.11, 0.60, -0.11, 0.60),
        _part("roof", -0.14, 0.58, 0.14, 0.58, 0.0, 0.76),
        _part("wood", -0.05, 0, 0.05, 0, 0.05, 0.14, -0.05, 0.14),
        _part("window", -0.03, 0.34, 0.03, 0.34, 0.03, 0.42, -0.03, 0.42),
        _part("sail", 0.0, 0.64, 0.05, 0.60, 0.33, 0.86, 0.26, 0.93),
        _part("sail", 0.0, 0.64, -0.04, 0.69, -0.33, 0.42, -0.26, 0.35),
        _part("sail", 0.0, 0.64, -0.05, 0.60, -0.29, 0.90, -0.22, 0.97),
        _part("sail", 0.0, 0.64, 0.04, 0.68, 0.29, 0.38, 0.22, 0.31),
        _oval("dark", 0, 0.64, 0.025, 0.025),
    ),
)
_LIGHTHOUSE = Drawing(
    3.3,
    0.34,
    (
        _part("rock", -0.34, 0, 0.34, 0, 0.20, 0.06, 0.06, 0.09, -0.12, 0.08, -0.24, 0.05),
        _part("wall", -0.095, 0.07, 0.095, 0.07, 0.058, 0.80, -0.058, 0.80),
        _part("accent", -0.087, 0.24, 0.087, 0.24, 0.080, 0.38, -0.080, 0.38),
        _part("accent", -0.073, 0.52, 0.073, 0.52, 0.066, 0.66, -0.066, 0.66),
        _part("dark", -0.085, 0.80, 0.085, 0.80, 0.085, 0.82, -0.085, 0.82),
        _part("window", -0.042, 0.82, 0.042, 0.82, 0.042, 0.90, -0.042, 0.90),
        _part("roof", -0.062, 0.90, 0.062, 0.90, 0.0, 0.99),
    ),
)
_TREE = Drawing(
    2.3,
    0.46,
    (
        _part("wood", -0.05, 0, 0.06, 0, 0.03, 0.5, -0.025, 0.5),
        _part(
            "leaf2",
            -0.34,
            0.42,
            -0.42,
            0.62,
            -0.26,
            0.86,
            0.02,
            1.0,
            0.28,
            0.86,
            0.42,
            0.60,
            0.30,
            0.42,
            0.0,
            0.36,
            soft=True,
        ),
        _part(
            "leaf",
            -0.28,
            0.52,
            -0.34,
            0.66,
            -0.18,
            0.86,
            0.04,
            0.97,
            0.22,
            0.84,
            0.30,
            0.66,
            0.12,
            0.56,
            -0.08,
            0.58,
            soft=True,
        ),
    ),
)
_RABBIT = Drawing(
    0.44,
    0.52,
    (
        _oval("light", -0.40, 0.20, 0.09, 0.09),
        _part(
            "fur",
            -0.40,
            0.06,
            -0.38,
            0.34,
            -0.14,
            0.52,
            0.14,
            0.44,
            0.26,
            0.20,
            0.22,
            0.0,
            -0.30,
            0.0,
            soft=True,
        ),
        _part("fur", 0.12, 0.66, 0.02, 0.92, 0.08, 1.0, 0.18, 0.88, 0.22, 0.68, soft=True),
        _part("fur2", 0.24, 0.66, 0.20, 0.92, 0.28, 1.0, 0.34, 0.86, 0.32, 0.66, soft=True),
        _oval("fur", 0.26, 0.54, 0.17, 0.16),
        _oval("dark", 0.32, 0.57, 0.024, 0.03),
        _part("fur2", 0.10, 0.0, 0.28, 0.0, 0.24, 0.10, 0.10, 0.10, soft=True),
        _part("fur2", -0.34, 0.0, -0.02, 0.0, -0.06, 0.12, -0.30, 0.12, soft=True),
    ),
)
_TORTOISE = Drawing(
    0.34,
    0.95,
    (
        _part("fur2", 0.48, 0.30, 0.66, 0.66, 0.86, 0.66, 0.88, 0.46, 0.66, 0.24, soft=True),
        _oval("dark", 0.78, 0.56, 0.025, 0.035),
        _part("fur2", -0.50, 0.0, -0.28, 0.0, -0.26, 0.3, -0.48, 0.3),
        _part("fur2", 0.24, 0.0, 0.46, 0.0, 0.46, 0.3, 0.26, 0.3),
        _part(
            "shell",
            -0.68,
            0.22,
            -0.52,
            0.72,
            -0.16,
            0.98,
            0.20,
            0.96,
            0.50,
            0.66,
            0.64,
            0.22,
            soft=True,
        ),
        _part("shell2", -0.40, 0.34, -0.28, 0.68, -0.06, 0.80, -0.04, 0.34),
        _part("shell2", 0.04, 0.34, 0.06, 0.80, 0.26, 0.68, 0.38, 0.34),
        _part("light", -0.70, 0.20, 0.66, 0.20, 0.64, 0.28, -0.68, 0.28),
    ),
)


def _quadruped(
    *, height: float, tail: Part, ear: float, neck: float, chest: str = "light"
) -> Drawing:
    """A four-legged animal that looks to the right."""
    legs = tuple(
        _part(role, x, 0, x + 0.075, 0, x + 0.10, 0.42, x - 0.02, 0.42)
        for x, role in ((-0.42, "fur2"), (0.18, "fur2"), (-0.32, "fur"), (0.28, "fur"))
    )
    trunk = ((-0.48, 0.36), (-0.46, 0.66), (-0.1, 0.66), (0.34, 0.68), (0.44, 0.44), (0.2, 0.32))
    breast = _part(chest, 0.28, 0.46, 0.40, 0.50, 0.36, 0.66, 0.26, 0.60, soft=True)
    head = _head(0.50 + neck, ear)
    return Drawing(height, 0.85, (tail, *legs, Part("fur", trunk, is_soft=True), *head, breast))


def _head(y: float, ear: float) -> tuple[Part, ...]:
    """Neck, muzzle, ear and eye of a four-legged animal; `y` is the jaw."""
    muzzle = ((0.32, y + 0.16), (0.48, y + 0.22), (0.72, y + 0.04), (0.70, y - 0.02))
    return (
        _part("fur", 0.20, 0.62, 0.34, y + 0.12, 0.52, y + 0.06, 0.42, 0.46),
        Part("fur", (*muzzle, (0.42, y - 0.02)), is_soft=True),
        _part("fur2", 0.34, y + 0.14, 0.34, y + 0.14 + ear, 0.45, y + 0.18),
        _oval("dark", 0.52, y + 0.10, 0.018, 0.022),
    )


_FOX_TAIL = _part("fur", -0.44, 0.56, -0.66, 0.40, -0.84, 0.44, -0.80, 0.62, -0.60, 0.70, soft=True)
_THIN_TAIL = _part(
    "fur2", -0.44, 0.60, -0.58, 0.78, -0.62, 0.96, -0.56, 0.97, -0.50, 0.78, -0.40, 0.66, soft=True
)
_LONG_TAIL = _part(
    "dark", -0.44, 0.64, -0.58, 0.52, -0.58, 0.22, -0.50, 0.24, -0.42, 0.52, soft=True
)

DRAWINGS: dict[Figure, Drawing] = {
    Figure.PERSON: _PERSON,
    Figure.WOMAN: _WOMAN,
    Figure.CHILD: _CHILD,
    Figure.CROWD: _PERSON,
    Figure.BOAT: _BOAT,
    Figure.HOUSE: _HOUSE,
    Figure.MILL: _MILL,
    Figure.LIGHTHOUSE: _LIGHTHOUSE,
    Figure.TREE: _TREE,
    Figure.RABBIT: _RABBIT,
    Figure.TORTOISE: _TORTOISE,
    Figure.FOX: _quadruped(height=0.5, tail=_FOX_TAIL, ear=0.16, neck=0.12),
    Figure.DOG: _quadruped(height=0.5, tail=_THIN_TAIL, ear=0.05, neck=0.14),
    Figure.CAT: _quadruped(height=0.42, tail=_THIN_TAIL, ear=0.12, neck=0.10),
    Figure.HORSE: _quadruped(height=1.05, tail=_LONG_TAIL, ear=0.08, neck=0.26, chest="fur"),
}
"""How each figure looks; birds are drawn by the flock."""
