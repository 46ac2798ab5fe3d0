"""Grows a one-line idea into a small story: what comes before it, what follows, how it ends.

The lines name nobody, so they fit any idea; each brings its own light and feeling.
"""

from dataclasses import dataclass

from orchestration.providers.studio.scene import Framing, Mood, Place, Scene, Time, Weather


@dataclass(frozen=True, slots=True)
class ArcStep:
    """One line around the idea and how it looks; None keeps what the idea has."""

    chinese: str
    english: str
    mood: Mood
    framing: Framing
    time: Time | None = None
    weather: Weather | None = None

    def line(self, scene: Scene, *, in_chinese: bool) -> str:
        """What is told, in the idea's place."""
        template = self.chinese if in_chinese else self.english
        return template.format(place=_PLACES[scene.place][0 if in_chinese else 1])


_PLACES = {
    Place.SEA: ("海边", "by the sea"),
    Place.RIVER: ("河边", "by the river"),
    Place.CITY: ("城里", "in the city"),
    Place.MOUNTAIN: ("山里", "in the mountains"),
    Place.MEADOW: ("田野上", "in the open fields"),
    Place.FOREST: ("森林里", "in the forest"),
    Place.DESERT: ("沙漠里", "in the desert"),
    Place.ROOM: ("屋里", "within four walls"),
}

_OPENING = ArcStep(
    "{place}，一切都还很安静。",
    "Out here {place}, everything is still quiet.",
    Mood.CALM,
    Framing.WIDE,
    Time.DUSK,
    Weather.CLEAR,
)
_MIDDLE = (
    ArcStep(
        "从这一刻起，一切都不同了。",
        "From that moment on, nothing is quite the same.",
        Mood.MYSTERIOUS,
        Framing.CLOSE,
    ),
    ArcStep(
        "有一阵子，疑虑比希望更响。",
        "For a while, doubt is louder than hope.",
        Mood.SAD,
        Framing.MEDIUM,
        None,
        Weather.FOG,
    ),
    ArcStep(
        "前面的路，一步比一步难走。",
        "The way ahead grows harder with every step.",
        Mood.TENSE,
        Framing.WIDE,
        None,
        Weather.CLOUDY,
    ),
    ArcStep(
        "接着，最难熬的时刻来了。",
        "Then comes the hardest hour of all.",
        Mood.TENSE,
        Framing.MEDIUM,
        Time.NIGHT,
        Weather.STORM,
    ),
    ArcStep(
        "必须作出选择，而时间已经不多。",
        "There is a choice to make, and hardly any time to make it.",
        Mood.TENSE,
        Framing.CLOSE,
        Time.NIGHT,
        Weather.RAIN,
    ),
    ArcStep(
        "一点小小的勇气，改变了一切。",
        "One small act of courage changes everything.",
        Mood.HOPEFUL,
        Framing.CLOSE,
        Time.NIGHT,
        Weather.CLEAR,
    ),
    ArcStep(
        "慢慢地，世界又安静了下来。",
        "Slowly, the world grows quiet again.",
        Mood.CALM,
        Framing.WIDE,
        Time.DAWN,
        Weather.FOG,
    ),
)
_ENDING = ArcStep(
    "新的一天来临，{place}已经是另一个世界。",
    "And when the new day comes {place}, it is a different world.",
    Mood.HOPEFUL,
    Framing.WIDE,
    Time.DAWN,
    Weather.CLEAR,
)
_MOST_TELLING = (0, 3, 5, 6, 2, 4, 1)
"""Which of the middle steps a short arc takes first."""


def grow(count: int) -> tuple[list[ArcStep], list[ArcStep]]:
    """`count` steps around an idea: those before it and those after it."""
    if count <= 0:
        return [], []
    if count == 1:
        return [], [_ENDING]
    rounds, rest = divmod(count - 2, len(_MIDDLE))
    chosen = sorted(_MOST_TELLING[:rest])
    middle = [*_MIDDLE * rounds, *(_MIDDLE[index] for index in chosen)]
    return [_OPENING], [*middle, _ENDING]
