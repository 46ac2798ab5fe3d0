"""The light on a figure, and how much it must stand out from its background."""

import math
from dataclasses import dataclass

import numpy as np
from PIL import Image

from domain import Style
from studio.paint.canvas import Array, Canvas, as_array, colour, images, joined, mix
from studio.paint.figures.drawing import Patch
from studio.paint.palette import Palette

CONTRAST_FLOOR = 16.0
"""The target of `edge_contrast` for every figure; 2.3 is a just noticeable difference."""
_AIM = {Style.MOVIE: 33.0, Style.ANIMATION: 27.0, Style.REALISTIC: 29.0}
"""What the painter aims for, since fog, rain and film grain are painted later and reduce it."""
_AIM_ALIKE = 30.0
_ENOUGH = 25.0
"""The contrast from which neighbours stay alike, and figures lit by lamps or the moon stay lit."""
_SHARES = (0.0, 0.15, 0.3, 0.5, 0.7, 0.85, 1.0, 1.2, 1.4)
_STRENGTHS = {
    Style.MOVIE: (0.24, 0.75, 0.62, 0.55),
    Style.ANIMATION: (0.14, 0.50, 0.50, 0.50),
    Style.REALISTIC: (0.16, 0.55, 0.52, 0.62),
}
"""A full step: darker figure, brighter figure, brighter air, darker air.

A figure changes less than its background, so a light-skinned person stays light-skinned.
"""
_DAYLIGHT = 1.04
"""The maximum brightness of a lit figure, of its own colours: lamps make no hair orange."""
_COARSE = 110
"""Pixels of the longer side at which contrast is measured."""
_BRIGHT_GROUND = {Style.MOVIE: 46.0, Style.ANIMATION: 50.0, Style.REALISTIC: 46.0}
"""Lightness (0..100) from which a figure stands out better if dark; film prefers that."""
_EDGE = np.float32(0.42)
"""The light that wraps around a figure from its source, on film."""
_FILL = np.float32(0.16)
"""The night sky's own light on a figure, in the sky's colour: dark hair is not black."""
_COLOUR_SHARE = 0.78
"""The share of its colour that a backlit figure keeps in the movie look."""


@dataclass(frozen=True, slots=True)
class Step:
    """How a figure was separated from its background: how much, and in which direction."""

    share: float
    is_darker: bool
    """The figure is made darker; else brighter."""
    is_backlit: bool
    """The air behind it is made brighter; else darker."""
    style: Style


def edge_contrast(picture: Array, mask: Array) -> float:
    """How a figure differs from its surroundings, along its outline.

    Args:
        picture: The painted picture under the mask.
        mask: Where the figure is, 0..1.

    Returns:
        The median colour difference (CIE 1976 delta E) between both sides of the outline.
    """
    factor = max(max(mask.shape) / _COARSE, 1.0)
    small = _shrunk(mask, factor)
    return _Edge(small).contrast(_shrunk_picture(picture, factor))


def lit(
    patch: Patch, palette: Palette, style: Style, *, light_side: float, is_near_lamps: bool
) -> Array:
    """The figure's colours in the hour's light, which falls from above and from one side."""
    right, down = patch.bulge
    shade = (right * np.float32(0.72 * light_side) - down * np.float32(0.62))[:, :, None]
    least = 0.40 if palette.is_dark else 0.28
    light = as_array(least + (1 - least) * palette.light)
    if is_near_lamps and palette.is_dark:
        light = as_array((0.3 + 0.7 * light) * as_array([1.06, 0.96, 0.82]))  # by the lamp
    tones = as_array(patch.tones * light)
    if style is Style.ANIMATION:
        band = np.clip((shade + 0.52) * 6, 0, 1)
        gleam = np.clip((shade - 0.45) * 3, 0, 1) * np.float32(0.10)
        lit_tones = tones * (0.82 + 0.18 * band) + (1 - tones) * gleam
    elif style is Style.REALISTIC:
        grey = tones.mean(axis=2, keepdims=True)
        muted = grey + (tones - grey) * np.float32(0.82)
        lit_tones = muted * (0.90 + 0.34 * shade)
    else:
        dark = as_array(palette.ground * 0.20)
        share = _COLOUR_SHARE + (0.08 if is_near_lamps or palette.is_dark else 0.0)
        lit_tones = mix(dark, as_array(tones * (0.94 + 0.45 * shade)), share)
        edge = _edge(patch.mask, light_side)[:, :, None]
        lit_tones = lit_tones + edge * _EDGE * (tones * 0.6 + palette.sun * palette.light * 0.4)
    if palette.is_dark:
        lit_tones = lit_tones + (1 - lit_tones) * palette.middle * _FILL * (1 + shade)
        lit_tones = lit_tones + patch.glow[:, :, None] * (colour("ffd685") - lit_tones)
    return as_array(np.clip(lit_tones, 0, 1))


