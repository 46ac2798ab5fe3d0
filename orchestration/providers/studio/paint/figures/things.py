"""Things that stand or float: boat, house, mill, lighthouse, tree, train, stump, and a flock."""

from dataclasses import replace

import numpy as np

from orchestration.providers.studio.paint.canvas import Array, Point
from orchestration.providers.studio.paint.figures.shapes import (
    Shape,
    flat,
    limb,
    oval,
    placed,
    smooth,
    stroke,
    tint,
    wrap,
)
from orchestration.providers.studio.scene import Figure, Subject

LAMPS: dict[Figure, tuple[tuple[float, float, float], ...]] = {
    Figure.HOUSE: ((-0.50, 0.52, 0.34), (0.42, 0.52, 0.34)),
    Figure.MILL: ((0.0, 0.92, 0.24),),
    Figure.LIGHTHOUSE: ((0.0, 2.82, 0.40),),
    Figure.BOAT: ((-0.16, 0.34, 0.24),),
    Figure.TRAIN: ((1.27, 0.62, 0.36),),
}
"""What shines after dark: place and radius, in the thing's own units."""
_GLASS = "7f96a8"


def thing_shapes(subject: Subject) -> list[Shape]:
    """A thing, back to front."""
    return _THINGS[subject.figure]()


def _glass(x: float, y: float, across: float, down: float) -> Shape:
    """A window, lit after dark."""
    box = (
        (x - across, y - down),
        (x + across, y - down),
        (x + across, y + down),
        (x - across, y + down),
    )
    return flat(_GLASS, *box, glows=True)


def _box(tone: str | Array, left: float, bottom: float, right: float, top: float) -> Shape:
    return flat(tone, (left, bottom), (right, bottom), (right, top), (left, top))


def _boat() -> list[Shape]:
    return [
        limb("5a4030", (0.0, 0.16, 0.018), (0.0, 1.24, 0.011)),
        limb("5a4030", (0.0, 0.36, 0.012), (0.52, 0.34, 0.010)),
        smooth("f6efe0", (0.03, 0.40), (0.28, 0.37), (0.50, 0.39), (0.34, 0.74), (0.03, 1.18),
            (0.08, 0.80)),
        *(stroke("d8c8a8", (0.05, y), (0.2, y - 0.03), (x, y - 0.01), 0.012) for y, x in ((0.62,
            0.38), (0.84, 0.25))),
        smooth("e2d3b4", (-0.035, 0.42), (-0.22, 0.38), (-0.42, 0.36), (-0.20, 0.70), (-0.03,
            1.06), (-0.07, 0.72)),
        smooth("c8463c", (0.0, 1.30), (0.02, 1.18), (0.18, 1.24), (0.10, 1.27)),
        smooth("96502f", (-0.60, 0.30), (-0.30, 0.225), (0.20, 0.225), (0.66, 0.34), (0.52, 0.10),
            (0.36, 0.0),
               (-0.34, 0.0), (-0.52, 0.10)),
        stroke("f0dcb0", (-0.58, 0.275), (0.0, 0.16), (0.63, 0.31), 0.05),
        stroke("6f3a22", (-0.52, 0.15), (0.0, 0.06), (0.55, 0.17), 0.018),
        replace(oval("ffdf9a", -0.16, 0.34, 0.035, 0.045, mark=True), glows=True),
    ]  # fmt: skip


