"""A room before it is furnished: walls, light, and windows with the hour and weather outside."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from domain import Style
from orchestration.moods import Mood
from orchestration.providers.studio.paint.canvas import (
    Array,
    Canvas,
    Point,
    as_array,
    below,
    colour,
    mix,
    ridge,
)
from orchestration.providers.studio.paint.materials import Materials, faded
from orchestration.providers.studio.paint.palette import Palette
from orchestration.providers.studio.paint.perspective import (
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
from orchestration.providers.studio.paint.sky import Sun, paint_sky
from orchestration.providers.studio.paint.weather import paint_weather
from orchestration.providers.studio.scene import Framing, Scene, Time, Weather

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
_DAYLIGHT = {
    Time.DAWN: ("ffc9a0", 1.10),
    Time.DAY: ("fff2d8", 1.30),
    Time.DUSK: ("ff9a58", 1.00),
    Time.NIGHT: ("8fb0ff", 0.34),
}
_FILM_WARMTH = as_array([1.10, 0.97, 0.76])
"""How film stock takes the daylight in a room."""
_OVERCAST = {
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
    """A thing that stands somewhere: x and x, z and z in metres, and how to paint it."""

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
    """What such a room is made of: a story's shots show the same one, from other sides."""
    pieces: list[Piece] = field(default_factory=list[Piece])
    flames: list[Vector] = field(default_factory=list[Vector])
    """Where lamps and fires burn; the first is the strongest."""

    @property
    def is_lit(self) -> bool:
        """Lamps burn."""
        return self.palette.is_dark or self.scene.weather is Weather.RAIN

    @property
    def is_narrow(self) -> bool:
        """Little stands side by side, as in an upright picture."""
        return self.half < 2.7

    @property
    def is_plain(self) -> bool:
        """Small things are left out: the camera is near, and they would crowd the face."""
        return self.scene.framing is Framing.CLOSE

    def tone(self, code: str) -> Array:
        """A material's colour as the style and the mood have it."""
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
        """True for that share of the choices that make such a room."""
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
        """Paint floor, ceiling and walls; the shadows of what stands on the floor lie there."""
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
        """Where figures get their light from: the first flame when lamps burn, else the window."""
        at = self.flames[0] if self.is_lit and self.flames else window
        return Sun(*self.setting.view.project(at), is_hidden=False)

    def finish(self) -> None:
        """The air of the room, and what is out of focus."""
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
    """An empty room in the scene's light; loftiness lifts the ceiling by a share of the picture."""
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
    level = brightness * ambient_share * (0.55 + 0.45 * _OVERCAST[scene.weather])
    light = colour(tone)
    if style is Style.MOVIE:
        level *= 0.66
        light = mix(light, as_array(light * _FILM_WARMTH), 1.0 if not palette.is_dark else 0.4)
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


@dataclass(frozen=True, slots=True)
class Window:
    """An opening in the far wall, or in a side wall where `across` runs away from the viewer."""

    origin: Vector
    across: Vector
    width: float
    height: float
    inward: Vector

    def point(self, u: float, v: float, off: float = 0.0) -> Vector:
        """The point so many metres across and up, and off the wall."""
        return (
            self.origin[0] + u * self.across[0] + off * self.inward[0],
            self.origin[1] + v,
            self.origin[2] + u * self.across[2] + off * self.inward[2],
        )

    @property
    def centre(self) -> Vector:
        """Its middle."""
        return self.point(self.width / 2, self.height / 2)


def far_window(x: float, y: float, width: float, height: float) -> Window:
    """A window in the far wall, by its lower left corner."""
    return Window((x, y, DEPTH - 0.01), RIGHT, width, height, (0, 0, -1))


def side_window(room: Interior, z: float, y: float, width: float, height: float) -> Window:
    """A window in the wall of the room's window side, by its nearer lower corner."""
    x = room.side * (room.half - 0.01)
    return Window((x, y, z), AWAY, width, height, (-room.side, 0, 0))


def _daylight(room: Interior) -> Array:
    """The colour of the light that falls in."""
    light = colour(_DAYLIGHT[room.scene.time][0])
    is_warm = room.setting.style is Style.MOVIE and room.scene.time is not Time.NIGHT
    return as_array(light * _FILM_WARMTH) if is_warm else light


def light_window(room: Interior, window: Window, *, strength: float = 1.0) -> None:
    """Let the hour's light in; call it before the walls are painted."""
    if room.setting.is_drawn:  # it would draw a ring on the wall
        return
    brightness = _DAYLIGHT[room.scene.time][1]
    level = brightness * _OVERCAST[room.scene.weather] * strength
    if room.setting.style is Style.MOVIE:
        level *= 1.1
    if room.scene.mood is Mood.SAD:
        level *= 0.7
    if room.scene.mood is Mood.MYSTERIOUS and room.scene.time is Time.NIGHT:
        level *= 1.8
    at = window.point(window.width / 2, window.height * 0.45, 0.55)
    if room.setting.style is Style.MOVIE and room.scene.time is not Time.NIGHT:
        level *= 1.25
    lamp = Lamp(at, as_array(_daylight(room) * level), 2.3)
    room.setting.lighting.lamps += (lamp,)


