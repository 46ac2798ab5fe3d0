"""Stages a story: one scene per beat; a beat keeps what it does not change."""

import re
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace

from studio.beats import narration_of
from studio.characters import Character
from studio.moods import Mood, read_mood
from studio.names import find_names
from studio.prompts import MAX_SUBJECTS, expected_place
from studio.reading import Reader
from studio.scene import (
    INTERIORS,
    LIVING,
    PEOPLE,
    Figure,
    Framing,
    Place,
    Pose,
    Scene,
    Subject,
    Time,
    Weather,
    World,
)
from studio.sentence_reading import Reading
from studio.worlds import read_world
from text.sentences import blank_quotations

_CARRIED = 2
"""Figures that stay in the picture when a beat names none."""
_SCANNED_LENGTH = 1_200
_DETAIL = re.compile(
    (
        r"\b(?:eyes?|face|tears?|hands?|fingers?|lips|smiled?|heart|letter|ring"
        r"|whisper(?:ed|s)?|stared?|beard)\b"
        r"|眼|脸|泪|双手|手里|嘴|胡子|皱纹|微笑|信|轻声|低声"
    ),
    re.IGNORECASE,
)
_LASTING = frozenset({Weather.SNOW})
"""Weather that outlasts a night."""
_MOVING = frozenset({Pose.WALK, Pose.RUN, Pose.RIDE})


@dataclass(frozen=True, slots=True)
class Staging:
    """The scenes of a story and its cast, the most important first."""

    scenes: tuple[Scene, ...]
    characters: tuple[Character, ...]


def stage(beats: Sequence[str], *, in_chinese: bool) -> Staging:
    """One scene per beat, all of middle distance; `frame` moves the camera."""
    names = find_names("\n".join(b[:_SCANNED_LENGTH] for b in beats), in_chinese=in_chinese)
    reader = Reader(names)
    readings = [_read(beat, reader, names) for beat in beats]
    characters = sorted(reader.characters.values(), key=lambda character: -character.weight)
    by_word = {character.word: character for character in characters}
    if not any(reading.present for reading in readings):
        everyman = Character("人物" if in_chinese else "person", Figure.PERSON)
        by_word[everyman.word] = everyman
        readings[0].present[everyman.word] = 1.0
    home = expected_place(tuple(c.subject() for c in characters[:MAX_SUBJECTS]), beats[0])
    places = _places(readings, home)
    times = _times(readings)
    world = read_world("\n".join(beats), in_chinese=in_chinese)
    scenes: list[Scene] = []
    for index, (beat, reading) in enumerate(zip(beats, readings, strict=True)):
        last = scenes[-1] if scenes else None
        figures = {by_word[word].figure for word in reading.present}
        scene = Scene(
            place=_roomy(places[index], figures, world),
            time=times[index],
            weather=_weather(reading, times[index], last),
            mood=_mood(narration_of(beat), scenes),
            framing=Framing.MEDIUM,
            subjects=_cast(reading, by_word, last),
            world=world,
        )
        scenes.append(scene)
    return Staging(tuple(scenes), tuple(c for c in characters if c.weight))


def frame(scenes: Sequence[Scene], narrations: Sequence[str]) -> list[Scene]:
    """Wide for a new place and the end, close for speech and feeling; never three alike."""
    framings: list[Framing] = []
    for index, (scene, narration) in enumerate(zip(scenes, narrations, strict=True)):
        is_new = index == 0 or scenes[index - 1].place is not scene.place
        if is_new or index == len(scenes) - 1:
            framing = Framing.WIDE
        else:
            framing = _by_content(scene, narration, index)
        framings.append(framing)
    for index in range(1, len(framings) - 1):
        before, here, after = framings[index - 1 : index + 2]
        second_before = framings[index - 2] if index > 1 else None
        is_last_pair = index == len(framings) - 2
        if here is before and (here is second_before or (is_last_pair and here is after)):
            framings[index] = _OTHER[here] if scenes[index].subjects else _OTHER_VIEW[here]
    return [replace(s, framing=f) for s, f in zip(scenes, framings, strict=True)]


_OTHER = {
    Framing.WIDE: Framing.MEDIUM,
    Framing.MEDIUM: Framing.CLOSE,
    Framing.CLOSE: Framing.MEDIUM,
}
_OTHER_VIEW = {
    Framing.WIDE: Framing.MEDIUM,
    Framing.MEDIUM: Framing.WIDE,
    Framing.CLOSE: Framing.WIDE,
}


def _by_content(scene: Scene, narration: str, index: int) -> Framing:
    living = [subject for subject in scene.subjects if subject.figure in LIVING]
    if not living:
        return Framing.WIDE
    if any(subject.pose in _MOVING for subject in living) or len(living) > 2:
        return Framing.MEDIUM if index % 2 else Framing.WIDE
    silent = blank_quotations(narration)
    if silent.count("“") * 3 > len(narration) or _DETAIL.search(silent):
        return Framing.CLOSE
    return Framing.MEDIUM


