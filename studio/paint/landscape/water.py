"""Water: its reflections, ripples and glitter, the sea's swell and its shore."""

import numpy as np

from studio.paint.canvas import Array, as_array, below, mix, noise, picked, ridge, tinted
from studio.paint.landscape.brush import Sheet
from studio.paint.landscape.foreground import paint_stones
from studio.paint.landscape.relief import (
    craggy_line,
    fill_hill,
    rolling_line,
)
from studio.paint.landscape.stage import SNOW, Stage
from studio.paint.landscape.trees import draw_rock
from studio.scene import LIVING, Time, Weather

_ROUGH = {Weather.STORM: 1.0, Weather.RAIN: 0.5, Weather.CLOUDY: 0.3}


def paint_water(stage: Stage, mask: Array | None = None) -> None:
    """Water below the horizon, or where the mask (rows from the horizon) has it."""
    canvas = stage.canvas
    top = canvas.horizon
    height = canvas.height - top
    if height < 2:
        return
    depth = as_array((np.arange(height) + 1) / height)
    sway = _ripples(stage, height)
    strength = (3 + 30 * depth[:, None]) * canvas.unit / 720
    shift = ((sway - 0.5) * strength).astype(np.int32)
    mirror = canvas.horizon - 1 - (np.arange(height) * 0.86).astype(np.int32)
    source = np.clip(mirror[:, None] - shift, 0, canvas.horizon - 1)
    columns = np.arange(canvas.width, dtype=np.int32)
    mirrored = picked(canvas.rgb, source, columns)
    clearness = (0.80 - 0.50 * depth)[:, None]
    if stage.is_drawn:
        clearness = clearness * 0.55
    own = stage.palette.water * (1.0 if stage.is_drawn else 0.8)
    if stage.is_drawn and stage.scene.time in (Time.DAWN, Time.DUSK):
        own = mix(own, stage.palette.middle, 0.5)
    water = as_array(mirrored * clearness[:, :, None])
    water += tinted(as_array(1 - clearness), own)
    if stage.is_drawn:
        _draw_ripples(stage, water, sway, depth)
    else:
        water *= (0.9 + 0.2 * sway)[:, :, None]
    whole = np.ones((height, canvas.width), np.float32) if mask is None else mask
    canvas.blend(whole, water, top=top)
    _paint_glitter(stage, sway, depth, whole)


def _ripples(stage: Stage, height: int) -> Array:
    """Noise drawn together towards the horizon, wider than high."""
    canvas = stage.canvas
    field = noise(
        canvas.rng, canvas.width, height, cells=(13, height / canvas.unit * 110), octaves=3
    )
    rows = np.sqrt((np.arange(height) + 0.5) / height) * (height - 1)
    return as_array(field[rows.astype(np.int32)])


def _draw_ripples(stage: Stage, water: Array, sway: Array, depth: Array) -> None:
    """Flat bands of two tones and bright crests, changing `water`."""
    reach = np.clip(depth * 6, 0, 1)[:, None]
    dark = np.clip((0.40 - sway) * 18, 0, 1) * reach
    light = np.clip((sway - 0.66) * 22, 0, 1) * reach
    bright = mix(stage.palette.water, as_array([1, 1, 1]), 0.55)
    water *= (1 - 0.11 * dark)[:, :, None]
    water += (light * 0.55)[:, :, None] * (bright - water)


def _paint_glitter(stage: Stage, sway: Array, depth: Array, mask: Array) -> None:
    canvas = stage.canvas
    across = np.abs(np.arange(canvas.width, dtype=np.float32)[None, :] - stage.sun.x) / canvas.unit
    width = 0.05 + 0.20 * depth[:, None]
    spread = np.exp(-((across / width) ** 2))
    sharp = 16 if stage.is_drawn else 8
    sparkle = np.clip((sway - 0.54) * sharp, 0, 1) + 0.22 * spread * (not stage.is_drawn)
    strength = (0.16 if stage.sun.is_hidden else 0.9) * (1 - 0.35 * depth[:, None])
    tone = mix(stage.palette.sun, stage.palette.low, 0.25)
    canvas.shine(as_array(sparkle * spread * strength * mask), tone, top=canvas.horizon)


def paint_sea(stage: Stage) -> None:
    """The open sea or a bay, its swell, and a shore where figures stand."""
    canvas = stage.canvas
    _paint_coast(stage)
    paint_water(stage)
    rough = _ROUGH.get(stage.scene.weather, 0.0)
    if rough > 0.4:
        _paint_waves(stage, rough)
    if stage.chance(0.4):
        sheet = Sheet(canvas)
        x = canvas.width * (0.5 + stage.sun_side * stage.uniform(0.26, 0.42))
        for _ in range(3):
            size = canvas.unit * stage.uniform(0.015, 0.04) * stage.zoom
            across = x + stage.uniform(-0.08, 0.08) * canvas.unit
            draw_rock(sheet, stage, (across, stage.row(stage.uniform(0.14, 0.22))), size, 0.35)
        sheet.lay()
    stands = any(subject.figure in LIVING for subject in stage.scene.subjects)
    if stands or stage.chance(0.45):
        _paint_beach(stage, is_broad=stands)


