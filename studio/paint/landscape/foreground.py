"""The foreground: grass, flowers and stones on the ground, and dark shapes that frame the view."""

import numpy as np

from studio.moods import Mood
from studio.paint.canvas import Array, Point, as_array, mix, noise
from studio.paint.landscape.brush import Sheet, curve
from studio.paint.landscape.stage import Stage
from studio.paint.landscape.trees import draw_flower, draw_rock, draw_tuft
from studio.scene import Place, Weather

_CALM_FROM = 0.955
"""Below this share of the height are the subtitles."""
_FLOWERS = {Mood.JOYFUL: 90, Mood.HOPEFUL: 60, Mood.CALM: 44, Mood.MYSTERIOUS: 16}
_LEAFY = frozenset({Place.FOREST, Place.RIVER, Place.MEADOW, Place.VILLAGE})


def paint_grass(stage: Stage, rows: Array, tone: Array, nearness: float) -> None:
    """Blades along a crest and tufts below it, larger the nearer they are."""
    canvas = stage.canvas
    sheet = Sheet(canvas)
    size = canvas.unit * (0.018 if stage.is_drawn else 0.026) * (0.5 + nearness)
    step = size * (0.9 if stage.is_drawn else 0.34)
    for index in range(int(canvas.width / step) + 2):
        x = index * step + stage.uniform(-0.5, 0.5) * step
        y = float(rows[int(np.clip(x, 0, canvas.width - 1))])
        tall = size * stage.uniform(0.4, 1.15)
        lean = stage.lean * 2 + stage.uniform(-0.3, 0.3)
        draw_tuft(sheet, (x, y + size * 0.25), tall, tone, lean=lean)
    sheet.lay()
    paint_tufts(stage, rows, tone, nearness)


def paint_tufts(stage: Stage, rows: Array, tone: Array, nearness: float) -> None:
    """Tufts of grass scattered below a crest."""
    sheet = Sheet(stage.canvas)
    size = stage.canvas.unit * (0.018 if stage.is_drawn else 0.026) * (0.5 + nearness)
    blade = as_array(tone * (0.86 if stage.is_drawn else 0.72))
    light = as_array(np.clip(tone * 1.14 + 0.01, 0, 1))
    for x, y, place in _scattered(stage, rows, 70):
        shade = light if stage.chance(0.5) else blade
        lean = stage.lean * 2 + stage.uniform(-0.2, 0.2)
        draw_tuft(sheet, (x, y), size * (0.4 + 0.9 * place), shade, lean=lean)
    sheet.lay()


def paint_flowers(stage: Stage, rows: Array, nearness: float) -> None:
    """Flowers below a crest, as many as the mood and the weather allow."""
    count = _FLOWERS.get(stage.scene.mood, 0)
    if stage.is_snowy or not count:
        return
    sheet = Sheet(stage.canvas)
    size = stage.canvas.unit * (0.0078 if stage.is_drawn else 0.0060) * stage.zoom
    hubs = [stage.uniform(0, stage.canvas.width) for _ in range(5)]
    for x, y, place in sorted(_scattered(stage, rows, count), key=lambda spot: spot[1]):
        hub = hubs[int(x) % len(hubs)]
        across = hub + (x - hub) * 0.45
        if y > rows[int(np.clip(across, 0, stage.canvas.width - 1))]:
            draw_flower(sheet, stage, (across, y), size * (0.45 + 0.75 * place), nearness)
    sheet.lay()


def paint_stones(stage: Stage, rows: Array, count: int, nearness: float) -> None:
    """Boulders below a crest, at the sides rather than in the middle."""
    canvas = stage.canvas
    sheet = Sheet(canvas)
    spots = sorted(_scattered(stage, rows, count), key=lambda spot: spot[1])
    for x, y, place in spots:
        out = x / canvas.width - 0.5
        across = canvas.width * (0.5 + np.sign(out) * (0.24 + abs(out) * 0.55))
        size = canvas.unit * (0.012 + 0.05 * place) * stage.uniform(0.6, 1.2)
        draw_rock(sheet, stage, (float(across), y), size, nearness)
    sheet.lay()


def paint_ripples(stage: Stage, rows: Array, tone: Array, *, strength: float = 0.12) -> None:
    """Soft unevenness of bare ground: sand, snow or dust, in ripples that narrow with distance."""
    canvas = stage.canvas
    top = min(max(int(rows.min()), 0), canvas.height)
    height = canvas.height - top
    if height < 2:
        return
    depth = np.arange(top, canvas.height, dtype=np.float32)[:, None] - rows[None, :]
    field = noise(canvas.rng, canvas.width, height, cells=(5, 5), octaves=2)
    far = np.sqrt(np.clip(depth, 0, None) / canvas.unit)
    wave = np.sin(far * 62 + field * 9)
    sharp = 5.0 if stage.is_drawn else 0.9
    mask = np.clip(wave * sharp, 0, 1) * np.clip(far * 3 - 0.2, 0, 1) * np.clip(depth, 0, 1)
    canvas.blend(as_array(mask * strength), as_array(tone * 0.66), top=top)


def paint_frame(stage: Stage) -> None:
    """Near things at the edge of the view: out of focus on film, a leafy corner in a drawing."""
    place = stage.scene.place
    if place in _LEAFY and stage.chance(0.62 if stage.is_drawn else 0.75):
        _paint_bough(stage)
    elif place not in _LEAFY and not stage.is_drawn and stage.chance(0.55):
        _paint_near_rock(stage)
    if place in (Place.RIVER, Place.MEADOW) and stage.chance(0.6):
        _paint_reeds(stage)


