"""Places the figures of a scene and paints them in the style's manner."""

import hashlib
from dataclasses import dataclass

import numpy as np

from domain import Style
from orchestration.providers.studio.paint.canvas import (
    Array,
    Canvas,
    as_array,
    blurred,
    colour,
    mix,
    noise,
    polygon_mask,
)
from orchestration.providers.studio.paint.figure_drawing import draw_figure, feet_margin
from orchestration.providers.studio.paint.figures import DRAWINGS
from orchestration.providers.studio.paint.palette import Palette
from orchestration.providers.studio.paint.sky import Sun
from orchestration.providers.studio.scene import (
    BUILDINGS,
    PEOPLE,
    Figure,
    Framing,
    Place,
    Scene,
    Subject,
    Time,
)

_PERSON_HEIGHT = {Framing.WIDE: 0.25, Framing.MEDIUM: 0.38, Framing.CLOSE: 0.54}
"""Of the picture's shorter side."""
_INDOOR_HEIGHT = 0.42
"""The walls of a room are near, and so are the people."""
_FIXED = BUILDINGS | {Figure.TREE}
_CLOTHES = ("b5423c", "2f6fb0", "3f8f5f", "d08a2e", "7a4fa0", "c45a86", "3a7f8c", "8a6a3f")
_FURS = {
    Figure.RABBIT: ("cdb69c", "b2977a"),
    Figure.FOX: ("d9722e", "b85a22"),
    Figure.DOG: ("a87a4c", "8a6038"),
    Figure.CAT: ("9a9aa6", "7c7c8a"),
    Figure.HORSE: ("8a5a3a", "6e452b"),
    Figure.TORTOISE: ("93a35c", "7f914c"),
}
_TONES = {
    "skin": "e8b894",
    "hair": "3b2a22",
    "dark": "33303a",
    "light": "f3ead8",
    "accent": "c8463c",
    "sail": "f6f0e2",
    "sail2": "e6dac2",
    "wall": "efe3cc",
    "roof": "b4543a",
    "wood": "73502f",
    "rock": "5b5a5e",
    "leaf": "6aa844",
    "leaf2": "4a8437",
    "shell": "7a6a3a",
    "shell2": "98864c",
}


@dataclass(frozen=True, slots=True)
class _Spot:
    """Where a figure stands: the feet, and its height, in pixels."""

    x: float
    y: float
    height: int


def paint_cast(canvas: Canvas, scene: Scene, palette: Palette, sun: Sun, style: Style) -> None:
    """Paint the scene's figures: what is fixed first, then whoever is nearest."""
    hero_side = 1 if sun.x < canvas.width / 2 else -1  # opposite the light, which then rims him
    fixed = [s for s in scene.subjects if s.figure in _FIXED]
    movers = [s for s in scene.subjects if s.figure not in _FIXED and s.figure is not Figure.BIRDS]
    if any(subject.figure is Figure.BIRDS for subject in scene.subjects):
        _paint_birds(canvas, palette)
    if scene.place is not Place.ROOM:
        for index, subject in enumerate(fixed):
            spot = _fixed_spot(canvas, scene, subject, index, -hero_side)
            _paint_figure(canvas, scene, palette, sun, style, subject, spot)
    walkers = sum(subject.figure is not Figure.BOAT for subject in movers)
    scale = _scale(scene, movers)
    index = 0
    for subject in movers:
        if subject.figure is Figure.BOAT:
            if scene.place is not Place.ROOM:
                spot = _boat_spot(canvas, scene, hero_side)
                _paint_figure(canvas, scene, palette, sun, style, subject, spot)
            continue
        for spot in _walker_spots(canvas, subject, scale, (index, walkers), hero_side):
            _paint_figure(canvas, scene, palette, sun, style, subject, spot)
        index += 1


def _scale(scene: Scene, movers: list[Subject]) -> float:
    """A person's height; among animals alone the camera comes nearer."""
    size = _PERSON_HEIGHT[scene.framing]
    if scene.place is Place.ROOM:
        size = max(size, _INDOOR_HEIGHT)
    heights = [DRAWINGS[s.figure].height for s in movers if s.figure is not Figure.BOAT]
    tallest = max(heights, default=1.0)
    return size * (0.72 / tallest if tallest < 0.6 else 1.0)