def _edge(mask: Array, light_side: float) -> Array:
    """Where the outline of a figure faces a light above and beside it, 0..1."""
    soft = _softened(_shrunk(mask, max(max(mask.shape) / _COARSE, 1.0)), 4)
    down, right = np.gradient(np.pad(soft, 1))
    facing = as_array(down * 0.5 - right * light_side)[1:-1, 1:-1]
    return _grown(as_array(np.clip(facing * 9, 0, 1)), mask.shape)


def part(
    tones: Array,
    mask: Array,
    ground: Array,
    palette: Palette,
    style: Style,
    *,
    own: Array,
    like: Step | None = None,
    is_indoors: bool = False,
) -> Step:
    """Find the smallest change that lifts the figure above the floor, or the best available.

    Its `own` colours are those by daylight. Neighbours change in the same direction, darker or
    lighter, as far as that separates them: `like` is theirs.
    """
    factor = max(max(mask.shape) / _COARSE, 1.0)
    small = _shrunk(mask, factor)
    figure, bright, behind = (_shrunk_picture(p, factor) for p in (tones, own, ground))
    around = _softened(small, 4)
    edge = _Edge(small)
    best, found = Step(0.0, is_darker=False, is_backlit=False, style=style), -1.0
    aim = _AIM[style] if like is None else _AIM_ALIKE
    for is_darker, is_backlit in _ways(figure, small, behind, palette, style, like, is_indoors):
        for share in _SHARES:
            step = Step(share, is_darker, is_backlit, style)
            composed = behind + around[:, :, None] * (air(behind, step, palette) - behind)
            changed = shifted(figure, bright, step, palette)
            seen = as_array(composed + small[:, :, None] * (changed - composed))
            contrast = edge.contrast(seen)
            if contrast > found:
                best, found = step, contrast
            if contrast >= aim:
                return step
        if found >= _ENOUGH:
            break
    return best


def _ways(
    figure: Array,
    mask: Array,
    ground: Array,
    palette: Palette,
    style: Style,
    like: Step | None,
    is_indoors: bool,
) -> tuple[tuple[bool, bool], ...]:
    """Ways to separate a figure, the best-looking first: is it darker, is the air brighter.

    After dark and in rooms, lamps and the moon light people or the air behind them. No figure is a
    silhouette there, and neighbours do not differ in this.
    """
    ring = np.clip(_softened(mask, 4) - mask, 0, 1)
    lightness = _lab(ground)[:, :, 0]
    level = float((lightness * ring).sum() / max(float(ring.sum()), 1e-3))
    own = float((_lab(figure)[:, :, 0] * mask).sum() / max(float(mask.sum()), 1e-3))
    lit_up, backlit, silhouette = (False, False), (False, True), (True, True)
    if palette.is_dark or is_indoors:
        return lit_up, backlit
    is_darker = level > _BRIGHT_GROUND[style] or (own < level - 8 and level > 24)
    if like is not None:
        is_darker = like.is_darker
    return (backlit, silhouette, lit_up) if is_darker else (lit_up, silhouette)


def shifted(tones: Array, own: Array, step: Step, palette: Palette) -> Array:
    """The figure's tones, darker or lighter by the step; never lighter than its `own` colours."""
    darker, brighter, _, _ = _STRENGTHS[step.style]
    if step.is_darker:
        return as_array(tones * (1 - darker * step.share))
    share = step.share * (0.6 if step.is_backlit else 1.0)
    light = mix(palette.sun, palette.low, 0.4)
    gain = np.minimum(tones * (1 + brighter * share), np.maximum(own * _DAYLIGHT, tones))
    return mix(as_array(gain), light, (0.06 if step.style is Style.MOVIE else 0.10) * share)


def air(ground: Array, step: Step, palette: Palette) -> Array:
    """The background, brighter behind a dark figure, darker behind a bright one."""
    tone, share = air_of(step, palette)
    return mix(ground, tone, share)


def air_of(step: Step, palette: Palette) -> tuple[Array, float]:
    """The colour that the step mixes into the air behind a figure, and its share."""
    _, _, brighter, darker = _STRENGTHS[step.style]
    if step.is_backlit:
        return mix(palette.haze, palette.sun, 0.35), brighter * step.share
    return as_array([0, 0, 0]), darker * step.share