def _house() -> list[Shape]:
    wood = "7a5230"
    return [
        _box("8c6a58", 0.42, 1.0, 0.60, 1.62),
        _box("a87f68", 0.40, 1.58, 0.62, 1.66),
        _box("f2e4c8", -0.84, 0.0, 0.80, 0.95),
        flat("d9c6a2", (-0.84, 0.82), (0.80, 0.82), (0.80, 0.95), (-0.84, 0.95), mark=True),
        *(_box(wood, x - 0.025, 0.0, x + 0.025, 0.93) for x in (-0.81, 0.77)),
        flat("b8543c", (-1.02, 0.86), (0.98, 0.86), (0.62, 1.46), (-0.66, 1.46)),
        *(stroke("96402c", (-1.02 + i * 0.12, y), (-0.02, y - 0.012), (0.98 - i * 0.12, y), 0.022)
          for i, y in enumerate((0.97, 1.10, 1.23, 1.35))),
        _box(wood, -0.16, 0.0, 0.12, 0.60),
        _box("96683e", -0.13, 0.0, 0.09, 0.57),
        oval("e9c46a", 0.05, 0.29, 0.018, 0.018, mark=True),
        *(shape for x in (-0.50, 0.42) for shape in (
            _box(wood, x - 0.20, 0.35, x + 0.20, 0.71), _glass(x, 0.53, 0.16, 0.145),
            _box(wood, x - 0.012, 0.385, x + 0.012, 0.675), _box(wood, x - 0.16, 0.52, x + 0.16,
                0.54),
        )),
        _box("9a948c", -0.24, -0.02, 0.20, 0.03),
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
        _box("7a5230", -0.12, 0.0, 0.12, 0.42),
        wrap("7a5230", (0, 0.42, 0.12)),
        _box("5f4028", -0.10, 0.92 - 0.14, 0.10, 0.92 + 0.14),
        _glass(0.0, 0.92, 0.075, 0.11),
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
        _box("efe5d4", -0.78, 0.20, -0.26, 0.52),
        flat("a64a36", (-0.86, 0.50), (-0.20, 0.50), (-0.34, 0.70), (-0.70, 0.70)),
        _glass(-0.52, 0.36, 0.07, 0.075),
        flat("f4eee0", (-0.30, 0.22), (0.30, 0.22), (0.18, 2.60), (-0.18, 2.60)),
        *stripes,
        *(_glass(0.02, y, 0.04, 0.075) for y in (0.86, 1.82)),
        _box("3f3d44", -0.27, 2.58, 0.27, 2.66),
        _box("55535c", -0.15, 2.64, 0.15, 2.70),
        _glass(0.0, 2.83, 0.13, 0.14),
        *(_box("3f3d44", x - 0.012, 2.68, x + 0.012, 2.98) for x in (-0.13, 0.0, 0.13)),
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


def _train() -> list[Shape]:
    black, red = "3d4450", "b8443a"
    wheels = [(x, 0.15, 0.15) for x in (0.30, 0.64)] + [
        (x, 0.09, 0.09) for x in (0.98, -0.30, -0.56, -0.98, -1.24)
    ]
    puffs = ((0.98, 1.32, 0.11), (0.84, 1.50, 0.15), (0.60, 1.66, 0.19), (0.30, 1.76, 0.20))
    return [
        Shape(tint("e9e4de"), tuple(limb("e9e4de", p).outlines[0] for p in puffs), has_line=False),
        _box("2f3540", -1.42, 0.16, 1.20, 0.24),
        *(shape for x in (-0.43, -1.11) for shape in (
            _box("41679a", x - 0.30, 0.22, x + 0.30, 0.78), _box("e7d6b0", x - 0.34, 0.76,
                x + 0.34, 0.84),
            *(_glass(x + dx, 0.56, 0.075, 0.105) for dx in (-0.17, 0.03, 0.21)),
        )),
        wrap(black, (0.55, 0.48, 0.21), (1.10, 0.48, 0.21)),
        *(_box("c9a24e", x - 0.014, 0.27, x + 0.014, 0.69) for x in (0.66, 0.92)),
        _box(red, 0.02, 0.20, 0.50, 0.92),
        _box("7d2f2a", -0.04, 0.90, 0.56, 0.98),
        _glass(0.26, 0.68, 0.14, 0.12),
        flat(black, (0.92, 0.66), (1.06, 0.66), (1.12, 1.08), (0.86, 1.08)),
        _box("c9a24e", 0.84, 1.06, 1.14, 1.12),
        wrap("c9a24e", (0.74, 0.70, 0.055), (0.74, 0.73, 0.055)),
        replace(oval("ffe9a8", 1.27, 0.62, 0.06, 0.07), glows=True),
        flat(red, (1.14, 0.24), (1.34, 0.24), (1.46, 0.02), (1.14, 0.02)),
        *(oval(red if r > 0.1 else "555d69", x, y, r, r) for x, y, r in wheels),
        *(oval("d9d2c4", x, y, r * 0.36, r * 0.36, mark=True) for x, y, r in wheels),
        stroke("c9c4ba", (0.28, 0.15), (0.5, 0.15), (0.68, 0.15), 0.035),
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
    Figure.BOAT: _boat,
    Figure.HOUSE: _house,
    Figure.MILL: _mill,
    Figure.LIGHTHOUSE: _lighthouse,
    Figure.TREE: _tree,
    Figure.STUMP: _stump,
    Figure.TRAIN: _train,
}
