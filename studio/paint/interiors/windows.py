"""Windows: the light they let in, and the hour and the weather that are seen through them."""

from dataclasses import dataclass

import numpy as np

from domain import Style
from studio.moods import Mood
from studio.paint.canvas import (
    Array,
    Canvas,
    Point,
    as_array,
    below,
    colour,
    mix,
    ridge,
)
from studio.paint.interiors.interior import (
    DEPTH,
    FILM_WARMTH,
    OVERCAST,
    Interior,
)
from studio.paint.perspective import (
    AWAY,
    RIGHT,
    UP,
    Lamp,
    Material,
    Vector,
)
from studio.paint.sky import paint_sky
from studio.paint.weather import paint_weather
from studio.scene import Time, Weather

_DAYLIGHT = {
    Time.DAWN: ("ffc9a0", 1.10),
    Time.DAY: ("fff2d8", 1.30),
    Time.DUSK: ("ff9a58", 1.00),
    Time.NIGHT: ("8fb0ff", 0.34),
}


@dataclass(frozen=True, slots=True)
class Window:
    """An opening in the far wall, or in a side wall where `across` runs away from the viewer."""

    origin: Vector
    across: Vector
    width: float
    height: float
    inward: Vector

    def point(self, u: float, v: float, off: float = 0.0) -> Vector:
        """The point this many metres across and up, and off the wall."""
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
    return as_array(light * FILM_WARMTH) if is_warm else light


def light_window(room: Interior, window: Window, *, strength: float = 1.0) -> None:
    """Let the hour's light in; call it before the walls are painted."""
    if room.setting.is_drawn:  # it would draw a ring on the wall
        return
    brightness = _DAYLIGHT[room.scene.time][1]
    level = brightness * OVERCAST[room.scene.weather] * strength
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
    """Paint the view outside, the frame, and the crossing bars: panes across and up."""
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
    """Project the window's panes as light on the floor, with shafts in the air between."""
    overcast = OVERCAST[room.scene.weather]
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
        # The floor ends at the opposite wall.
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
