"""Stationary things: house, mill, lighthouse, tree, stump; and a flock of birds."""

from dataclasses import replace

import numpy as np

from studio.paint.canvas import Array, Point
from studio.paint.figures.shapes import (
    Shape,
    box,
    flat,
    limb,
    oval,
    pane,
    placed,
    smooth,
    stroke,
    tint,
    wrap,
)
from studio.paint.figures.vehicles import vehicle_shapes
from studio.scene import VEHICLES, Figure, Subject

LAMPS: dict[Figure, tuple[tuple[float, float, float], ...]] = {
    Figure.HOUSE: ((-0.50, 0.52, 0.34), (0.42, 0.52, 0.34)),
    Figure.MILL: ((0.0, 0.92, 0.24),),
    Figure.LIGHTHOUSE: ((0.0, 2.82, 0.40),),
    Figure.BOAT: ((-0.16, 0.34, 0.24),),
    Figure.TRAIN: ((1.27, 0.62, 0.36),),
    Figure.CAR: ((1.16, 0.36, 0.30),),
    Figure.ROCKET: ((0.0, 1.62, 0.30),),
    Figure.SUBMARINE: ((1.30, 0.36, 0.50),),
}
"""What glows after dark: position and radius, in the thing's own units."""


def thing_shapes(subject: Subject) -> list[Shape]:
    """A thing, back to front."""
    if subject.figure in VEHICLES:
        return vehicle_shapes(subject)
    return _THINGS[subject.figure]()


def _house() -> list[Shape]:
    wood = "7a5230"
    return [
        box("8c6a58", 0.42, 1.0, 0.60, 1.62),
        box("a87f68", 0.40, 1.58, 0.62, 1.66),
        box("f2e4c8", -0.84, 0.0, 0.80, 0.95),
        flat("d9c6a2", (-0.84, 0.82), (0.80, 0.82), (0.80, 0.95), (-0.84, 0.95), mark=True),
        *(box(wood, x - 0.025, 0.0, x + 0.025, 0.93) for x in (-0.81, 0.77)),
        flat("b8543c", (-1.02, 0.86), (0.98, 0.86), (0.62, 1.46), (-0.66, 1.46)),
        *(stroke("96402c", (-1.02 + i * 0.12, y), (-0.02, y - 0.012), (0.98 - i * 0.12, y), 0.022)
          for i, y in enumerate((0.97, 1.10, 1.23, 1.35))),
        box(wood, -0.16, 0.0, 0.12, 0.60),
        box("96683e", -0.13, 0.0, 0.09, 0.57),
        oval("e9c46a", 0.05, 0.29, 0.018, 0.018, mark=True),
        *(shape for x in (-0.50, 0.42) for shape in (
            box(wood, x - 0.20, 0.35, x + 0.20, 0.71), pane(x, 0.53, 0.16, 0.145),
            box(wood, x - 0.012, 0.385, x + 0.012, 0.675), box(wood, x - 0.16, 0.52, x + 0.16,
                0.54),
        )),
        box("9a948c", -0.24, -0.02, 0.20, 0.03),
    ]  # fmt: skip


def _mill() -> list[Shape]:
    sails: list[Shape] = []
    for turn in (22, 112, 202, 292):
        blade = [
            limb("5f432c", (0, 0, 0.022), (0, 1.02, 0.014)),
            flat("f4ead4", (0.03, 0.24), (0.24, 0.26), (0.22, 1.0), (0.02, 1.0)),
            *(stroke("b79f78", (0.03, y), (0.13, y), (0.23, y), 0.016) for y in (0.44, 0.63, 0.82)),
        ]
        sails += placed(blade, y=1.64, turn=turn)
    return [
        smooth("e6d8bc", (-0.46, 0.0), (-0.40, 0.5), (-0.29, 1.45), (0.0, 1.50), (0.29, 1.45),
            (0.40, 0.5), (0.46, 0.0), (0.0, -0.02)),
        smooth("a64a36", (-0.36, 1.44), (-0.28, 1.74), (0.0, 1.96), (0.28, 1.74), (0.36, 1.44),
            (0, 1.40)),
        box("7a5230", -0.12, 0.0, 0.12, 0.42),
        wrap("7a5230", (0, 0.42, 0.12)),
        box("5f4028", -0.10, 0.92 - 0.14, 0.10, 0.92 + 0.14),
        pane(0.0, 0.92, 0.075, 0.11),
        *sails,
        oval("5f432c", 0, 1.64, 0.07, 0.07),
    ]  # fmt: skip


