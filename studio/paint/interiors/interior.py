"""A room before it is furnished: its walls, its light and the things added to it."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from domain import Style
from studio.moods import Mood
from studio.paint.canvas import (
    Array,
    Canvas,
    as_array,
    colour,
    mix,
)
from studio.paint.materials import Materials, faded
from studio.paint.palette import Palette
from studio.paint.perspective import (
    AWAY,
    RIGHT,
    UP,
    Lamp,
    Lighting,
    Material,
    Setting,
    Vector,
    View,
)
from studio.paint.sky import Sun
from studio.scene import Framing, Scene, Time, Weather

EYE = 1.4
DEPTH = 7.0
WARM = colour("ffb45c")
_CAMERAS = {
    # Rows of the eye's height, of the far wall's foot and head, and that wall's share of the width.
    Framing.WIDE: (0.52, 0.775, 0.17, 0.66),
    Framing.MEDIUM: (0.49, 0.800, 0.08, 0.76),
    Framing.CLOSE: (0.46, 0.860, -0.06, 0.92),
}
_AMBIENT = {
    Time.DAWN: ("e8c8c4", 0.44),
    Time.DAY: ("f4f4ee", 0.58),
    Time.DUSK: ("c892a0", 0.34),
    Time.NIGHT: ("6f86c4", 0.24),
}
FILM_WARMTH = as_array([1.10, 0.97, 0.76])
"""How film stock takes the daylight in a room."""
OVERCAST = {
    Weather.CLEAR: 1.0,
    Weather.CLOUDY: 0.72,
    Weather.RAIN: 0.56,
    Weather.STORM: 0.42,
    Weather.SNOW: 0.78,
    Weather.FOG: 0.62,
}
_MOODS = {
    # Ambient light, lamps, and how much colour is lost.
    Mood.CALM: (1.0, 1.0, 0.0),
    Mood.JOYFUL: (1.18, 1.15, 0.0),
    Mood.SAD: (0.70, 0.72, 0.38),
    Mood.TENSE: (0.56, 1.15, 0.12),
    Mood.MYSTERIOUS: (0.66, 0.85, 0.12),
    Mood.HOPEFUL: (1.05, 1.10, 0.0),
}


@dataclass(slots=True)
class Piece:
    """A thing in the room: x and x, z and z in metres, and how to paint it."""

    x: tuple[float, float]
    z: tuple[float, float]
    paint: Callable[[], None]
    is_standing: bool = True
    """It darkens the floor around it."""


@dataclass(slots=True)
class Interior:
    """A room between walls at x = -half and half, its ceiling at `height`, far wall at DEPTH."""

    setting: Setting
    make: Materials
    scene: Scene
    palette: Palette
    half: float
    height: float
    side: int
    """The side the window is on: -1 left, 1 right."""
    design: np.random.Generator
    """The variant of the room: all shots of a story show the same one, from different sides."""
    pieces: list[Piece] = field(default_factory=list[Piece])
    flames: list[Vector] = field(default_factory=list[Vector])
    """Where lamps and fires are lit; the first is the strongest."""

    @property
    def is_lit(self) -> bool:
        """Lamps are lit."""
        return self.palette.is_dark or self.scene.weather is Weather.RAIN

    @property
    def is_narrow(self) -> bool:
        """There is little space side by side, as in an upright picture."""
        return self.half < 2.7

    @property
    def is_plain(self) -> bool:
        """Small things are left out: the camera is near, and they would crowd the face."""
        return self.scene.framing is Framing.CLOSE

    def tone(self, code: str) -> Array:
        """A material's colour in the style and the mood."""
        base = faded(colour(code), _MOODS[self.scene.mood][2])
        if self.setting.style is Style.MOVIE:
            base = as_array(faded(base, 0.12) * 0.74)
        elif self.setting.is_drawn:
            base = as_array(np.clip(base * 1.14 + 0.05, 0, 1))
        return base

    def pick(self, *codes: str) -> Array:
        """One of the colours, the same in every picture of such a room."""
        return self.tone(codes[int(self.design.integers(0, len(codes)))])

    def chance(self, share: float) -> bool:
        """True for that share of the variants of such a room."""
        return bool(self.design.random() < share)

    def add(
        self,
        x: tuple[float, float],
        z: tuple[float, float],
        paint: Callable[[], None],
        *,
        is_standing: bool = True,
    ) -> None:
        """Put a thing into the room, to be painted in its turn."""
        self.pieces.append(Piece(x, z, paint, is_standing))

    def light_lamp(self, at: Vector, *, strength: float = 1.0, reach: float = 1.5) -> None:
        """Let a flame light the room; call it before the walls are painted."""
        factor = _MOODS[self.scene.mood][1] * strength
        film = 0.92 if self.setting.style is Style.MOVIE else 1.0
        lamp = Lamp(at, as_array(WARM * (1.55 * factor * film)), reach)
        self.setting.lighting.lamps += (lamp,)
        self.flames.append(at)

    def furnish(self) -> None:
        """Paint what was added, far things first."""
        for piece in sorted(self.pieces, key=lambda piece: -(piece.z[0] + piece.z[1])):
            piece.paint()

    def shell(self, wall: Material, floor: Material, ceiling: Material) -> None:
        """Paint floor, ceiling and walls, with the shadows of things on the floor."""
        self.setting.lighting.footprints = [
            (*piece.x, *piece.z) for piece in self.pieces if piece.is_standing
        ]
        half, top, near = self.half, self.height, 1.2
        width = half + 0.02
        face = self.setting.face
        flat = [(-width, near), (width, near), (width, DEPTH), (-width, DEPTH)]
        upright = [(near, 0.0), (DEPTH + 0.02, 0.0), (DEPTH + 0.02, top), (near, top)]
        face((0, top, 0), (RIGHT, AWAY), flat, ceiling)
        face((0, 0, 0), (RIGHT, AWAY), flat, floor)
        face((-half, 0, 0), (AWAY, UP), upright, wall)
        face((half, 0, 0), (AWAY, UP), upright, wall)
        face(
            (0, 0, DEPTH), (RIGHT, UP), [(-width, 0), (width, 0), (width, top), (-width, top)], wall
        )

    def skirting(self, material: Material, *, height: float = 0.14) -> None:
        """A board along the foot of the walls."""
        face, half = self.setting.face, self.half
        for x in (-half + 0.02, half - 0.02):
            strip = [(1.2, 0.0), (DEPTH, 0.0), (DEPTH, height), (1.2, height)]
            face((x, 0, 0), (AWAY, UP), strip, material)
        far = [(-half, 0.0), (half, 0.0), (half, height), (-half, height)]
        face((0, 0, DEPTH - 0.02), (RIGHT, UP), far, material)

    def sun(self, window: Vector) -> Sun:
        """The light source of figures: the first flame when lamps are lit, else the window."""
        at = self.flames[0] if self.is_lit and self.flames else window
        return Sun(*self.setting.view.project(at), is_hidden=False)

    def finish(self) -> None:
        """The air of the room, and the blur of what is out of focus."""
        setting = self.setting
        if setting.is_drawn:
            for at in self.flames if self.is_lit else ():
                setting.glow(at, 0.16, WARM, 0.5)
            return
        if self.is_lit:
            for at in self.flames:
                setting.glow(at, 0.65, WARM, 0.34)
                setting.glow(at, 0.10, colour("fff0cc"), 0.75)
        if self.is_plain:
            setting.defocus(setting.canvas.unit * 0.008)


