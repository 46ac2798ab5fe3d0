"""The light on a landscape: key and fill, by the hour and the weather.

Directions are (right, up, away from the viewer) and of length one.
"""

from dataclasses import dataclass

import numpy as np

from studio.paint.canvas import Array, Canvas, as_array, colour, mix, tinted
from studio.paint.palette import Palette
from studio.paint.sky import Sun
from studio.scene import Scene, Time, Weather

_KEYS = {
    Time.DAWN: ("ffc39a", 0.92),
    Time.DAY: ("fff3dc", 1.12),
    Time.DUSK: ("ff9a55", 1.02),
    Time.NIGHT: ("8fb0ee", 0.50),
}
_FILLS = {
    Time.DAWN: ("9aa6c4", 0.50),
    Time.DAY: ("9dbbe2", 0.52),
    Time.DUSK: ("7d789c", 0.46),
    Time.NIGHT: ("4a66a4", 0.36),
}
_ELEVATIONS = {Time.DAWN: 0.30, Time.DAY: 0.62, Time.DUSK: 0.26, Time.NIGHT: 0.55}
_TOWARDS_VIEWER = {Time.DAWN: 0.10, Time.DAY: -0.30, Time.DUSK: 0.10, Time.NIGHT: -0.25}
"""How far away the light comes from: low suns are visible, so they light from behind."""
_SHARES = {
    Weather.CLEAR: (1.0, 1.0),
    Weather.CLOUDY: (0.42, 1.22),
    Weather.RAIN: (0.20, 1.15),
    Weather.STORM: (0.20, 1.05),
    Weather.SNOW: (0.45, 1.75),
    Weather.FOG: (0.20, 1.25),
}
"""How much of the key the clouds leave, and how much they add to the fill."""
_MURK = {
    Weather.CLEAR: 1.0,
    Weather.CLOUDY: 1.15,
    Weather.RAIN: 1.9,
    Weather.STORM: 1.7,
    Weather.SNOW: 1.7,
    Weather.FOG: 6.0,
}
_MISTY = {Time.DAWN: 1.45, Time.DAY: 0.9, Time.DUSK: 1.15, Time.NIGHT: 1.0}


@dataclass(frozen=True, slots=True)
class Light:
    """Key and fill are colours that multiply a surface's own; `murk` is 1 in clear air."""

    key: Array
    fill: Array
    haze: Array
    direction: tuple[float, float, float]
    murk: float
    is_snowy: bool

    @property
    def side(self) -> int:
        """The side the light comes from: 1 right, -1 left."""
        return 1 if self.direction[0] > 0 else -1

    def on(self, slopes: tuple[Array, Array], *, shadow: Array, openness: Array) -> Array:
        """The light on ground that rises by the slopes to the right and away from the viewer."""
        right, up, away = self.direction
        steepness = np.sqrt(slopes[0] ** 2 + slopes[1] ** 2 + 1)
        facing = np.clip((up - slopes[0] * right - slopes[1] * away) / steepness, 0, 1)
        light = tinted(facing * (1 - shadow), self.key)
        light += tinted(openness * (0.62 + 0.38 / steepness), self.fill)
        return light

    def flat(self, share: float) -> Array:
        """The light on a surface that gets a share of the key."""
        return as_array(self.key * share + self.fill)


def light_for(canvas: Canvas, scene: Scene, palette: Palette, sun: Sun) -> Light:
    """The scene's light, from the side of the sun or the moon."""
    code, strength = _KEYS[scene.time]
    fill_code, fill = _FILLS[scene.time]
    key_share, fill_share = _SHARES[scene.weather]
    grey = 1 - key_share
    key = mix(colour(code), as_array([0.86, 0.92, 1.0]), grey * 0.6) * strength * key_share
    ambient = mix(colour(fill_code), palette.middle, 0.25)
    grey_tone = as_array(np.full(3, float(ambient.mean()), np.float32))
    ambient = mix(ambient, grey_tone, grey * 0.75)
    side = 1.0 if sun.x > canvas.width / 2 else -1.0
    direction = np.array([side * 0.78, _ELEVATIONS[scene.time], _TOWARDS_VIEWER[scene.time]])
    right, up, away = (float(part) for part in direction / np.linalg.norm(direction))
    return Light(
        key=as_array(key),
        fill=as_array(ambient * fill * fill_share),
        haze=palette.haze,
        direction=(right, up, away),
        murk=min(_MURK[scene.weather] * _MISTY[scene.time], 6.0),
        is_snowy=scene.weather is Weather.SNOW,
    )
