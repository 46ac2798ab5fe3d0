"""Paints the figures of a scene in the style's manner, each separated from its background."""

from dataclasses import dataclass

import numpy as np

from domain import Style
from studio.paint.canvas import Array, Canvas, as_array, blurred, colour, mix, picked, polygon_mask
from studio.paint.figures.drawing import Patch, draw_patch
from studio.paint.figures.light import (
    Step,
    air_mask,
    air_of,
    lit,
    paint_rim,
    part,
    shifted,
)
from studio.paint.figures.placing import Spot, arrange
from studio.paint.figures.things import LAMPS, flock_wings
from studio.paint.palette import Palette
from studio.paint.sky import Sun
from studio.scene import (
    AIRLESS,
    INTERIORS,
    LIVING,
    Figure,
    Place,
    Scene,
    Subject,
)

_RIM = {Style.MOVIE: 0.75, Style.ANIMATION: 0.0, Style.REALISTIC: 0.30}
_SHADOW = {Style.MOVIE: 0.55, Style.ANIMATION: 0.34, Style.REALISTIC: 0.46}


@dataclass(frozen=True, slots=True)
class Painted:
    """A painted figure: whose it is, its mask and the position of the mask."""

    subject: Subject
    mask: Array
    top: int
    left: int


def paint_cast(
    canvas: Canvas, scene: Scene, palette: Palette, sun: Sun, style: Style
) -> list[Painted]:
    """Paint the scene's figures, back to front, and return their positions."""
    flocks = [s for s in scene.subjects if s.figure is Figure.BIRDS]
    if scene.place in INTERIORS:
        flocks = []
    painted = [_paint_flock(canvas, flock, palette, sun, style) for flock in flocks]
    spots = arrange(canvas, scene, light_x=sun.x)
    step: Step | None = None
    for spot in spots:
        figure, own = _paint_figure(canvas, scene, palette, sun, style, spot, like=step)
        step = own if spot.subject.figure in LIVING else step
        painted.append(figure)
    return painted


def _paint_figure(
    canvas: Canvas,
    scene: Scene,
    palette: Palette,
    sun: Sun,
    style: Style,
    spot: Spot,
    *,
    like: Step | None,
) -> tuple[Painted, Step]:
    """Paint it, and return how it was separated from its background, for its neighbours."""
    patch = draw_patch(
        spot.drawing,
        scale=max(spot.scale, 6.0),
        has_lines=style is Style.ANIMATION,
        flipped=spot.is_flipped,
        lowest=canvas.height - round(spot.y),
    )
    top, left = round(spot.y) + patch.top, round(spot.x) + patch.left
    light_side = 1.0 if sun.x > spot.x else -1.0
    is_near_lamps = scene.place in INTERIORS or scene.place is Place.CITY
    tones = lit(patch, palette, style, light_side=light_side, is_near_lamps=is_near_lamps)
    if spot.is_afloat:
        _paint_reflection(canvas, spot, tones, patch, style)
    elif not spot.is_hovering:
        if spot.subject.figure is Figure.TRAIN:
            _paint_rails(canvas, spot, palette)
        _paint_shadow(canvas, spot, style)
    ground = _ground(canvas, patch.mask.shape, top, left)
    like = like if spot.subject.figure in LIVING else None
    step = part(
        tones, patch.mask, ground, palette, style,
        own=patch.tones, like=like, is_indoors=scene.place in INTERIORS | AIRLESS,
    )  # fmt: skip
    if step.share:
        reach = max(spot.scale * 0.10, canvas.unit * 0.03)
        _paint_air(canvas, patch.mask, step, palette, reach=reach, at=(top, left))
    if palette.is_dark and style is Style.ANIMATION and step.is_darker:
        _paint_contour(canvas, patch.mask, palette, top, left)
    changed = shifted(tones, patch.tones, step, palette)
    if palette.is_dark:
        changed = as_array(changed + patch.glow[:, :, None] * (colour("ffd685") - changed))
    canvas.blend(patch.mask, changed, top=top, left=left)
    if strength := _RIM[style] * (0.4 if sun.is_hidden else 1.0):
        shift = max(1, round(min(spot.scale * 0.006, canvas.unit * 0.003)))
        shift *= -1 if light_side > 0 else 1
        tone = mix(palette.sun, palette.low, 0.5 if sun.is_hidden else 0.15)
        paint_rim(canvas, patch.mask, tone, strength, shift=shift, at=(top, left))
    if palette.is_dark:
        _paint_lamps(canvas, spot)
    return Painted(spot.subject, patch.mask, top, left), step


def _ground(canvas: Canvas, shape: tuple[int, ...], top: int, left: int) -> Array:
    """The picture under a patch; beyond its edges, the nearest pixels."""
    rows = np.arange(top, top + shape[0], dtype=np.int64).clip(0, canvas.height - 1)
    columns = np.arange(left, left + shape[1], dtype=np.int64).clip(0, canvas.width - 1)
    return picked(canvas.rgb, rows[:, None], columns[None, :])


def _paint_air(
    canvas: Canvas,
    mask: Array,
    step: Step,
    palette: Palette,
    *,
    reach: float,
    at: tuple[int, int],
) -> None:
    """Brighten or darken the background of a figure; `at` is the mask's (top, left)."""
    around = air_mask(mask, reach)
    top, left = (start - round(reach) for start in at)
    tone, share = air_of(step, palette)
    canvas.blend(as_array(around * np.float32(0.9 * share)), tone, top=top, left=left)


