"""Ground as a grid of heights in perspective: one row per step of distance, one column per pixel.

A ray per column meets the steps from near to far; whatever rises above all nearer steps is visible.
That is a running minimum and a histogram. Positions between two steps are interpolated, and edges
are blended by the share of the pixel they cover, so no step shows.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studio.paint.canvas import Array, Canvas, as_array, planar, resize


@dataclass(frozen=True, slots=True)
class View:
    """The eye, one unit above the plain: its picture's size, horizon and pixels per slope."""

    width: int
    height: int
    horizon: float
    focal: float

    def row(self, distance: float) -> float:
        """The row of the plain at a distance in eye heights."""
        return self.horizon + self.focal / distance

    def distances(self, steps: int, *, far: float) -> Array:
        """Steps from the picture's foot to far away, in eye heights, each longer by a factor."""
        near = self.focal / max(self.height - self.horizon, 1) * 0.8
        return as_array(np.geomspace(near, max(far, near * 2), steps))

    def rows(self, levels: Array, distances: Array) -> Array:
        """The row of each point of a grid of heights."""
        return as_array(self.horizon + (1 - levels) * (self.focal / distances)[:, None])

    def across(self, distances: Array) -> Array:
        """The distance of each point of a grid to the right of the middle, in eye heights."""
        columns = np.arange(self.width, dtype=np.float32) - self.width / 2
        return as_array(columns[None, :] * (distances / self.focal)[:, None])


@dataclass(frozen=True, slots=True)
class Seen:
    """The visible part of a grid: for each pixel from the row `top` the steps before and after."""

    top: int
    near: NDArray[np.int32]
    share: Array
    cover: Array

    def of(self, grid: Array) -> Array:
        """The values of a grid where they are visible."""
        if grid.ndim == 3:
            return planar(np.stack([self.of(grid[:, :, i]) for i in range(grid.shape[2])]))
        flat = grid.reshape(-1)
        first: Array = flat.take(self.near)
        second: Array = flat.take(self.near + np.int32(grid.shape[1]))
        second -= first
        second *= self.share
        first += second
        return first


def see(rows: Array, height: int) -> Seen | None:
    """The grid point that each pixel shows; None if the whole grid is outside the picture."""
    steps, width = rows.shape
    crest = np.minimum.accumulate(rows, axis=0)
    top = int(np.clip(np.floor(crest[-1].min()), 0, height))
    bottom = height
    if top >= bottom:
        return None
    count = bottom - top
    tops = np.clip(np.ceil(crest) - top, 0, count).astype(np.int64)
    cells = tops * width + np.arange(width, dtype=np.int64)
    hits = np.bincount(cells.reshape(-1), minlength=(count + 1) * width)
    first = steps - np.cumsum(hits.reshape(count + 1, width), axis=0)[:count]
    line = np.arange(top, bottom, dtype=np.float32)[:, None]
    cover = as_array(np.clip(line - crest[-1] + 0.5, 0, 1))
    below = np.concatenate([first[1:], first[-1:]])
    first = np.where(first >= steps, below, first)  # the crest's own pixel is partly sky
    near = np.clip(first - 1, 0, steps - 2).astype(np.int32)
    near = near * np.int32(width) + np.arange(width, dtype=np.int32)
    flat = rows.reshape(-1)
    before: Array = flat.take(near)
    after: Array = flat.take(near + np.int32(width))
    share = np.clip((before - line) / np.maximum(before - after, 1e-3), 0, 1)
    return Seen(top, near, as_array(share), cover)


def smooth_edges(seen: Seen, rows: Array, tones: Array) -> None:
    """Blend, in place, the pixels where something near ends in front of something far."""
    width = rows.shape[1]
    step = seen.near // width
    ys, xs = np.nonzero(step[:-1] - step[1:] > 3)
    if not len(ys):
        return
    flat = rows.reshape(-1)
    # Between the lower pixel's step and the upper one's, the crest is the smallest row so far.
    crest = np.minimum(flat[seen.near[ys + 1, xs]], flat[seen.near[ys + 1, xs] + width])
    reach = np.clip(crest - (ys + seen.top) - 0.5, -0.5, 0.5)[:, None]
    upper, lower = tones[ys, xs], tones[ys + 1, xs]
    tones[ys + 1, xs] = lower + np.clip(reach, 0, None) * (upper - lower)
    tones[ys, xs] = upper + np.clip(-reach, 0, None) * (lower - upper)


def lay(
    canvas: Canvas,
    rows: Array,
    tones: Array,
    finish: Callable[[Seen, Array], Array] | None = None,
    *,
    opacity: Array | None = None,
    bottom: float | None = None,
) -> Array:
    """Paint a grid's colours over the picture and return the mask of the covered pixels.

    `finish` may refine what is visible, and `opacity` (of the grid's points) may make parts
    transparent. Below the row `bottom` nothing is painted.
    """
    height = canvas.height if bottom is None else round(min(max(bottom, 0), canvas.height))
    covered = np.zeros((canvas.height, canvas.width), np.float32)
    seen = see(rows, height)
    if seen is None:
        return covered
    picture = seen.of(tones)
    if finish is not None:
        picture = finish(seen, picture)
    smooth_edges(seen, rows, picture)
    mask = seen.cover if opacity is None else seen.cover * seen.of(opacity)
    canvas.blend(as_array(mask), picture, top=seen.top)
    covered[seen.top : height] = mask
    return covered


def slopes_of(levels: Array, across: float | Array, away: float | Array) -> tuple[Array, Array]:
    """The slope of a grid to the right and away; `spacing` is the distance of its points."""
    down, right = np.gradient(levels)
    return as_array(right / across), as_array(down / away)


def shadows(levels: Array, run: float | Array, light_side: int, softness: float | Array) -> Array:
    """Which points the ground itself hides from a light on one side: 0 lit, 1 in shadow.

    `run` is how much the light drops from one column to the next.
    """
    columns = np.arange(levels.shape[1], dtype=np.float32) * run
    slanted = levels + columns if light_side < 0 else (levels - columns)[:, ::-1]
    screen = np.maximum.accumulate(slanted, axis=1) - slanted
    screen = screen if light_side < 0 else screen[:, ::-1]
    return as_array(np.clip(screen / softness, 0, 1))


def openness(levels: Array, scale: float, strength: float) -> Array:
    """How much of the sky a point sees: hollows less, tops more; about 0.5 to 1.2."""
    size = max(round(levels.shape[1] / scale), 2), max(round(levels.shape[0] / scale), 2)
    around = resize(resize(levels, *size), levels.shape[1], levels.shape[0])
    return as_array(np.clip(0.95 + (levels - around) * strength, 0.45, 1.2))
