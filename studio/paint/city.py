"""Paints a city: a street between houses towards a skyline, with lamps, trees, rain or snow."""

import numpy as np

from domain import Style
from studio.moods import Mood
from studio.paint.canvas import Array, Canvas, as_array, colour, mix, picked
from studio.paint.materials import Materials, faded
from studio.paint.palette import Palette
from studio.paint.perspective import (
    AWAY,
    RIGHT,
    UP,
    Lamp,
    Lighting,
    Setting,
    View,
    flat,
)
from studio.paint.skyline import paint_skyline_view
from studio.paint.streets import HALF, Street, paint_row
from studio.scene import Figure, Framing, Scene, Weather, World

_EYE = 1.7
_FAR = 1_500.0
_FOCAL = {Framing.WIDE: 0.92, Framing.MEDIUM: 1.12, Framing.CLOSE: 1.4}
_ASIDE = (0.02, 0.20)
"""How far beside the middle the street ends, of the width."""
_SODIUM = colour("ffbe6e")
_FADED = {Mood.SAD: 0.4, Mood.TENSE: 0.2, Mood.MYSTERIOUS: 0.15}


def paint_city(
    canvas: Canvas, palette: Palette, style: Style, *, scene: Scene | None = None
) -> None:
    """Paint a street over the sky; without a scene it is modern, clear and wide."""
    weather = scene.weather if scene else Weather.CLEAR
    if scene and _is_skyline(scene):
        paint_skyline_view(canvas, palette, style, weather)
        return
    framing = scene.framing if scene else Framing.WIDE
    mood = scene.mood if scene else Mood.CALM
    town = scene.world if scene else World.MODERN
    street = _open_street(canvas, palette, style, (weather, framing, mood, town))
    _paint_skyline(street, palette)
    _paint_ground(street)
    for side in (-1, 1):
        paint_row(street, side)
    is_wet = weather in (Weather.RAIN, Weather.STORM)
    if is_wet or palette.is_dark:
        _paint_reflections(street, 0.55 if is_wet else 0.22)
    _paint_roadside(street)
    if town is World.MODERN:
        _paint_parked_cars(street)
    if style is Style.MOVIE or weather is Weather.FOG:
        _paint_haze(street, palette, 0.75 if weather is Weather.FOG else 0.38)
    if framing is Framing.CLOSE and style is not Style.ANIMATION:
        street.setting.defocus(canvas.unit * 0.009)
    elif framing is Framing.MEDIUM and style is Style.MOVIE:
        street.setting.defocus(canvas.unit * 0.0035)


def _is_skyline(scene: Scene) -> bool:
    """Without figures on the street: the city itself is shown, from afar."""
    is_empty = all(subject.figure is Figure.BIRDS for subject in scene.subjects)
    return is_empty and scene.framing is Framing.WIDE and scene.world is World.MODERN


def _open_street(
    canvas: Canvas, palette: Palette, style: Style, brief: tuple[Weather, Framing, Mood, World]
) -> Street:
    weather, framing, mood, town = brief
    rng = canvas.rng
    focal = max(canvas.height, canvas.width * 0.62) * _FOCAL[framing]
    if canvas.height > canvas.width:
        focal = canvas.height * 0.62 * _FOCAL[framing]
    centre = canvas.width * (0.5 + float(rng.choice((-1, 1)) * rng.uniform(*_ASIDE)))
    side = -1 if rng.random() < 0.5 else 1
    level = {Style.MOVIE: 0.42, Style.ANIMATION: 0.72, Style.REALISTIC: 0.56}[style]
    if palette.is_dark:
        level *= 0.72
    ambient = as_array(mix(palette.light, palette.middle, 0.25) * level)
    strength = (0.25 if palette.is_dark else 0.62) * (0.55 if style is Style.MOVIE else 1.0)
    strength *= 1.0 if weather is Weather.CLEAR else 0.35
    sun = Lamp((side * 60.0, 45.0, 30.0), as_array(palette.light * strength), 400.0)
    thickness = {Style.MOVIE: 0.020, Style.ANIMATION: 0.009, Style.REALISTIC: 0.013}[style]
    if weather not in (Weather.CLEAR, Weather.CLOUDY):
        thickness *= 2.6 if weather is Weather.FOG else 1.3
    if palette.is_dark:
        thickness *= 0.7
    setting = Setting(
        canvas,
        View(centre, canvas.horizon, focal, _EYE),
        Lighting(ambient, (sun,)),
        style,
        palette.haze,
        thickness,
    )
    lost = _FADED.get(mood, 0.0)

    def fade(tone: Array) -> Array:
        return faded(tone, lost)

    bright = as_array(ambient * 0.86)
    if style is Style.ANIMATION:
        bright = as_array(
            ambient * (min(max(float(ambient.max()), 0.34), 0.9) / float(ambient.max()))
        )
    return Street(
        setting,
        Materials(canvas, style),
        town,
        palette.is_dark,
        weather is Weather.SNOW,
        bright,
        fade,
    )


