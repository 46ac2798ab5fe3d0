"""Vehicles: boat, train, car, rocket and submarine; the word distinguishes a taxi from a bus."""

import hashlib
from collections.abc import Callable
from dataclasses import replace

from studio.paint.figures.shapes import (
    Shape,
    box,
    flat,
    limb,
    oval,
    pane,
    smooth,
    stroke,
    tint,
    wrap,
)
from studio.scene import Figure, Subject

_TAXIS = ("taxi", "cab", "出租车", "的士")
_BUSES = ("bus", "truck", "van", "公交", "公共汽车", "卡车", "巴士")
_PAINTS = ("b8443a", "3f74b5", "4c9362", "d8d4cc", "5a5f6c")
_WAGONS = 4
_WAGON_LENGTH = 0.98


def vehicle_shapes(subject: Subject) -> list[Shape]:
    """A vehicle, back to front; it drives to the right."""
    return _VEHICLES[subject.figure](subject.word.lower())


def _boat(_: str) -> list[Shape]:
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


def _train(word: str) -> list[Shape]:
    """A steam engine with its wagons, on rails."""
    black, red = "3d4450", "b8443a"
    body = "4c8a58" if "绿" in word or "green" in word else "41679a"
    starts = [-0.02 - i * _WAGON_LENGTH for i in range(1, _WAGONS + 1)]
    wheels = [(x, 0.15, 0.15) for x in (0.30, 0.64)] + [
        (x, 0.09, 0.09) for x in (0.98, *(start + dx for start in starts for dx in (0.18, 0.74)))
    ]
    puffs = ((0.98, 1.30, 0.11), (0.84, 1.44, 0.15), (0.56, 1.54, 0.18), (0.20, 1.58, 0.17))
    back = starts[-1]
    return [
        Shape(tint("e9e4de"), tuple(limb("e9e4de", p).outlines[0] for p in puffs), has_line=False),
        box("2f3540", back, 0.16, 1.20, 0.24),
        *(shape for x in starts for shape in (
            box(body, x, 0.22, x + 0.92, 0.78), box("e7d6b0", x - 0.02, 0.76, x + 0.94, 0.84),
            flat("e7d6b0", (x, 0.34), (x + 0.92, 0.34), (x + 0.92, 0.38), (x, 0.38), mark=True),
            *(pane(x + dx, 0.58, 0.085, 0.105) for dx in (0.16, 0.36, 0.56, 0.76)),
        )),
        wrap(black, (0.55, 0.48, 0.21), (1.10, 0.48, 0.21)),
        *(box("c9a24e", x - 0.014, 0.27, x + 0.014, 0.69) for x in (0.66, 0.92)),
        box(red, 0.02, 0.20, 0.50, 0.92),
        box("7d2f2a", -0.04, 0.90, 0.56, 0.98),
        pane(0.26, 0.68, 0.14, 0.12),
        flat(black, (0.92, 0.66), (1.06, 0.66), (1.12, 1.08), (0.86, 1.08)),
        box("c9a24e", 0.84, 1.06, 1.14, 1.12),
        wrap("c9a24e", (0.74, 0.70, 0.055), (0.74, 0.73, 0.055)),
        replace(oval("ffe9a8", 1.27, 0.62, 0.06, 0.07), glows=True),
        flat(red, (1.14, 0.24), (1.34, 0.24), (1.46, 0.02), (1.14, 0.02)),
        *(oval(red if r > 0.1 else "555d69", x, y, r, r) for x, y, r in wheels),
        *(oval("d9d2c4", x, y, r * 0.36, r * 0.36, mark=True) for x, y, r in wheels),
        stroke("c9c4ba", (0.28, 0.15), (0.5, 0.15), (0.68, 0.15), 0.035),
    ]  # fmt: skip


def _car(word: str) -> list[Shape]:
    if any(name in word for name in _BUSES):
        return _bus(word)
    is_taxi = any(name in word for name in _TAXIS)
    body = "e3b23c" if is_taxi else _paint(word)
    sign = [
        box("f4ead0", -0.20, 0.84, 0.10, 0.93),
        replace(box("ffe9a8", -0.16, 0.86, 0.06, 0.91), has_line=False, glows=True),
    ]
    checks = [
        flat(
            "3a3a40",
            *(
                (-0.9 + i * 0.16 + dx, 0.36 + dy)
                for dx, dy in ((0, 0), (0.08, 0), (0.08, 0.035), (0, 0.035))
            ),
            mark=True,
        )
        for i in range(11)
    ]
    return [
        *(sign if is_taxi else []),
        smooth(tint(body, 0.9), (-0.86, 0.50), (-0.62, 0.78), (-0.30, 0.86), (0.22, 0.85),
            (0.50, 0.74), (0.80, 0.50), (0, 0.46)),
        replace(smooth("7f96a8", (-0.70, 0.52), (-0.54, 0.73), (-0.30, 0.79), (-0.10, 0.79),
            (-0.10, 0.52)), is_round=False, glows=True),
        replace(smooth("7f96a8", (-0.02, 0.52), (-0.02, 0.79), (0.20, 0.78), (0.42, 0.70),
            (0.62, 0.52)), is_round=False, glows=True),
        smooth(body, (-1.16, 0.20), (-1.18, 0.42), (-0.98, 0.53), (0.70, 0.53), (1.06, 0.45),
            (1.20, 0.32), (1.17, 0.18), (0.0, 0.16)),
        *(checks if is_taxi else []),
        stroke(tint(body, 0.6), (-0.06, 0.52), (-0.07, 0.34), (-0.04, 0.20), 0.018),
        stroke(tint(body, 0.6), (0.02, 0.45), (0.07, 0.455), (0.12, 0.45), 0.02),
        replace(oval("fff0c0", 1.12, 0.36, 0.055, 0.06), glows=True),
        oval("c8463c", -1.13, 0.40, 0.035, 0.06),
        box("3a3a42", -1.18, 0.17, 1.19, 0.22),
        *(shape for x in (-0.70, 0.72) for shape in (
            oval("26262c", x, 0.17, 0.19, 0.19), oval("c8c6c2", x, 0.17, 0.09, 0.09, mark=True))),
    ]  # fmt: skip


