"""Trees, grass, flowers and rocks, each drawn from its foot on a sheet."""

from collections.abc import Sequence

import numpy as np

from studio.paint.canvas import Array, Point, as_array, mix
from studio.paint.landscape.brush import Sheet, curve
from studio.paint.landscape.stage import SNOW, Stage

_LEAVES = ("5fae42", "78bb46", "4a9a4c", "8fbf45")
_BLOSSOMS = ("ffffff", "ffd84a", "ff7f8f", "b98cf0", "ff9d3c")


def draw_round_tree(
    sheet: Sheet, stage: Stage, foot: Point, height: float, nearness: float
) -> None:
    """A leafy tree with a crown of balls."""
    if stage.is_bleak and stage.chance(0.6):
        draw_bare_tree(sheet, stage, foot, height, nearness)
        return
    x, y = foot
    lean = stage.lean * height
    trunk = stage.tone("7a5234", nearness)
    leaf = stage.tone(_LEAVES[int(stage.canvas.rng.integers(len(_LEAVES)))], nearness)
    width = height * (0.055 if stage.is_drawn else 0.032)
    points = [
        (x - width * 1.5, y),
        (x - width * 0.6 + lean * 0.3, y - height * 0.5),
        (x + width * 0.6 + lean * 0.3, y - height * 0.5),
        (x + width * 1.5, y),
    ]
    _shape(sheet, stage, points, trunk, height)
    middle = x + lean, y - height * 0.66
    if stage.is_drawn:
        balls = [(*middle, height * 0.22)]
        for index in range(6):
            angle = index / 3 * np.pi + stage.uniform(-0.3, 0.3)
            across, down = (
                float(np.cos(angle)) * height * 0.22,
                float(np.sin(angle)) * height * 0.17,
            )
            balls.append((middle[0] + across, middle[1] + down, height * stage.uniform(0.15, 0.2)))
        _draw_crown(sheet, stage, balls, leaf, height)
    else:
        is_large = height > stage.canvas.unit * 0.2 and nearness > 0.75
        _draw_foliage(sheet, stage, middle, leaf, height, is_large=is_large)


def _draw_foliage(
    sheet: Sheet, stage: Stage, middle: Point, leaf: Array, height: float, *, is_large: bool
) -> None:
    """Many tufts of leaves, brighter towards the light and, after snow, white above."""
    count = 150 if is_large else 40
    spots = stage.canvas.rng.standard_normal((count, 3)) * (0.135, 0.105, 1.0)
    white = stage.tone(SNOW, 0.8)
    for across, down, chance in sorted(spots.tolist(), key=lambda spot: -spot[1]):
        inward = min(0.25 / max(float(np.hypot(across, down * 1.25)), 1e-6), 1.0)
        across, down = across * inward, down * inward
        light = across * stage.sun_side * 1.3 - down * 2.2 + chance * 0.10
        tone = mix(as_array(leaf * 0.72), leaf, min(max(light * 0.8 + 0.5, 0), 1))
        if light > 0.3 and not stage.sun.is_hidden:
            tone = mix(tone, stage.palette.sun, 0.12)
        if stage.is_snowy and down < 0.02 and chance > -0.3:
            tone = mix(tone, white, 0.85)
        size = height * (0.042 if is_large else 0.075) * (1.2 - 1.2 * abs(down))
        spot = middle[0] + across * height, middle[1] + down * height
        sheet.ellipse(*spot, size, size * 0.8, tone)


def _draw_crown(
    sheet: Sheet,
    stage: Stage,
    balls: Sequence[tuple[float, float, float]],
    leaf: Array,
    height: float,
) -> None:
    side = stage.sun_side
    light = as_array(np.clip(leaf * 1.2 + 0.03, 0, 1))
    outline = max(height * 0.014, 0.9)
    for x, y, size in balls:
        sheet.ellipse(x, y, size + outline, size + outline, stage.ink(leaf))
    for x, y, size in balls:
        sheet.ellipse(x, y, size, size, as_array(leaf * 0.84))
    for x, y, size in balls:
        lit = size * 0.82
        sheet.ellipse(x + side * size * 0.13, y - size * 0.14, lit, lit, leaf)
    top = min(y for _, y, _ in balls)
    for x, y, size in balls:
        if y < top + height * 0.2:
            tone = stage.tone(SNOW, 0.8) if stage.is_snowy else light
            lit = size * (0.74 if stage.is_snowy else 0.42)
            shift = 0.0 if stage.is_snowy else side * size * 0.3
            sheet.ellipse(x + shift, y - size * 0.34, lit, lit * 0.8, tone)
    return


