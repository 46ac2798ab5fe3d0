"""Paints the foreground of a wood: trunks, shafts of light, ferns and flowers in the grass."""

import math

import numpy as np
from PIL import Image, ImageDraw

from studio.paint.canvas import (
    Array,
    Canvas,
    as_array,
    between,
    blurred,
    colour,
    polygon_mask,
    tinted,
)
from studio.paint.palette import Palette
from studio.paint.sky import Sun
from studio.paint.terrain.field import View
from studio.paint.terrain.light import Light
from studio.paint.terrain.noise import fractal
from studio.paint.terrain.trees import ink

_BARK = ("4b3d30", "6f6152")
_MOSS = "55672c"
_FERNS = ("3f5a22", "58752e", "6b8434")
_PETALS = ("f3efe2", "e9c84a", "c9566b", "8f7fd0", "e8934a")


def paint_trunk(
    canvas: Canvas, light: Light, x: float, foot: float, width: float, veil: float
) -> None:
    """A trunk that leaves the picture above, rounded by the light, with bark and moss."""
    rng = canvas.rng
    reach = width * 1.5
    left, top = round(x - reach), 0
    size = max(round(reach * 2), 4), max(round(min(foot, canvas.height)), 4)
    lean = float(rng.uniform(-0.25, 0.25)) * width
    rows = np.linspace(0, 1, size[1], dtype=np.float32)[:, None]
    flare = np.clip((rows * size[1] - size[1] + width * 1.3) / (width * 1.3), 0, 1) ** 3 * 0.55
    uneven = fractal(rng, 1, size[1], (1, size[1] / width * 0.8), octaves=2) * 0.05
    half = width * (0.40 + 0.12 * rows + flare + uneven)
    middle = reach + lean * (1 - rows)
    across = (np.arange(size[0], dtype=np.float32)[None, :] - middle) / half
    roots = np.sin(across * 4.2 + float(rng.uniform(0, 6))) * width * 0.10 * flare
    mask = np.clip((1 - np.abs(across)) * half + 0.5, 0, 1)
    ends = size[1] - width * 0.10 * np.clip(across**2, 0, 1.5) + roots - width * 0.03
    mask *= np.clip(ends - rows * size[1] + 0.5, 0, 1)
    bark = fractal(rng, size[0], size[1], (size[0] / width * 9, size[1] / width * 1.6), octaves=4)
    furrows = np.clip(0.5 + bark * 0.75, 0, 1)
    dark, bright = (colour(code) for code in _BARK)
    albedo = between(as_array(dark * 0.55), bright, furrows)
    damp = fractal(rng, size[0], size[1], (3, size[1] / width * 1.2), octaves=3)
    moss = np.clip(damp * 1.1 - 0.15 + (rows - 0.6) * 0.7 - across * light.side * 0.35, 0, 0.75)
    albedo += moss[..., None] * (colour(_MOSS) - albedo)
    if light.is_snowy:
        stuck = np.clip(damp * 1.5 - 0.2 + across * light.side * 0.7 + flare * 2, 0, 0.9)
        albedo += stuck[..., None] * (colour("e9eef6") - albedo)
    facing = np.clip(across * light.side * 0.85 + 0.30 + bark * 0.22, 0, 1)
    rim = np.clip(1.15 - np.abs(across) * 0.55, 0.3, 1)
    tones = albedo * (tinted(facing, light.key) + tinted(rim, light.fill))
    tones += np.float32(veil) * (light.haze - tones)
    canvas.blend(as_array(mask), as_array(tones), top=top, left=left)


