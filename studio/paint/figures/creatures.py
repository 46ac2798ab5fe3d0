"""Creatures with their own bodies: hare, tortoise, dragon, robot."""

from studio.paint.figures.shapes import (
    Shape,
    eye,
    flat,
    limb,
    oval,
    placed,
    smooth,
    stroke,
    tint,
    wrap,
)
from studio.scene import Pose

_RUNNING = frozenset({Pose.RUN, Pose.WALK})


def hare_shapes(pose: Pose) -> list[Shape]:
    """A hare with long ears: upright, leaping or asleep."""
    fur, pale, dark = tint("b98f66"), tint("f0e2cc"), tint("94704e")
    if pose is Pose.LIE:
        return [
            oval(pale, -0.27, 0.09, 0.055, 0.055),
            limb(fur, (-0.12, 0.12, 0.12), (0.06, 0.10, 0.10)),
            limb(dark, (-0.14, 0.025, 0.026), (0.0, 0.024, 0.024)),
            oval(fur, -0.12, 0.10, 0.10, 0.09, mark=True),
            limb(dark, (0.09, 0.026, 0.028), (0.22, 0.024, 0.022)),
            *placed(_hare_head(is_asleep=True, sweep=78), x=0.17, y=0.125),
        ]
    if pose in _RUNNING:
        lift = 0.10 if pose is Pose.RUN else 0.02
        return placed(
            [
                oval(pale, -0.245, 0.20, 0.05, 0.05),
                limb(dark, (-0.14, 0.15, 0.05), (-0.22, 0.06, 0.03), (-0.36, 0.03, 0.022)),
                limb(dark, (0.14, 0.15, 0.04), (0.22, 0.07, 0.025), (0.33, 0.07, 0.02)),
                limb(fur, (-0.13, 0.17, 0.115), (0.02, 0.18, 0.095), (0.13, 0.18, 0.085)),
                limb(pale, (-0.02, 0.12, 0.04), (0.13, 0.13, 0.04), mark=True),
                limb(fur, (-0.12, 0.15, 0.08), (-0.17, 0.06, 0.036), (-0.32, 0.005, 0.024)),
                limb(fur, (0.13, 0.14, 0.045), (0.19, 0.05, 0.026), (0.29, 0.02, 0.022)),
                *placed(_hare_head(is_asleep=False, sweep=52), x=0.21, y=0.28),
            ],
            y=lift,
        )
    raised = pose is Pose.WAVE
    paw = ((0.10, 0.21, 0.035), (0.17, 0.25, 0.024), (0.19, 0.33, 0.024)) if raised else (
        (0.10, 0.20, 0.04), (0.125, 0.10, 0.028), (0.13, 0.028, 0.026))  # fmt: skip
    return [
        oval(pale, -0.185, 0.085, 0.06, 0.06),
        limb(dark, (0.10, 0.18, 0.035), (0.155, 0.09, 0.024), (0.165, 0.026, 0.024)),
        limb(fur, (-0.06, 0.13, 0.13), (0.03, 0.20, 0.105), (0.07, 0.27, 0.075)),
        limb(pale, (0.10, 0.15, 0.045), (0.11, 0.25, 0.045), mark=True),
        limb(fur, (-0.10, 0.024, 0.026), (0.07, 0.024, 0.024)),
        oval(fur, -0.06, 0.12, 0.105, 0.115, turn=20),
        limb(fur, *paw),
        *placed(_hare_head(is_asleep=False, sweep=8), x=0.10, y=0.37),
    ]


def _hare_head(*, is_asleep: bool, sweep: float) -> list[Shape]:
    """A hare's head; its ears lean back by `sweep` degrees."""
    fur, pale, dark = tint("b98f66"), tint("f0e2cc"), tint("94704e")

    def ear(tone: str, turn: float, inner: str) -> list[Shape]:
        shapes = [
            limb(tone, (0, 0, 0.022), (0, 0.13, 0.036), (0, 0.25, 0.012)),
            limb(inner, (0, 0.05, 0.010), (0, 0.14, 0.020), (0, 0.21, 0.006), mark=True),
        ]
        return placed(shapes, x=-0.02, y=0.06, turn=turn)

    return [
        *ear("94704e", sweep - 14, "c98f7e"),
        wrap(fur, (-0.01, 0.01, 0.088), (0.06, -0.015, 0.064)),
        oval(pale, 0.085, -0.035, 0.042, 0.034, mark=True),
        oval("d9897c", 0.118, -0.008, 0.016, 0.012, mark=True),
        stroke("5a4030", (0.112, -0.022), (0.095, -0.048), (0.07, -0.042), 0.009),
        oval(dark, -0.01, -0.035, 0.03, 0.02, mark=True),
        *eye(0.045, 0.024, 0.021, closed=is_asleep),
        *ear("b98f66", sweep, "e2ab98"),
    ]


