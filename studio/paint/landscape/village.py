"""Cottages, a mill, a church, a well, fences and the smoke of hearths."""

import numpy as np

from studio.paint.canvas import Array, Point, as_array, colour, mix
from studio.paint.landscape.brush import Sheet
from studio.paint.landscape.stage import SNOW, Stage

_WALLS = ("f3e6cc", "efd9b4", "e9d3c4", "dfe3e0")
_ROOFS = ("c4543c", "b8643a", "8f4a44", "a9743c", "54708a")
_LAMP = colour("ffd07a")


def draw_cottage(
    sheet: Sheet, stage: Stage, foot: Point, width: float, nearness: float
) -> list[Point]:
    """A cottage with its gable to one side; returns the middles of its lit windows."""
    x, y = foot
    rng = stage.canvas.rng
    wall = stage.tone(_WALLS[int(rng.integers(len(_WALLS)))], nearness)
    own = _ROOFS[int(rng.integers(len(_ROOFS)))]
    roof = stage.tone(SNOW if stage.is_snowy else own, nearness)
    turn = 1 if stage.chance(0.5) else -1
    tall, rise = width * stage.uniform(0.36, 0.44), width * stage.uniform(0.36, 0.46)

    def at(across: float, up: float) -> Point:
        return x + turn * across * width, y - up

    line = max(width * 0.012, 0.7)
    lit = turn == stage.sun_side
    gable = [at(-0.5, 0), at(-0.5, tall), at(-0.29, tall + rise), at(-0.08, tall), at(-0.08, 0)]
    side = [at(-0.08, 0), at(-0.08, tall), at(0.5, tall), at(0.5, 0)]
    slope = [at(-0.03, tall - rise * 0.12), at(-0.29, tall + rise * 1.06)]
    slope += [at(0.33, tall + rise * 1.06), at(0.56, tall - rise * 0.12)]
    chimney = [at(0.16, tall + rise * 0.8), at(0.16, tall + rise * 1.4)]
    chimney += [at(0.25, tall + rise * 1.4), at(0.25, tall + rise * 0.8)]
    _shape(sheet, stage, chimney, stage.tone("8a5a48", nearness), line)
    _shape(sheet, stage, gable, as_array(wall * (0.86 if lit else 1.0)), line)
    _shape(sheet, stage, side, as_array(wall * (1.0 if lit else 0.86)), line)
    _shape(sheet, stage, slope, roof, line)
    edge = [
        at(-0.53, tall - rise * 0.12),
        at(-0.29, tall + rise * 1.06),
        at(-0.03, tall - rise * 0.12),
    ]
    sheet.line(
        edge, as_array(roof * (0.9 if stage.is_snowy else 0.72)), width=max(width * 0.035, 1)
    )
    if not stage.is_drawn and not stage.sun.is_hidden:
        sheet.line([slope[1], slope[2]], mix(roof, stage.palette.sun, 0.55), width=max(line, 0.8))
    door = [at(-0.36, 0), at(-0.36, tall * 0.72), at(-0.22, tall * 0.72), at(-0.22, 0)]
    _shape(sheet, stage, door, stage.tone("6e4a30", nearness), line * 0.8)
    windows = [at(0.08, tall * 0.6), at(0.33, tall * 0.6), at(-0.29, tall * 1.06)]
    for middle in windows:
        _draw_window(sheet, stage, middle, width * 0.065, nearness)
    return windows


def _draw_window(sheet: Sheet, stage: Stage, middle: Point, half: float, nearness: float) -> None:
    x, y = middle
    pane = _LAMP if stage.palette.is_dark else stage.tone("86a8bc", nearness)
    frame = stage.tone("fbf6ea" if stage.is_drawn else "4a3a30", nearness)
    grow = half * 1.3
    sheet.polygon(
        [(x - grow, y - grow), (x + grow, y - grow), (x + grow, y + grow), (x - grow, y + grow)],
        frame,
    )
    sheet.polygon(
        [(x - half, y - half), (x + half, y - half), (x + half, y + half), (x - half, y + half)],
        pane,
    )
    sheet.line([(x, y - half), (x, y + half)], frame, width=max(half * 0.22, 0.5))
    sheet.line([(x - half, y), (x + half, y)], frame, width=max(half * 0.22, 0.5))


def draw_mill(sheet: Sheet, stage: Stage, foot: Point, height: float, nearness: float) -> None:
    """A windmill."""
    x, y = foot
    wall = stage.tone("e8d8bc", nearness)
    roof = stage.tone(SNOW if stage.is_snowy else "8f4a3c", nearness)
    line = max(height * 0.010, 0.7)
    low, high, up = height * 0.17, height * 0.11, y - height * 0.62
    _shape(sheet, stage, [(x - low, y), (x - high, up), (x + high, up), (x + low, y)], wall, line)
    dark = [(x - stage.sun_side * low, y), (x - stage.sun_side * high, up), (x, up), (x, y)]
    sheet.polygon(dark, as_array(wall * 0.86))
    cap = [(x - high * 1.2, up), (x - high * 0.7, up - height * 0.1), (x, up - height * 0.16)]
    cap += [(x + high * 0.7, up - height * 0.1), (x + high * 1.2, up)]
    _shape(sheet, stage, cap, roof, line)
    _draw_window(sheet, stage, (x, y - height * 0.34), height * 0.026, nearness)
    hub = x, up - height * 0.05
    start = stage.uniform(0.2, 1.3)
    wood, cloth = stage.tone("5d4430", nearness), stage.tone("f4ecd8", nearness)
    for quarter in range(4):
        angle = start + quarter * np.pi / 2
        along = as_array([np.cos(angle), np.sin(angle)]) * height * 0.42
        across = as_array([-np.sin(angle), np.cos(angle)]) * height * 0.075
        end = hub[0] + float(along[0]), hub[1] + float(along[1])
        near = hub[0] + float(along[0]) * 0.22, hub[1] + float(along[1]) * 0.22
        wing = [near, end, (end[0] + float(across[0]), end[1] + float(across[1]))]
        wing.append((near[0] + float(across[0]), near[1] + float(across[1])))
        _shape(sheet, stage, wing, cloth, line * 0.8)
        sheet.line([hub, end], wood, width=max(height * 0.014, 0.8))


