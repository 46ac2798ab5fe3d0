"""Hills, ridges and dunes: one line across the picture, and everything below it."""

import numpy as np

from studio.moods import Mood
from studio.paint.canvas import Array, as_array, below, between, noise, planar, ridge
from studio.paint.landscape.stage import Stage
from studio.scene import Time

_CREST_LIGHT = {Time.DAWN: 0.55, Time.DAY: 0.35, Time.DUSK: 0.75, Time.NIGHT: 0.4}


def rolling_line(
    stage: Stage, nearness: float, height: float, *, bumps: float, octaves: int = 2
) -> Array:
    """The crest of a soft hill whose foot is at a nearness; `height` of the shorter side."""
    canvas = stage.canvas
    line = ridge(canvas.rng, canvas.width, bumps=bumps * _span(stage), octaves=octaves)
    return as_array(stage.row(nearness) - line * height * canvas.unit)


def craggy_line(stage: Stage, nearness: float, height: float, *, bumps: float) -> Array:
    """The crest of sharp rocks: noise folded at its middle."""
    canvas = stage.canvas
    folds = np.zeros(canvas.width, np.float32)
    for octave, weight in enumerate((1.0, 0.42, 0.2, 0.09, 0.045)):
        cells = bumps * _span(stage) * 2**octave
        wave = noise(canvas.rng, canvas.width, 1, cells=(cells, 1), octaves=1)[0]
        folds += weight * (1 - np.abs(wave * 2 - 1))
    low, high = float(folds.min()), float(folds.max())
    folds = (folds - low) / max(high - low, 1e-6)
    return as_array(stage.row(nearness) - folds * height * canvas.unit)


def fill_hill(stage: Stage, rows: Array, tone: Array, nearness: float, *, mist: float = 1) -> None:
    """Paint all land below a crest: in air and light on film, flat with an outline in a drawing."""
    canvas = stage.canvas
    top = min(max(int(rows.min()) - 1, 0), canvas.height)
    if top >= canvas.height:
        return
    mask = below(rows, canvas.height, top)
    if stage.is_drawn:
        canvas.blend(mask, tone, top=top)
        _outline(stage, rows, tone, top=top)
        return
    depth = np.arange(top, canvas.height, dtype=np.float32)[:, None] - rows[None, :]
    columns = np.arange(canvas.width, dtype=np.float32)
    across = np.exp(-(((columns - stage.sun.x) / (canvas.unit * 0.55)) ** 2))
    air = stage.haze(nearness)
    warmth = across * (0.30 * air * (0.3 if stage.sun.is_hidden else 1))
    crest = as_array(tone + warmth[:, None] * (stage.palette.sun - tone))
    veil = np.clip(depth / (canvas.unit * 0.26), 0, 1) * ((0.10 + 0.55 * air) * mist)
    light = crest.T[:, None, :]
    tones = light + as_array(veil) * (stage.palette.haze[:, None, None] - light)
    canvas.blend(mask, planar(as_array(tones)), top=top)
    if not stage.sun.is_hidden:
        width = canvas.unit * 0.0022 + 0.4
        edge = np.clip(1 - np.abs(depth - width * 0.6) / width, 0, 1) * across[None, :]
        strength = _CREST_LIGHT[stage.scene.time] * (1.2 - 0.5 * nearness)
        canvas.shine(as_array(edge * strength), stage.palette.sun, top=top)


def paint_stripes(
    stage: Stage, rows: Array, tone: Array, *, factor: float = 1.09, count: float = 9
) -> None:
    """Rows of a field, which follow a drawn hill and narrow towards its crest."""
    canvas = stage.canvas
    top = min(max(int(rows.min()) - 1, 0), canvas.height)
    depth = np.arange(top, canvas.height, dtype=np.float32)[:, None] - rows[None, :]
    far = np.sqrt(np.clip(depth, 0, None) / canvas.unit)
    tilt = stage.uniform(-1, 1) * 2.2
    columns = np.arange(canvas.width, dtype=np.float32)[None, :] / canvas.unit
    wave = np.sin(far * count * 4 + columns * tilt + stage.uniform(0, 6))
    band = np.clip(wave * 7 + 0.5, 0, 1) * np.clip(depth / (canvas.unit * 0.006), 0, 1)
    canvas.blend(as_array(band), as_array(np.clip(tone * factor, 0, 1)), top=top)


