"""Noise for landscapes: fractal, ridged, warped, and noise that shrinks into the distance."""

import numpy as np

from studio.paint.canvas import Array, as_array, resize
from studio.paint.terrain.field import View


def octave(rng: np.random.Generator, width: int, height: int, cells: tuple[float, float]) -> Array:
    """Smooth values in about -1..1, with this many blots across and down."""
    columns = min(int(cells[0]) + 3, width + 3)
    rows = min(int(cells[1]) + 3, height + 3)
    return resize(as_array(rng.random((rows, columns)) * 2 - 1), width, height)


def fractal(
    rng: np.random.Generator,
    width: int,
    height: int,
    cells: tuple[float, float],
    *,
    octaves: int,
    gain: float = 0.5,
) -> Array:
    """Cloudy values in about -1..1."""
    total = np.zeros((height, width), np.float32)
    for index in range(octaves):
        grid = octave(rng, width, height, (cells[0] * 2.0**index, cells[1] * 2.0**index))
        total += grid * np.float32(gain**index)
    return as_array(total * (1 - gain) / (1 - gain**octaves) * 1.5)


def ridged(
    rng: np.random.Generator,
    width: int,
    height: int,
    cells: tuple[float, float],
    *,
    octaves: int,
    gain: float = 0.5,
) -> Array:
    """Sharp crests and branching spurs in 0..1: rough where it is high, smooth in the valleys."""
    total = np.zeros((height, width), np.float32)
    weight: Array = np.ones((height, width), np.float32)
    size = 1.0
    for index in range(octaves):
        grid = octave(rng, width, height, (cells[0] * 2.03**index, cells[1] * 2.03**index))
        crests = (1.03 - np.sqrt(np.clip(grid * 1.25, -1, 1) ** 2 + 0.002)) ** 2 * weight
        weight = as_array(np.clip(crests * 2.2, 0.12, 1))
        total += crests * np.float32(size)
        size *= gain
    return as_array(np.clip(total * (1 - gain) / (1 - gain**octaves) * 1.2, 0, 1.4))


def warped(values: Array, right: Array, down: Array) -> Array:
    """The grid with each point taken from this many columns and rows away."""
    height, width = values.shape
    columns = np.clip(np.arange(width, dtype=np.float32) + right, 0, width - 1.01)
    rows = np.clip(np.arange(height, dtype=np.float32)[:, None] + down, 0, height - 1.01)
    x, y = columns.astype(np.int32), rows.astype(np.int32)
    across, below = columns - x, rows - y
    index = y * np.int32(width) + x
    flat = values.reshape(-1)
    corners: list[Array] = [flat.take(index + np.int32(i)) for i in (0, 1, width, width + 1)]
    upper = corners[0] + across * (corners[1] - corners[0])
    lower = corners[2] + across * (corners[3] - corners[2])
    return as_array(upper + below * (lower - upper))


def plain_noise(
    rng: np.random.Generator,
    view: View,
    distances: Array,
    *,
    largest: float,
    smallest: float,
    roughness: float = 1.0,
) -> Array:
    """Noise of a plain in perspective, from -1 to 1 in its largest waves.

    A wave of one size on the ground is a blot that shrinks with distance. So each octave of blots
    represents waves that grow with distance, and has their strength. Sizes are in eye heights.
    """
    total = np.zeros((len(distances), view.width), np.float32)
    ratio = float(np.log(distances[-1] / distances[0])) / max(len(distances) - 1, 1)
    pixels = max(view.focal / float(distances[0]) * largest, 4.0)
    finest = max(2.0, view.focal / float(distances[-1]) * smallest)
    while pixels > finest:
        sizes = pixels * distances / view.focal
        octaves_from_top = np.log2(np.maximum(largest / sizes, 1e-6))
        strength = np.where(sizes <= largest, (sizes / largest) ** roughness, 0)
        strength *= np.clip(1 + octaves_from_top, 0, 1) * np.clip(sizes / smallest - 0.5, 0, 1)
        if float(strength.max()) > 0.003:
            steps = pixels / view.focal / ratio
            cells = view.width / pixels, len(distances) / max(steps, 1e-3)
            grid = octave(rng, view.width, len(distances), cells)
            total += grid * as_array(strength)[:, None]
        pixels /= 2
    return total


def tile(rng: np.random.Generator, size: int, *, slope: float, stretch: float = 1.0) -> Array:
    """A square of noise that repeats without a seam; about one in standard deviation.

    `slope` is how fast fine detail weakens, `stretch` how much longer blots are across.
    """
    across = np.fft.rfftfreq(size)[None, :] * stretch
    down = np.fft.fftfreq(size)[:, None]
    frequency = np.hypot(across, down)
    frequency[0, 0] = 1
    spectrum = np.fft.rfft2(rng.standard_normal((size, size))) / frequency**slope
    spectrum[0, 0] = 0
    values = np.fft.irfft2(spectrum, (size, size))
    return as_array(values / values.std())


def tiled(values: Array, x: Array, y: Array) -> Array:
    """Sample a tile (or several tiles as a first axis) at positions in its points, smoothly."""
    size = values.shape[-1]  # a power of two, so that a mask wraps
    left, top = np.floor(x).astype(np.int32), np.floor(y).astype(np.int32)
    across, down = as_array(x - left), as_array(y - top)
    one, last, pitch = np.int32(1), np.int32(size - 1), np.int32(size)
    column, row = left & last, (top & last) * pitch
    right, lower = (left + one) & last, ((top + one) & last) * pitch
    corners = row + column, row + right, lower + column, lower + right

    def sampled(face: Array) -> Array:
        upper, upper_right, under, under_right = (face.take(corner) for corner in corners)
        upper += across * (upper_right - upper)
        under += across * (under_right - under)
        upper += down * (under - upper)
        return upper

    return sampled(values) if values.ndim == 2 else np.stack([sampled(face) for face in values])


def paved(values: Array, width: int, height: int) -> Array:
    """A tile repeated over this many points."""
    size = values.shape[0]
    return np.tile(values, (-(-height // size), -(-width // size)))[:height, :width]