def air_mask(mask: Array, reach: float) -> Array:
    """The soft surroundings of a figure, `reach` pixels wide, also beyond the mask's edges."""
    factor = max(reach / 3.0, 1.0)
    wide = np.pad(mask, round(reach))
    small = _softened(_shrunk(wide, factor), 4)
    return _grown(small, wide.shape)


def paint_rim(
    canvas: Canvas, mask: Array, tone: Array, strength: float, *, shift: int, at: tuple[int, int]
) -> None:
    """Light along the edge that faces it; `at` is the patch's (top, left)."""
    near, far = (_moved(mask, steps) for steps in (shift, shift * 2))
    rim = mask - 0.6 * np.minimum(near, mask) - 0.4 * np.minimum(far, mask)
    canvas.shine(as_array(rim * np.float32(strength)), tone, top=at[0], left=at[1])


def _moved(mask: Array, across: int) -> Array:
    """The mask moved across by pixels, and half as far down."""
    moved = np.zeros_like(mask)
    rows = slice(abs(across) // 2, None), slice(0, mask.shape[0] - abs(across) // 2)
    columns = slice(max(across, 0), mask.shape[1] + min(across, 0))
    source = slice(max(-across, 0), mask.shape[1] - max(across, 0))
    moved[rows[0], columns] = mask[rows[1], source]
    return moved


class _Edge:
    """The outline of a mask, for comparing the two sides of it in several pictures."""

    def __init__(self, mask: Array) -> None:
        soft = _softened(mask, 2)
        self._points = np.nonzero((soft > 0.25) & (soft < 0.75))
        self._sides = np.stack([mask, 1 - mask])
        self._totals = np.maximum(self._near(self._sides), 1e-3)

    def contrast(self, picture: Array) -> float:
        """The median colour difference between both sides."""
        if not len(self._points[0]):
            return 0.0
        channels = picture.transpose(2, 0, 1)
        near = self._near(channels * self._sides[:, None]) / self._totals[:, None]
        inside, outside = (_lab(side.T) for side in np.clip(near, 0, 1))
        return float(np.median(np.sqrt(((inside - outside) ** 2).sum(axis=1))))

    def _near(self, maps: Array) -> Array:
        """The means of maps near the points of the outline."""
        rows, columns = self._points
        return _softened(maps, 3)[..., rows, columns]


def _softened(maps: Array, times: int) -> Array:
    """A small blur of the last two axes, repeated."""
    height, width = maps.shape[-2:]
    wide = np.empty((*maps.shape[:-2], height + 2, width + 2), np.float32)
    inner = wide[..., 1:-1, 1:-1]
    inner[...] = maps
    for _ in range(times):
        wide[..., 0, :], wide[..., -1, :] = wide[..., 1, :], wide[..., -2, :]
        wide[..., 0], wide[..., -1] = wide[..., 1], wide[..., -2]
        rows = wide[..., :-2, :] + 2 * wide[..., 1:-1, :] + wide[..., 2:, :]
        inner[...] = (rows[..., :-2] + 2 * rows[..., 1:-1] + rows[..., 2:]) / 16
    return inner.copy()


def _shrunk(values: Array, factor: float) -> Array:
    size = max(math.ceil(values.shape[1] / factor), 1), max(math.ceil(values.shape[0] / factor), 1)
    return as_array(Image.fromarray(values).resize(size, Image.Resampling.BOX))


def _shrunk_picture(picture: Array, factor: float) -> Array:
    height, width, _ = picture.shape
    size = max(math.ceil(width / factor), 1), max(math.ceil(height / factor), 1)
    return joined([band.resize(size, Image.Resampling.BOX) for band in images(picture)])


def _grown(values: Array, shape: tuple[int, ...]) -> Array:
    image = Image.fromarray(values).resize((shape[1], shape[0]), Image.Resampling.BICUBIC)
    return as_array(np.clip(as_array(image), 0, 1))


def _lab(picture: Array) -> Array:
    """CIE L*a*b* of sRGB values (D65)."""
    linear = np.where(picture <= 0.04045, picture / 12.92, ((picture + 0.055) / 1.055) ** 2.4)
    matrix = as_array(
        [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
    ) / as_array([[0.9505], [1.0], [1.089]])
    xyz = linear @ matrix.T
    root = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    x, y, z = (root[..., i] for i in range(3))
    return as_array(np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1))
