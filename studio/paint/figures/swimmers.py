"""Animals that live in water: a fish that leaps, a whale that comes up to breathe."""

from enum import Enum

from studio.paint.figures.shapes import (
    Shape,
    eye,
    limb,
    oval,
    placed,
    smooth,
    stroke,
    tint,
)
from studio.scene import Pose


class Water(Enum):
    """Where a swimmer is visible."""

    NONE = "none"
    SURFACE = "surface"
    DEEP = "deep"


def fish_shapes(pose: Pose, water: Water) -> list[Shape]:
    """A fish that leaps; asleep, it floats. Away from any water it gets its own pond."""
    body, belly, fin = tint("ee8a3c"), tint("fbe0b4"), tint("d65f34")
    fish = [
        smooth(fin, (-0.20, 0.0), (-0.30, 0.05), (-0.39, 0.12), (-0.365, 0.0), (-0.39, -0.12),
            (-0.30, -0.05)),
        smooth(fin, (-0.08, 0.09), (-0.05, 0.18), (0.06, 0.17), (0.10, 0.08)),
        smooth(body, (-0.23, 0.0), (-0.10, 0.10), (0.06, 0.125), (0.20, 0.07), (0.26, -0.01),
               (0.19, -0.08), (0.04, -0.115), (-0.12, -0.085)),
        smooth(belly, (-0.16, -0.04), (0.0, -0.035), (0.17, -0.045), (0.19, -0.075), (0.04,
            -0.108), (-0.12, -0.08), mark=True),
        *(stroke("c96a2c", (x, 0.05), (x - 0.035, 0.01), (x, -0.03), 0.012) for x in (0.03, -0.05,
            -0.12)),
        smooth(fin, (0.05, -0.02), (-0.05, -0.05), (-0.06, -0.10), (0.03, -0.07)),
        stroke("a04a28", (0.255, -0.02), (0.225, -0.045), (0.20, -0.035), 0.012),
        oval("fffaf0", 0.165, 0.03, 0.036, 0.036, mark=True),
        *eye(0.173, 0.03, 0.022, closed=pose is Pose.LIE, stretch=1.0),
    ]  # fmt: skip
    if water is Water.DEEP:
        return placed(fish, y=0.15)
    height, turn = (0.13, 0) if pose is Pose.LIE else (0.34, 34)
    drops = [
        limb("d8f0fb", (x, y, 0.016), (x * 1.04, y + 0.03, 0.004))
        for x, y in ((-0.30, 0.16), (-0.24, 0.27), (0.10, 0.13), (0.21, 0.18), (-0.37, 0.10))
    ]
    pond = [
        oval("3f8fbe", -0.04, 0.035, 0.44, 0.075),
        oval("6db7dc", -0.05, 0.038, 0.33, 0.05, mark=True),
        oval("a9dcf0", -0.07, 0.040, 0.20, 0.028, mark=True),
    ]
    foam = [
        stroke("eaf7fd", (x - across, 0.03), (x, 0.03 + bend), (x + across, 0.03), 0.016)
        for x, across, bend in ((-0.12, 0.17, -0.055), (-0.12, 0.26, -0.085), (-0.15, 0.12, 0.03))
    ]
    return [
        *(pond if water is Water.NONE else foam),
        *placed(fish, x=0.0, y=height, turn=turn),
        *drops,
    ]


_BACK, _BELLY, _FOLD = "5d7a92", "dfe6e6", "a9b9c0"


def whale_shapes(pose: Pose, water: Water) -> list[Shape]:
    """A whale: whole in the deep, at the surface its back, its tail and its breath."""
    if water is not Water.SURFACE:
        return placed(_whole_whale(is_asleep=pose is Pose.LIE), y=0.72)
    breath = [
        stroke("eef7fb", (1.0, 0.60), (1.0 + x * 0.5, 1.25), (1.0 + x, 1.05 + lift), 0.07)
        for x, lift in ((-0.34, 0.10), (-0.12, 0.36), (0.12, 0.36), (0.34, 0.10))
    ]
    foam = [
        stroke("eaf7fd", (x - across, 0.02), (x, -0.07), (x + across, 0.02), 0.04)
        for x, across in ((0.3, 1.5), (-1.95, 0.36))
    ]
    return [
        *placed(_flukes(), x=-1.95, y=0.56, turn=14),
        limb(_BACK, (-2.06, 0.0, 0.12), (-1.97, 0.52, 0.07)),
        *(breath if pose is not Pose.LIE else []),
        smooth(_BACK, (-1.15, 0.0), (-0.7, 0.26), (-0.1, 0.46), (0.6, 0.60), (1.2, 0.58),
            (1.62, 0.36), (1.74, 0.0), (0.3, -0.03)),
        smooth(_BELLY, (0.75, 0.0), (1.10, 0.15), (1.60, 0.20), (1.74, 0.0), (1.2, -0.02),
            mark=True),
        *(stroke(_FOLD, (0.95 + x, 0.02), (1.2 + x, 0.09), (1.4 + x, 0.07), 0.02)
          for x in (0.0, 0.16)),
        *eye(1.22, 0.31, 0.045, closed=pose is Pose.LIE, stretch=1.0),
        smooth(_BACK, (-0.45, 0.32), (-0.42, 0.60), (-0.58, 0.66), (-0.72, 0.24)),
        *foam,
    ]  # fmt: skip


def _whole_whale(*, is_asleep: bool) -> list[Shape]:
    return [
        *placed(_flukes(), x=-2.1, y=0.14, turn=62),
        smooth(tint(_BACK, 0.84), (0.55, -0.34), (0.30, -0.86), (0.02, -0.98), (0.10, -0.46)),
        smooth(_BACK, (-2.16, 0.10), (-1.4, 0.22), (-0.5, 0.50), (0.5, 0.66), (1.3, 0.58),
            (1.78, 0.22), (1.80, -0.12), (1.3, -0.46), (0.4, -0.60), (-0.6, -0.40),
            (-1.4, -0.08), (-2.14, 0.02)),
        smooth(_BELLY, (1.79, -0.10), (1.2, -0.06), (0.4, -0.22), (-0.6, -0.26), (-1.2, -0.10),
            (-0.6, -0.38), (0.4, -0.58), (1.3, -0.44), (1.70, -0.22), mark=True),
        *(stroke(_FOLD, (1.60 - i * 0.05, -0.16 - i * 0.07), (1.0, -0.18 - i * 0.08),
            (0.2, -0.30 - i * 0.07), 0.02) for i in range(4)),
        stroke("33434f", (1.79, -0.06), (1.5, -0.02), (1.2, -0.02), 0.03),
        *eye(1.16, 0.12, 0.055, closed=is_asleep, stretch=1.0),
        smooth(_BACK, (0.75, -0.26), (0.55, -0.74), (0.30, -0.92), (0.32, -0.34)),
        smooth(_BACK, (-0.80, 0.38), (-0.86, 0.62), (-1.06, 0.64), (-1.12, 0.28)),
    ]  # fmt: skip


def _flukes() -> list[Shape]:
    """A whale's tail, upright."""
    return [
        smooth(_BACK, (0.0, -0.05), (-0.10, 0.10), (-0.30, 0.24), (-0.58, 0.28), (-0.36, 0.36),
            (-0.10, 0.33), (0.0, 0.26), (0.10, 0.33), (0.36, 0.36), (0.58, 0.28), (0.30, 0.24),
            (0.10, 0.10)),
    ]  # fmt: skip
