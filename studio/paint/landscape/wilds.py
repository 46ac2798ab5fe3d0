"""Wild land: mountains, the forest and the desert."""

import numpy as np

from studio.paint.canvas import Array, Point, as_array, below, mix
from studio.paint.landscape.brush import Sheet, curve
from studio.paint.landscape.fields import paint_path
from studio.paint.landscape.foreground import (
    paint_flowers,
    paint_grass,
    paint_ripples,
    paint_stones,
)
from studio.paint.landscape.relief import (
    craggy_line,
    fill_hill,
    paint_facets,
    paint_mist,
    rolling_line,
)
from studio.paint.landscape.stage import Stage
from studio.paint.landscape.trees import (
    draw_cactus,
    draw_fir,
    draw_round_tree,
)

_ROCKS = ("8796a8", "74808f", "66707c")
_SAND = "e3ac62"


def paint_mountain(stage: Stage) -> None:
    """Snow-capped peaks behind each other, fir trees at their feet and a stony path."""
    peaks = stage.uniform(0.38, 0.52) * stage.zoom**0.35
    heights = (peaks, peaks * stage.uniform(0.5, 0.7), 0.17)
    for index, height in enumerate(heights):
        air = 0.16 + 0.24 * index
        rows = craggy_line(stage, 0.04 + 0.12 * index, height, bumps=1.7 + 0.7 * index)
        tone = stage.tone(stage.snowed(_ROCKS[index], 0.45), air, lit=1.05)
        fill_hill(stage, rows, tone, air)
        caps = (0.20, 0.10, 0.0)[index] * (1.9 if stage.is_snowy else 1)
        paint_facets(stage, rows, air + 0.1, snow=caps)
        if not stage.is_drawn:
            paint_mist(stage, 0.04 + 0.12 * index, 0.6, height=0.09)
    foot = rolling_line(stage, 0.36, 0.10, bumps=2.0, octaves=3)
    base = stage.snowed("5f8a5a" if stage.is_drawn else "56685a", 0.8)
    fill_hill(stage, foot, stage.tone(base, 0.7), 0.72)
    _plant_firs(stage, foot, 0.72, 0.09, 26)
    rows = rolling_line(stage, 0.60, 0.10, bumps=1.3, octaves=3)
    ground = stage.snowed("7f9a58" if stage.is_drawn else "75805c", 0.9)
    tone = stage.tone(ground, 1.0)
    fill_hill(stage, rows, tone, 1.0, mist=0.4)
    paint_path(stage, rows, tone)
    paint_stones(stage, rows, 9, 1.0)
    paint_grass(stage, rows, tone, 0.4)
    if stage.chance(0.5):
        paint_flowers(stage, rows, 1.0)
    _plant_sentinels(stage)


def paint_forest(stage: Stage) -> None:
    """Rows of trees fading into light, trunks near by, and a path between them."""
    canvas = stage.canvas
    leafy = stage.chance(0.45)
    glow = 0.75 if not stage.sun.is_hidden else 0.3
    canvas.halo(stage.sun.x, canvas.horizon * 0.9, canvas.unit * 0.5, stage.palette.haze, glow)
    for index in range(3):
        nearness = 0.05 + 0.12 * index
        air = 0.14 + 0.24 * index
        rows = rolling_line(stage, nearness, 0.05, bumps=2.5, octaves=3)
        base = stage.snowed(("6f9a6a", "568a55", "46783f")[index])
        fill_hill(stage, rows, stage.tone(base, air), air)
        _plant_wood(stage, rows, air, (0.26, 0.36, 0.46)[index], leafy=leafy)
        paint_mist(stage, nearness + 0.02, 0.25 if stage.is_drawn else 0.6, height=0.10)
    rows = rolling_line(stage, 0.34, 0.04, bumps=1.6, octaves=3)
    tone = stage.tone(stage.snowed("5c8a3e" if stage.is_drawn else "4a6238"), 0.9)
    fill_hill(stage, rows, tone, 0.9, mist=0.5)
    paint_path(stage, rows, tone)
    _plant_undergrowth(stage, rows, tone)
    _plant_trunks(stage)
    paint_flowers(stage, as_array(rows + canvas.unit * 0.06), 1.0)