def draw_fir(sheet: Sheet, stage: Stage, foot: Point, height: float, nearness: float) -> None:
    """A fir: four skirts in a drawing, ragged branches on film."""
    x, y = foot
    lean = stage.lean * height * 0.7
    green = stage.tone("2f7a4b" if stage.is_drawn else "2c5a44", nearness)
    half = height * stage.uniform(0.20, 0.26)
    stem = height * 0.03
    trunk = [
        (x - stem, y),
        (x - stem, y - height * 0.2),
        (x + stem, y - height * 0.2),
        (x + stem, y),
    ]
    sheet.polygon(trunk, stage.tone("5d4430", nearness))
    if stage.is_drawn:
        _draw_skirts(sheet, stage, (x, y), (half, height, lean), green)
        return
    steps = 7
    left: list[Point] = []
    right: list[Point] = []
    for step in range(steps):
        share = (step + 1) / steps
        row = y - height * (1 - share * 0.9)
        for side, points in ((-1, left), (1, right)):
            reach = half * share * stage.uniform(0.8, 1.12)
            slack = height * stage.uniform(0.0, 0.025)
            at = x + lean * (1 - share) ** 1.5
            points.append((at + side * reach, row + slack))
            points.append((at + side * reach * 0.42, row - height * 0.012))
    tip = (x + lean, y - height)
    sheet.polygon([tip, *right, *reversed(left)], green)
    tone = stage.tone(SNOW, nearness) if stage.is_snowy else mix(green, stage.palette.sun, 0.12)
    if stage.is_snowy or not stage.sun.is_hidden:
        points = left if stage.sun_side < 0 else right
        for index in range(0, len(points) - 2, 2):
            outer, inner = points[index], points[index + 1]
            above = points[index - 1] if index else tip
            drop = height * (0.035 if stage.is_snowy else 0.018)
            sheet.polygon([above, outer, (inner[0], outer[1] - drop)], tone)


def _draw_skirts(
    sheet: Sheet, stage: Stage, foot: Point, size: tuple[float, float, float], green: Array
) -> None:
    (x, y), (half, height, lean) = foot, size
    line = max(height * 0.011, 0.8)
    light = as_array(np.clip(green * 1.2 + 0.03, 0, 1))
    for tier in range(4):
        low = 1 - tier * 0.235
        high = low - 0.42
        reach = half * (1.05 - tier * 0.2)
        base, apex = y - height * (1 - low) - height * 0.1, y - height * (1 - max(high, 0.0))
        at, up = x + lean * (1 - low), x + lean * (1 - high)
        bottom = curve(
            [
                (at - reach, base),
                (at - reach * 0.4, base + height * 0.045),
                (at, base + height * 0.02),
                (at + reach * 0.4, base + height * 0.045),
                (at + reach, base),
            ],
            steps=4,
        )
        skirt = [(up, apex), *reversed(bottom)]
        sheet.polygon(skirt, green)
        share = 0.62 if stage.sun_side > 0 else 0.0
        cut = round(len(bottom) * share), round(len(bottom) * (share + 0.38))
        sheet.polygon([(up, apex), *bottom[cut[0] : cut[1] + 1]], light)
        if stage.is_snowy:
            _draw_cap(sheet, (up, apex), reach, base - apex, stage.tone(SNOW, 0.8))
        sheet.line([*skirt, skirt[0]], stage.ink(green), width=line)


def _draw_cap(sheet: Sheet, apex: Point, reach: float, drop: float, snow: Array) -> None:
    x, y = apex
    share = 0.62
    edge = [
        (x + reach * share * across, y + drop * (share + (0.12 if index % 2 else -0.06)))
        for index, across in enumerate((-1, -0.5, 0, 0.5, 1))
    ]
    sheet.polygon([apex, *reversed(edge)], snow)


def draw_bare_tree(sheet: Sheet, stage: Stage, foot: Point, height: float, nearness: float) -> None:
    """A leafless tree."""
    tone = stage.tone("5b463c", nearness)

    def branch(x: float, y: float, angle: float, length: float, depth: int) -> None:
        end = (
            x + float(np.sin(angle)) * length + stage.lean * length,
            y - float(np.cos(angle)) * length,
        )
        sheet.line([(x, y), end], tone, width=max(length * 0.16, 0.6))
        if stage.is_snowy and abs(angle) > 0.35:
            above = [(x, y - length * 0.09), (end[0], end[1] - length * 0.09)]
            sheet.line(above, stage.tone(SNOW, nearness), width=max(length * 0.07, 0.5))
        if depth == 0:
            return
        for side in (-1, 0.15, 1):
            turn = angle + side * stage.uniform(0.3, 0.75)
            branch(*end, turn, length * stage.uniform(0.58, 0.74), depth - 1)

    branch(foot[0], foot[1], stage.uniform(-0.08, 0.08), height * 0.36, 4)