def _paint_contour(canvas: Canvas, mask: Array, palette: Palette, top: int, left: int) -> None:
    """The moon's pale line around a drawn figure."""
    wide = blurred(mask, max(canvas.unit / 360, 0.8))
    glow = np.clip(wide * 2.2, 0, 1) * (1 - mask)
    tone = mix(palette.sun, palette.middle, 0.35)
    canvas.blend(as_array(glow * 0.55), tone, top=top, left=left)


def _paint_shadow(canvas: Canvas, spot: Spot, style: Style) -> None:
    """The shadow on the ground where something touches it."""
    if spot.y > canvas.height * 1.02:
        return
    left, right = spot.box
    across = max((right - left) * 0.40, 3.0)
    down = max(min(across * 0.16, canvas.unit * 0.022), 1.5)
    size = round(across * 2.8), round(down * 5)
    columns = (np.arange(size[0], dtype=np.float32) - size[0] / 2) / across
    rows = (np.arange(size[1], dtype=np.float32) - size[1] / 2) / down
    distance = np.hypot(columns[None, :], rows[:, None])
    mask = np.clip(1.3 - distance, 0, 1) * _SHADOW[style]
    x, y = (left + right) / 2, spot.y + down * 0.2
    place = round(y - size[1] / 2), round(x - size[0] / 2)
    canvas.blend(as_array(mask), as_array([0.04, 0.05, 0.07]), top=place[0], left=place[1])


def _paint_rails(canvas: Canvas, spot: Spot, palette: Palette) -> None:
    """The track, which continues beyond the picture."""
    for code, top, thick in (("6b5f55", 0.015, 0.055), ("a8a49c", -0.015, 0.03)):
        row, height = round(spot.y + top * spot.scale), max(round(thick * spot.scale), 2)
        tone = as_array(colour(code) * palette.light)
        canvas.blend(np.full((height, canvas.width), 0.9, np.float32), tone, top=row)


def _paint_reflection(canvas: Canvas, spot: Spot, tones: Array, patch: Patch, style: Style) -> None:
    """The reflection of a boat in the water, broken by ripples."""
    below = -patch.top
    rows = np.arange(min(below, round(spot.scale * 1.1)))
    if len(rows) < 2 or spot.subject.figure in (Figure.FISH, Figure.WHALE):
        return
    source = np.clip(below - 1 - rows, 0, patch.mask.shape[0] - 1)
    depth = rows / len(rows)
    sway = np.sin(rows * 26 / len(rows)) * (0.004 + 0.030 * depth) * spot.scale
    across = np.arange(patch.mask.shape[1], dtype=np.int64)
    columns = across[None, :] + np.round(sway).astype(np.int64)[:, None]
    columns = columns.clip(0, patch.mask.shape[1] - 1)
    fade = (0.62 if style is Style.MOVIE else 0.48) * (1 - depth) ** 0.8
    mask = patch.mask[source[:, None], columns] * fade[:, None]
    mirrored = as_array(picked(tones, source[:, None], columns) * 0.72)
    canvas.blend(as_array(mask), mirrored, top=round(spot.y), left=round(spot.x) + patch.left)


def _paint_lamps(canvas: Canvas, spot: Spot) -> None:
    for x, y, radius in LAMPS.get(spot.subject.figure, ()):
        lamp = spot.x + (-x if spot.is_flipped else x) * spot.scale, spot.y - y * spot.scale
        if spot.subject.figure is Figure.LIGHTHOUSE:
            _paint_beam(canvas, lamp, spot.scale * 3.3)
            canvas.halo(*lamp, spot.scale * radius, colour("fff2c8"), 1.0)
        else:
            canvas.halo(*lamp, spot.scale * radius, colour("ffc46a"), 0.55)


def _paint_beam(canvas: Canvas, lamp: tuple[float, float], height: float) -> None:
    x, y = lamp
    reach = canvas.width * (0.62 if x < canvas.width / 2 else -0.62)
    lift = -canvas.unit * 0.07
    cone = [
        (x, y - height * 0.008),
        (x + reach, y + lift - height * 0.11),
        (x + reach, y + lift + height * 0.11),
        (x, y + height * 0.008),
    ]
    beam = blurred(polygon_mask(cone, (canvas.width, canvas.height)), canvas.unit * 0.012)
    fade = np.clip(1 - np.abs(np.arange(canvas.width) - x) / abs(reach), 0, 1) ** 1.2
    canvas.shine(as_array(beam * fade[None, :] * 0.6), colour("ffeebb"))


def _paint_flock(
    canvas: Canvas, subject: Subject, palette: Palette, sun: Sun, style: Style
) -> Painted:
    """Birds in the sky, away from the sun."""
    scale = canvas.unit * float(canvas.rng.uniform(0.16, 0.21))
    share = float(canvas.rng.uniform(0.30, 0.42))
    x = canvas.width * (1 - share if sun.x < canvas.width / 2 else share)
    y = canvas.horizon * float(canvas.rng.uniform(0.26, 0.42))
    left, top = round(x - scale * 1.4), round(y - scale * 0.5)
    size = round(scale * 2.8), round(scale * 1.3)
    mask = np.zeros((size[1], size[0]), np.float32)
    for wing in flock_wings(canvas.rng):
        points = [(px * scale + x - left, y - py * scale - top) for px, py in wing]
        np.maximum(mask, polygon_mask(points, size), out=mask)
    ground = _ground(canvas, mask.shape, top, left)
    tones = as_array(np.broadcast_to(as_array(palette.top * 0.3), ground.shape))
    step = part(tones, mask, ground, palette, style, own=tones)
    if step.share:
        reach = canvas.unit * 0.02
        _paint_air(canvas, mask, step, palette, reach=reach, at=(top, left))
    canvas.blend(mask, shifted(tones, tones, step, palette), top=top, left=left)
    return Painted(subject, mask, top, left)
