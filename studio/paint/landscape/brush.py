"""A transparent sheet for many small shapes, blended over the picture at once.

It is drawn at twice the size for smooth edges; coordinates are the picture's pixels.
"""

from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from studio.paint.canvas import Array, Canvas, Point, as_array

_SCALE = 2
_BLURRED_AT = 4
"""A blur needs no more than a quarter of the size."""

_THIN = 4
"""Up to this width, the joints of a line are not visible."""


class Sheet:
    """Shapes over a whole canvas; later shapes cover earlier ones."""

    def __init__(self, canvas: Canvas) -> None:
        self._canvas = canvas
        self._image = Image.new("RGBA", (canvas.width * _SCALE, canvas.height * _SCALE))
        self._pen = ImageDraw.Draw(self._image)

    def polygon(self, points: Sequence[Point], colour: Array, *, opacity: float = 1.0) -> None:
        """Fill a polygon; its opacity replaces what is beneath it on this sheet."""
        scaled = [(x * _SCALE, y * _SCALE) for x, y in points]
        self._pen.polygon(scaled, fill=_ink(colour, opacity))

    def ellipse(
        self, x: float, y: float, across: float, down: float, colour: Array, *, opacity: float = 1.0
    ) -> None:
        """Fill an ellipse with the two radii around a point."""
        box = (x - across) * _SCALE, (y - down) * _SCALE, (x + across) * _SCALE, (y + down) * _SCALE
        self._pen.ellipse(box, fill=_ink(colour, opacity))

    def line(self, points: Sequence[Point], colour: Array, *, width: float = 1.0) -> None:
        """Draw along the points with a pen of that width."""
        scaled = [(x * _SCALE, y * _SCALE) for x, y in points]
        thickness = max(1, round(width * _SCALE))
        joint = "curve" if thickness > _THIN else None
        self._pen.line(scaled, fill=_ink(colour, 1.0), width=thickness, joint=joint)

    def lay(self, *, blur: float = 0.0, opacity: float = 1.0) -> None:
        """Blend the sheet over the picture, `blur` pixels out of focus."""
        found = self._image.getbbox()
        if found is None:
            return
        step = _SCALE * _BLURRED_AT
        margin = round(blur * 3) * _SCALE
        left, top, right, bottom = (
            max(found[0] - margin, 0) // step * step,
            max(found[1] - margin, 0) // step * step,
            min(found[2] + margin, self._image.width),
            min(found[3] + margin, self._image.height),
        )
        image = self._image.crop((left, top, right, bottom)).convert("RGBa")
        size = (right - left) // _SCALE, (bottom - top) // _SCALE
        if blur:
            small = max(size[0] // _BLURRED_AT, 1), max(size[1] // _BLURRED_AT, 1)
            image = image.resize(small, Image.Resampling.BOX)
            image = image.filter(ImageFilter.GaussianBlur(blur / _BLURRED_AT))
            image = image.resize(size, Image.Resampling.BILINEAR)
        else:
            image = image.reduce(_SCALE)
        self._blend(image, left // _SCALE, top // _SCALE, opacity)

    def _blend(self, image: Image.Image, left: int, top: int, opacity: float) -> None:
        pixels = as_array(np.asarray(image))
        pixels *= np.float32(opacity / 255)
        patch = self._canvas.rgb[top : top + pixels.shape[0], left : left + pixels.shape[1]]
        pixels = pixels[: patch.shape[0], : patch.shape[1]]
        patch *= 1 - pixels[:, :, 3:]
        patch += pixels[:, :, :3]


def curve(points: Sequence[Point], *, steps: int = 10, closed: bool = False) -> list[Point]:
    """A smooth line through the points (a Catmull-Rom spline)."""
    nodes = as_array(points)
    if closed:
        nodes = np.concatenate([nodes[-1:], nodes, nodes[:2]])
    else:
        nodes = np.concatenate([nodes[:1], nodes, nodes[-1:]])
    t = np.linspace(0, 1, steps, endpoint=False, dtype=np.float32)[:, None]
    found: list[Point] = []
    for a, b, c, d in zip(nodes, nodes[1:], nodes[2:], nodes[3:], strict=False):
        bend = 2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2
        piece = 0.5 * (bend + (3 * b - a - 3 * c + d) * t**3)
        found += [(float(x), float(y)) for x, y in piece]
    if not closed:
        found.append((float(points[-1][0]), float(points[-1][1])))
    return found


def _ink(colour: Array, opacity: float) -> tuple[int, int, int, int]:
    red, green, blue = (round(min(max(float(value), 0.0), 1.0) * 255) for value in colour)
    return red, green, blue, round(opacity * 255)
