"""The finish of a picture: glow, grade, vignette and grain on film; clear colour in a drawing."""

import numpy as np
from PIL import Image

from domain import Style
from studio.moods import Mood
from studio.paint.canvas import Canvas, as_array

_SATURATION = {Mood.JOYFUL: 1.12, Mood.HOPEFUL: 1.05, Mood.SAD: 0.72, Mood.TENSE: 0.92}
_CONTRAST = {Mood.TENSE: 1.14, Mood.SAD: 0.94, Mood.MYSTERIOUS: 0.97}
_TEAL = as_array([-0.030, 0.008, 0.032])
_AMBER = as_array([0.042, 0.010, -0.044])
_CURVE = 0.18


def finish(canvas: Canvas, style: Style, mood: Mood) -> None:
    """Grade the picture in the style, adjusted by the mood."""
    np.clip(canvas.rgb, 0, 1, out=canvas.rgb)
    grey = canvas.rgb @ as_array([0.30, 0.59, 0.11])
    saturation = _SATURATION.get(mood, 1.0) * (1.10 if style is Style.ANIMATION else 1.0)
    if saturation != 1:
        canvas.rgb -= grey[:, :, None]
        canvas.rgb *= np.float32(saturation)
        canvas.rgb += grey[:, :, None]
    contrast = _CONTRAST.get(mood, 1.0)
    if contrast != 1:
        canvas.rgb -= np.float32(0.45)
        canvas.rgb *= np.float32(contrast)
        canvas.rgb += np.float32(0.45)
    if style is Style.ANIMATION:
        return
    np.clip(canvas.rgb, 0, 1, out=canvas.rgb)
    is_film = style is Style.MOVIE
    _bloom(canvas, 0.30 if is_film else 0.15)
    rows = np.linspace(-1, 1, canvas.height, dtype=np.float32)[:, None]
    columns = np.linspace(-1, 1, canvas.width, dtype=np.float32)[None, :]
    edge = np.clip(rows**2 * 0.5 + columns**2 * 0.6 - 0.25, 0, 1)
    canvas.rgb *= (1 - edge * (0.42 if is_film else 0.25))[:, :, None]
    grain = canvas.rng.standard_normal((canvas.height, canvas.width), dtype=np.float32)
    grain *= np.float32(0.012 if is_film else 0.008)
    canvas.rgb += grain[:, :, None]
    if is_film:
        # The split tone of film prints: shadows to teal, lights to amber.
        dark, light = (1 - grey) ** 2, grey**2
        for channel in range(3):
            canvas.rgb[:, :, channel] += dark * _TEAL[channel] + light * _AMBER[channel]
        _deepen(canvas)


def _deepen(canvas: Canvas) -> None:
    """The curve of film: shadows deeper, lights softer, the middle steeper."""
    np.clip(canvas.rgb, 0, 1, out=canvas.rgb)
    curve = canvas.rgb * canvas.rgb * (3 - 2 * canvas.rgb)
    canvas.rgb += np.float32(_CURVE) * (curve - canvas.rgb)


def _bloom(canvas: Canvas, strength: float) -> None:
    """Let bright areas glow into their surroundings, computed at a quarter of the size."""
    small = max(canvas.width // 4, 1), max(canvas.height // 4, 1)
    tiny = max(small[0] // 8, 1), max(small[1] // 8, 1)
    for channel in range(3):
        here = canvas.rgb[:, :, channel]
        image = Image.fromarray(np.asarray(here * 255, np.uint8)).resize(small)
        bright = np.clip(as_array(np.asarray(image)) / 255 - 0.72, 0, 1) / 0.28
        spread = Image.fromarray(np.asarray(bright * 255, np.uint8))
        glow = spread.resize(tiny, Image.Resampling.BOX)
        if not glow.getbbox():
            continue
        glow = glow.resize((canvas.width, canvas.height), Image.Resampling.BICUBIC)
        here += (1 - here) * (as_array(np.asarray(glow)) * np.float32(strength / 255))
