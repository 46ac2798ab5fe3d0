"""The bottom of the sea: light from above, ridges that fade into the blue, kelp, coral, bubbles.

One composition for all looks: flat and outlined in a drawing, in haze and shafts of light on film,
with grain on the sand and the caustics of waves in the realistic look.
"""

import numpy as np

from domain import Style
from studio.paint.canvas import (
    Array,
    Canvas,
    Point,
    as_array,
    colour,
    gradient,
    mix,
    noise,
    resize,
)
from studio.paint.landscape.brush import Sheet, curve
from studio.paint.landscape.foreground import paint_ripples, paint_stones
from studio.paint.landscape.relief import (
    craggy_line,
    fill_hill,
    rolling_line,
)
from studio.paint.landscape.stage import Stage
from studio.paint.palette import Palette
from studio.paint.sky import Sun
from studio.scene import Scene

_CORALS = ("e8735c", "f0a04e", "d86a9c", "b98ad8", "f2c95c")
_SAND, _ROCK, _KELP = "cdbb8f", "54707c", "3f7f5a"
_SHAFTS = {Style.MOVIE: 0.62, Style.ANIMATION: 0.34, Style.REALISTIC: 0.44}


def paint_undersea(canvas: Canvas, scene: Scene, palette: Palette, style: Style) -> Sun:
    """Fill the picture, and return where the light comes from: the surface, far above."""
    stops = [(0.0, palette.top), (0.5, palette.middle), (1.0, palette.low)]
    canvas.rgb[:] = gradient(stops, canvas.height)[:, None, :]
    side = float(canvas.rng.uniform(0.24, 0.40))
    x = canvas.width * (side if canvas.rng.random() < 0.5 else 1 - side)
    sun = Sun(x, -canvas.unit * 0.15, is_hidden=False)
    stage = Stage(canvas, scene, palette, sun, style)
    _paint_surface(stage)
    _paint_far_ground(stage)
    _paint_shoal(stage)
    _paint_shafts(stage)
    _paint_near_ground(stage)
    _paint_bubbles(stage)
    return sun


def _paint_surface(stage: Stage) -> None:
    """The waves from below: a bright net around the position of the sun."""
    canvas = stage.canvas
    height = round(canvas.height * 0.2)
    net = _net_of_light(canvas, height, cells=(9, 5))
    fade = np.linspace(1, 0, height, dtype=np.float32)[:, None] ** 1.6
    mask = net * fade * (0.8 if stage.is_drawn else 0.6)
    canvas.shine(as_array(mask), stage.palette.sun)
    canvas.halo(stage.sun.x, 0, canvas.unit * 0.42, stage.palette.sun, 0.55)


def _net_of_light(canvas: Canvas, height: int, *, cells: Point) -> Array:
    """Caustics: thin bright lines where waves focus the light, 0..1."""
    field = noise(canvas.rng, canvas.width, height, cells=cells, octaves=2)
    return as_array(np.clip(1 - np.abs(field - 0.5) * 13, 0, 1))


def _paint_far_ground(stage: Stage) -> None:
    """Ridges in the distance, one behind the other."""
    for nearness, height, bumps in ((0.02, 0.20, 3.2), (0.16, 0.16, 2.4)):
        rows = craggy_line(stage, nearness + 0.1, height, bumps=bumps)
        base = mix(colour(_ROCK), stage.palette.middle, 0.45)
        fill_hill(stage, rows, stage.tone(base, nearness + 0.25), nearness + 0.2, mist=0.8)
        sheet = Sheet(stage.canvas)
        for _ in range(7):
            x = stage.uniform(0, stage.canvas.width)
            y = float(rows[int(np.clip(x, 0, stage.canvas.width - 1))])
            tall = stage.canvas.unit * stage.uniform(0.06, 0.15)
            tone = stage.tone(_KELP, nearness + 0.3, lit=0.8)
            _draw_kelp(sheet, stage, (x, y + tall * 0.1), tall, tone)
        sheet.lay()