def _fixed_spot(canvas: Canvas, scene: Scene, subject: Subject, index: int, side: int) -> _Spot:
    at_sea = scene.place is Place.SEA
    depth = 0.06 if at_sea else 0.52
    if scene.place is Place.RIVER:
        depth = 0.80  # this side of the water
    y = canvas.horizon + (canvas.height - canvas.horizon) * depth
    x = canvas.width * (0.5 + side * (0.29 - 0.22 * index))
    size = {Framing.WIDE: 0.15, Framing.MEDIUM: 0.17, Framing.CLOSE: 0.2}[scene.framing]
    height = canvas.unit * size * DRAWINGS[subject.figure].height
    return _Spot(x, y, round(min(height, y * 0.93)))


def _boat_spot(canvas: Canvas, scene: Scene, side: int) -> _Spot:
    nearness = {Framing.WIDE: 0.16, Framing.MEDIUM: 0.26, Framing.CLOSE: 0.40}[scene.framing]
    y = canvas.horizon + (canvas.height - canvas.horizon) * nearness
    height = canvas.unit * (0.14 + 0.5 * nearness)
    return _Spot(canvas.width * (0.5 + side * 0.06), y, round(height * 1.1))


def _walker_spots(
    canvas: Canvas, subject: Subject, scale: float, order: tuple[int, int], side: int
) -> list[_Spot]:
    index, count = order
    places = {1: (0.17,), 2: (0.20, -0.06), 3: (0.26, 0.06, -0.14)}[min(max(count, 1), 3)]
    place = places[min(index, len(places) - 1)]
    height = round(canvas.unit * scale * DRAWINGS[subject.figure].height)
    x, y = canvas.width * (0.5 + side * place), canvas.height * 0.945
    if subject.figure is not Figure.CROWD:
        return [_Spot(x, y, height)]
    crowd = ((-0.30, 0.80), (0.34, 0.84), (-0.02, 0.9), (0.62, 0.94), (-0.6, 0.96), (0.2, 1.0))
    return [
        _Spot(x + dx * height, y - (1 - size) * height * 0.5, round(height * size * 0.9))
        for dx, size in crowd
    ]


def _paint_figure(
    canvas: Canvas,
    scene: Scene,
    palette: Palette,
    sun: Sun,
    style: Style,
    subject: Subject,
    spot: _Spot,
) -> None:
    height = max(spot.height, 8)
    flipped = spot.x > canvas.width / 2 and subject.figure not in BUILDINGS
    tones, mask = draw_figure(
        DRAWINGS[subject.figure],
        _colours(subject, palette, scene, style, variant=round(spot.x)),
        height=height,
        outline=style is Style.ANIMATION,
        flipped=flipped,
    )
    left = round(spot.x - mask.shape[1] / 2)
    top = round(spot.y + feet_margin(height) - mask.shape[0])
    _paint_shadow(canvas, spot, mask.shape[1], sun, style)
    if style is Style.REALISTIC:
        tones = _shaded(canvas, tones, is_lit_left=sun.x < spot.x)
    if style is Style.MOVIE:  # air between the figure and what is behind it
        canvas.halo(spot.x, spot.y - height * 0.5, height * 0.55, palette.haze, 0.34)
    canvas.blend(mask, tones, top=top, left=left)
    if style is not Style.ANIMATION and not sun.is_hidden:
        shift = max(1, round(height * 0.012)) * (1 if sun.x < spot.x else -1)
        rim = np.clip(mask - np.roll(mask, shift, axis=1), 0, 1)
        strength = 0.7 if style is Style.MOVIE else 0.35
        canvas.shine(as_array(rim * strength), palette.sun, top=top, left=left)
    if palette.is_dark:
        _paint_lamps(canvas, scene, subject, spot)


def _colours(
    subject: Subject, palette: Palette, scene: Scene, style: Style, *, variant: int
) -> dict[str, Array]:
    """Each role's colour in the light of the hour; lit windows keep their own."""
    key = subject.word if subject.figure is not Figure.CROWD else f"{subject.word}{variant}"
    digest = hashlib.sha256(key.encode("utf-8", "replace")).digest()
    cloth = colour(_CLOTHES[digest[0] % len(_CLOTHES)])
    fur, fur2 = (colour(code) for code in _FURS.get(subject.figure, ("a0866c", "84705a")))
    tones = {role: colour(code) for role, code in _TONES.items()}
    tones |= {"cloth": cloth, "cloth2": as_array(cloth * 0.82), "fur": fur, "fur2": fur2}
    if subject.figure in PEOPLE:
        tones["accent"] = mix(colour("c9a25c"), cloth, 0.2)
    tones["window"] = as_array([0.45, 0.55, 0.65])
    light = as_array(0.25 + 0.75 * palette.light)
    if scene.time is Time.NIGHT:
        light = as_array(light * 0.85)
    if style is Style.MOVIE:
        dark = as_array(palette.ground * 0.22)
        tones = {role: mix(dark, as_array(tone * light), 0.30) for role, tone in tones.items()}
    else:
        tones = {role: as_array(tone * light) for role, tone in tones.items()}
    if palette.is_dark:
        tones["window"] = colour("ffd685")
    return tones