def _paint_skyline(street: Street, palette: Palette) -> None:
    """Towers or roofs far off, in the haze."""
    setting = street.setting
    canvas, view = setting.canvas, setting.view
    for layer in (0, 1):
        tone = mix(as_array(palette.middle * 0.62), palette.haze, 0.62 - 0.24 * layer)
        x = -4.0
        while x < canvas.width:
            wide = canvas.unit * setting.uniform(0.035, 0.08)
            tall = canvas.unit * setting.uniform(0.05, 0.13) * (1.3 - 0.4 * layer)
            if street.town is World.MODERN:
                tall *= setting.uniform(1.2, 2.9)
            y = view.horizon - tall
            shape = [(x, view.horizon + 2), (x, y), (x + wide, y), (x + wide, view.horizon + 2)]
            if street.town is not World.MODERN:
                shape.insert(2, (x + wide / 2, y - wide * 0.45))
            elif setting.chance(0.2):
                shape[2:2] = [
                    (x + wide * 0.46, y),
                    (x + wide * 0.5, y - tall * 0.3),
                    (x + wide * 0.54, y),
                ]
            canvas.polygon(shape, tone)
            if street.is_dark:
                _light_tower(street, (x, y, wide, tall))
            x += wide * setting.uniform(0.8, 1.2)


def _light_tower(street: Street, box: tuple[float, float, float, float]) -> None:
    canvas = street.setting.canvas
    x, y, wide, tall = box
    count = int(tall / canvas.unit * 70)
    size = max(1, round(canvas.unit * 0.003))
    for across, down in canvas.rng.random((count, 2)):
        column, row = int(x + wide * (0.1 + 0.8 * across)), int(y + tall * (0.06 + 0.8 * down))
        if column >= 0 and row >= 0:
            canvas.rgb[row : row + size, column : column + size] = _SODIUM * np.float32(0.85)


def _paint_ground(street: Street) -> None:
    setting, make = street.setting, street.make
    half = HALF[street.town]
    if street.town is World.MODERN:
        road = make.plaster(street.tone("6a6e76"))
    else:
        road = make.masonry(
            street.tone("8c8478" if street.town is World.OLD else "85807a"), size=(0.5, 0.32)
        )
    walk = make.tiles(street.tone("a8a49c"), street.tone("a09c94"), size=1.0)
    if street.is_snowy:
        road, walk = make.plaster(street.tone("d4dde8")), make.plaster(street.tone("eef3fa"))
    flat = [(-half - 14, 1.2), (half + 14, 1.2), (half + 14, _FAR), (-half - 14, _FAR)]
    setting.face((0, 0, 0), (RIGHT, AWAY), flat, road)
    if street.town is not World.MODERN:
        return
    kerb = half - 3.0
    for side in (-1, 1):
        strip = [(side * kerb, 1.2), (side * half, 1.2), (side * half, _FAR), (side * kerb, _FAR)]
        setting.face((0, 0.05, 0), (RIGHT, AWAY), strip, walk)
    line = make.plain(street.tone("d8d4c4"))
    for z in np.arange(4.0, 60.0, 6.0):
        dash = [(-0.09, float(z)), (0.09, float(z)), (0.09, float(z) + 3), (-0.09, float(z) + 3)]
        setting.face((0, 0.01, 0), (RIGHT, AWAY), dash, line, is_inked=False)


def _paint_reflections(street: Street, share: float) -> None:
    """The wet road mirrors what is above it, broken by ripples; most strongly near the horizon."""
    canvas = street.setting.canvas
    start = canvas.horizon + 1
    height = canvas.height - start
    if height < 2:
        return
    rows = np.arange(height)
    source = np.clip(start - 2 - (rows * 1.5).astype(int), 0, canvas.height - 1)
    sway = (canvas.rng.standard_normal((height, 1)) * canvas.unit * 0.005).astype(int)
    columns = np.clip(np.arange(canvas.width)[None, :] + sway, 0, canvas.width - 1)
    mirrored = picked(canvas.rgb, source[:, None], columns)
    # Walls that reach below the horizon stay dry: only the road between them shines.
    view = street.setting.view
    edge = HALF[street.town] / _EYE * (rows + 1)[:, None]
    inside = np.clip((edge - np.abs(np.arange(canvas.width)[None, :] - view.centre)) / 6, 0, 1)
    fall = np.linspace(share, share * 0.25, height)[:, None]
    canvas.blend(as_array(inside * fall), mirrored, top=start)


