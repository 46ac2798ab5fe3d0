"""Cultivated land: the meadow, the village and the banks of a river."""

import numpy as np

from studio.moods import Mood
from studio.paint.canvas import Array, Point, as_array, mix
from studio.paint.landscape.brush import Sheet
from studio.paint.landscape.foreground import (
    paint_flowers,
    paint_grass,
    paint_tufts,
)
from studio.paint.landscape.relief import (
    craggy_line,
    fill_hill,
    paint_mist,
    paint_stripes,
    ribbon,
    rolling_line,
)
from studio.paint.landscape.stage import Stage
from studio.paint.landscape.trees import (
    draw_bare_tree,
    draw_fir,
    draw_rock,
    draw_round_tree,
)
from studio.paint.landscape.village import (
    draw_church,
    draw_cottage,
    draw_fence,
    draw_mill,
    draw_well,
    paint_smoke,
)
from studio.paint.landscape.water import paint_water

_GREENS = ("7fb86a", "6fb24e", "63ab3f", "5a9f38")
_GOLDS = ("c2b25c", "d4b04a", "a8b04a")
_EARTH = "d8b98a"


def paint_meadow(stage: Stage) -> None:
    """Rolling hills with trees, a path and flowers."""
    canvas = stage.canvas
    _paint_hills(stage, groves=3, fields=True)
    rows, tone = _paint_near_ground(stage, start=0.40, height=0.09)
    if stage.chance(0.65):
        paint_path(stage, rows, tone)
    _plant_lone_tree(stage, rows)
    paint_grass(stage, rows, tone, 0.7)
    paint_flowers(stage, rows, 1.0)
    if stage.chance(0.3):
        _set_fence(stage, as_array(rows + canvas.unit * 0.12))


def paint_village(stage: Stage) -> None:
    """Cottages around a path, smoke over them, a mill or a church among them."""
    canvas = stage.canvas
    _paint_hills(stage, groves=2, fields=True)
    rows, tone = _paint_near_ground(stage, start=0.30, height=0.05)
    paint_path(stage, rows, tone)
    sheet = Sheet(canvas)
    landmark = stage.canvas.width * (0.5 + stage.sun_side * stage.uniform(0.10, 0.2))
    size = canvas.unit * 0.32 * stage.zoom**0.6
    (draw_mill if stage.chance(0.5) else draw_church)(
        sheet, stage, (landmark, stage.row(0.27)), size * stage.uniform(0.9, 1.1), 0.55
    )
    lamps, chimneys = _build_cottages(sheet, stage)
    sheet.lay()
    for foot in chimneys:
        paint_smoke(stage, foot, canvas.unit * 0.2 * stage.zoom**0.5)
    if stage.palette.is_dark:
        for x, y in lamps:
            canvas.halo(x, y, canvas.unit * 0.022, as_array([1, 0.76, 0.42]), 0.75)
    yard = as_array(np.maximum(rows + canvas.unit * 0.06, stage.row(0.57)))
    _set_fence(stage, yard)
    sheet = Sheet(canvas)
    if stage.chance(0.6):
        x = canvas.width * (0.5 + stage.sun_side * stage.uniform(0.18, 0.26))
        draw_well(sheet, stage, (x, stage.row(0.66)), canvas.unit * 0.10 * stage.zoom**0.6, 0.9)
    sheet.lay()
    paint_tufts(stage, yard, tone, 0.7)
    paint_flowers(stage, yard, 1.0)


def paint_river(stage: Stage) -> None:
    """A river winding out of the hills, between trees, reeds and stones."""
    canvas = stage.canvas
    if stage.chance(0.5):
        line = craggy_line(stage, 0.0, stage.uniform(0.2, 0.3), bumps=2.4)
        fill_hill(stage, line, stage.tone(stage.snowed("8494a0"), 0.12), 0.12)
    _paint_hills(stage, groves=3, fields=False)
    base = stage.snowed(_GREENS[2])
    rows = rolling_line(stage, 0.03, 0.012, bumps=3, octaves=3)
    tone = stage.tone(base, 0.9)
    fill_hill(stage, rows, mix(tone, stage.palette.haze, stage.haze(0.6)), 0.8)
    _lay_depth(stage, rows, tone)
    if not stage.is_drawn:
        paint_mist(stage, 0.02, 0.55, height=0.05)
    side = stage.sun_side
    sway = stage.uniform(0.10, 0.24)
    start = 0.5 + side * stage.uniform(-0.12, 0.2)
    bed = ribbon(
        stage,
        (
            (0.03, start, 0.012),
            (0.12, start - side * sway, 0.035),
            (0.30, start + side * sway * 0.7, 0.09),
            (0.56, 0.5 + side * stage.uniform(-0.02, 0.14), 0.17),
            (1.0, 0.5 + side * stage.uniform(0.30, 0.40), 0.42),
        ),
    )
    bank = np.clip(_grown(bed, canvas.unit) - bed, 0, 1)
    edge = stage.tone(stage.snowed("b89c6c"), 0.9, lit=0.85)
    canvas.blend(as_array(bank), edge, top=canvas.horizon)
    paint_water(stage, bed)
    _line_banks(stage, bed)
    feet = np.full(canvas.width, stage.row(0.12), np.float32)
    dry = as_array(_dry_rows(stage, bed, feet))
    paint_tufts(stage, dry, tone, 0.6)
    paint_flowers(stage, dry, 1.0)