def paint_desert(stage: Stage) -> None:
    """Dunes with sharp crests, and mesas, cacti or ruins."""
    canvas = stage.canvas
    if stage.chance(0.6):
        _raise_mesas(stage)
    else:
        _raise_pyramids(stage)
    for index in range(4):
        nearness = 0.05 + 0.13 * index + 0.03 * index**2
        air = 0.28 + 0.2 * index
        _pile_dune(stage, nearness, air, 0.07 + 0.035 * index)
    rows = rolling_line(stage, 0.62, 0.10, bumps=0.9)
    tone = stage.tone(stage.snowed(_SAND, 0.8), 1.0, lit=1.0)
    fill_hill(stage, rows, tone, 1.0, mist=0.2)
    paint_ripples(stage, rows, tone, strength=0.16)
    sheet = Sheet(canvas)
    side = stage.sun_side
    ruined = stage.chance(0.4)
    for index in range(3 if ruined else 4):
        x = canvas.width * (0.5 + side * stage.uniform(0.16, 0.44))
        nearness = 0.40 + 0.1 * index
        size = canvas.unit * (0.09 + 0.07 * index) * stage.zoom**0.5
        if ruined:
            _draw_column(sheet, stage, (x, stage.row(nearness)), size * 0.8, 0.8)
        else:
            draw_cactus(
                sheet, stage, (x, stage.row(nearness)), size * stage.uniform(0.8, 1.1), 0.85
            )
    far = canvas.width * (0.5 - side * stage.uniform(0.34, 0.45))
    draw_cactus(sheet, stage, (far, stage.row(0.44)), canvas.unit * 0.08, 0.7)
    sheet.lay()
    paint_stones(stage, rows, 5, 1.0)


def _plant_firs(stage: Stage, rows: Array, nearness: float, size: float, count: int) -> None:
    canvas = stage.canvas
    sheet = Sheet(canvas)
    for x in np.sort(canvas.rng.random(count)):
        across = float(x) * canvas.width
        y = float(rows[int(np.clip(across, 0, canvas.width - 1))])
        height = canvas.unit * size * stage.uniform(0.6, 1.3) * stage.zoom**0.6
        draw_fir(sheet, stage, (across, y + height * 0.12), height, nearness)
    sheet.lay()


def _plant_sentinels(stage: Stage) -> None:
    """A few large fir trees at the sunny edge."""
    canvas = stage.canvas
    sheet = Sheet(canvas)
    for index in range(int(canvas.rng.integers(2, 5))):
        x = canvas.width * (0.5 + stage.sun_side * stage.uniform(0.33, 0.5))
        height = canvas.unit * stage.uniform(0.22, 0.40) * stage.zoom**0.5
        draw_fir(sheet, stage, (x, stage.row(0.52 + 0.09 * index)), height, 0.92)
    sheet.lay()


def _plant_wood(stage: Stage, rows: Array, nearness: float, size: float, *, leafy: bool) -> None:
    """A row of tall trees, closed except for the path."""
    canvas = stage.canvas
    sheet = Sheet(canvas)
    height = canvas.unit * size * stage.zoom**0.5
    gap = height * (0.30 if not leafy else 0.42)
    for index in range(int(canvas.width / gap) + 2):
        x = index * gap + stage.uniform(-0.4, 0.4) * gap
        y = float(rows[int(np.clip(x, 0, canvas.width - 1))])
        tall = height * stage.uniform(0.7, 1.35)
        kind = draw_round_tree if leafy and stage.chance(0.75) else draw_fir
        kind(sheet, stage, (x, y + tall * 0.06), tall, nearness)
    sheet.lay()


def _plant_undergrowth(stage: Stage, rows: Array, tone: Array) -> None:
    """Bushes, ferns and mushrooms among the grass."""
    canvas = stage.canvas
    paint_grass(stage, rows, tone, 0.7)
    sheet = Sheet(canvas)
    green = stage.tone(stage.snowed("4f8f46" if stage.is_drawn else "3c5a36", 0.7), 0.95)
    for _ in range(9):
        out = stage.uniform(0.24, 0.5) * (-1 if stage.chance(0.5) else 1)
        x, y = canvas.width * (0.5 + out), stage.row(stage.uniform(0.42, 0.74))
        size = canvas.unit * stage.uniform(0.04, 0.08)
        if stage.chance(0.6):
            for angle in np.linspace(-1.2, 1.2, 7):
                tip = x + float(np.sin(angle)) * size * 1.5, y - float(np.cos(angle)) * size
                bow = (x + tip[0]) / 2, min(y, tip[1]) - size * 0.25
                path = curve([(x, y), bow, tip], steps=5)
                sheet.line(path, as_array(green * stage.uniform(0.8, 1.2)), width=size * 0.12)
        else:
            _draw_mushroom(sheet, stage, (x, y), size * 0.55)
    sheet.lay()