def draw_cactus(sheet: Sheet, stage: Stage, foot: Point, height: float, nearness: float) -> None:
    """A saguaro with two arms."""
    x, y = foot
    green = stage.tone("4f9a55" if stage.is_drawn else "3f5a40", nearness)
    thick = height * 0.075
    arms: list[tuple[list[Point], float]] = [([(x, y), (x, y - height)], thick)]
    for side in (-1, 1):
        low, reach = height * stage.uniform(0.32, 0.5), side * height * stage.uniform(0.16, 0.22)
        top = low + height * stage.uniform(0.22, 0.38)
        path = [(x, y - low), (x + reach * 0.8, y - low - height * 0.01)]
        path += [(x + reach, y - low - height * 0.06), (x + reach, y - top)]
        arms.append((curve(path, steps=5), thick * 0.72))
    passes = [(stage.ink(green), height * 0.016, 0.0)] if stage.is_drawn else []
    passes.append((green, 0.0, 0.0))
    bright = (
        as_array(np.clip(green * 1.2, 0, 1))
        if stage.is_drawn
        else mix(green, stage.palette.sun, 0.4)
    )
    passes.append((stage.tone(SNOW, nearness) if stage.is_snowy else bright, -thick * 0.72, 0.55))
    for tone, grow, shift in passes:
        for path, width in arms:
            moved = [(px + stage.sun_side * width * shift, py) for px, py in path]
            sheet.line(moved, tone, width=max((width + grow) * 2, 1.2))
            for end in (moved[0], moved[-1]):
                sheet.ellipse(*end, width + grow, width + grow, tone)


def draw_rock(sheet: Sheet, stage: Stage, foot: Point, size: float, nearness: float) -> None:
    """A boulder, lit from the sun's side."""
    x, y = foot
    count = 9
    angles = np.linspace(np.pi, 0, count)
    ring: list[Point] = []
    for angle in angles:
        reach = size * stage.uniform(0.78, 1.05)
        ring.append((x + float(np.cos(angle)) * reach, y - float(np.sin(angle)) * reach * 0.7))
    tone = stage.tone("7d7f88", nearness)
    _shape(sheet, stage, ring, tone, size * 2)
    cut = count // 2
    face = ring[cut:] if stage.sun_side > 0 else ring[: cut + 1]
    bright = as_array(np.clip(tone * 1.22, 0, 1))
    if not stage.is_drawn:
        bright = mix(tone, stage.palette.sun, 0.08 if stage.sun.is_hidden else 0.2)
    sheet.polygon([*face, (x - stage.sun_side * size * 0.1, y - size * 0.1)], bright)
    if stage.is_snowy:
        upper = ring[2:-2]
        low = [(px, py + size * 0.2) for px, py in upper]
        sheet.polygon([*upper, *reversed(low)], stage.tone(SNOW, nearness))


def draw_tuft(sheet: Sheet, foot: Point, height: float, tone: Array, *, lean: float = 0.0) -> None:
    """A few blades of grass."""
    x, y = foot
    for step in (-2, -1, 0, 1, 2):
        tip = x + step * height * 0.22 + lean * height, y - height * (1 - abs(step) * 0.16)
        base = x + step * height * 0.09
        wide = height * 0.045
        sheet.polygon([(base - wide, y), tip, (base + wide, y)], tone)


def draw_flower(sheet: Sheet, stage: Stage, foot: Point, size: float, nearness: float) -> None:
    """A flower on its stalk."""
    x, y = foot
    stalk = stage.tone("3f8a3a", nearness)
    head = x + stage.lean * size * 2, y - size * 3
    petal = stage.tone(
        _BLOSSOMS[int(stage.canvas.rng.integers(len(_BLOSSOMS)))], nearness, lit=1.15
    )
    sheet.line([(x, y), head], stalk, width=max(size * 0.22, 0.6))
    for angle in np.linspace(0, 2 * np.pi, 5, endpoint=False):
        across = head[0] + float(np.cos(angle)) * size * 0.55
        sheet.ellipse(
            across, head[1] + float(np.sin(angle)) * size * 0.5, size * 0.42, size * 0.4, petal
        )
    sheet.ellipse(*head, size * 0.3, size * 0.28, stage.tone("ffc93a", nearness))


def _shape(sheet: Sheet, stage: Stage, points: Sequence[Point], tone: Array, height: float) -> None:
    """Fill a shape; a drawing also gets its outline."""
    sheet.polygon(points, tone)
    if stage.is_drawn:
        sheet.line([*points, points[0]], stage.ink(tone), width=max(height * 0.012, 0.9))
