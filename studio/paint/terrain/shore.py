"""Shapes the land next to water: a beach, the banks of a river; and places without water."""

import numpy as np

from studio.paint.canvas import Array, Canvas, as_array
from studio.paint.terrain.ground import Plain
from studio.paint.terrain.noise import octave, plain_noise


def make_beach(canvas: Canvas, plain: Plain, *, depth: float, side: int, lean: float) -> None:
    """Keep land only at the viewer's feet, up to a share of the plain's rows, and a bay's curve.

    `side` is where the land reaches farther out: 1 right, -1 left.
    """
    view = plain.view
    line = np.linspace(-1, 1, view.width, dtype=np.float32) * side
    swing = octave(canvas.rng, view.width, 1, (3, 1))[0]
    span = view.height - view.horizon
    reach = (
        depth + lean * line + 0.025 * swing
    )  # share of the rows below the horizon, from the foot
    shore = view.focal / np.maximum((1 - reach) * span, 1.0)
    ragged = plain_noise(canvas.rng, view, plain.distances, largest=2.0, smallest=0.2)
    inland = (shore[None, :] - plain.distances[:, None]) / shore[None, :] + ragged * 0.03
    _flood(plain, as_array(inland * 0.9))


def make_river(canvas: Canvas, plain: Plain, *, side: int, near: float) -> None:
    """Cut a river that comes from the distance, bends and leaves sideways before the near bank."""
    view, far = plain.view, plain.distances[:, None]
    foot = view.focal / max((view.height - view.horizon) * (1 - near), 1.0)
    bends = float(canvas.rng.uniform(0, 6.3))
    wave = np.sin(np.log(far) * 2.3 + bends) * far * 0.13
    course = wave + side * (foot / far) ** 2 * foot * 0.5
    half = 0.8 * foot + far * 0.09 + np.clip(1 - np.abs(far / foot - 2.2) / 2.2, 0, 1) * foot * 1.5
    ragged = plain_noise(canvas.rng, view, plain.distances, largest=5.0, smallest=0.3)
    bank = (np.abs(plain.across - course) - half) / (half * 0.5 + far * 0.05)
    swing = octave(canvas.rng, view.width, 1, (2.5, 1))
    own = (foot * (1 + 0.10 * swing) - far) / foot * 1.5
    _flood(plain, as_array(np.maximum(bank, own) + ragged * 0.10))


def make_lake(canvas: Canvas, plain: Plain, *, near: float, wide: float) -> None:
    """Place a lake across the view behind the near bank."""
    view, far = plain.view, plain.distances[:, None]
    foot = view.focal / max((view.height - view.horizon) * (1 - near), 1.0)
    centre = float(canvas.rng.uniform(-0.25, 0.25))
    ragged = plain_noise(canvas.rng, view, plain.distances, largest=16.0, smallest=0.3)
    aside = np.abs(plain.across / far - centre) / wide
    depth = np.log(np.maximum(far, 1e-3) / (foot * 3.2)) / np.log(3.0)
    bank = (np.hypot(aside, depth) - 1) * 1.6
    _flood(plain, as_array(bank + ragged * 0.45))


def make_dunes(canvas: Canvas, plain: Plain) -> None:
    """Long waves of sand: a gentle side to windward, a sharp crest, a steep slip face."""
    rng, view, far = canvas.rng, plain.view, plain.distances[:, None]
    warp = plain_noise(rng, view, plain.distances, largest=60, smallest=6, roughness=1.0)
    swell = plain_noise(rng, view, plain.distances, largest=90, smallest=20, roughness=0.6)
    turn = float(rng.uniform(0.5, 0.95)) * (1 if rng.random() < 0.5 else -1)
    phase = (far * 0.75 + plain.across * turn) / 24 + warp * 0.75 + float(rng.uniform(0, 1))
    whole = np.floor(phase)
    part = phase - whole
    wave = np.where(part < 0.74, (part / 0.74) ** 1.35, (1 - part) / 0.26)
    tall = np.clip(2.4 + swell * 2.2 + np.sin(whole * 2.4) * 0.7, 0.4, 4.6)
    start = np.clip((far - 7) / 18, 0, 1)
    levels = plain.levels + wave * tall * start * (1 + far / 90)
    for _ in range(2):
        wide = np.pad(levels, ((2, 2), (0, 0)), mode="edge")
        levels = (wide[:-4] + 4 * wide[1:-3] + 6 * wide[2:-2] + 4 * wide[3:-1] + wide[4:]) / 16
    plain.levels = as_array(levels)


def make_path(canvas: Canvas, plain: Plain) -> None:
    """A worn path that winds away from the viewer."""
    far = plain.distances[:, None]
    start = float(canvas.rng.uniform(-0.8, 0.8))
    bend = float(canvas.rng.uniform(0, 6.3))
    course = start + np.sin(np.log(far) * 1.7 + bend) * far * 0.13
    ragged = plain_noise(canvas.rng, plain.view, plain.distances, largest=2.0, smallest=0.15)
    edge = (0.75 - np.abs(plain.across - course)) / 0.4 + ragged * 0.5
    plain.path = as_array(np.clip(edge, 0, 1))


def _flood(plain: Plain, inland: Array) -> None:
    """Water where `inland` is below 0; the land rises gently from there."""
    rise = np.clip(inland, 0, 1)
    plain.levels = as_array(plain.levels * np.clip(inland * 2, 0, 1) + rise**0.8 * 0.10)
    pixels = np.clip(plain.distances[:, None] * 0.002, 0.01, 0.2)
    plain.cover = as_array(np.clip(inland / pixels + 0.5, 0, 1))
    plain.inland = as_array(inland)
