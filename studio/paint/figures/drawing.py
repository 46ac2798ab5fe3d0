"""Draws a figure as colours, a mask and its relief on a small patch of pixels."""

from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw

from studio.paint.canvas import Array, as_array, pixels
from studio.paint.figures.shapes import Drawing, Outline, Shape

_MARGIN = 0.05
"""Space around the figure for its line and its glow, in units of the drawing."""
_LEVELS = ((1.0, 70), (0.80, 130), (0.56, 190), (0.30, 240))
"""How a body bulges: its outline drawn smaller and higher."""
_FINE_LEVELS = (
    (1.0, 70), (0.93, 92), (0.86, 113), (0.79, 133), (0.72, 152), (0.64, 170), (0.56, 187),
    (0.48, 203), (0.40, 218), (0.31, 231), (0.22, 241), (0.12, 248),
)  # fmt: skip
"""The same for a body so thick that steps would show."""
_THICK = 0.45
_FLAT_LEVEL = 128
_COARSE = 90.0
"""Pixels per unit at which the relief of a body is computed."""
_LARGE = 260
"""Pixels per unit from which two samples across suffice, instead of three."""


@dataclass(frozen=True, slots=True)
class Patch:
    """A drawn figure. `left` and `top` locate the patch relative to its origin, in pixels."""

    tones: Array
    mask: Array
    glow: Array
    """Where it glows after dark."""
    bulge: tuple[Array, Array]
    """How its surface leans to the right and downwards, about -1..1."""
    left: int
    top: int


def draw_patch(
    drawing: Drawing, *, scale: float, has_lines: bool, flipped: bool, lowest: int = 1_000_000
) -> Patch:
    """Draw the figure with `scale` pixels per unit; its origin is (0, 0) of `left` and `top`.

    Anything more than `lowest` pixels below the origin is left out.
    """
    right = -drawing.left if flipped else drawing.right
    left = -drawing.right if flipped else drawing.left
    corner = round((left - _MARGIN) * scale), round((-drawing.top - _MARGIN) * scale)
    width = max(round((right + _MARGIN) * scale) - corner[0], 4)
    foot = min(round((-drawing.bottom + _MARGIN) * scale), lowest)
    height = max(foot - corner[1], 4)
    samples = 2 if scale > _LARGE else 3
    picture = Image.new("RGB", (width * samples, height * samples))
    cover = Image.new("L", picture.size)
    form = Image.new("L", (width, height))
    glow = Image.new("L", (width, height))
    pens = ImageDraw.Draw(picture), ImageDraw.Draw(cover)
    line = _line_width(scale) * samples if has_lines else 0
    stretch = np.asarray([-scale if flipped else scale, -scale])
    for shape in drawing.shapes:
        outlines = [outline * stretch - corner for outline in shape.outlines]
        _fill(pens, shape, [outline * samples for outline in outlines], line)
        _raise(ImageDraw.Draw(form), shape, outlines, scale)
        _light(ImageDraw.Draw(glow), shape, outlines)
    return Patch(
        pixels(picture.resize((width, height), Image.Resampling.BOX)),
        as_array(cover.resize((width, height), Image.Resampling.BOX)) / np.float32(255),
        as_array(glow) / np.float32(255),
        _slopes(form, scale),
        *corner,
    )


def _line_width(scale: float) -> float:
    return min(max(scale * 0.011, 1.1), 4.2)


def _fill(
    pens: tuple[ImageDraw.ImageDraw, ImageDraw.ImageDraw],
    shape: Shape,
    outlines: list[Outline],
    line: float,
) -> None:
    pen, cover = pens
    rings = [outline.ravel().tolist() for outline in outlines]
    if line and shape.has_line:
        dark = _bytes(as_array(shape.tone * 0.34))
        for ring in rings:
            pen.line([*ring, *ring[:4]], fill=dark, width=round(line * 1.6), joint="curve")
            cover.line([*ring, *ring[:4]], fill=255, width=round(line * 1.6), joint="curve")
    tone = _bytes(shape.tone)
    for ring in rings:
        pen.polygon(ring, fill=tone)
        cover.polygon(ring, fill=255)


def _raise(pen: ImageDraw.ImageDraw, shape: Shape, outlines: list[Outline], scale: float) -> None:
    if not shape.is_round:
        if shape.has_line:
            for outline in outlines:
                pen.polygon(outline.ravel().tolist(), fill=_FLAT_LEVEL)
        return
    spines = [_spine(outline) for outline in outlines]
    is_thick = max(float(np.ptp(o, axis=0).min()) for o in outlines) > _THICK * scale
    for share, level in _FINE_LEVELS if is_thick else _LEVELS:
        for outline, spine in zip(outlines, spines, strict=True):
            pen.polygon(((outline - spine) * share + spine).ravel().tolist(), fill=level)


def _spine(outline: Outline) -> Outline:
    """For each point, the nearest point of the line along the middle of the body."""
    middle = outline.mean(axis=0)
    centred = outline - middle
    _, axes = np.linalg.eigh(centred.T @ centred)
    thick, long = np.abs(centred @ axes).max(axis=0)
    reach = max(float(long - thick), 0.0)
    along = np.clip(centred @ axes[:, 1], -reach, reach)
    return middle + along[:, None] * axes[:, 1]


def _light(pen: ImageDraw.ImageDraw, shape: Shape, outlines: list[Outline]) -> None:
    if shape.glows or shape.has_line:
        for outline in outlines:
            pen.polygon(outline.ravel().tolist(), fill=255 if shape.glows else 0)


def _slopes(form: Image.Image, scale: float) -> tuple[Array, Array]:
    """The slope of the surface, computed on a coarse map because a body is smooth."""
    factor = max(scale / _COARSE, 1.0)
    coarse = max(round(form.width / factor), 3), max(round(form.height / factor), 3)
    soft = Image.fromarray(as_array(form) / np.float32(255)).resize(coarse, Image.Resampling.BOX)
    height = as_array(soft)
    rounds = 1 + round(3 * min(scale / _COARSE, 1.0))  # the levels are steps, a body has none
    for axis in (0, 1) * rounds:
        edge = np.pad(height, [(1, 1) if a == axis else (0, 0) for a in (0, 1)], "edge")
        before, after = (edge[:-2], edge[2:]) if axis == 0 else (edge[:, :-2], edge[:, 2:])
        height = as_array((before + 2 * height + after) / 4)
    down, across = np.gradient(height)
    steep = min(scale, _COARSE) * 0.13
    slopes = (np.tanh(-across * steep), np.tanh(-down * steep))
    right, below = (
        as_array(Image.fromarray(as_array(slope)).resize(form.size, Image.Resampling.BICUBIC))
        for slope in slopes
    )
    return right, below


def _bytes(tone: Array) -> tuple[int, int, int]:
    red, green, blue = np.asarray(np.clip(tone, 0, 1) * 255, np.uint8).tolist()
    return red, green, blue
