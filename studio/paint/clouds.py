"""Paints clouds: torn and lit from the sun on film, puffs in two tones in a drawing."""

import numpy as np
from PIL import Image, ImageDraw

from studio.moods import Mood
from studio.paint.canvas import Array, Canvas, as_array, between, mix, noise, planar, resize
from studio.paint.palette import Palette
from studio.scene import Scene, Time, Weather

_COVER = {
    Weather.CLEAR: 0.20,
    Weather.CLOUDY: 0.50,
    Weather.RAIN: 0.66,
    Weather.STORM: 0.76,
    Weather.SNOW: 0.52,
    Weather.FOG: 0.10,
}
_MOODS = {Mood.SAD: 0.12, Mood.TENSE: 0.16, Mood.MYSTERIOUS: 0.06, Mood.JOYFUL: -0.03}
_CLOSED = frozenset({Weather.RAIN, Weather.STORM, Weather.SNOW})
_SHADE = {Weather.CLOUDY: 0.82, Weather.RAIN: 0.66, Weather.STORM: 0.46, Weather.SNOW: 0.86}


def paint_clouds(canvas: Canvas, scene: Scene, palette: Palette, *, sun_x: float) -> None:
    """Clouds in perspective, lit from the sun: from below when it is low."""
    width, height = max(canvas.width // 2, 2), max((canvas.horizon + 1) // 2, 2)
    aspect = canvas.width / max(canvas.horizon, 1)
    field = noise(canvas.rng, width, height, cells=(1.5 * aspect, 5.2), octaves=6)
    rows = np.linspace(0, 1, height, dtype=np.float32)
    # Clouds farther away are closer together, stretched along the horizon.
    far = 1 / (1.7 - rows) - 1 / 1.7
    field = field[np.clip(far / far[-1] * (height - 1), 0, height - 1).astype(np.int32)]
    cover = min(_COVER[scene.weather] + _MOODS.get(scene.mood, 0.0), 0.86)
    cover += 0.16 * (float(canvas.rng.random()) - 0.5)
    density = np.clip((field - (0.86 - cover)) * 2.8, 0, 1)
    down = rows[:, None]
    density *= np.clip(1.2 - down, 0.2, 1)
    step = max(round(canvas.unit * 0.011), 1)
    low_sun = scene.time in (Time.DAWN, Time.DUSK)
    above = np.clip(np.arange(height) + (-step if low_sun else step), 0, height - 1)
    shifted = field[above]
    relief = np.clip((field - shifted) * 4.5 + 0.45, 0, 1)
    columns = np.abs(np.arange(width) * 2 - sun_x)[None, :] / max(canvas.width, 1)
    lit = np.clip(relief * (1.2 - columns) + np.clip(0.35 - density, 0, 1) * 0.5, 0, 1)
    is_closed = scene.weather in _CLOSED
    bright = mix(palette.low, palette.sun, 0.04 if is_closed else 0.5)
    dark = mix(palette.middle, as_array(palette.top * 0.6), 0.6)
    dark = as_array(dark * _SHADE.get(scene.weather, 1.0))
    bright = as_array(bright * (0.72 if scene.weather is Weather.STORM else 1))
    if scene.mood is Mood.TENSE:
        dark = as_array(dark * 0.75)
    tones = between(dark, bright, as_array(lit))
    share = as_array(density * (0.66 + 0.3 * cover))
    rest = canvas.horizon + 1
    patch = np.stack([resize(tones[:, :, i], canvas.width, rest) for i in range(3)])
    canvas.blend(resize(share, canvas.width, rest), planar(patch))


def paint_puffs(canvas: Canvas, scene: Scene, palette: Palette, *, sun_x: float) -> None:
    """Round clouds, each different: heaps, banks and scraps; a closed ceiling for rain and snow."""
    is_closed = scene.weather in _CLOSED
    white = as_array([1, 1, 1])
    bright = mix(palette.low, white, 0.16 if palette.is_dark else 0.78)
    if scene.time is Time.NIGHT and not is_closed:
        bright = mix(palette.low, palette.middle, 0.15)
    shadow = mix(bright, palette.middle, 0.40)
    if scene.time in (Time.DAWN, Time.DUSK):
        shadow = mix(shadow, palette.top, 0.15)
    shade = _SHADE.get(scene.weather, 1.0)
    if scene.weather is Weather.CLOUDY or is_closed:
        bright = mix(as_array(bright * shade), palette.low, 0.3)
        shadow = as_array(mix(bright, palette.top, 0.35) * (0.5 + 0.5 * shade))
    if scene.mood is Mood.TENSE:
        bright, shadow = (
            mix(bright, palette.top, 0.45),
            mix(shadow, as_array(palette.top * 0.5), 0.6),
        )
    if is_closed or scene.mood is Mood.TENSE:
        _paint_ceiling(canvas, bright, shadow)
    count = 2 + round((_COVER[scene.weather] + _MOODS.get(scene.mood, 0)) * 9)
    for index in range(max(count, 2)):
        share = (index + float(canvas.rng.uniform(0.1, 0.9))) / count
        high = float(canvas.rng.uniform(0.12, 0.86))
        size = canvas.unit * (0.42 - 0.30 * high) * float(canvas.rng.uniform(0.8, 1.5))
        x, y = share * canvas.width, canvas.horizon * high
        if abs(x - sun_x) < size * 0.8 and not is_closed:  # the light stays free
            x += size * (1.1 if x > sun_x else -1.1)
        _paint_puff(canvas, (x, y), size, (bright, shadow), side=-1 if sun_x < x else 1)


def _paint_puff(
    canvas: Canvas, base: tuple[float, float], size: float, tones: tuple[Array, Array], *, side: int
) -> None:
    """Balls resting on a flat base; their lit parts are inside, towards the sun."""
    kind = int(canvas.rng.integers(0, 3))
    width = size * (1.0, 1.5, 0.7)[kind]
    rise = size * (0.62, 0.24, 0.34)[kind]
    count = (7, 8, 4)[kind]
    peak = float(canvas.rng.uniform(0.3, 0.7))
    balls: list[tuple[float, float, float]] = []
    for index in range(count):
        share = (index + 0.5) / count
        swell = max(1 - abs(share - peak) / max(peak, 1 - peak), 0.12) ** 0.8
        radius = size * (0.08 + 0.10 * swell) * float(canvas.rng.uniform(0.85, 1.2))
        lift = rise * swell * float(canvas.rng.uniform(0.15, 0.75))
        balls.append((width * (share - 0.5), -radius - lift, radius))
        balls.append((width * (share - 0.5) * 0.9, -radius, radius))
    bar = size * 0.11
    left = base[0] - width * 0.62 - size * 0.2
    top = base[1] - rise - size * 0.5
    box = round(width * 1.24 + size * 0.4), round(rise + size * 0.56)
    scale = 2
    image = Image.new("L", (box[0] * scale, box[1] * scale))
    pen = ImageDraw.Draw(image)
    origin = (width * 0.62 + size * 0.2) * scale, (rise + size * 0.5) * scale

    def ball(x: float, y: float, radius: float, value: int) -> None:
        px, py, reach = origin[0] + x * scale, origin[1] + y * scale, radius * scale
        pen.ellipse((px - reach, py - reach, px + reach, py + reach), fill=value)

    low = origin[1] - bar * scale
    half = (width * 0.5 - bar * 0.2) * scale
    pen.rounded_rectangle(
        (origin[0] - half, low, origin[0] + half, origin[1]), bar * scale / 2, fill=128
    )
    for x, y, radius in balls:
        ball(x, y, radius, 128)
    for x, y, radius in balls:
        ball(x + side * radius * 0.13, y - radius * 0.15, radius * 0.80, 255)
    values = as_array(np.asarray(image.reduce(scale)))
    mask = np.clip(values / 127, 0, 1)
    lit = np.clip(values / 127 - 1, 0, 1)
    bright, shadow = tones
    paint = between(shadow, bright, as_array(lit))
    canvas.blend(as_array(mask * 0.96), paint, top=round(top), left=round(left))


def _paint_ceiling(canvas: Canvas, bright: Array, shadow: Array) -> None:
    """Rows of hanging puffs from the upper edge, the nearest darkest."""
    for layer in range(3):
        depth = canvas.horizon * (0.46 - 0.15 * layer)
        tone = mix(bright, shadow, 0.35 + 0.32 * layer)
        count = 6 + 2 * layer
        line = np.zeros(canvas.width, np.float32)
        columns = np.arange(canvas.width, dtype=np.float32)
        for index in range(count + 2):
            middle = (index + float(canvas.rng.uniform(-0.6, 0.6))) / count * canvas.width
            radius = canvas.width / count * float(canvas.rng.uniform(0.6, 1.1))
            arch = np.sqrt(np.clip(1 - ((columns - middle) / radius) ** 2, 0, 1))
            hang = depth * float(canvas.rng.uniform(0.72, 1.05))
            line = np.maximum(line, (hang - radius * 0.35) + arch * radius * 0.35)
        reach = min(int(line.max()) + 2, canvas.height)
        rows = np.arange(reach, dtype=np.float32)[:, None]
        canvas.blend(as_array(np.clip(line[None, :] - rows, 0, 1)), tone)