def _draw_mushroom(sheet: Sheet, stage: Stage, foot: Point, size: float) -> None:
    x, y = foot
    stem, cap = stage.tone("f0e4cc", 0.95), stage.tone("c8483a", 0.95)
    sheet.polygon(
        [
            (x - size * 0.14, y),
            (x - size * 0.1, y - size * 0.6),
            (x + size * 0.1, y - size * 0.6),
            (x + size * 0.14, y),
        ],
        stem,
    )
    dome = curve(
        [(x - size * 0.5, y - size * 0.5), (x, y - size * 1.05), (x + size * 0.5, y - size * 0.5)],
        steps=6,
    )
    sheet.polygon(dome, cap)
    for across, up in ((-0.2, 0.68), (0.08, 0.82), (0.25, 0.62)):
        sheet.ellipse(x + across * size, y - up * size, size * 0.07, size * 0.06, stem)


def _plant_trunks(stage: Stage) -> None:
    """Tall trunks that leave the picture at its top; the middle stays open."""
    canvas = stage.canvas
    sheet = Sheet(canvas)
    bark = "7a5638" if stage.is_drawn else "4a4238"
    spots = [(-0.47, 0.72), (0.46, 0.66), (-0.35, 0.46), (0.36, 0.42), (0.24, 0.34), (-0.2, 0.32)]
    for share, nearness in sorted(spots, key=lambda spot: spot[1]):
        if stage.chance(0.25):
            continue
        x = canvas.width * (0.5 + share + stage.uniform(-0.05, 0.05))
        half = canvas.unit * (0.010 + 0.050 * nearness**1.6) * stage.zoom**0.5
        _draw_trunk(
            sheet, stage, (x, stage.row(nearness)), half, stage.tone(bark, 0.45 + 0.6 * nearness)
        )
    sheet.lay()


def _draw_trunk(sheet: Sheet, stage: Stage, foot: Point, half: float, tone: Array) -> None:
    x, y = foot
    sway = stage.uniform(-1, 1) * half * 1.4 + stage.lean * half * 2
    left = curve(
        [(x - half * 2.1, y), (x - half * 1.05, y - half * 2.4), (x - half * 0.9 + sway, -9.0)]
    )
    right = curve(
        [(x + half * 0.8 + sway, -9.0), (x + half * 1.05, y - half * 2.4), (x + half * 2.1, y)]
    )
    sheet.polygon([*left, *right], tone)
    lit = [point for point in (right if stage.sun_side > 0 else left) if point[1] < y - half * 2]
    inner = [(px - stage.sun_side * half * 0.55, py) for px, py in reversed(lit)]
    share = 0.06 if stage.sun.is_hidden else 0.24
    bright = (
        as_array(np.clip(tone * 1.2, 0, 1))
        if stage.is_drawn
        else mix(tone, stage.palette.sun, share)
    )
    sheet.polygon([*lit, *inner], bright)
    for _ in range(7):
        row, across = stage.uniform(0.0, 0.9) * y, stage.uniform(-0.5, 0.5) * half
        mark = [(x + across + sway * (1 - row / y), row), (x + across * 1.1, row + half * 1.8)]
        sheet.line(mark, as_array(tone * 0.74), width=max(half * 0.09, 0.7))
    if stage.is_drawn:
        for edge in (left, right):
            sheet.line(edge, stage.ink(tone), width=max(half * 0.08, 1))
    if stage.is_snowy:
        snow = [(px - stage.sun_side * half * 0.3, py) for px, py in reversed(lit)]
        sheet.polygon([*lit, *snow], stage.tone("f4f8ff", 0.9))


def _raise_mesas(stage: Stage) -> None:
    """Flat-topped rocks far away."""
    canvas = stage.canvas
    sheet = Sheet(canvas)
    for index in range(int(canvas.rng.integers(2, 5))):
        x = stage.uniform(0, canvas.width)
        tall = canvas.unit * stage.uniform(0.10, 0.24) * stage.zoom**0.5
        wide = tall * stage.uniform(0.5, 1.6)
        y = stage.row(0.10)
        tone = stage.tone(stage.snowed("b8603f", 0.3), 0.22 + 0.05 * index)
        points = [(x - wide * 1.5, y), (x - wide * 1.04, y - tall * 0.45), (x - wide, y - tall)]
        points += [(x - wide * 0.2, y - tall * 1.03), (x + wide * 0.9, y - tall * 0.98)]
        points += [(x + wide * 0.98, y - tall * 0.45), (x + wide * 1.5, y)]
        sheet.polygon(points, tone)
        shade = [
            (x - stage.sun_side * wide * 1.5, y),
            (x - stage.sun_side * wide * 1.02, y - tall * 0.45),
        ]
        shade += [
            (x - stage.sun_side * wide * 0.95, y - tall * 0.98),
            (x - stage.sun_side * wide * 0.3, y - tall),
        ]
        sheet.polygon([*shade, (x - stage.sun_side * wide * 0.5, y)], as_array(tone * 0.84))
        for up in (0.62, 0.8):
            bar = [(x - wide, y - tall * up), (x + wide * 0.95, y - tall * up)]
            sheet.line(bar, as_array(tone * 0.9), width=tall * 0.03)
        if stage.is_drawn:
            sheet.line([*points, points[0]], stage.ink(tone), width=max(canvas.unit * 0.0028, 0.8))
    sheet.lay()