def _paint_roadside(street: Street) -> None:
    setting = street.setting
    half = HALF[street.town] - (1.6 if street.town is World.MODERN else 0.9)
    iron = street.make.plain(street.tone("33363c"))
    leaf = street.tone("e4ecf2") if street.is_snowy else street.pick("4f8a45", "5f9a4a", "8a9a45")
    crown = tuple(
        (1.3 * float(np.cos(a)), 1.4 + 1.4 * float(np.sin(a))) for a in np.linspace(-1.5, 1.5, 11)
    )
    trunk = street.tone("4f3a2a")
    for z in (46.0, 33.0, 23.0, 15.5):
        for side in (-1, 1):
            x = side * half
            if street.town is not World.EASTERN:
                if street.town is World.MODERN:
                    at = (x, 0.0, z + 3.6)
                    setting.turned(at, ((0.14, 0.0), (0.1, 2.4)), trunk)
                    setting.turned((x, 1.9, z + 3.55), crown, leaf)
                pole = [(-0.06, 0.0), (0.06, 0.0), (0.05, 4.2), (-0.05, 4.2)]
                setting.face((x, 0, z), (RIGHT, UP), pole, iron, is_inked=False)
                head = ((0.10, 0.0), (0.22, 0.36), (0.06, 0.5))
                tone = colour("ffe7b4") if street.is_dark else street.tone("d8d4c8")
                setting.turned((x, 4.15, z), head, tone, shines=0.95 if street.is_dark else 0.2)
                if street.is_dark:
                    setting.glow((x, 4.4, z), 1.5, _SODIUM, 0.6)
                    _paint_pool(street, (x, z))


def _paint_parked_cars(street: Street) -> None:
    """Cars at the kerb, seen from behind, the far ones first."""
    setting, make = street.setting, street.make
    kerb = HALF[World.MODERN] - 4.1
    for z in (38.0, 27.0, 19.0):
        for side in (-1, 1):
            if not setting.chance(0.55):
                continue
            left = side * kerb - 0.9
            body = make.plain(street.pick("a8443c", "3f6ea5", "d8d4cc", "5a5f6c", "c8a23c"))
            glass = make.plain(mix(street.tone("2c343c"), setting.air, 0.3))
            rubber = make.plain(street.tone("1c1c20"))
            setting.box((left + 0.1, left + 1.7), (0.0, 0.28), (z + 0.3, z + 3.6), rubber)
            setting.box((left + 0.18, left + 1.62), (0.8, 1.36), (z + 0.9, z + 3.0), glass)
            setting.box((left, left + 1.8), (0.24, 0.84), (z, z + 4.2), body)
            for across in (0.12, 1.36):
                light = [(left + across, 0.56), (left + across + 0.32, 0.56),
                    (left + across + 0.32, 0.74), (left + across, 0.74)]  # fmt: skip
                tail = flat(colour("ff3a2c" if street.is_dark else "b0302a"))
                shines = 1.0 if street.is_dark else 0.2
                setting.face((0, 0, z - 0.02), (RIGHT, UP), light, tail, shines=shines,
                    is_inked=False)  # fmt: skip


def _paint_pool(street: Street, at: tuple[float, float]) -> None:
    """The circle of light of a lamp on the ground."""
    view = street.setting.view
    angles = np.linspace(0, 2 * np.pi, 20, endpoint=False)
    shape = [
        view.project((at[0] + 2.2 * float(np.cos(a)), 0.0, at[1] + 2.2 * float(np.sin(a))))
        for a in angles
    ]
    street.setting.shine([shape], _SODIUM, 0.22, blur=street.setting.canvas.unit * 0.012)


def _paint_haze(street: Street, palette: Palette, share: float) -> None:
    """A light haze at the end of the street."""
    setting = street.setting
    canvas = setting.canvas
    rows = (np.arange(canvas.height, dtype=np.float32)[:, None] - canvas.horizon) / (
        canvas.unit * 0.22
    )
    columns = (np.arange(canvas.width, dtype=np.float32)[None, :] - setting.view.centre) / (
        canvas.unit * 0.6
    )
    mask = share * np.exp(-(rows**2) - columns**2)
    canvas.blend(as_array(mask), palette.haze)