def _paint_coast(stage: Stage) -> None:
    """Headlands and islands, or only the line of the horizon."""
    canvas = stage.canvas
    count = int(stage.canvas.rng.integers(0, 5))
    columns = np.arange(canvas.width, dtype=np.float32) / canvas.width
    for index in range(count):
        nearness = 0.05 + 0.12 * index
        middle, half = stage.uniform(-0.1, 1.1), stage.uniform(0.10, 0.34)
        if stage.chance(0.45):
            line = craggy_line(stage, 0, stage.uniform(0.10, 0.24) * stage.zoom**0.5, bumps=3)
        else:
            height = stage.uniform(0.06, 0.16) * stage.zoom**0.5
            line = rolling_line(stage, 0, height, bumps=2.5, octaves=5)
        swell = np.clip(1.3 - np.abs(columns - middle) / half * 1.3, 0, 1)
        swell = swell * swell * (3 - 2 * swell)
        rows = canvas.horizon - (canvas.horizon - line) * swell + 1.5 * (1 - swell)
        base = stage.snowed("6f8f6a" if stage.is_drawn else "66707c", 0.7)
        fill_hill(stage, as_array(rows), stage.tone(base, nearness + 0.1), nearness + 0.1)


def _paint_waves(stage: Stage, rough: float) -> None:
    """Rolling crests with foam."""
    canvas = stage.canvas
    for index in range(4):
        nearness = 0.10 + 0.17 * index + stage.uniform(-0.02, 0.02)
        size = (0.012 + 0.055 * nearness) * rough
        line = ridge(canvas.rng, canvas.width, bumps=9 - 1.6 * index, octaves=3)
        peaks = 1 - np.abs(line * 2 - 1)
        rows = as_array(stage.row(nearness) - peaks**1.6 * size * canvas.unit * 2)
        deep = mix(stage.palette.water, stage.palette.haze, 0.42 * (1 - nearness))
        deep = as_array(deep * (0.92 - 0.10 * index))
        top = max(int(rows.min()) - 1, 0)
        thick = canvas.unit * size * 2.6
        depth = np.arange(top, canvas.height, dtype=np.float32)[:, None] - rows[None, :]
        body = np.clip(depth + 0.5, 0, 1) * np.clip(1 - depth / (thick * 3), 0, 1)
        canvas.blend(as_array(body * 0.9), deep, top=top)
        torn = noise(canvas.rng, canvas.width, canvas.height - top, cells=(40, 40), octaves=2)
        reach = canvas.unit * (0.004 + 0.016 * nearness) * np.clip(peaks - 0.25, 0, 1)[None, :]
        foam = np.clip(1 - depth / np.maximum(reach, 0.4), 0, 1) * np.clip(depth + 0.5, 0, 1)
        foam *= np.clip((torn - 0.3) * (8 if stage.is_drawn else 3), 0, 1)
        canvas.blend(
            as_array(np.clip(foam * 1.6, 0, 0.9)), stage.tone("f4fbff", 0.9, lit=1.3), top=top
        )


def _paint_beach(stage: Stage, *, is_broad: bool) -> None:
    """Sand with a wet edge and a line of foam: a broad one for figures, or a corner."""
    canvas = stage.canvas
    share = np.linspace(0, 1, canvas.width, dtype=np.float32)
    if stage.sun_side < 0:
        share = share[::-1]
    wave = ridge(canvas.rng, canvas.width, bumps=4, octaves=2)
    start = stage.uniform(0.77, 0.80) if is_broad else stage.uniform(0.80, 0.84)
    end = stage.uniform(0.83, 0.86) if is_broad else stage.uniform(0.93, 1.04)
    rows = as_array(canvas.height * (start + (end - start) * share**2.2 + 0.018 * (wave - 0.5)))
    foam = stage.tone("ffffff", 1.0, lit=1.25)
    sand = stage.tone(stage.snowed("ead2a0" if stage.is_drawn else "b59a7a"), 1.0, lit=0.92)
    wet = mix(as_array(sand * 0.72), stage.palette.water, 0.35)
    wash = ridge(canvas.rng, canvas.width, bumps=7, octaves=3) * canvas.unit * 0.012
    for shift, tone, strength in (
        (-0.030, foam, 0.35),
        (-0.022, stage.palette.water, 0.25),
        (-0.009, foam, 0.95),
        (0.000, wet, 1.0),
        (0.030, sand, 1.0),
    ):
        line = as_array(rows + shift * canvas.unit - wash * (1 if shift < 0.01 else 0.3))
        top = min(max(int(line.min()) - 1, 0), canvas.height - 1)
        mask = below(line, canvas.height, top)
        if shift == 0.030 and not stage.is_drawn:
            depth = np.arange(top, canvas.height, dtype=np.float32)[:, None] - line[None, :]
            mask = as_array(np.clip(depth / (canvas.unit * 0.03), 0, 1))
        canvas.blend(as_array(mask * strength), tone, top=top)
    paint_stones(stage, as_array(rows + canvas.unit * 0.03), 5, 1.0)
    if stage.is_snowy:
        top = min(max(int(rows.min()), 0), canvas.height - 1)
        drift = as_array(rows + canvas.unit * 0.05)
        canvas.blend(
            as_array(below(drift, canvas.height, top) * 0.6), stage.tone(SNOW, 1.0), top=top
        )