def _read(beat: str, reader: Reader, names: Mapping[str, Character]) -> Reading:
    """The content of the narrated words; the rest of a long beat fills in what they leave open."""
    narration = narration_of(beat)
    reading = reader.read(narration)
    if len(beat) > len(narration):
        rest = Reader(names).read(beat[len(narration) : len(narration) + _SCANNED_LENGTH])
        reading.place = reading.place or rest.place
        reading.time = reading.time or rest.time
        reading.weather = reading.weather or rest.weather
    return reading


def _places(readings: Sequence[Reading], home: Place) -> list[Place]:
    """The place of each beat: the story stays there until its words move on."""
    opening = readings[: max(1, len(readings) // 2)]
    told = [reading.place for reading in opening if reading.place]
    certain = [r.place for r in opening if r.place and r.is_place_certain]
    place = (certain or told or [home])[0]
    is_known = bool(certain)
    places: list[Place] = []
    for reading in readings:
        new = reading.place
        is_same_house = new is Place.ROOM and place in INTERIORS
        if new and not is_same_house and (reading.is_place_certain or not is_known):
            place, is_known = new, is_known or reading.is_place_certain
        places.append(place)
    return places


def _roomy(place: Place, figures: AbstractSet[Figure], world: World) -> Place:
    """The place, or the one outside it if something named is too large for a room."""
    if place not in INTERIORS:
        return place
    if figures & _AFLOAT:
        return Place.SEA
    if figures & _LARGE:
        return Place.CITY if world is World.MODERN else Place.VILLAGE
    return place


_AFLOAT = frozenset({Figure.BOAT, Figure.WHALE, Figure.SUBMARINE})
_LARGE = frozenset({Figure.HORSE, Figure.TRAIN, Figure.CAR})


def _times(readings: Sequence[Reading]) -> list[Time]:
    """The time of each beat. A story without times takes a day from morning to night."""
    if not any(reading.time for reading in readings):
        return [_hour(index, len(readings)) for index in range(len(readings))]
    times: list[Time] = []
    for reading in readings:
        is_new_day = times[-2:] == [Time.DAWN, Time.DAWN]
        carried = Time.DAY if is_new_day or not times else times[-1]
        if not times and len(readings) > 1 and readings[1].time is Time.NIGHT:
            carried = Time.DUSK
        times.append(reading.time or carried)
    return times


def _hour(index: int, count: int) -> Time:
    share = (index + 0.5) / count
    if share < 1 / 6:
        return Time.DAWN
    if share < 3 / 5:
        return Time.DAY
    return Time.DUSK if share < 5 / 6 else Time.NIGHT


def _weather(reading: Reading, time: Time, last: Scene | None) -> Weather:
    """The stated weather, else that of the beat before; a new day brings a clear sky."""
    if reading.weather or last is None:
        return reading.weather or Weather.CLEAR
    is_new_day = last.time in (Time.NIGHT, Time.DUSK) and time in (Time.DAWN, Time.DAY)
    return Weather.CLEAR if is_new_day and last.weather not in _LASTING else last.weather


def _mood(narration: str, scenes: Sequence[Scene]) -> Mood:
    """The stated mood, else that of the beat before; joy without a reason passes soon."""
    if (mood := read_mood(narration)) or not scenes:
        return mood or Mood.CALM
    is_spent = [scene.mood for scene in scenes[-2:]] == [Mood.JOYFUL, Mood.JOYFUL]
    return Mood.CALM if is_spent else scenes[-1].mood


def _cast(
    reading: Reading,
    by_word: Mapping[str, Character],
    last: Scene | None,
) -> tuple[Subject, ...]:
    """The figures present, the subjects first; if none are named, those present before."""
    words = sorted(
        reading.present,
        key=lambda word: -reading.present[word] - (by_word[word].figure in LIVING) / 2,
    )
    if not any(by_word[word].figure in LIVING for word in words) and last:
        seen = {subject.word for subject in last.subjects}
        carried = [word for word in reading.remembered if word in seen][:_CARRIED]
        words = (carried or list(reading.remembered[:1])) + words
    crowds = [word for word in words if by_word[word].figure is Figure.CROWD]
    words = [word for word in words if word not in crowds[1:]]
    if any(by_word[word].figure in PEOPLE - {Figure.CROWD} for word in words):
        words = [word for word in words if word not in {"人物", "person"}]
    poses = dict(reading.poses)
    words = words[:MAX_SUBJECTS]
    for animal, owner in reading.companions.items():
        if owner in words and animal not in words and len(words) < MAX_SUBJECTS:
            words.append(animal)
            if poses.get(owner) in _MOVING:
                poses[animal] = poses[owner]
    return tuple(by_word[word].subject(poses.get(word, Pose.STAND)) for word in words)