def draw_church(sheet: Sheet, stage: Stage, foot: Point, height: float, nearness: float) -> None:
    """A small church, whose spire identifies a village from afar."""
    x, y = foot
    wall = stage.tone("efe6d6", nearness)
    roof = stage.tone(SNOW if stage.is_snowy else "5f6f86", nearness)
    line = max(height * 0.008, 0.6)
    half = height * 0.10
    nave = height * 0.42
    for left, right, up in ((x, x + nave, height * 0.26), (x - half, x + half, height * 0.5)):
        _shape(sheet, stage, [(left, y), (left, y - up), (right, y - up), (right, y)], wall, line)
    top = y - height * 0.26
    ridge = [(x + half, top), (x + half, top - height * 0.2), (x + nave * 0.9, top - height * 0.2)]
    _shape(sheet, stage, [*ridge, (x + nave * 1.06, top)], roof, line)
    spire = [
        (x - half * 1.2, y - height * 0.5),
        (x, y - height),
        (x + half * 1.2, y - height * 0.5),
    ]
    _shape(sheet, stage, spire, roof, line)
    _draw_window(sheet, stage, (x, y - height * 0.38), height * 0.03, nearness)
    for step in (0.45, 0.75):
        _draw_window(sheet, stage, (x + nave * step, y - height * 0.13), height * 0.026, nearness)


def draw_well(sheet: Sheet, stage: Stage, foot: Point, size: float, nearness: float) -> None:
    """A roofed well."""
    x, y = foot
    stone, wood = stage.tone("9a9690", nearness), stage.tone("73502f", nearness)
    roof = stage.tone(SNOW if stage.is_snowy else "a9543c", nearness)
    line = max(size * 0.02, 0.8)
    for side in (-1, 1):
        post = x + side * size * 0.3
        sheet.line([(post, y - size * 0.2), (post, y - size * 0.85)], wood, width=size * 0.07)
    ring = [
        (x - size * 0.4, y),
        (x - size * 0.4, y - size * 0.36),
        (x + size * 0.4, y - size * 0.36),
    ]
    _shape(sheet, stage, [*ring, (x + size * 0.4, y)], stone, line)
    for row in (0.12, 0.24):
        at = y - size * row
        sheet.line([(x - size * 0.4, at), (x + size * 0.4, at)], as_array(stone * 0.8), width=line)
    gable = [
        (x - size * 0.52, y - size * 0.8),
        (x, y - size * 1.2),
        (x + size * 0.52, y - size * 0.8),
    ]
    _shape(sheet, stage, gable, roof, line)


def draw_fence(
    sheet: Sheet, stage: Stage, rows: Array, span: tuple[float, float], size: float, nearness: float
) -> None:
    """Posts and rails along a line of the ground, between two columns."""
    wood = stage.tone("b08a5c" if stage.is_drawn else "6a4f38", nearness)
    columns = np.arange(span[0], span[1], size * 0.9)
    feet = [(float(x), float(rows[int(np.clip(x, 0, len(rows) - 1))])) for x in columns]
    for up in (0.42, 0.78):
        rail = [(x, y - size * up) for x, y in feet]
        if len(rail) > 1:
            if stage.is_drawn:
                sheet.line(rail, stage.ink(wood), width=size * 0.17)
            sheet.line(rail, wood, width=size * 0.10)
    for x, y in feet:
        half = size * 0.075
        post = [(x - half, y + size * 0.05), (x - half, y - size), (x, y - size * 1.1)]
        post += [(x + half, y - size), (x + half, y + size * 0.05)]
        _shape(sheet, stage, post, wood, max(size * 0.03, 0.7))
        if stage.is_snowy:
            sheet.ellipse(x, y - size * 1.06, half * 1.5, half * 0.9, stage.tone(SNOW, nearness))


def paint_smoke(stage: Stage, foot: Point, height: float) -> None:
    """Smoke that rises and drifts from a chimney."""
    sheet = Sheet(stage.canvas)
    tone = mix(stage.palette.haze, as_array([1, 1, 1]), 0.35 if stage.palette.is_dark else 0.6)
    drift = stage.uniform(0.3, 0.7) * -stage.sun_side + stage.lean * 6
    for step in range(9):
        share = step / 8
        size = height * (0.035 + 0.10 * share)
        x = foot[0] + drift * height * share**1.6 + stage.uniform(-0.03, 0.03) * height
        sheet.ellipse(
            x, foot[1] - height * share, size, size * 0.8, tone, opacity=0.62 * (1 - share) + 0.05
        )
    sheet.lay(blur=0 if stage.is_drawn else stage.canvas.unit * 0.010, opacity=0.8)


def _shape(sheet: Sheet, stage: Stage, points: list[Point], tone: Array, line: float) -> None:
    sheet.polygon(points, tone)
    if stage.is_drawn:
        sheet.line([*points, points[0]], stage.ink(tone), width=line)
