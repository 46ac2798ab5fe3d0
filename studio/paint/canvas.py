"""The paper and the brushes: a float picture, masks, noise and light.

Colours are RGB in 0..1; masks are the share of a colour in 0..1; rows grow downwards. The channels
are the last axis of a picture, but in memory they are planes, one after the other, because numpy is
several times slower on triples. `planar`, `tinted` and `between` make such arrays, and arithmetic
keeps them so.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

Array = NDArray[np.float32]
Map = NDArray[np.floating[Any]]
Positions = NDArray[np.integer[Any]]
Point = tuple[float, float]
_SUPERSAMPLING = 2
_BAND = 24_000
"""Pixels painted at once: a channel of them and its ingredients, 0.4 MB."""


class Canvas:
    """A picture in progress. `unit` is the shorter side; `horizon` the row where land begins."""

    def __init__(self, width: int, height: int, *, seed: int, horizon: float = 0.6) -> None:
        self.width = width
        self.height = height
        self.unit = min(width, height)
        self.horizon = round(height * horizon)
        self.rng = np.random.default_rng(seed)
        self.rgb: Array = planar(np.zeros((3, height, width), np.float32))

    def blend(self, mask: Array, colour: Array, *, top: int = 0, left: int = 0) -> None:
        """Blend a colour, or a patch of colours, over the picture by the mask."""
        rows, columns = _overlap(mask, self.rgb, top, left)
        patch = self.rgb[rows[0], columns[0]]
        paint = colour if colour.ndim == 1 else colour[rows[1], columns[1]]
        share = mask[rows[1], columns[1]]
        for band in _bands(share):
            for channel in range(3):
                here = patch[band, :, channel]
                tones = paint[channel] if paint.ndim == 1 else paint[band, :, channel]
                here += share[band] * (tones - here)

    def shine(self, mask: Array, colour: Array, *, top: int = 0, left: int = 0) -> None:
        """Add light, at most up to white."""
        rows, columns = _overlap(mask, self.rgb, top, left)
        patch = self.rgb[rows[0], columns[0]]
        share = mask[rows[1], columns[1]]
        for band in _bands(share):
            for channel in range(3):
                here = patch[band, :, channel]
                here += (1 - np.clip(here, 0, 1)) * (share[band] * colour[channel])

    def polygon(self, points: Sequence[Point], colour: Array, *, opacity: float = 1.0) -> None:
        """Fill a polygon given in pixels, with smooth edges."""
        xs, ys = [x for x, _ in points], [y for _, y in points]
        left, top = int(min(xs)) - 1, int(min(ys)) - 1
        size = (int(max(xs)) - left + 2, int(max(ys)) - top + 2)
        mask = polygon_mask([(x - left, y - top) for x, y in points], size)
        self.blend(mask * np.float32(opacity), colour, top=top, left=left)

    def halo(self, x: float, y: float, radius: float, colour: Array, strength: float) -> None:
        """A soft round light around a point in pixels."""
        reach = int(radius * 3)
        # Only the visible part is computed: a glow may be larger than the picture.
        top, bottom = max(int(y) - reach, 0), min(int(y) + reach + 1, self.height)
        left, right = max(int(x) - reach, 0), min(int(x) + reach + 1, self.width)
        if top >= bottom or left >= right:
            return
        rows = (np.arange(top, bottom, dtype=np.float32) - int(y)) / np.float32(radius)
        columns = (np.arange(left, right, dtype=np.float32) - int(x)) / np.float32(radius)
        distance = np.sqrt(rows[:, None] ** 2 + columns[None, :] ** 2)
        mask = np.exp(distance * -2) * np.clip(3 - distance, 0, 1)
        self.shine(as_array(mask * strength), colour, top=top, left=left)

    def disc(
        self, x: float, y: float, radius: float, colour: Array, *, opacity: float = 1.0
    ) -> None:
        """A filled circle in pixels, with smooth edges."""
        reach = int(radius) + 2
        top, left = int(y) - reach, int(x) - reach
        rows = np.arange(top, top + 2 * reach + 1, dtype=np.float32) - y
        columns = np.arange(left, left + 2 * reach + 1, dtype=np.float32) - x
        distance = np.sqrt(rows[:, None] ** 2 + columns[None, :] ** 2)
        mask = as_array(np.clip(radius - distance + 0.5, 0, 1) * opacity)
        self.blend(mask, colour, top=top, left=left)


def as_array(values: Any) -> Array:
    """The values in the picture's own type."""
    return np.asarray(values, np.float32)


def colour(code: str) -> Array:
    """A colour from its web spelling, rrggbb."""
    return as_array([int(code[i : i + 2], 16) / 255 for i in (0, 2, 4)])


def mix(first: Array, second: Array, share: float) -> Array:
    """The first colour with a share of the second."""
    return as_array(first * (1 - share) + second * share)


def planar(planes: Array) -> Array:
    """The planes of three channels, seen as one array of colours."""
    return planes.transpose(1, 2, 0)