def paint_window(
    room: Interior,
    window: Window,
    frame: Material,
    *,
    bars: tuple[int, int] = (2, 2),
    outside: Array | None = None,
    sill: bool = True,
) -> None:
    """Paint the view outside, the frame, and the crossing bars: so many panes across and up."""
    face = room.setting.face
    width, height = window.width, window.height
    seen = outside if outside is not None else outside_view(room, window)
    axes = (window.across, UP)
    rim = 0.09
    edge = [(-rim, -rim), (width + rim, -rim), (width + rim, height + rim), (-rim, height + rim)]
    face(window.point(0, 0, 0.02), axes, edge, frame)
    pane = [(0.0, 0.0), (width, 0.0), (width, height), (0.0, height)]
    glass = room.make.picture(seen, width, height)
    face(window.point(0, 0, 0.03), axes, pane, glass, shines=1.0)
    thin = 0.022
    for index in range(1, bars[0]):
        u = width * index / bars[0]
        bar = [(u - thin, 0), (u + thin, 0), (u + thin, height), (u - thin, height)]
        face(window.point(0, 0, 0.04), axes, bar, frame, is_inked=False)
    for index in range(1, bars[1]):
        v = height * index / bars[1]
        bar = [(0, v - thin), (width, v - thin), (width, v + thin), (0, v + thin)]
        face(window.point(0, 0, 0.04), axes, bar, frame, is_inked=False)
    if sill:
        ledge = [(-0.16, -rim - 0.06), (width + 0.16, -rim - 0.06), (width + 0.16, -rim + 0.02)]
        face(window.point(0, 0, 0.1), axes, [*ledge, (-0.16, -rim + 0.02)], frame)


def outside_view(room: Interior, window: Window) -> Array:
    """What is seen through the glass: the sky of the hour over hills and roofs, and the weather."""
    canvas = room.setting.canvas
    scale = room.setting.view.scale(DEPTH) * 1.2
    size = max(round(window.width * scale), 12), max(round(window.height * scale), 12)
    outside = Canvas(*size, seed=int(canvas.rng.integers(0, 2**31)), horizon=0.74)
    palette = room.palette
    paint_sky(outside, room.scene, palette, room.setting.style)
    snowy = room.scene.weather is Weather.SNOW
    near = mix(palette.ground, colour("eef3fa"), 0.6) if snowy else palette.ground
    near = mix(near, as_array(colour("4d7a45") * palette.light), 0.0 if snowy else 0.5)
    for row, share in ((0.66, 0.55), (0.78, 0.2)):
        line = as_array(size[1] * (row - 0.12 * ridge(outside.rng, size[0], bumps=2.4, octaves=3)))
        top = int(line.min())
        outside.blend(
            below(line, size[1], max(top, 0)), mix(near, palette.haze, share), top=max(top, 0)
        )
    paint_weather(outside, room.scene, palette, room.setting.style)
    brightness = 1.12 if room.setting.style is not Style.ANIMATION else 1.0
    return as_array(np.clip(outside.rgb * brightness, 0, 1))


def shed_light(room: Interior, window: Window, *, bars: tuple[int, int] = (2, 2)) -> None:
    """The window's panes lie as light on the floor, and shafts hang in the air between."""
    overcast = _OVERCAST[room.scene.weather]
    brightness = _DAYLIGHT[room.scene.time][1]
    is_moonlit = room.scene.time is Time.NIGHT
    if is_moonlit and room.scene.mood is not Mood.MYSTERIOUS:
        brightness *= 0.7
    strength = brightness * overcast**1.6
    if room.scene.mood in (Mood.SAD, Mood.TENSE):
        strength *= 0.6
    drop = {Time.DAWN: 2.3, Time.DAY: 1.15, Time.DUSK: 2.3, Time.NIGHT: 1.3}[room.scene.time]
    aside = -0.45 * (1 if window.centre[0] >= 0 else -1)
    inward = window.inward
    light = _daylight(room)
    ray = (
        inward[0] * drop + (aside if not inward[0] else 0),
        inward[2] * drop - (0.25 if inward[0] else 0),
    )
    view = room.setting.view

    def landing(u: float, v: float) -> Point:
        x, y, z = window.point(u, v)
        # The floor stops at the opposite wall.
        x = min(max(x + ray[0] * y, -room.half), room.half)
        return view.project((x, 0.0, max(z + ray[1] * y, 1.6)))

    panes: list[list[Point]] = []
    step = window.width / bars[0], window.height / bars[1]
    for column in range(bars[0]):
        for row in range(bars[1]):
            u, v = column * step[0] + 0.03, row * step[1] + 0.03
            far_u, far_v = u + step[0] - 0.06, v + step[1] - 0.06
            panes.append(
                [landing(u, v), landing(far_u, v), landing(far_u, far_v), landing(u, far_v)]
            )
    unit = room.setting.canvas.unit
    is_drawn = room.setting.is_drawn
    room.setting.shine(
        panes, light, min(0.46 * strength, 0.6), blur=unit * (0.003 if is_drawn else 0.007)
    )
    corners = ((0.0, 0.0), (window.width, 0.0), (window.width, window.height), (0.0, window.height))
    top = [view.project(window.point(u, v)) for u, v in corners]
    foot = [landing(u, v) for u, v in corners]
    shafts = [[top[i], top[(i + 1) % 4], foot[(i + 1) % 4], foot[i]] for i in range(4)]
    air = {Style.MOVIE: 0.20, Style.ANIMATION: 0.09, Style.REALISTIC: 0.07}[room.setting.style]
    if room.scene.mood is Mood.MYSTERIOUS:
        air *= 1.6
    room.setting.shine(shafts, light, air * strength, blur=unit * (0.006 if is_drawn else 0.03))
    if not is_drawn:
        room.setting.glow(window.centre, window.height * 0.6, light, 0.3 * strength)
