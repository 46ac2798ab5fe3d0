"""The colours of a scene: the sky of the hour, the ground of the place, the grey of the weather."""

from dataclasses import dataclass, replace

import numpy as np

from domain import Style
from studio.moods import Mood
from studio.paint.canvas import Array, as_array, colour, mix
from studio.scene import AIRLESS, Place, Scene, Time, Weather

_SKIES = {
    Style.MOVIE: {
        Time.DAWN: ("34487a", "c98a92", "ffdcae", "fff3d8"),
        Time.DAY: ("2a6496", "79b0cf", "f0ead2", "fffbe8"),
        Time.DUSK: ("1c2450", "93485c", "ff9f52", "ffe6ad"),
        Time.NIGHT: ("0a1233", "1a3768", "4d7799", "f2f6ff"),
    },
    Style.ANIMATION: {
        Time.DAWN: ("7aa5ec", "ffc0cb", "fff0bf", "fffbe0"),
        Time.DAY: ("1c7cec", "58b2fa", "cdf1ff", "fffde6"),
        Time.DUSK: ("5647a4", "f47683", "ffcc70", "fff2b8"),
        Time.NIGHT: ("141f5c", "2f45a2", "7286d8", "fffbe0"),
    },
    Style.REALISTIC: {
        Time.DAWN: ("6788b2", "c4b6b4", "f8deb8", "fff4de"),
        Time.DAY: ("3574b6", "84b2da", "dfeaf1", "fffdf4"),
        Time.DUSK: ("3b4a70", "b0786c", "f6a964", "ffe3b4"),
        Time.NIGHT: ("0d1530", "1c3054", "435f85", "e8eefa"),
    },
}
"""Top, middle and low of the sky, and its sun or moon."""
_SPACE = {
    Time.DAWN: ("0a0a1e", "231338", "6a2f58", "ffe6d0"),
    Time.DAY: ("04060f", "0a1024", "1c2c4c", "fffdf6"),
    Time.DUSK: ("120a1c", "351a38", "8a4434", "ffd9a0"),
    Time.NIGHT: ("03040e", "080e26", "14244c", "dfe8ff"),
}
"""Beyond the air the sky is black at every hour; only gas and dust glow."""

_DEEP = {
    Time.DAWN: ("7fc4c8", "2f7f9c", "124a70", "ffeccc"),
    Time.DAY: ("6fd0dc", "1f8fb8", "0c4c80", "f4ffff"),
    Time.DUSK: ("8a8fb0", "3a5f8c", "172f5c", "ffd2a0"),
    Time.NIGHT: ("1f4a74", "0e2a54", "061431", "bcd4ff"),
}
"""The water from its surface to the ground, and the light above it."""

_LIGHTS = {
    Time.DAWN: ("f2c7b4", 0.80),
    Time.DAY: ("fff8ea", 1.00),
    Time.DUSK: ("f09a72", 0.66),
    Time.NIGHT: ("7f9bdc", 0.52),
}
_GROUNDS = {
    Place.SEA: "6c6a66",
    Place.RIVER: "5f9a45",
    Place.CITY: "5b6680",
    Place.MOUNTAIN: "6f7a86",
    Place.MEADOW: "63a83f",
    Place.FOREST: "35683f",
    Place.DESERT: "dda763",
    Place.VILLAGE: "63a83f",
    Place.SPACE: "6c6a66",
    Place.ROOM: "9b7656",
    Place.TAVERN: "9b7656",
    Place.STUDY: "9b7656",
    Place.PALACE: "9b7656",
    Place.CAVE: "5b5a5e",
    Place.UNDERWATER: "8f8f7a",
}
_WATER = {Style.MOVIE: "1d4258", Style.ANIMATION: "2389d8", Style.REALISTIC: "2b566d"}
_SHADE = {Style.MOVIE: 0.34, Style.ANIMATION: 1.05, Style.REALISTIC: 0.92}
"""How much light the ground keeps: on film it is nearly a silhouette."""
_GREYNESS = {
    Weather.CLEAR: (0.0, 1.0),
    Weather.CLOUDY: (0.45, 0.90),
    Weather.RAIN: (0.66, 0.78),
    Weather.STORM: (0.66, 0.64),
    Weather.SNOW: (0.60, 0.98),
    Weather.FOG: (0.66, 0.96),
}
"""How grey the sky becomes, and how bright it stays."""
_TINTS = {
    Mood.CALM: ("8fb7c9", 0.00, 1.0),
    Mood.JOYFUL: ("ffd27a", 0.07, 1.06),
    Mood.SAD: ("4a6488", 0.22, 0.84),
    Mood.TENSE: ("4a2234", 0.32, 0.84),
    Mood.MYSTERIOUS: ("4b3a8c", 0.26, 0.86),
    Mood.HOPEFUL: ("ffc890", 0.08, 1.03),
}
"""The colour that the mood mixes into the sky, its share, and the share of light that remains."""