def _paint_shafts(stage: Stage) -> None:
    """Beams of light that lean away from the sun and fade on their way down."""
    canvas = stage.canvas
    width, height = max(canvas.width // 4, 1), max(canvas.height // 4, 1)
    rows = np.arange(height, dtype=np.float32)[:, None]
    columns = np.arange(width, dtype=np.float32)[None, :]
    foot = (columns - stage.sun.x / 4) / (rows + height * 0.55) * height
    fan = noise(canvas.rng, 400, 1, cells=(30, 1), octaves=3)[0]
    index = np.clip(foot / width * 150 + 200, 0, 399).astype(np.intp)
    sharp = 9.0 if stage.is_drawn else 2.6
    beams = np.clip((fan[index] - 0.54) * sharp, 0, 1)
    near = np.exp(-((foot / width * 1.5) ** 2))
    fade = np.clip(1 - rows / height * 1.05, 0, 1) ** 1.1
    light = resize(as_array(beams * near * fade), canvas.width, canvas.height)
    canvas.shine(as_array(light * _SHAFTS[stage.style]), stage.palette.sun)


def _paint_near_ground(stage: Stage) -> None:
    """Sand with stones, corals and kelp, denser towards the sides."""
    canvas = stage.canvas
    rows = rolling_line(stage, 0.42, 0.07, bumps=1.5, octaves=3)
    tone = stage.tone(_SAND, 0.95)
    fill_hill(stage, rows, tone, 0.97, mist=0)
    paint_ripples(stage, rows, tone, strength=0.16 if stage.is_drawn else 0.24)
    if stage.style is Style.REALISTIC:
        _paint_caustics(stage, rows)
    paint_stones(stage, rows, 9, 0.9)
    sheet = Sheet(canvas)
    for index in range(15):
        place = (index / 14) ** 1.3
        x = _sideways(stage)
        y = stage.row(0.48 + 0.44 * place)
        size = canvas.unit * (0.035 + 0.06 * place) * stage.zoom**0.5
        if index % 3 == 2:
            kelp = stage.tone(_KELP, 0.9, lit=0.85 + 0.3 * (index % 2))
            _draw_kelp(sheet, stage, (x, y), size * stage.uniform(2.2, 4.2), kelp)
        else:
            code = _CORALS[int(canvas.rng.integers(len(_CORALS)))]
            _draw_coral(sheet, stage, (x, y), size, stage.tone(code, 0.9, lit=1.05))
    sheet.lay()


def _sideways(stage: Stage) -> float:
    """A horizontal position that leaves the middle to the figures."""
    share = stage.uniform(0.0, 0.30)
    return stage.canvas.width * (share if stage.chance(0.5) else 1 - share)


def _paint_caustics(stage: Stage, rows: Array) -> None:
    canvas = stage.canvas
    top = min(max(int(rows.min()), 0), canvas.height - 2)
    net = _net_of_light(canvas, canvas.height - top, cells=(13, 9))
    depth = np.arange(top, canvas.height, dtype=np.float32)[:, None] - rows[None, :]
    inside = np.clip(depth / (canvas.unit * 0.05), 0, 1)
    strength = 0.30 * float(stage.palette.light.mean())
    canvas.shine(as_array(net * inside * strength), stage.palette.sun, top=top)


def _draw_kelp(sheet: Sheet, stage: Stage, foot: Point, tall: float, tone: Array) -> None:
    """A strand that sways, with leaves on both sides."""
    x, y = foot
    sway = tall * stage.uniform(-0.24, 0.24)
    path = curve(
        [(x, y), (x + sway * 0.7, y - tall * 0.35), (x - sway * 0.4, y - tall * 0.7),
            (x + sway * 0.5, y - tall)], steps=7,
    )  # fmt: skip
    dark = as_array(tone * 0.8)
    sheet.line(path, dark, width=max(tall * 0.028, 1))
    for index, (px, py) in enumerate(path[2:], start=2):
        size = tall * 0.16 * (1.1 - index / len(path))
        for side in (-1, 1):
            tip = (px + side * size, py - size * 0.8)
            low, high = (px + side * size * 0.55, py), (px + side * size * 0.3, py - size * 0.75)
            leaf = tone if (index + side) % 3 else as_array(np.clip(tone * 1.12, 0, 1))
            sheet.polygon([(px, py), low, tip, high], leaf)


def _draw_coral(sheet: Sheet, stage: Stage, foot: Point, size: float, tone: Array) -> None:
    """A fan of rounded branches, or a dome."""
    x, y = foot
    dark, light = as_array(tone * 0.74), as_array(np.clip(tone * 1.18, 0, 1))
    if stage.chance(0.4):
        sheet.ellipse(x, y - size * 0.25, size * 0.95, size * 0.55, dark)
        sheet.ellipse(x, y - size * 0.30, size * 0.88, size * 0.48, tone)
        for index in range(5):
            across = (index - 2) * size * 0.32
            sheet.ellipse(x + across, y - size * 0.42, size * 0.08, size * 0.12, light)
        return
    for index in range(5):
        lean = (index - 2) * 0.36 + stage.uniform(-0.1, 0.1)
        tall = size * stage.uniform(0.9, 1.5)
        bend = (x + lean * tall * 0.35, y - tall * 0.55)
        tip = (x + lean * tall * 0.9, y - tall)
        shade = tone if index % 2 else dark
        sheet.line(curve([(x, y), bend, tip], steps=5), shade, width=size * 0.17)
        sheet.ellipse(*tip, size * 0.13, size * 0.13, light if index % 2 else tone)


def _paint_shoal(stage: Stage) -> None:
    """Distant small fish, all swimming in one direction."""
    canvas = stage.canvas
    sheet = Sheet(canvas)
    side = 1 if stage.chance(0.5) else -1
    middle = canvas.width * stage.uniform(0.25, 0.75), canvas.height * stage.uniform(0.22, 0.42)
    tone = stage.tone("e8c46a" if stage.is_drawn else "b9ccd2", 0.55)
    for _ in range(16):
        x = middle[0] + canvas.unit * stage.uniform(-0.22, 0.22)
        y = middle[1] + canvas.unit * stage.uniform(-0.08, 0.08)
        size = canvas.unit * stage.uniform(0.008, 0.014)
        sheet.ellipse(x, y, size, size * 0.42, tone)
        tail = x - side * size * 0.8, x - side * size * 1.7
        sheet.polygon([(tail[0], y), (tail[1], y - size * 0.5), (tail[1], y + size * 0.5)], tone)
    sheet.lay(opacity=0.85)


def _paint_bubbles(stage: Stage) -> None:
    """Strings of bubbles that rise, and on film particles in the water."""
    canvas = stage.canvas
    sheet = Sheet(canvas)
    pale = mix(stage.palette.sun, stage.palette.top, 0.25)
    for _ in range(4):
        x, y = stage.uniform(0, canvas.width), canvas.height * stage.uniform(0.5, 0.9)
        for index in range(7):
            y -= canvas.unit * stage.uniform(0.025, 0.06)
            size = canvas.unit * (0.003 + 0.0011 * index) * stage.uniform(0.7, 1.3)
            px = x + canvas.unit * stage.uniform(-0.012, 0.012)
            sheet.ellipse(px, y, size, size, pale, opacity=0.35)
            sheet.ellipse(px - size * 0.3, y - size * 0.3, size * 0.3, size * 0.3, pale)
    if not stage.is_drawn:
        for x, y, size in canvas.rng.random((140, 3)):
            radius = canvas.unit * (0.0006 + 0.0012 * size)
            sheet.ellipse(x * canvas.width, y * canvas.height, radius, radius, pale, opacity=0.5)
    sheet.lay(opacity=0.8)