def tortoise_shapes(pose: Pose) -> list[Shape]:
    """A tortoise under its patterned dome."""
    skin, dark, shell, plate = tint("9aab62"), tint("7e904e"), tint("6f5a34"), tint("a5854a")
    asleep = pose is Pose.LIE
    step = 0.045 if pose in _RUNNING else 0.0
    head_y = 0.07 if asleep else 0.21
    head = (0.33, head_y)
    plates = [
        ((-0.045, 0.30), (0.055, 0.30), (0.085, 0.20), (0.005, 0.14), (-0.08, 0.20)),
        ((0.08, 0.285), (0.16, 0.23), (0.19, 0.15), (0.12, 0.14), (0.105, 0.20)),
        ((-0.07, 0.285), (-0.15, 0.24), (-0.20, 0.16), (-0.12, 0.14), (-0.10, 0.20)),
        ((-0.02, 0.125), (0.015, 0.125), (0.09, 0.175), (0.10, 0.105), (-0.09, 0.105), (-0.09,
            0.175)),
    ]  # fmt: skip
    return [
        limb(dark, (-0.24, 0.09, 0.03), (-0.31, 0.05, 0.008)),
        limb(dark, (0.19, 0.10, 0.045), (0.215 + step, 0.032, 0.034)),
        limb(dark, (-0.12, 0.10, 0.045), (-0.10 - step, 0.032, 0.034)),
        limb(skin, (0.18, 0.11, 0.055), (0.27, (head_y + 0.11) / 2, 0.042), (*head, 0.05)),
        wrap(skin, (*head, 0.062), (head[0] + 0.04, head[1] - 0.008, 0.05)),
        stroke("56642f", (head[0] + 0.085, head[1] - 0.025), (head[0] + 0.05, head[1] - 0.055),
            (head[0] + 0.02, head[1] - 0.03), 0.009),
        *eye(head[0] + 0.04, head[1] + 0.022, 0.017, closed=asleep),
        limb(skin, (0.14, 0.10, 0.05), (0.145 - step, 0.032, 0.036)),
        limb(skin, (-0.19, 0.10, 0.05), (-0.195 + step, 0.032, 0.036)),
        smooth(
            shell, (-0.27, 0.10), (-0.245, 0.20), (-0.15, 0.31), (0.0, 0.35), (0.14, 0.31),
            (0.23, 0.20), (0.255, 0.10), (0.0, 0.085),
        ),
        *(flat(plate, *points, mark=True) for points in plates),
        limb("c9ad6c", (-0.265, 0.098, 0.019), (0.0, 0.088, 0.019), (0.25, 0.098, 0.019)),
    ]  # fmt: skip


def dragon_shapes(pose: Pose) -> list[Shape]:
    """A friendly dragon with bat's wings."""
    skin, belly, spike, wing = tint("4f9a5f"), tint("e8d88c"), tint("d9803c"), tint("b9563f")
    asleep = pose is Pose.LIE
    low = -0.30 if asleep else 0.0
    spread = 0.22 if pose in _RUNNING or pose is Pose.WAVE else 0.0
    head = (0.36, 0.30) if asleep else (0.34, 0.94)
    neck = [
        (0.16, 0.50 + low, 0.15),
        (0.27, 0.68 + low * 1.3, 0.105),
        (head[0] - 0.05, head[1], 0.09),
    ]
    spikes = [
        flat(spike, (x - 0.05, y), (x - 0.02, y + 0.11), (x + 0.04, y + 0.015))
        for x, y in ((-0.22, 0.53 + low), (-0.08, 0.61 + low), (0.05, 0.64 + low))
    ]
    wings = [
        placed(
            [
                smooth(tint(wing, shade), (0.0, 0.0), (-0.10, 0.30 + spread), (-0.36,
                    0.46 + spread), (-0.34, 0.30), (-0.46, 0.24), (-0.36, 0.14), (-0.40, 0.04),
                    (-0.18, 0.02)),
                stroke(tint(wing, 0.66), (-0.02, 0.02), (-0.14, 0.22), (-0.34, 0.30), 0.016),
                stroke(tint(wing, 0.66), (-0.02, 0.02), (-0.18, 0.10), (-0.36, 0.14), 0.016),
            ],
            x=x, y=0.52 + low,
        )
        for x, shade in ((0.12, 0.78), (-0.01, 1.0))
    ]  # fmt: skip
    legs = [
        limb(tint(skin, shade), (x, 0.30 + low * 0.7, r), (x + 0.05, 0.16 + low * 0.3, r * 0.75),
            (x + 0.01, 0.05, 0.06), (x + 0.10, 0.038, 0.038))
        for x, r, shade in ((-0.12, 0.13, 0.8), (0.20, 0.09, 0.8), (-0.20, 0.15, 1.0), (0.10,
            0.10, 1.0))
    ]  # fmt: skip
    return [
        *wings[0],
        limb(skin, (-0.22, 0.36 + low, 0.16), (-0.46, 0.18 + low * 0.4, 0.10), (-0.70, 0.10,
            0.065), (-0.90, 0.16, 0.03)),
        flat(spike, (-0.88, 0.20), (-1.04, 0.27), (-0.96, 0.09)),
        *legs[:2],
        *spikes,
        limb(skin, (-0.18, 0.40 + low, 0.19), (0.02, 0.42 + low, 0.20), (0.16, 0.48 + low, 0.17)),
        limb(skin, *neck),
        limb(belly, (0.02, 0.29 + low, 0.08), (0.22, 0.42 + low, 0.085), (0.32, 0.64 + low * 1.3,
            0.05), mark=True),
        *legs[2:],
        *wings[1],
        *placed(_dragon_head(is_asleep=asleep), x=head[0], y=head[1]),
    ]  # fmt: skip