def _paint_shadow(canvas: Canvas, spot: _Spot, width: int, sun: Sun, style: Style) -> None:
    """What stands on the ground darkens it."""
    if style is Style.MOVIE or sun.is_hidden:
        return
    across, down = width * 0.32, max(spot.height * 0.035, 2)
    size = round(across * 2.6), round(down * 6)
    rows, columns = np.mgrid[0 : size[1], 0 : size[0]].astype(np.float32)
    distance = np.hypot((columns - size[0] / 2) / across, (rows - size[1] / 2) / down)
    mask = np.clip(1.2 - distance, 0, 1) * 0.4
    shift = round(across * (0.35 if sun.x < spot.x else -0.35))
    left, top = round(spot.x - size[0] / 2) + shift, round(spot.y - size[1] / 2)
    canvas.blend(as_array(mask), as_array([0.05, 0.06, 0.08]), top=top, left=left)


def _shaded(canvas: Canvas, tones: Array, *, is_lit_left: bool) -> Array:
    """Light from one side and from above, and a little cloth and stone in the surface."""
    height, width = tones.shape[:2]
    across = np.linspace(1.18, 0.62, width)
    across = across if is_lit_left else across[::-1]
    down = np.linspace(1.08, 0.84, height)
    grain = 0.88 + 0.24 * noise(canvas.rng, width, height, cells=(9, 9), octaves=4)
    return as_array(tones * across[None, :, None] * down[:, None, None] * grain[:, :, None])


def _paint_lamps(canvas: Canvas, scene: Scene, subject: Subject, spot: _Spot) -> None:
    warm = colour("ffc46a")
    if subject.figure is Figure.HOUSE:
        for side in (-0.27, 0.27):
            x, y = spot.x + side * spot.height, spot.y - spot.height * 0.29
            canvas.halo(x, y, spot.height * 0.22, warm, 0.55)
    elif subject.figure is Figure.LIGHTHOUSE:
        lamp = spot.x, spot.y - spot.height * 0.86
        _paint_beam(canvas, lamp, spot.height, side=1 if lamp[0] < canvas.width / 2 else -1)
        canvas.halo(*lamp, spot.height * 0.12, colour("fff2c8"), 1.0)
    elif subject.figure is Figure.BOAT and scene.time is Time.NIGHT:
        canvas.halo(spot.x, spot.y - spot.height * 0.2, spot.height * 0.2, warm, 0.8)


def _paint_beam(canvas: Canvas, lamp: tuple[float, float], height: int, *, side: int) -> None:
    x, y = lamp
    reach = canvas.width * 0.62 * side
    lift = -canvas.unit * 0.07
    cone = [
        (x, y - height * 0.008),
        (x + reach, y + lift - height * 0.11),
        (x + reach, y + lift + height * 0.11),
        (x, y + height * 0.008),
    ]
    beam = blurred(polygon_mask(cone, (canvas.width, canvas.height)), canvas.unit * 0.012)
    fade = np.clip(1 - np.abs(np.arange(canvas.width) - x) / abs(reach), 0, 1) ** 1.2
    canvas.shine(as_array(beam * fade[None, :] * 0.6), colour("ffeebb"))


def _paint_birds(canvas: Canvas, palette: Palette) -> None:
    tone = as_array(palette.top * 0.25)
    x = canvas.width * float(canvas.rng.uniform(0.3, 0.6))
    y = canvas.horizon * float(canvas.rng.uniform(0.25, 0.45))
    for index in range(7):
        step = (index + 1) // 2 * (1 if index % 2 else -1)
        centre = x + step * canvas.unit * 0.05, y + abs(step) * canvas.unit * 0.026
        size = canvas.unit * (0.018 + 0.004 * float(canvas.rng.random()))
        for wing in (-1, 1):
            canvas.polygon(
                [
                    centre,
                    (centre[0] + wing * size * 0.5, centre[1] - size * 0.55),
                    (centre[0] + wing * size * 1.2, centre[1] - size * 0.15),
                    (centre[0] + wing * size * 0.5, centre[1] - size * 0.35),
                ],
                tone,
            )
