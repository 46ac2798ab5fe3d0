"""An outdoor scene in progress: the canvas with its light, and the tone of a thing in it."""

from dataclasses import dataclass

import numpy as np

from domain import Style
from studio.moods import Mood
from studio.paint.canvas import Array, Canvas, as_array, colour, mix
from studio.paint.palette import Palette
from studio.paint.sky import Sun
from studio.scene import Framing, Scene, Time, Weather

_FILM_SHADE = {Time.DAWN: 0.60, Time.DAY: 0.68, Time.DUSK: 0.50, Time.NIGHT: 0.72}
"""How much light things keep on film when they are backlit."""
_GREYNESS = {
    Weather.CLEAR: 0.0,
    Weather.CLOUDY: 0.2,
    Weather.RAIN: 0.4,
    Weather.STORM: 0.42,
    Weather.SNOW: 0.3,
    Weather.FOG: 0.35,
}
_HAZE = {Weather.FOG: 1.0, Weather.RAIN: 0.86, Weather.STORM: 0.72, Weather.SNOW: 0.82}
_CLEAR_HAZE = 0.74
_SNOW_FROM = 0.78
"""How bright a thing's own colour is under snow."""
SNOW = colour("f4f8ff")


@dataclass(frozen=True, slots=True)
class Stage:
    """The input of outdoor painters. Nearness is 0 at the horizon and 1 at the viewer's feet."""

    canvas: Canvas
    scene: Scene
    palette: Palette
    sun: Sun
    style: Style

    @property
    def is_drawn(self) -> bool:
        """Flat colours and outlines, instead of light and air."""
        return self.style is Style.ANIMATION

    @property
    def is_snowy(self) -> bool:
        """All flat surfaces are covered with snow."""
        return self.scene.weather is Weather.SNOW

    @property
    def is_bleak(self) -> bool:
        """Nothing flowers, and trees are bare."""
        return self.scene.mood in (Mood.SAD, Mood.TENSE)

    @property
    def lean(self) -> float:
        """How far the wind bends plants, as a share of their height."""
        windy = 0.22 if self.scene.weather is Weather.STORM else 0.0
        return windy + (0.05 if self.scene.mood is Mood.TENSE else 0.0)

    @property
    def sun_side(self) -> int:
        """Where the light is: -1 left, 1 right."""
        return -1 if self.sun.x < self.canvas.width / 2 else 1

    @property
    def zoom(self) -> float:
        """How much larger things are than in a wide view."""
        return {Framing.WIDE: 1.0, Framing.MEDIUM: 1.25, Framing.CLOSE: 1.6}[self.scene.framing]

    def row(self, nearness: float) -> float:
        """The row of the ground at a nearness."""
        return self.canvas.horizon + (self.canvas.height - self.canvas.horizon) * nearness

    def uniform(self, low: float, high: float) -> float:
        """A random number between the two, from this picture's seed."""
        return float(self.canvas.rng.uniform(low, high))

    def chance(self, share: float) -> bool:
        """True in that share of the pictures."""
        return bool(self.canvas.rng.random() < share)

    def tone(self, base: Array | str, nearness: float, *, lit: float = 1.0) -> Array:
        """A thing's own colour in the light of the hour, behind the air of its distance."""
        own = colour(base) if isinstance(base, str) else base
        grey = float(own @ as_array([0.30, 0.59, 0.11]))
        own = mix(own, as_array([grey] * 3), _GREYNESS[self.scene.weather])
        shade = 1.0
        if not self.is_drawn:
            shade = _FILM_SHADE[self.scene.time] * (1.1 - 0.25 * nearness)
        if self.is_snowy and grey > _SNOW_FROM:
            # Snow is bright even when backlit, and shines at night.
            shade = 1.3 if self.scene.time is Time.NIGHT else max(shade, 0.96)
        seen = as_array(np.clip(own * self.palette.light * (shade * lit), 0, 1))
        return mix(seen, self.palette.haze, self.haze(nearness))

    def haze(self, nearness: float) -> float:
        """The share of air in the colour of distant things."""
        thickness = _HAZE.get(self.scene.weather, _CLEAR_HAZE)
        if self.scene.mood is Mood.MYSTERIOUS:
            thickness = min(thickness + 0.14, 1)
        if self.is_drawn:
            thickness *= 0.78
        return thickness * (1 - min(max(nearness, 0), 1)) ** (0.7 if thickness > 0.9 else 1.0)

    def snowed(self, base: Array | str, share: float = 0.9) -> Array | str:
        """The colour of ground, under snow if there is any."""
        if not self.is_snowy:
            return base
        return mix(colour(base) if isinstance(base, str) else base, SNOW, share)

    def ink(self, tone: Array) -> Array:
        """The outline of a tone in a drawing."""
        return as_array(tone * 0.52)