def _raise_pyramids(stage: Stage) -> None:
    canvas = stage.canvas
    sheet = Sheet(canvas)
    middle = canvas.width * (0.5 - stage.sun_side * stage.uniform(0.02, 0.2))
    for across, share in ((-0.36, 0.7), (0.0, 1.0), (0.30, 0.5)):
        tall = canvas.unit * 0.24 * share * stage.zoom**0.5
        x, y = middle + across * canvas.unit, stage.row(0.10)
        tone = stage.tone(stage.snowed("d09a58", 0.4), 0.34)
        sheet.polygon([(x - tall * 1.2, y), (x, y - tall), (x + tall * 1.2, y)], tone)
        corner = x - stage.sun_side * tall * 0.25
        far = x - stage.sun_side * tall * 1.2
        sheet.polygon([(corner, y), (x, y - tall), (far, y)], as_array(tone * 0.76))
        if stage.is_drawn:
            edge = [(x - tall * 1.2, y), (x, y - tall), (x + tall * 1.2, y)]
            sheet.line(edge, stage.ink(tone), width=max(canvas.unit * 0.0028, 0.8))
    sheet.lay()


def _pile_dune(stage: Stage, nearness: float, air: float, height: float) -> None:
    """A dune: bright on the sun's side, dark behind its winding crest."""
    canvas = stage.canvas
    width = canvas.width
    columns = np.arange(width, dtype=np.float32)
    tone = stage.tone(stage.snowed(_SAND, 0.8), air, lit=1.08)
    rows = rolling_line(stage, nearness + height * 0.4, height * 0.5, bumps=1.5)
    peak = width * stage.uniform(0.1, 0.9)
    reach = max(width, canvas.height) * stage.uniform(0.24, 0.42)
    distance = np.abs(columns - peak) / reach
    rise = np.where(
        (columns - peak) * stage.sun_side > 0,
        np.exp(-(distance**1.25) * 2.2),
        np.exp(-(distance**1.1) * 3.4),
    )
    rows = as_array(rows - rise * height * canvas.unit)
    fill_hill(stage, rows, tone, air)
    top = max(int(rows.min()) - 1, 0)
    depth = np.arange(top, canvas.height, dtype=np.float32)[:, None] - rows[int(peak)]
    down = np.clip(depth / (canvas.unit * height * 2.1), 0, 1)
    edge = peak + stage.sun_side * reach * (0.26 * np.sin(down * 4.2) - 0.46 * down)
    inside = np.clip((edge - columns[None, :]) * stage.sun_side + 0.5, 0, 1)
    fade = np.clip(1.0 - down, 0, 1) * np.exp(-(distance[None, :] ** 2) * 1.2)
    if stage.is_drawn:
        fade = np.clip((fade - 0.12) * 40, 0, 1)
    dark = mix(as_array(tone * as_array([0.66, 0.60, 0.64])), stage.palette.top, 0.12)
    strength = 0.35 if stage.sun.is_hidden else 0.72
    canvas.blend(
        as_array(inside * fade * strength * below(rows, canvas.height, top)), dark, top=top
    )


def _draw_column(sheet: Sheet, stage: Stage, foot: Point, height: float, nearness: float) -> None:
    """A broken column of a ruin."""
    x, y = foot
    tone = stage.tone("d8c4a0", nearness)
    half, tall = height * 0.13, height * stage.uniform(0.5, 1.2)
    break_ = [
        (x - half, y - tall),
        (x - half * 0.2, y - tall * 1.06),
        (x + half * 0.4, y - tall * 0.96),
    ]
    shaft = [(x - half, y), *break_, (x + half, y - tall * 1.02), (x + half, y)]
    sheet.polygon(shaft, tone)
    sheet.polygon(
        [
            (x, y),
            (x, y - tall),
            (x - stage.sun_side * half, y - tall),
            (x - stage.sun_side * half, y),
        ],
        as_array(tone * 0.8),
    )
    sheet.polygon(
        [
            (x - half * 1.5, y + half * 0.3),
            (x - half * 1.5, y - half * 0.4),
            (x + half * 1.5, y - half * 0.4),
            (x + half * 1.5, y + half * 0.3),
        ],
        as_array(tone * 0.92),
    )
    if stage.is_drawn:
        sheet.line([*shaft, shaft[0]], stage.ink(tone), width=max(height * 0.014, 0.9))