def _paint_bough(stage: Stage) -> None:
    """A bough that reaches in from an upper corner, on the side without the sun."""
    canvas = stage.canvas
    side = -stage.sun_side
    edge = canvas.width if side > 0 else 0.0
    reach = min(canvas.unit * stage.uniform(0.32, 0.5), canvas.width * 0.4)
    sheet = Sheet(canvas)
    leaf = stage.tone("4c9440" if stage.is_drawn else "2c4a34", 1.0, lit=0.9)
    if stage.is_snowy:
        leaf = stage.tone("dfe8f4" if stage.is_drawn else "8d9cb4", 1.0)
    wood = stage.tone("5d4430", 1.0, lit=0.7)
    start = edge + side * 8, canvas.height * stage.uniform(-0.02, 0.06)
    drop = canvas.unit * stage.uniform(0.05, 0.12)
    twigs: list[list[Point]] = []
    for share, fall in ((1.0, 0.7), (0.62, 2.0), (0.78, -0.2)):
        end = edge - side * reach * share, start[1] + drop * fall
        middle = edge - side * reach * share * 0.5, start[1] + drop * fall * 0.25
        twigs.append(curve([start, middle, end], steps=10))
    leaves = 24 if not stage.is_bleak else 6
    for path in twigs:
        sheet.line(path, wood, width=canvas.unit * 0.007)
        for index in range(leaves):
            x, y = path[int((index + 1) / (leaves + 1) * (len(path) - 1))]
            angle = stage.uniform(-0.5, 3.6)
            length = canvas.unit * stage.uniform(0.025, 0.055)
            _draw_leaf(sheet, stage, (x, y), angle, length, leaf)
    sheet.lay(blur=0 if stage.is_drawn else canvas.unit * 0.006)


def _draw_leaf(
    sheet: Sheet, stage: Stage, foot: Point, angle: float, length: float, leaf: Array
) -> None:
    along = float(np.cos(angle)) * length, float(np.sin(angle)) * length
    across = -along[1] * 0.26, along[0] * 0.26
    middle = foot[0] + along[0] * 0.5, foot[1] + along[1] * 0.5
    tip = foot[0] + along[0], foot[1] + along[1]
    sides = [(middle[0] + across[0] * turn, middle[1] + across[1] * turn) for turn in (-1, 1)]
    tone = as_array(np.clip(leaf * stage.uniform(0.85, 1.15), 0, 1))
    points = curve([foot, sides[0], tip, sides[1]], steps=4, closed=True)
    sheet.polygon(points, tone)
    if stage.is_drawn:
        sheet.line([*points, points[0]], stage.ink(leaf), width=max(length * 0.03, 0.8))
        sheet.line([foot, tip], stage.ink(leaf), width=max(length * 0.025, 0.6))


def _paint_near_rock(stage: Stage) -> None:
    canvas = stage.canvas
    side = stage.sun_side
    edge = canvas.width * (0.5 + side * 0.5)
    sheet = Sheet(canvas)
    tone = mix(stage.tone("4a4a52", 1.0, lit=0.5), stage.palette.haze, 0.05)
    if stage.scene.place is Place.DESERT:
        tone = stage.tone("7a5236", 1.0, lit=0.5)
    width, height = canvas.unit * stage.uniform(0.28, 0.42), canvas.unit * stage.uniform(0.12, 0.2)
    points: list[Point] = [(edge + side * 40, canvas.height + 40.0)]
    for share in np.linspace(0, 1, 7):
        x = edge + side * 40 - side * width * float(share) * 1.1
        y = canvas.height + canvas.unit * 0.05 - height * (1 - float(share) ** 1.7)
        points.append((x, y * stage.uniform(0.985, 1.01)))
    sheet.polygon([*points, (points[-1][0], canvas.height + 40.0)], tone)
    sheet.lay(blur=canvas.unit * 0.014)


def _paint_reeds(stage: Stage) -> None:
    canvas = stage.canvas
    side = stage.sun_side
    sheet = Sheet(canvas)
    stalk = stage.tone("5f7a3c" if stage.is_drawn else "3a4a30", 1.0, lit=0.85)
    head = stage.tone("7a4a2c", 1.0, lit=0.9)
    windy = stage.lean * 2 + (0.12 if stage.scene.weather is Weather.RAIN else 0.0)
    for _ in range(13):
        x = canvas.width * (0.5 + side * stage.uniform(0.40, 0.51))
        tall = canvas.unit * stage.uniform(0.14, 0.32)
        bend = (stage.uniform(-0.16, 0.16) + windy) * tall
        path = curve(
            [
                (x, canvas.height + 4.0),
                (x + bend * 0.3, canvas.height - tall * 0.6),
                (x + bend, canvas.height - tall),
            ],
            steps=6,
        )
        sheet.line(path, stalk, width=canvas.unit * 0.005)
        if stage.chance(0.5):
            sheet.line(path[-4:], head, width=canvas.unit * 0.014)
    sheet.lay(blur=0 if stage.is_drawn else canvas.unit * 0.008)


def _scattered(stage: Stage, rows: Array, count: int) -> list[tuple[float, float, float]]:
    """Points below a crest, denser with distance: column, row, nearness 0..1."""
    canvas = stage.canvas
    found: list[tuple[float, float, float]] = []
    for x, y in canvas.rng.random((count, 2)):
        across = float(x) * canvas.width
        crest = float(rows[min(int(across), canvas.width - 1)])
        bottom = canvas.height * _CALM_FROM
        if crest < bottom:
            place = float(y) ** 1.5
            found.append((across, crest + (bottom - crest) * (0.06 + 0.94 * place), place))
    return found