def _bus(word: str) -> list[Shape]:
    body = _paint(word)
    return [
        smooth(body, (-1.62, 0.24), (-1.64, 1.0), (-1.56, 1.20), (0.0, 1.23), (1.50, 1.20),
            (1.62, 1.02), (1.66, 0.24), (0.0, 0.22)),
        *(pane(-1.28 + i * 0.42, 0.86, 0.17, 0.18) for i in range(6)),
        replace(flat("7f96a8", (1.28, 0.62), (1.62, 0.62), (1.60, 1.06), (1.28, 1.06)),
            glows=True),
        flat("f0e6d2", (-1.63, 0.50), (1.65, 0.50), (1.65, 0.56), (-1.63, 0.56), mark=True),
        replace(oval("fff0c0", 1.60, 0.36, 0.05, 0.06), glows=True),
        box("3a3a42", -1.63, 0.20, 1.66, 0.27),
        *(shape for x in (-0.98, 1.02) for shape in (
            oval("26262c", x, 0.20, 0.22, 0.22), oval("c8c6c2", x, 0.20, 0.11, 0.11, mark=True))),
    ]  # fmt: skip


def _rocket(_: str) -> list[Shape]:
    hull, red = "e8e6e2", "c4483c"
    return [
        flat(red, (-0.28, 0.85), (-0.74, 0.34), (-0.70, 0.0), (-0.26, 0.34)),
        flat(red, (0.28, 0.85), (0.74, 0.34), (0.70, 0.0), (0.26, 0.34)),
        flat("55535c", (-0.20, 0.26), (0.20, 0.26), (0.27, 0.10), (-0.27, 0.10)),
        smooth(hull, (-0.30, 0.26), (-0.42, 0.90), (-0.42, 1.60), (-0.24, 2.20), (0.0, 2.56),
            (0.24, 2.20), (0.42, 1.60), (0.42, 0.90), (0.30, 0.26)),
        smooth(red, (-0.27, 2.14), (-0.12, 2.42), (0.0, 2.58), (0.12, 2.42), (0.27, 2.14),
            (0.0, 2.10)),
        flat(red, (-0.385, 0.62), (0.385, 0.62), (0.405, 0.74), (-0.405, 0.74), mark=True),
        oval("9a948c", 0.0, 1.62, 0.20, 0.20),
        replace(oval("7f96a8", 0.0, 1.62, 0.145, 0.145), is_round=False, glows=True),
        oval("c9d6e0", -0.05, 1.67, 0.04, 0.05, turn=30, mark=True),
        flat(tint(red, 0.85), (-0.06, 0.80), (0.06, 0.80), (0.05, 0.0), (-0.05, 0.0)),
    ]  # fmt: skip


def _submarine(_: str) -> list[Shape]:
    hull = "d9a93f"
    return [
        limb("8a8f98", (-1.42, 0.46, 0.05), (-1.62, 0.46, 0.03)),
        oval("a8793a", -1.60, 0.46, 0.06, 0.34),
        box("c0923a", -0.28, 0.80, 0.38, 1.12),
        limb("8a8f98", (0.16, 1.10, 0.028), (0.16, 1.42, 0.028), (0.34, 1.44, 0.032)),
        smooth(hull, (-1.46, 0.46), (-1.0, 0.76), (-0.2, 0.88), (0.7, 0.86), (1.26, 0.66),
            (1.42, 0.42), (1.22, 0.18), (0.6, 0.0), (-0.3, -0.02), (-1.0, 0.14)),
        smooth("c0923a", (-1.10, 0.50), (-1.46, 0.80), (-1.62, 0.80), (-1.34, 0.46)),
        flat("b5533f", (-1.0, 0.20), (1.2, 0.20), (1.26, 0.26), (-1.08, 0.26), mark=True),
        *(shape for x in (-0.55, 0.05, 0.65) for shape in (
            oval("8a6a30", x, 0.48, 0.17, 0.17),
            replace(oval("7f96a8", x, 0.48, 0.12, 0.12), is_round=False, glows=True),
            oval("d6e4ec", x - 0.04, 0.53, 0.03, 0.04, turn=30, mark=True))),
        replace(oval("ffe9a8", 1.32, 0.40, 0.06, 0.08), glows=True),
    ]  # fmt: skip


def _paint(word: str) -> str:
    """The colour of a car, the same for the same word."""
    return _PAINTS[hashlib.sha256(word.encode("utf-8", "replace")).digest()[0] % len(_PAINTS)]


_VEHICLES: dict[Figure, Callable[[str], list[Shape]]] = {
    Figure.BOAT: _boat,
    Figure.TRAIN: _train,
    Figure.CAR: _car,
    Figure.ROCKET: _rocket,
    Figure.SUBMARINE: _submarine,
}