def paint_shafts(canvas: Canvas, light: Light, palette: Palette, sun: Sun) -> None:
    """Beams that fall between the crowns, from the position of the light."""
    if sun.is_hidden:
        return
    rng = canvas.rng
    small = max(canvas.width // 4, 8), max(canvas.height // 4, 8)
    total = np.zeros((small[1], small[0]), np.float32)
    source = sun.x / 4, min(sun.y / 4, 0.0) - small[1] * 0.5
    for _ in range(7):
        foot = small[0] * (0.5 - light.side * float(rng.uniform(-0.35, 0.75)))
        wide = small[0] * float(rng.uniform(0.015, 0.06))
        end = small[1] * float(rng.uniform(0.8, 1.1))
        beam = [(source[0] - 1, source[1]), (source[0] + 1, source[1])]
        beam += [(foot + wide, end), (foot - wide, end)]
        mask = polygon_mask(beam, small)
        total += mask * np.float32(rng.uniform(0.4, 1.0))
    total = blurred(as_array(np.clip(total, 0, 1)), small[0] * 0.012)
    image = Image.fromarray(total).resize((canvas.width, canvas.height), Image.Resampling.BILINEAR)
    rows = np.linspace(0, 1, canvas.height, dtype=np.float32)[:, None]
    fade = np.clip(1.15 - rows, 0, 1) * np.clip(rows * 3 + 0.2, 0, 1)
    strength = float(light.key.max()) * min(0.22 * light.murk, 0.36)
    canvas.shine(as_array(np.asarray(image) * fade * strength), palette.sun)


def paint_ferns(
    canvas: Canvas,
    light: Light,
    view: View,
    count: int,
    *,
    nearest: float,
    farthest: float = 13.0,
) -> None:
    """Tufts of fronds on the ground, the farthest first."""
    rng = canvas.rng
    top = round(view.row(farthest * 1.3))
    scale = 2
    sheet = Image.new("RGBA", (canvas.width * scale, max(canvas.height - top, 1) * scale))
    pen = ImageDraw.Draw(sheet)
    for distance in np.sort(rng.uniform(nearest, farthest, count))[::-1]:
        x = float(rng.uniform(0, canvas.width)) * scale
        y = (view.row(float(distance)) - top) * scale
        size = view.focal / float(distance) * float(rng.uniform(0.16, 0.34)) * scale
        if abs(x / scale / canvas.width - 0.5) < 0.24 and distance < 4:
            continue  # space for figures in front
        _fern(rng, pen, (x, y), size, light, near=1 - float(distance) / 14)
    _lay_sheet(canvas, sheet.reduce(scale), top)


def _fern(
    rng: np.random.Generator,
    pen: ImageDraw.ImageDraw,
    root: tuple[float, float],
    size: float,
    light: Light,
    *,
    near: float,
) -> None:
    tone = colour("dfe6ee") if light.is_snowy else colour(_FERNS[int(rng.integers(len(_FERNS)))])
    for frond in rng.permutation(9):
        turn = (frond - 4) / 4 * 1.25 + float(rng.uniform(-0.15, 0.15))
        share = 0.5 + 0.5 * turn / 1.4 * light.side
        shade = as_array(tone * light.flat(0.15 + 0.75 * share) * rng.uniform(0.75, 1.1))
        fill = ink(shade)
        length = size * float(rng.uniform(0.75, 1.1))
        steps = 9 if near > 0.4 else 6
        for step in range(1, steps + 1):
            along = step / steps
            angle = turn * (0.55 + 0.75 * along)
            x = root[0] + math.sin(angle) * length * along
            y = root[1] - math.cos(angle) * length * along * 0.9
            leaf = length * 0.26 * (1 - along * 0.8)
            for lean in (-1, 1):
                away = angle + lean * 1.15
                tip = x + math.sin(away) * leaf, y - math.cos(away) * leaf
                bend = x + math.sin(angle) * leaf * 0.38, y - math.cos(angle) * leaf * 0.38
                pen.polygon([(x, y), tip, bend], fill)


def paint_flowers(canvas: Canvas, light: Light, view: View, count: int) -> None:
    """Blossoms scattered in drifts through the grass, with stalks where they are near."""
    rng = canvas.rng
    top = round(view.row(26.0))
    scale = 2
    sheet = Image.new("RGBA", (canvas.width * scale, max(canvas.height - top, 1) * scale))
    pen = ImageDraw.Draw(sheet)
    drifts = rng.uniform(0, canvas.width, 5)
    petals = [colour(_PETALS[int(index)]) for index in rng.permutation(len(_PETALS))[:3]]
    stalk = ink(as_array(colour("55702c") * light.flat(0.5)))
    heart = ink(as_array(colour("d9a93a") * light.flat(0.6)))
    for distance in np.sort(np.exp(rng.uniform(0.8, 3.2, count)))[::-1]:
        drift = int(rng.integers(len(drifts)))
        x = (drifts[drift] + rng.normal(0, canvas.width * 0.13)) * scale
        unit = view.focal / float(distance) * scale
        y = (view.row(float(distance)) - top) * scale - unit * 0.02
        head = y - unit * float(rng.uniform(0.08, 0.19))
        size = unit * float(rng.uniform(0.011, 0.020))
        tone = petals[(drift + int(rng.random() < 0.2)) % 3]
        fill = ink(as_array(tone * light.flat(float(rng.uniform(0.35, 0.9)))))
        if size < 3:
            pen.ellipse((x - size, head - size, x + size, head + size), fill)
            continue
        pen.line([(x, y), (x + size * 0.4, head)], stalk, max(round(size * 0.28), 1))
        for turn in np.arange(6) * (math.pi / 3) + float(rng.uniform(0, 1)):
            cx, cy = x + math.cos(turn) * size * 0.8, head + math.sin(turn) * size * 0.5
            pen.ellipse(
                (cx - size * 0.5, cy - size * 0.36, cx + size * 0.5, cy + size * 0.36), fill
            )
        pen.ellipse((x - size * 0.36, head - size * 0.3, x + size * 0.36, head + size * 0.3), heart)
    _lay_sheet(canvas, sheet.reduce(scale), top)


def _lay_sheet(canvas: Canvas, sheet: Image.Image, top: int) -> None:
    pixels: Array = as_array(np.asarray(sheet)) / np.float32(255)
    canvas.blend(as_array(pixels[..., 3]), as_array(pixels[..., :3]), top=top)