def paint_path(stage: Stage, rows: Array, ground: Array) -> None:
    """A path that winds from the viewer's feet over the near hill."""
    canvas = stage.canvas
    side = -stage.sun_side if stage.chance(0.35) else stage.sun_side
    goal = 0.5 + side * stage.uniform(0.05, 0.22)
    column = int(np.clip(goal * canvas.width, 0, canvas.width - 1))
    start = (float(rows[column]) - canvas.horizon) / max(canvas.height - canvas.horizon, 1)
    start = min(max(start, 0.05), 0.7)
    bend = start + (1 - start) * 0.4
    mask = ribbon(
        stage,
        (
            (start, goal, 0.006),
            (start + (1 - start) * 0.14, goal - side * 0.07, 0.020),
            (bend, goal + side * 0.05, 0.055),
            (1.0, goal - side * stage.uniform(0.0, 0.16), 0.20),
        ),
    )
    earth = stage.tone(stage.snowed(_EARTH, 0.75), 0.9, lit=0.95)
    earth = mix(earth, ground, 0.0 if stage.is_drawn else 0.35)
    rim = np.clip(_grown(mask, canvas.unit * 0.4) - mask, 0, 1)
    canvas.blend(as_array(rim * 0.5), as_array(ground * 0.7), top=canvas.horizon)
    canvas.blend(as_array(mask * 0.95), earth, top=canvas.horizon)


def _paint_hills(stage: Stage, *, groves: int, fields: bool) -> None:
    """The far hills, each with its trees, and mist between them."""
    count = 3
    golden = stage.chance(0.4)
    for index in range(count):
        nearness = 0.02 + 0.15 * index
        height = stage.uniform(0.13, 0.22) * (1.1 - 0.28 * index) * stage.zoom**0.5
        rows = rolling_line(stage, nearness + 0.02, height, bumps=2.2 - 0.3 * index)
        base = _GREENS[index]
        if fields and golden and index == 1:
            base = _GOLDS[int(stage.canvas.rng.integers(len(_GOLDS)))]
        air = 0.12 + 0.24 * index
        tone = stage.tone(stage.snowed(base), air)
        fill_hill(stage, rows, tone, air)
        if stage.is_drawn and fields and not stage.is_snowy and stage.chance(0.7):
            paint_stripes(stage, rows, tone)
        if index < groves:
            _plant_grove(stage, rows, air, 0.030 + 0.028 * index)
        if not stage.is_drawn:
            paint_mist(stage, nearness + 0.04, 0.35)


def _plant_grove(stage: Stage, rows: Array, nearness: float, size: float) -> None:
    """Small trees in groups along a crest."""
    canvas = stage.canvas
    sheet = Sheet(canvas)
    for _ in range(int(stage.canvas.rng.integers(2, 5))):
        middle = stage.uniform(0, canvas.width)
        kind = draw_fir if stage.chance(0.35) else draw_round_tree
        for _ in range(int(stage.canvas.rng.integers(1, 6))):
            x = middle + stage.uniform(-1, 1) * canvas.unit * size * 2.6
            y = float(rows[int(np.clip(x, 0, canvas.width - 1))])
            height = canvas.unit * size * stage.uniform(0.8, 1.5) * stage.zoom
            kind(sheet, stage, (x, y + height * 0.06), height, nearness)
    sheet.lay()


def _paint_near_ground(stage: Stage, *, start: float, height: float) -> tuple[Array, Array]:
    rows = rolling_line(stage, start + height, height, bumps=1.2)
    tone = stage.tone(stage.snowed(_GREENS[3]), 0.95)
    fill_hill(stage, rows, tone, 0.9, mist=0.3)
    if not stage.is_drawn:
        _lay_depth(stage, rows, as_array(tone * 0.35), start=-0.3, end=0.36)
    return rows, tone


def _lay_depth(
    stage: Stage, rows: Array, tone: Array, *, start: float = 0.0, end: float = 1.6
) -> None:
    """Let the ground take a tone, more and more towards the viewer."""
    canvas = stage.canvas
    top = max(int(rows.min()), 0)
    fall = np.clip(np.linspace(start, end, canvas.height - top), 0, 1)[:, None]
    inside = np.arange(top, canvas.height)[:, None] > rows[None, :]
    canvas.blend(as_array(fall * inside), tone, top=top)