def _lighthouse() -> list[Shape]:
    stripes = [
        flat("c4483c", *((side * (0.31 - 0.052 * y), y) for side, y in ((-1, low), (1, low), (1,
            high), (-1, high))), mark=True)
        for low, high in ((0.62, 1.10), (1.58, 2.06))
    ]  # fmt: skip
    return [
        smooth("6a6662", (-1.05, 0.0), (-0.72, 0.22), (-0.36, 0.26), (0.10, 0.34), (0.52, 0.24),
            (0.90, 0.10), (1.12, 0.0), (0, -0.03)),
        box("efe5d4", -0.78, 0.20, -0.26, 0.52),
        flat("a64a36", (-0.86, 0.50), (-0.20, 0.50), (-0.34, 0.70), (-0.70, 0.70)),
        pane(-0.52, 0.36, 0.07, 0.075),
        flat("f4eee0", (-0.30, 0.22), (0.30, 0.22), (0.18, 2.60), (-0.18, 2.60)),
        *stripes,
        *(pane(0.02, y, 0.04, 0.075) for y in (0.86, 1.82)),
        box("3f3d44", -0.27, 2.58, 0.27, 2.66),
        box("55535c", -0.15, 2.64, 0.15, 2.70),
        pane(0.0, 2.83, 0.13, 0.14),
        *(box("3f3d44", x - 0.012, 2.68, x + 0.012, 2.98) for x in (-0.13, 0.0, 0.13)),
        smooth("a64a36", (-0.21, 2.97), (-0.12, 3.12), (0.0, 3.22), (0.12, 3.12), (0.21, 2.97),
            (0, 2.95)),
        limb("3f3d44", (0, 3.2, 0.012), (0, 3.34, 0.008)),
    ]  # fmt: skip


def _tree() -> list[Shape]:
    dark, mid, light = tint("43763a"), tint("5b9444"), tint("7db358")
    clumps = (
        (-0.42, 1.30, 0.36),
        (0.40, 1.26, 0.38),
        (-0.30, 1.72, 0.38),
        (0.26, 1.76, 0.40),
        (0.0, 2.02, 0.34),
        (0.0, 1.42, 0.46),
    )
    tops = (
        (-0.36, 1.42, 0.24),
        (0.36, 1.42, 0.24),
        (-0.20, 1.86, 0.26),
        (0.22, 1.92, 0.24),
        (0.02, 2.12, 0.20),
        (0.0, 1.58, 0.24),
    )
    leaves = [
        (-0.44, 1.52, 0.11),
        (-0.16, 2.02, 0.12),
        (0.28, 2.02, 0.10),
        (0.34, 1.54, 0.10),
        (-0.04, 1.70, 0.10),
    ]

    def crown(
        tone: Array,
        discs: tuple[tuple[float, float, float], ...] | list[tuple[float, float, float]],
    ) -> Shape:
        return Shape(tone, tuple(limb(tone, disc).outlines[0] for disc in discs))

    return [
        limb("6b4a30", (0.0, 0.9, 0.08), (0.34, 1.34, 0.04)),
        limb("6b4a30", (0.0, 0.86, 0.08), (-0.32, 1.32, 0.04)),
        smooth("7a5636", (-0.24, 0.0), (-0.13, 0.12), (-0.105, 0.7), (-0.10, 1.3), (0.11, 1.3),
            (0.11, 0.7), (0.14, 0.12), (0.27, 0.0), (0, 0.03)),
        stroke("5c3f28", (-0.03, 0.2), (-0.05, 0.5), (-0.01, 0.8), 0.022),
        crown(dark, clumps),
        replace(crown(mid, tops), has_line=False),
        replace(crown(light, leaves), has_line=False, is_round=False),
    ]  # fmt: skip


def _stump() -> list[Shape]:
    return [
        smooth("7a5636", (-0.34, 0.0), (-0.21, 0.07), (-0.19, 0.34), (0.19, 0.34), (0.21, 0.08),
            (0.36, 0.0), (0.10, 0.04), (-0.08, 0.0)),
        *(stroke("5c3f28", (x, 0.26), (x - 0.01, 0.16), (x + 0.015, 0.07), 0.014) for x in (-0.11,
            0.01, 0.12)),
        oval("d9b584", 0.0, 0.345, 0.195, 0.062),
        oval("c39a66", 0.005, 0.345, 0.135, 0.040, mark=True),
        oval("d9b584", 0.005, 0.345, 0.105, 0.030, mark=True),
        oval("c39a66", 0.01, 0.345, 0.055, 0.016, mark=True),
        limb("6f9a45", (0.20, 0.20, 0.012), (0.28, 0.32, 0.010)),
        oval("86b556", 0.31, 0.35, 0.055, 0.026, turn=35),
    ]  # fmt: skip


def flock_wings(rng: np.random.Generator) -> list[list[Point]]:
    """A flock as wings, in its own units: about 2 across, each bird two curved blades."""
    wings: list[list[Point]] = []
    for index in range(7):
        step = (index + 1) // 2 * (1 if index % 2 else -1)
        x = step * 0.30 + float(rng.uniform(-0.05, 0.05))
        y = -abs(step) * 0.13 + float(rng.uniform(-0.04, 0.04))
        size = 0.15 * float(rng.uniform(0.8, 1.15))
        lift = float(rng.uniform(0.35, 0.75))
        for side in (-1, 1):
            bird = smooth("000000", (0.0, -0.10), (0.45, lift * 0.75), (1.15, lift * 0.55),
                          (0.5, lift * 0.45), (0.12, -0.22))  # fmt: skip
            outline = bird.outlines[0] * (side * size, size) + (x, y)
            wings.append([(float(px), float(py)) for px, py in outline])
    return wings


_THINGS = {
    Figure.HOUSE: _house,
    Figure.MILL: _mill,
    Figure.LIGHTHOUSE: _lighthouse,
    Figure.TREE: _tree,
    Figure.STUMP: _stump,
}