@dataclass(frozen=True, slots=True)
class Palette:
    """A scene's colours. `light` multiplies lit surfaces; `haze` is the colour of the distance."""

    top: Array
    middle: Array
    low: Array
    sun: Array
    ground: Array
    water: Array
    light: Array
    haze: Array
    is_dark: bool
    """Lamps are lit and windows glow."""


def palette_for(scene: Scene, style: Style) -> Palette:
    """The colours of the scene in the style."""
    skies = {Place.SPACE: _SPACE, Place.UNDERWATER: _DEEP}.get(scene.place, _SKIES[style])
    codes = skies[scene.time]
    top, middle, low, sun = (colour(code) for code in codes)
    tone, brightness = _LIGHTS[scene.time]
    light = as_array(colour(tone) * brightness)
    if scene.place is Place.UNDERWATER:
        light = as_array(light * colour("b8ecf4"))
    ground = colour(_GROUNDS[scene.place])
    if scene.weather is Weather.SNOW:
        ground = mix(ground, colour("f2f6fa"), 0.8)
    shade = max(_SHADE[style], 0.6) if scene.place is Place.CITY else _SHADE[style]
    palette = Palette(
        top=top,
        middle=middle,
        low=low,
        sun=sun,
        ground=as_array(ground * light * shade),
        water=as_array(colour(_WATER[style]) * light),
        light=light,
        haze=middle if scene.place is Place.UNDERWATER else low,
        is_dark=scene.time in (Time.NIGHT, Time.DUSK) or scene.weather is Weather.STORM,
    )
    if scene.place not in AIRLESS:
        palette = _weathered(palette, scene.weather)
    return _moody(palette, scene.mood)


def _weathered(palette: Palette, weather: Weather) -> Palette:
    greyness, brightness = _GREYNESS[weather]

    def grey(tone: Array, share: float = greyness) -> Array:
        luminance = float(tone @ as_array([0.30, 0.59, 0.11]))
        cool = as_array([0.94, 1.0, 1.07]) * luminance
        return as_array(np.clip(mix(tone, as_array(cool), share) * brightness, 0, 1))

    low = grey(palette.low)
    # Under a grey sky, and from snow, light is bluish.
    cool = as_array([0.92, 0.97, 1.04]) if weather is Weather.SNOW else as_array([1, 1, 1])
    return replace(
        palette,
        top=grey(palette.top),
        middle=grey(palette.middle),
        low=low,
        haze=low,
        ground=grey(palette.ground, greyness * 0.5),
        water=grey(palette.water, greyness * 0.6),
        light=as_array(palette.light * (0.5 + 0.5 * brightness) * cool),
    )


def _moody(palette: Palette, mood: Mood) -> Palette:
    code, share, brightness = _TINTS[mood]
    tint = colour(code)
    return replace(
        palette,
        top=mix(palette.top, tint, share),
        middle=mix(palette.middle, tint, share),
        low=mix(palette.low, tint, share * 0.6),
        haze=mix(palette.haze, tint, share * 0.6),
        ground=mix(palette.ground, as_array(palette.ground * tint * 1.6), min(share * 2, 0.36)),
        light=as_array(palette.light * brightness),
    )
