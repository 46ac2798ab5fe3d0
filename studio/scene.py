"""What a picture shows, apart from how it is painted: the writer's output, the painter's input."""

from dataclasses import dataclass, field
from enum import StrEnum

from studio.moods import Mood


class Place(StrEnum):
    """The place of the scene."""

    SEA = "sea"
    RIVER = "river"
    CITY = "city"
    MOUNTAIN = "mountain"
    MEADOW = "meadow"
    FOREST = "forest"
    DESERT = "desert"
    VILLAGE = "village"
    SPACE = "space"
    ROOM = "room"
    TAVERN = "tavern"
    STUDY = "study"
    PALACE = "palace"
    CAVE = "cave"
    UNDERWATER = "underwater"


class World(StrEnum):
    """When and where on earth: the look of streets, inns and palaces."""

    MODERN = "modern"
    OLD = "old"
    """Europe before engines."""
    EASTERN = "eastern"
    """China before engines."""


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


class Framing(StrEnum):
    """How near the camera is."""

    WIDE = "wide"
    MEDIUM = "medium"
    CLOSE = "close"


class Figure(StrEnum):
    """The figures that can appear in a scene."""

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
    WOLF = "wolf"
    LION = "lion"
    MOUSE = "mouse"
    SHEEP = "sheep"
    BIRD = "bird"
    BIRDS = "birds"
    FISH = "fish"
    WHALE = "whale"
    DRAGON = "dragon"
    ROBOT = "robot"
    TRAIN = "train"
    STUMP = "stump"
    CAR = "car"
    ROCKET = "rocket"
    SUBMARINE = "submarine"


class Age(StrEnum):
    """How old a person looks."""

    CHILD = "child"
    ADULT = "adult"
    OLD = "old"


class Dress(StrEnum):
    """What a person wears."""

    COAT = "coat"
    ROBE = "robe"
    GOWN = "gown"
    JACKET = "jacket"
    RAGS = "rags"
    SUIT = "suit"
    """With a glass helmet: for space and for the bottom of the sea."""


class Hat(StrEnum):
    """What a person wears on the head."""

    NONE = "none"
    STRAW = "straw"
    CAP = "cap"
    HOOD = "hood"
    CROWN = "crown"


class Tint(StrEnum):
    """The colour of a dress, as specified by words."""

    RED = "red"
    BLUE = "blue"
    GREEN = "green"
    YELLOW = "yellow"
    PURPLE = "purple"
    WHITE = "white"
    BLACK = "black"
    BROWN = "brown"


class Pose(StrEnum):
    """What a figure does with its body."""

    STAND = "stand"
    WALK = "walk"
    RUN = "run"
    SIT = "sit"
    RIDE = "ride"
    LIE = "lie"
    WAVE = "wave"


INTERIORS = frozenset({Place.ROOM, Place.TAVERN, Place.STUDY, Place.PALACE, Place.CAVE})
"""Places with a ceiling."""
PEOPLE = frozenset({Figure.PERSON, Figure.WOMAN, Figure.CHILD, Figure.CROWD})
BUILDINGS = frozenset({Figure.HOUSE, Figure.MILL, Figure.LIGHTHOUSE})
VEHICLES = frozenset({Figure.BOAT, Figure.TRAIN, Figure.CAR, Figure.ROCKET, Figure.SUBMARINE})
AIRLESS = frozenset({Place.SPACE, Place.UNDERWATER})
"""Places where people wear suits, and where there is no weather."""
LIVING = frozenset(Figure) - BUILDINGS - VEHICLES - {Figure.TREE, Figure.BIRDS, Figure.STUMP}
"""Figures that can act in a story, and to which "he" or "she" can refer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What a person looks like, as far as the text says; None is left to the painter."""

    age: Age | None = None
    dress: Dress | None = None
    hat: Hat | None = None
    tint: Tint | None = None


@dataclass(frozen=True, slots=True)
class Subject:
    """A figure, with its word in the text: the same word looks the same in every shot."""

    figure: Figure
    word: str
    look: Look = field(default_factory=Look)
    pose: Pose = Pose.STAND
    mount: "Subject | None" = None
    """The animal that a rider sits on, in the picture."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """Everything a painter needs to know."""

    place: Place
    time: Time
    weather: Weather
    mood: Mood
    framing: Framing
    subjects: tuple[Subject, ...]
    world: World = World.MODERN