def _plant_lone_tree(stage: Stage, rows: Array) -> None:
    """One large tree on the sunny side, next to where the figures stand."""
    canvas = stage.canvas
    sheet = Sheet(canvas)
    x = canvas.width * (0.5 + stage.sun_side * stage.uniform(0.22, 0.40))
    y = float(rows[int(x)]) + canvas.unit * stage.uniform(0.02, 0.08)
    height = canvas.unit * stage.uniform(0.30, 0.42) * stage.zoom**0.6
    kind = draw_bare_tree if stage.scene.mood is Mood.SAD else draw_round_tree
    kind(sheet, stage, (x, y), height, 0.85)
    if stage.chance(0.4) and stage.scene.mood is not Mood.SAD:
        x += stage.sun_side * height * 0.55
        draw_round_tree(sheet, stage, (x, y - height * 0.04), height * 0.6, 0.8)
    sheet.lay()


def _build_cottages(sheet: Sheet, stage: Stage) -> tuple[list[Point], list[Point]]:
    """Cottages and trees from far to near; returns lit windows and smoking chimneys."""
    canvas = stage.canvas
    lamps: list[Point] = []
    chimneys: list[Point] = []
    count = 6 if canvas.width >= canvas.height else 4
    slots = canvas.rng.permutation(count)
    for index in range(count):
        place = 0.28 + 0.26 * index / count
        share = (int(slots[index]) + stage.uniform(0.25, 0.75)) / count
        x, y = canvas.width * (0.04 + 0.92 * share), stage.row(place)
        width = canvas.unit * (0.10 + 0.16 * (place - 0.28) / 0.26) * stage.zoom**0.7
        nearness = 0.5 + 0.4 * index / count
        if stage.chance(0.7):
            side = -1 if stage.chance(0.5) else 1
            tree = x + side * width * 0.75, y - width * 0.05
            kind = draw_fir if stage.chance(0.3) else draw_round_tree
            kind(sheet, stage, tree, width * stage.uniform(0.9, 1.2), nearness)
        lamps += draw_cottage(sheet, stage, (x, y), width, nearness)
        if index % 2 == 0 and stage.scene.weather.value != "storm":
            chimneys.append((x, y - width * 1.0))
    return lamps, chimneys


def _set_fence(stage: Stage, rows: Array) -> None:
    canvas = stage.canvas
    sheet = Sheet(canvas)
    span = (0.0, canvas.width * 0.26) if stage.sun_side < 0 else (canvas.width * 0.74, canvas.width)
    draw_fence(sheet, stage, rows, (float(span[0]), float(span[1])), canvas.unit * 0.055, 0.9)
    sheet.lay()


def _line_banks(stage: Stage, bed: Array) -> None:
    """Trees and stones along the water's edge, from far to near."""
    canvas = stage.canvas
    sheet = Sheet(canvas)
    for nearness in np.linspace(0.06, 0.42, 9):
        row = round((canvas.height - canvas.horizon) * float(nearness))
        wet = np.flatnonzero(bed[min(row, len(bed) - 1)] > 0.5)
        if not wet.size:
            continue
        y = canvas.horizon + row
        size = canvas.unit * (0.04 + 0.32 * float(nearness)) * stage.zoom**0.5
        for edge, side in ((float(wet[0]), -1), (float(wet[-1]), 1)):
            if stage.chance(0.45):
                x = edge + side * size * stage.uniform(0.5, 2.2)
                kind = draw_fir if stage.chance(0.3) else draw_round_tree
                kind(sheet, stage, (x, y), size * stage.uniform(0.8, 1.3), 0.3 + float(nearness))
            if stage.chance(0.6):
                draw_rock(sheet, stage, (edge, y + 1), size * 0.12, 0.4 + float(nearness))
    sheet.lay()


def _dry_rows(stage: Stage, bed: Array, rows: Array) -> Array:
    """The line below which there is no water, so that nothing grows in the river."""
    rows_of_bed = np.arange(bed.shape[0], dtype=np.float32)[:, None]
    below = ((bed > 0.5) * rows_of_bed).max(axis=0)
    wet = stage.canvas.horizon + below + stage.canvas.unit * 0.012
    return as_array(np.maximum(rows, np.where(below > 0, wet, 0)))


def _grown(mask: Array, unit: float) -> Array:
    """A mask, spread sideways and a little down, wider the nearer it is."""
    grown = mask.copy()
    height = mask.shape[0]
    step = max(height // 12, 1)
    for top in range(0, height, step):
        shift = max(round(unit * 0.014 * (0.25 + top / height)), 1)
        part = mask[top : top + step]
        target = grown[top : top + step]
        target[:, shift:] = np.maximum(target[:, shift:], part[:, :-shift])
        target[:, :-shift] = np.maximum(target[:, :-shift], part[:, shift:])
    return grown