def pixels(image: Image.Image) -> Array:
    """The channels of an image in 0..1."""
    return joined(image.split())


def joined(bands: Sequence[Image.Image]) -> Array:
    """Images of one channel each, as one array of colours in 0..1."""
    return planar(np.stack([as_array(band) for band in bands]) / np.float32(255))


def tinted(shares: Map, tone: Array) -> Array:
    """The colour times each value of a map."""
    return planar(tone[:, None, None] * as_array(shares))


def between(first: Array, second: Array, shares: Map) -> Array:
    """The first colour with a share of the second, which differs from pixel to pixel."""
    tones = tinted(shares, as_array(second - first))
    tones += first
    return tones


def images(picture: Array) -> list[Image.Image]:
    """The channels of a picture, each as an image."""
    levels = np.asarray(np.clip(picture, 0, 1) * 255, np.uint8)
    return [Image.fromarray(levels[:, :, channel]) for channel in range(3)]


def picked(picture: Array, rows: Positions, columns: Positions) -> Array:
    """The colours of a picture at these positions."""
    index = rows * picture.shape[1] + columns
    channels: list[Array] = [picture[:, :, channel].take(index) for channel in range(3)]
    return planar(np.stack(channels))


def gradient(stops: Sequence[tuple[float, Array]], count: int) -> Array:
    """Colours for `count` rows through the stops, each a position in 0..1 and its colour."""
    places = [place for place, _ in stops]
    rows = np.linspace(0, 1, max(count, 1))
    channels = [np.interp(rows, places, [stop[i] for _, stop in stops]) for i in range(3)]
    return as_array(np.stack(channels, axis=-1))


def resize(values: Array, width: int, height: int) -> Array:
    """Resize the map smoothly."""
    image = Image.fromarray(values)
    return np.array(image.resize((width, height), Image.Resampling.BICUBIC), np.float32)


def noise(
    rng: np.random.Generator, width: int, height: int, *, cells: Point, octaves: int = 4
) -> Array:
    """Cloudy values in about 0..1; `cells` says how many blots fit across and down."""
    total = np.zeros((height, width), np.float32)
    weight = 0.0
    for octave in range(octaves):
        columns = min(int(cells[0] * 2**octave) + 2, width + 2)
        rows = min(int(cells[1] * 2**octave) + 2, height + 2)
        grid = as_array(rng.random((rows, columns)))
        total += resize(grid, width, height) * np.float32(0.5**octave)
        weight += 0.5**octave
    return as_array(np.clip((total / weight - 0.5) * 1.6 + 0.5, 0, 1))


def ridge(rng: np.random.Generator, width: int, *, bumps: float, octaves: int = 5) -> Array:
    """A rolling line across the picture: one value in 0..1 per column."""
    line = noise(rng, width, 1, cells=(bumps, 1), octaves=octaves)[0]
    low, high = float(line.min()), float(line.max())
    return as_array((line - low) / max(high - low, 1e-6))


def below(line: Array, height: int, top: int) -> Array:
    """The mask of everything below a line of rows, from the row `top` down."""
    rows = np.arange(top, height, dtype=np.float32)[:, None]
    return as_array(np.clip(rows - line[None, :] + 0.5, 0, 1))


def polygon_mask(points: Sequence[Point], size: tuple[int, int]) -> Array:
    """The mask of a polygon, in pixels of a patch."""
    scale = _SUPERSAMPLING
    large = Image.new("L", (size[0] * scale, size[1] * scale))
    ImageDraw.Draw(large).polygon([(x * scale, y * scale) for x, y in points], fill=255)
    return as_array(large.reduce(scale)) / np.float32(255)


def blurred(mask: Array, radius: float) -> Array:
    """The mask, out of focus."""
    image = Image.fromarray(np.asarray(np.clip(mask, 0, 1) * 255, np.uint8))
    return as_array(image.filter(ImageFilter.GaussianBlur(radius))) / np.float32(255)


def _bands(mask: Array) -> Iterator[slice]:
    """The rows of a mask that are not empty, in pieces that fit into the processor's cache."""
    height = max(_BAND // max(mask.shape[1], 1), 1)
    for top in range(0, mask.shape[0], height):
        band = slice(top, top + height)
        if mask[band].any():
            yield band


def _overlap(
    mask: Array, picture: Array, top: int, left: int
) -> tuple[tuple[slice, slice], tuple[slice, slice]]:
    """The rows and columns that patch and picture share, as slices of each."""
    rows = max(top, 0), min(top + mask.shape[0], picture.shape[0])
    columns = max(left, 0), min(left + mask.shape[1], picture.shape[1])
    rows = rows[0], max(*rows)
    columns = columns[0], max(*columns)
    return (
        (slice(*rows), slice(rows[0] - top, rows[1] - top)),
        (slice(*columns), slice(columns[0] - left, columns[1] - left)),
    )
