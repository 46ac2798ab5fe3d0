"""Grows a one-line idea into a small story: a beginning, an attempt, a failure, a turn, an end.

The line's statement about its hero (a wish, a find, a search, a meeting) chooses the words; its
place supplies the rest.
"""

import re
from dataclasses import dataclass, replace

from studio.arc_lines import (
    LINES,
    MIRRORED,
    PLACE_ALONE,
    SHARED,
    Kind,
)
from studio.arc_places import PLACE_LINES, SNOW_LINES
from studio.moods import Mood
from studio.scene import (
    INTERIORS,
    Scene,
    Time,
    Weather,
)


@dataclass(frozen=True, slots=True)
class ArcStep:
    """One step around the idea and its look; None keeps the value of the idea."""

    name: str
    mood: Mood
    time: Time | None = None
    is_hard: bool = False
    """Whether the weather turns against the hero."""


@dataclass(frozen=True, slots=True)
class Idea:
    """What a line says: its hero, and what the hero wants, finds, seeks or meets."""

    kind: Kind
    hero: str = ""
    goal: str = ""
    pronoun: str = ""
    is_plural: bool = False

    def is_alone(self, step: ArcStep) -> bool:
        """Whether the hero is alone then: someone who is sought appears at the end."""
        if self.kind in {Kind.WISH, Kind.SEARCH}:
            return step.name != ENDING.name
        return self.kind is Kind.MEETING and step.name in {"failure", "doubt"}

    def tell(self, step: ArcStep, scene: Scene, *, in_chinese: bool) -> str:
        """The text of a step of the story."""
        language = 0 if in_chinese else 1
        lines = PLACE_LINES[scene.place][language]
        if scene.weather is Weather.SNOW and scene.place not in INTERIORS:
            lines = replace(
                lines, hardship=SNOW_LINES[language][0], comfort=SNOW_LINES[language][1]
            )
        shared = (PLACE_ALONE if self.kind is Kind.PLACE else SHARED)[language]
        template = LINES[language].get((self.kind, step.name)) or shared[step.name]
        if self.kind is Kind.WISH and step.name == "turn" and _TO_THE_SKY.search(self.goal):
            template = MIRRORED[language]
        template = re.sub(
            r"\[([^|\]]*)\|([^\]]*)\]", lambda m: m[2 if self.is_plural else 1], template
        )
        template = re.sub(
            r"<([^|>]*)\|([^>]*)>", lambda m: m[2 if self.pronoun == "they" else 1], template
        )
        their = {"he": "his", "she": "her", "it": "its"}.get(self.pronoun, "their")
        sky = _IN_THE_SKY.search(self.goal)
        told = template.format(
            hero=self.hero,
            Hero=self.hero[:1].upper() + self.hero[1:],
            goal=self.goal,
            they=self.pronoun,
            They=self.pronoun.capitalize(),
            their=their,
            sky=sky[0] if sky else "",
            opening=lines.opening,
            hardship=lines.hardship,
            comfort=lines.comfort,
            closing=lines.closing,
        )
        return told.strip()


OPENING = ArcStep("opening", Mood.CALM)
ENDING = ArcStep("ending", Mood.JOYFUL, Time.DAWN)
_MIDDLE = (
    ArcStep("attempt", Mood.HOPEFUL),
    ArcStep("far", Mood.MYSTERIOUS),
    ArcStep("song", Mood.CALM),
    ArcStep("choice", Mood.TENSE, Time.DUSK),
    ArcStep("failure", Mood.SAD, Time.NIGHT, is_hard=True),
    ArcStep("doubt", Mood.SAD, Time.NIGHT),
    ArcStep("hour", Mood.TENSE, Time.NIGHT, is_hard=True),
    ArcStep("turn", Mood.MYSTERIOUS, Time.NIGHT),
    ArcStep("courage", Mood.HOPEFUL, Time.DAWN),
)
_MOST_TELLING = (4, 7, 0, 5, 1, 8, 3, 6, 2)
"""Which of the middle steps a short arc takes first."""

_IN_THE_SKY = re.compile(r"\b(?:moon|stars?|sun)\b|月亮|星星|月")
_TO_THE_SKY = re.compile(
    r"\b(?:touch|reach|catch|hold|get|kiss|have)\b.*\b(?:moon|stars?|sun)\b"
    r"|[摸碰摘够抓捞].*(?:月|星)"
)
"""Things out of reach, except in a mirror of water."""


def grow(count: int) -> tuple[list[ArcStep], list[ArcStep]]:
    """`count` steps around an idea: those before it and those after it."""
    if count <= 0:
        return [], []
    if count == 1:
        return [], [ENDING]
    rounds, rest = divmod(count - 2, len(_MIDDLE))
    chosen = sorted(_MOST_TELLING[:rest])
    middle = [*(_MIDDLE[index] for index in chosen), *_MIDDLE * rounds]
    return [OPENING], [*middle, ENDING]