def _dragon_head(*, is_asleep: bool) -> list[Shape]:
    skin, horn = tint("4f9a5f"), "efe0b0"
    return [
        limb(horn, (-0.06, 0.08, 0.03), (-0.16, 0.17, 0.022), (-0.19, 0.25, 0.006)),
        wrap(skin, (0, 0, 0.125), (0.20, -0.045, 0.085)),
        oval("78b57c", 0.20, -0.085, 0.085, 0.036, turn=8, mark=True),
        stroke("2f5f3c", (0.27, -0.075), (0.18, -0.12), (0.06, -0.075), 0.014),
        oval("2f5f3c", 0.25, 0.0, 0.014, 0.012, mark=True),
        oval("fbf3d0", 0.055, 0.045, 0.044, 0.048, mark=True),
        *eye(0.066, 0.045, 0.026, closed=is_asleep),
        limb(horn, (0.0, 0.10, 0.03), (-0.07, 0.19, 0.022), (-0.08, 0.28, 0.006)),
        flat("d9803c", (-0.10, 0.0), (-0.20, 0.04), (-0.10, -0.07)),
    ]


def robot_shapes(pose: Pose) -> list[Shape]:
    """A round-headed robot with lit eyes."""
    steel, dark, orange = tint("a9b6c2"), tint("66727f"), tint("e08a44")
    stride = 0.08 if pose in _RUNNING else 0.0
    hand = (0.36, 0.86) if pose is Pose.WAVE else (0.25 + stride, 0.32)
    elbow = (0.30, 0.60) if pose is Pose.WAVE else (0.27, 0.46)
    robot = [
        limb(dark, (0.0, 0.90, 0.010), (0.0, 1.0, 0.010)),
        oval("ff8d5c", 0.0, 1.01, 0.028, 0.028),
        limb(dark, (0.17, 0.60, 0.04), (*elbow, 0.034), (*hand, 0.034)),
        *(limb(dark, (x, 0.26, 0.05), (x + s, 0.06, 0.045)) for x, s in ((-0.08, -stride), (0.09,
            stride))),
        *(wrap(steel, (x + s - 0.04, 0.035, 0.034), (x + s + 0.07, 0.035, 0.034)) for x,
            s in ((-0.08, -stride), (0.09, stride))),
        wrap(steel, (-0.13, 0.32, 0.07), (0.13, 0.32, 0.07), (-0.14, 0.58, 0.07), (0.14, 0.58,
            0.07)),
        wrap("d3dce3", (-0.04, 0.42, 0.04), (0.13, 0.42, 0.04), (-0.04, 0.52, 0.04), (0.13, 0.52,
            0.04), mark=True),
        oval(orange, 0.10, 0.49, 0.034, 0.034, mark=True),
        stroke(dark, (-0.04, 0.42), (0.04, 0.42), (0.13, 0.42), 0.016),
        limb(dark, (0.0, 0.64, 0.06), (0.0, 0.70, 0.06)),
        wrap(steel, (-0.10, 0.76, 0.08), (0.11, 0.76, 0.08), (-0.09, 0.84, 0.08), (0.10, 0.84,
            0.08)),
        wrap("27323f", (-0.02, 0.77, 0.05), (0.13, 0.77, 0.05), (-0.02, 0.83, 0.05), (0.13, 0.83,
            0.05), mark=True),
        *(_lamp(x) for x in (0.01, 0.11)),
        limb(steel, (-0.19, 0.60, 0.045), (-0.23, 0.46, 0.036), (-0.20 - stride, 0.33, 0.04)),
        oval(orange, -0.19, 0.60, 0.05, 0.05),
    ]  # fmt: skip
    return placed(robot, x=0.5, y=0.2, turn=86) if pose is Pose.LIE else robot


def _lamp(x: float) -> Shape:
    light = oval("8fe6ff", x, 0.80, 0.027, 0.034, mark=True)
    return Shape(light.tone, light.outlines, is_round=False, has_line=False, glows=True)