def paint_facets(stage: Stage, rows: Array, nearness: float, *, snow: float) -> None:
    """Light and shadow on the faces of a mountain, and snow as far down as `snow` (unit)."""
    canvas = stage.canvas
    top = min(max(int(rows.min()) - 1, 0), canvas.height)
    reach_down = float(np.ptp(rows)) + canvas.unit * 0.06  # nearer parts cover the rest
    height = min(round(min(reach_down, canvas.unit * 0.5)), canvas.height - top)
    if height < 2:
        return
    depth = np.arange(top, top + height, dtype=np.float32)[:, None] - rows[None, :]
    inside = np.clip(depth + 0.5, 0, 1)
    crag = noise(canvas.rng, canvas.width, height, cells=(16, 9), octaves=3) - 0.5
    reach = canvas.unit * 0.10
    shift = (depth * 0.35 * np.sign(crag) + crag * reach).astype(np.int32)
    columns = np.clip(np.arange(canvas.width)[None, :] + shift, 0, canvas.width - 1)
    slope = np.gradient(_smooth(rows, canvas.unit * 0.016)).astype(np.float32)
    face = slope[columns] * stage.sun_side * -1 + crag * 0.5
    lit = np.clip(face * (14 if stage.is_drawn else 2.2) + 0.5, 0, 1)
    fade = np.clip(1 - depth / (canvas.unit * 0.46), 0, 1)
    strength = 0.42 if stage.is_drawn else 0.5
    dark = stage.tone("2c3550", nearness)
    canvas.blend(as_array((1 - lit) * inside * fade * strength), dark, top=top)
    if snow <= 0:
        return
    highest = float(rows.min())
    line = highest + canvas.unit * snow
    down = np.arange(top, top + height, dtype=np.float32)[:, None] - line
    down = down + crag * canvas.unit * 0.16
    sharpness = 0.6 if stage.is_drawn else 0.16
    cap = np.clip(-down * sharpness + 0.5, 0, 1) * inside
    bright = stage.tone("fbfdff", min(nearness + 0.12, 1), lit=1.0 if stage.is_drawn else 1.45)
    shade = stage.tone("a9bede", nearness, lit=1.0 if stage.is_drawn else 1.1)
    tones = between(shade, bright, as_array(lit))
    canvas.blend(as_array(cap * 0.94), tones, top=top)


def paint_mist(stage: Stage, nearness: float, strength: float, *, height: float = 0.07) -> None:
    """A bank of mist that lies in a valley."""
    canvas = stage.canvas
    if stage.scene.mood is Mood.MYSTERIOUS:
        strength = min(strength * 1.6, 0.9)
    reach = round(canvas.unit * height * 2)
    top = round(stage.row(nearness)) - reach
    rows = np.linspace(-2, 2, reach * 2, dtype=np.float32)[:, None]
    veil = noise(canvas.rng, canvas.width, reach * 2, cells=(5, 2), octaves=3)
    mask = np.exp(-(rows**2)) * np.clip(veil * 1.3, 0, 1) * strength
    canvas.blend(as_array(mask), stage.palette.haze, top=top)


def ribbon(stage: Stage, points: tuple[tuple[float, float, float], ...]) -> Array:
    """The mask, from the horizon down, of a way through (nearness, middle, half width).

    Middle and half width are shares of the picture's width and of its shorter side.
    """
    canvas = stage.canvas
    height = canvas.height - canvas.horizon
    places = np.linspace(0, 1, height, dtype=np.float32)
    nodes = [place for place, _, _ in points]
    t = np.interp(places, nodes, np.arange(len(points)))
    left = np.clip(t.astype(int), 0, len(points) - 2)
    share = t - left
    share = share * share * (3 - 2 * share)
    values = as_array([(x * canvas.width, half * canvas.unit) for _, x, half in points])
    found = values[left] + (values[left + 1] - values[left]) * share[:, None].astype(np.float32)
    distance = np.abs(np.arange(canvas.width, dtype=np.float32)[None, :] - found[:, :1])
    inside = (places >= nodes[0]) & (places <= nodes[-1])
    return as_array(np.clip(found[:, 1:] - distance + 0.5, 0, 1) * inside[:, None])


def _outline(stage: Stage, rows: Array, tone: Array, *, top: int) -> None:
    canvas = stage.canvas
    width = max(canvas.unit * 0.0030, 0.8)
    line = below(rows, canvas.height, top) - below(as_array(rows + width), canvas.height, top)
    canvas.blend(line, stage.ink(tone), top=top)
    light = as_array(rows + width)
    crest = below(light, canvas.height, top) - below(
        as_array(light + canvas.unit * 0.008), canvas.height, top
    )
    canvas.blend(as_array(crest * 0.6), as_array(np.clip(tone * 1.2 + 0.05, 0, 1)), top=top)


def _smooth(line: Array, radius: float) -> Array:
    size = max(int(radius), 1)
    kernel = np.ones(2 * size + 1, np.float32) / (2 * size + 1)
    return as_array(np.convolve(np.pad(line, size, mode="edge"), kernel, mode="valid"))


def _span(stage: Stage) -> float:
    """How many landscapes of the usual shape fit across: a tall picture shows less of one."""
    return max(stage.canvas.width / stage.canvas.unit / 1.78, 0.5) / stage.zoom**0.5
