"""Draws a figure's outlines as colours and a mask on a small patch."""

import numpy as np
from PIL import Image, ImageDraw

from orchestration.providers.studio.paint.canvas import Array, Point, as_array
from orchestration.providers.studio.paint.figures import Drawing

_SUPERSAMPLING = 3
_MARGIN = 0.06
"""Room around the figure for its outline, of its height."""


def draw_figure(
    drawing: Drawing, colours: dict[str, Array], *, height: int, outline: bool, flipped: bool
) -> tuple[Array, Array]:
    """The figure's colours and mask on a patch; its feet stand on the patch's last margin."""
    scale = height * _SUPERSAMPLING
    width = round((2 * drawing.reach + 2 * _MARGIN) * height)
    rows = round((1 + 2 * _MARGIN) * height)
    patch = Image.new("RGBA", (width * _SUPERSAMPLING, rows * _SUPERSAMPLING))
    pen = ImageDraw.Draw(patch)
    line = max(2, round(scale * 0.012))
    for part in drawing.parts:
        points = _rounded(part.points) if part.is_soft else list(part.points)
        pixels = [
            (
                ((-x if flipped else x) + drawing.reach + _MARGIN) * scale,
                (1 + _MARGIN - y) * scale,
            )
            for x, y in points
        ]
        tone = colours[part.role]
        pen.polygon(pixels, fill=_bytes(tone))
        if outline:
            pen.line(
                [*pixels, *pixels[:2]],
                fill=_bytes(as_array(tone * 0.32)),
                width=line,
                joint="curve",
            )
    small = as_array(np.asarray(patch.resize((width, rows), Image.Resampling.BOX))) / np.float32(
        255
    )
    mask = small[:, :, 3]
    return as_array(small[:, :, :3]), mask


def feet_margin(height: int) -> int:
    """How far the feet stand above the lower edge of the patch, in pixels."""
    return round(_MARGIN * height)


def _rounded(points: tuple[Point, ...]) -> list[Point]:
    """A smooth closed line through the points (Catmull-Rom)."""
    given = np.asarray(points)
    before, after, beyond = (np.roll(given, shift, axis=0) for shift in (1, -1, -2))
    smooth = [
        0.5
        * (
            2 * given
            + (after - before) * t
            + (2 * before - 5 * given + 4 * after - beyond) * t**2
            + (3 * given - before - 3 * after + beyond) * t**3
        )
        for t in np.linspace(0, 1, 8, endpoint=False)
    ]
    return [(float(x), float(y)) for x, y in np.stack(smooth, axis=1).reshape(-1, 2)]


def _bytes(tone: Array) -> tuple[int, int, int, int]:
    red, green, blue = (int(np.clip(channel, 0, 1) * 255) for channel in tone)
    return red, green, blue, 255