def open_interior(
    canvas: Canvas, scene: Scene, palette: Palette, style: Style, *, loftiness: float = 0.0
) -> Interior:
    """An empty room in the scene's light; loftiness raises it, in shares of the picture."""
    eye_row, foot, head, share = _CAMERAS[scene.framing]
    if canvas.height > canvas.width * 1.2:
        eye_row, foot, share = eye_row + 0.08, foot + 0.04, min(share + 0.16, 1.0)
        head += 0.06
    sway = float(canvas.rng.uniform(-0.05, 0.05))
    far = canvas.height * (foot - eye_row) / EYE
    view = View(canvas.width * (0.5 + sway), canvas.height * eye_row, far * DEPTH, EYE)
    half = canvas.width * share / 2 / far
    height = canvas.height * (foot - head + loftiness) / far
    tone, brightness = _AMBIENT[scene.time]
    ambient_share, _, _ = _MOODS[scene.mood]
    level = brightness * ambient_share * (0.55 + 0.45 * OVERCAST[scene.weather])
    light = colour(tone)
    if style is Style.MOVIE:
        level *= 0.74
        light = mix(light, as_array(light * FILM_WARMTH), 1.0 if not palette.is_dark else 0.4)
    elif style is Style.ANIMATION:
        level = level * 1.2 + 0.10
    lighting = Lighting(
        as_array(light * level),
        corners=(half, height, DEPTH),
        occlusion=0.5 if style is Style.MOVIE else 0.42,
    )
    thickness = 0.012 if style is Style.MOVIE else 0.0
    if scene.mood is Mood.MYSTERIOUS and style is not Style.ANIMATION:
        thickness += 0.03
    air = mix(as_array(palette.low * 0.5), colour("3c3f66"), 0.4)
    setting = Setting(canvas, view, lighting, style, air, thickness)
    side = -1 if canvas.rng.random() < 0.5 else 1
    design = np.random.default_rng([*f"{scene.place} {scene.world}".encode()])
    return Interior(setting, Materials(canvas, style), scene, palette, half, height, side, design)
