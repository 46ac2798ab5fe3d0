"""What a picture shows, apart from how it is painted: the writer's wish and the painter's brief."""

from dataclasses import dataclass
from enum import StrEnum


class Place(StrEnum):
    """Where it happens."""

    SEA = "sea"
    RIVER = "river"
    CITY = "city"
    MOUNTAIN = "mountain"
    MEADOW = "meadow"
    FOREST = "forest"
    DESERT = "desert"
    ROOM = "room"


class Time(StrEnum):
    """The time of day, which sets the light."""

    DAWN = "dawn"
    DAY = "day"
    DUSK = "dusk"
    NIGHT = "night"


class Weather(StrEnum):
    """The weather."""

    CLEAR = "clear"
    CLOUDY = "cloudy"
    RAIN = "rain"
    STORM = "storm"
    SNOW = "snow"
    FOG = "fog"


class Mood(StrEnum):
    """The feeling, which tints the colours."""

    CALM = "calm"
    JOYFUL = "joyful"
    SAD = "sad"
    TENSE = "tense"
    MYSTERIOUS = "mysterious"
    HOPEFUL = "hopeful"


class Framing(StrEnum):
    """How near the camera stands."""

    WIDE = "wide"
    MEDIUM = "medium"
    CLOSE = "close"


class Figure(StrEnum):
    """What can stand in a scene."""

    PERSON = "person"
    WOMAN = "woman"
    CHILD = "child"
    CROWD = "crowd"
    BOAT = "boat"
    HOUSE = "house"
    MILL = "mill"
    LIGHTHOUSE = "lighthouse"
    TREE = "tree"
    RABBIT = "rabbit"
    TORTOISE = "tortoise"
    FOX = "fox"
    DOG = "dog"
    CAT = "cat"
    HORSE = "horse"
    BIRDS = "birds"


PEOPLE = frozenset({Figure.PERSON, Figure.WOMAN, Figure.CHILD, Figure.CROWD})
BUILDINGS = frozenset({Figure.HOUSE, Figure.MILL, Figure.LIGHTHOUSE})
LIVING = frozenset(Figure) - BUILDINGS - {Figure.BOAT, Figure.TREE, Figure.BIRDS}
"""Whoever can act in a story, and so be meant by "he" or "she"."""


@dataclass(frozen=True, slots=True)
class Subject:
    """A figure, by the word the text has for it: the same word looks the same in every shot."""

    figure: Figure
    word: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Hints:
    """What a text says about its scene; None and empty where it says nothing."""

    place: Place | None = None
    time: Time | None = None
    weather: Weather | None = None
    mood: Mood | None = None
    framing: Framing | None = None
    subjects: tuple[Subject, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """Everything a painter needs to know."""

    place: Place
    time: Time
    weather: Weather
    mood: Mood
    framing: Framing
    subjects: tuple[Subject, ...]
