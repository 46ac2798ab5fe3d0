"""Writes a scene as a prompt that a person can edit, and parses a scene from any prompt.

Wide shot. Subjects: Dorothy (child, gown, blue, running), dog. Place: meadow. Time: dawn. Weather:
clear. Mood: calm. Story: A girl named Dorothy lived with her dog ...

A labelled line outranks the words of the story, so editing it changes the picture.
"""

import hashlib
import re
from enum import StrEnum
from typing import TypeVar

from studio.characters import Character
from studio.look_words import SPELLED
from studio.moods import Mood, read_mood
from studio.reading import Reader
from studio.scene import (
    Age,
    Figure,
    Framing,
    Hat,
    Place,
    Pose,
    Scene,
    Subject,
    Time,
    Weather,
    World,
)
from studio.scenery_words import NAMES
from studio.words import WORDS
from studio.worlds import DIFFERING, place_of_world, read_world, told_world
from text.sentences import is_chinese

MAX_SUBJECTS = 3
_EXCERPT_LENGTH = 240
_SCANNED_LENGTH = 1_200
_LABELS = (
    ("subjects", "主体", "Subjects"),
    ("place", "地点", "Place"),
    ("time", "时间", "Time"),
    ("weather", "天气", "Weather"),
    ("mood", "气氛", "Mood"),
)
_LABELLED = {
    name: re.compile(rf"(?:{chinese}：|\b{english}:)([^。.\n]*)", re.IGNORECASE)
    for name, chinese, english in _LABELS
}
_FRAMINGS = (
    (Framing.WIDE, re.compile(r"^\W*(?:an? )?(?:wide|panorama|远景|全景)", re.IGNORECASE)),
    (Framing.CLOSE, re.compile(r"^\W*(?:an? )?(?:extreme )?(?:close|近景|特写)", re.IGNORECASE)),
)
_STORY = re.compile(r"情节：|\bStory:")
_ITEM = re.compile(r"([^,，、;；()（）]+)(?:[(（]([^()（）]*)[)）])?")
_PARTS = re.compile(r"[,，、]\s*")
_ARTICLE = re.compile(r"^(?:(?:an?|the|one|and) )+|^(?:一[个只位名条头]|和)", re.IGNORECASE)
_NOBODY = frozenset({"none", "nobody", "no one", "nothing", "无", "没有", "无人"})
_TRAITS = {spelled: trait for trait, names in SPELLED.items() for spelled in names} | {
    figure.value: figure for figure in Figure
}
_FIGURES_IN_CHINESE = {
    Figure.PERSON: "人物",
    Figure.WOMAN: "女人",
    Figure.CHILD: "孩子",
    Figure.CROWD: "人群",
    Figure.BOAT: "小船",
    Figure.HOUSE: "房子",
    Figure.MILL: "磨坊",
    Figure.LIGHTHOUSE: "灯塔",
    Figure.TREE: "大树",
    Figure.RABBIT: "兔子",
    Figure.TORTOISE: "乌龟",
    Figure.FOX: "狐狸",
    Figure.DOG: "狗",
    Figure.CAT: "猫",
    Figure.HORSE: "马",
    Figure.WOLF: "狼",
    Figure.LION: "狮子",
    Figure.MOUSE: "老鼠",
    Figure.SHEEP: "羊",
    Figure.BIRD: "鸟",
    Figure.BIRDS: "鸟群",
    Figure.FISH: "鱼",
    Figure.DRAGON: "龙",
    Figure.ROBOT: "机器人",
    Figure.TRAIN: "火车",
    Figure.STUMP: "树桩",
    Figure.WHALE: "鲸鱼",
    Figure.CAR: "汽车",
    Figure.ROCKET: "飞船",
    Figure.SUBMARINE: "潜水艇",
}
_HOMES: dict[Figure, Place] = {
    Figure.BOAT: Place.SEA,
    Figure.FISH: Place.RIVER,
    Figure.WHALE: Place.SEA,
    Figure.CAR: Place.CITY,
    Figure.ROCKET: Place.SPACE,
    Figure.SUBMARINE: Place.UNDERWATER,
    Figure.HOUSE: Place.VILLAGE,
    Figure.MILL: Place.MEADOW,
    Figure.LIGHTHOUSE: Place.SEA,
    Figure.FOX: Place.FOREST,
    Figure.WOLF: Place.FOREST,
    Figure.LION: Place.FOREST,
    Figure.TREE: Place.FOREST,
    Figure.STUMP: Place.MEADOW,
    Figure.RABBIT: Place.MEADOW,
    Figure.TORTOISE: Place.MEADOW,
    Figure.SHEEP: Place.MEADOW,
    Figure.HORSE: Place.MEADOW,
    Figure.BIRD: Place.MEADOW,
    Figure.DRAGON: Place.MOUNTAIN,
    Figure.ROBOT: Place.CITY,
    Figure.TRAIN: Place.CITY,
    Figure.DOG: Place.VILLAGE,
    Figure.CAT: Place.VILLAGE,
    Figure.MOUSE: Place.VILLAGE,
}
"""Where a figure is expected if nothing else is known about it."""
_FALLBACK_PLACES = (Place.MEADOW, Place.SEA, Place.MOUNTAIN, Place.CITY, Place.FOREST)

Concept = TypeVar("Concept", bound=StrEnum)


def write_prompt(scene: Scene, story: str, *, in_chinese: bool) -> str:
    """The scene, label by label, and the beginning of its narration."""
    language = 0 if in_chinese else 1
    names = [NAMES[part][language] for part in (scene.place, scene.time, scene.weather, scene.mood)]
    names[0] = place_of_world(names[0], scene.place, scene.world, in_chinese=in_chinese)
    separator, stop, colon = ("、", "。", "：") if in_chinese else (", ", ". ", ": ")
    subjects = separator.join(_spelled(subject, language) for subject in scene.subjects)
    framing = NAMES[scene.framing][language]
    parts = [framing if in_chinese else f"{framing.capitalize()} shot"]
    for (_, chinese, english), value in zip(_LABELS, (subjects, *names), strict=True):
        if value:
            parts.append(f"{chinese if in_chinese else english}{colon}{value}")
    excerpt = story if len(story) <= _EXCERPT_LENGTH else story[:_EXCERPT_LENGTH].rstrip() + "…"
    return stop.join([*parts, f"{'情节' if in_chinese else 'Story'}{colon}{excerpt}"])


def read_scene(prompt: str, style_prompt: str | None = None) -> Scene:
    """The scene of a prompt, whoever wrote it; its words decide what the labels leave open."""
    reader = Reader()
    told = reader.read(prompt[:_SCANNED_LENGTH])
    hints = Reader().read((style_prompt or "")[:_SCANNED_LENGTH])
    subjects = _labelled_subjects(prompt)
    if subjects is None:
        by_word = {character.word: character for character in reader.characters.values()}
        leading = sorted(told.present, key=lambda word: -told.present[word])[:MAX_SUBJECTS]
        subjects = tuple(
            by_word[word].subject(told.poses.get(word, Pose.STAND)) for word in leading
        )
    place = _first(_labelled(prompt, "place", Place), told.place, hints.place)
    place = place or expected_place(subjects, prompt)
    return Scene(
        place=place,
        time=_first(_labelled(prompt, "time", Time), told.time, hints.time) or Time.DAY,
        weather=_first(_labelled(prompt, "weather", Weather), told.weather, hints.weather)
        or Weather.CLEAR,
        mood=_first(
            _labelled(prompt, "mood", Mood), read_mood(style_prompt or ""), read_mood(prompt)
        )
        or Mood.CALM,
        framing=next((f for f, pattern in _FRAMINGS if pattern.match(prompt)), Framing.MEDIUM),
        subjects=subjects,
        world=_world(prompt, place),
    )


def _world(prompt: str, place: Place) -> World:
    """The world given with the place, else by the prompt's words, where it makes a difference."""
    if place not in DIFFERING:
        return World.MODERN
    told = told_world(_label_value(prompt, "place") or "")
    return told or read_world(prompt, in_chinese=is_chinese(prompt))


def expected_place(subjects: tuple[Subject, ...], text: str) -> Place:
    """A place for a text that names none: where its figures live, else one by its hash."""
    for subject in subjects:
        if subject.look.hat is Hat.CROWN:
            return Place.PALACE
        if subject.figure in _HOMES:
            return _HOMES[subject.figure]
    digest = hashlib.sha256(text.encode("utf-8", "replace")).digest()
    return _FALLBACK_PLACES[digest[0] % len(_FALLBACK_PLACES)]


def _spelled(subject: Subject, language: int) -> str:
    """The text's own word if it is in the prompt's language, then its look: Kong Yiji (old, robe).

    Traits that the word alone implies (a king wears a crown) are left out. The figure is named
    where the word does not imply it.
    """
    word = " ".join(_ITEM_MARKS.sub(" ", subject.word).split())
    if not word or (language == 1 and not word.isascii()):
        word = _figure_name(subject.figure, language)
    alone = _read_item(word, "")
    traits: list[str] = []
    if alone.figure is not subject.figure:
        traits.append(_figure_name(subject.figure, language))
    look, known = subject.look, alone.look
    for trait, implied in (
        (look.age, known.age),
        (look.dress, known.dress),
        (look.tint, known.tint),
        (look.hat, known.hat),
    ):
        is_plain = trait is Age.CHILD and subject.figure is Figure.CHILD
        if trait is not None and trait is not implied and not is_plain:
            traits.append(SPELLED[trait][language])
    if subject.pose is not Pose.STAND:
        traits.append(SPELLED[subject.pose][language])
    if not traits:
        return word
    return f"{word}（{'、'.join(traits)}）" if language == 0 else f"{word} ({', '.join(traits)})"


_ITEM_MARKS = re.compile(r"[,，、;；()（）。.:：\n]")


def _figure_name(figure: Figure, language: int) -> str:
    return figure.value if language else _FIGURES_IN_CHINESE[figure]


def _label_value(prompt: str, label: str) -> str | None:
    story = _STORY.search(prompt)
    match = _LABELLED[label].search(prompt, 0, story.start() if story else len(prompt))
    return match[1] if match else None


def _labelled(prompt: str, label: str, kind: type[Concept]) -> Concept | None:
    """The label's value: one of our names, else the meaning of its words."""
    value = (_label_value(prompt, label) or "").strip().lower()
    for concept, names in NAMES.items():
        if isinstance(concept, kind) and value in names:
            return concept
    concepts = (concept for found in WORDS.find(value) for concept in found.concepts)
    return next((concept for concept in concepts if isinstance(concept, kind)), None)


def _labelled_subjects(prompt: str) -> tuple[Subject, ...] | None:
    """The figures of the label; none if one of our prompts has no such label."""
    value = _label_value(prompt, "subjects")
    if value is None:
        return () if _label_value(prompt, "place") is not None else None
    items = [(match[1].strip(), match[2] or "") for match in _ITEM.finditer(value)]
    return tuple(
        _read_item(name, traits)
        for name, traits in items[:MAX_SUBJECTS]
        if name and name.lower() not in _NOBODY
    )


def _read_item(name: str, traits: str) -> Subject:
    """One figure: the traits of its word, unless those in brackets differ."""
    word = _ARTICLE.sub("", name).strip() or name
    told = [_TRAITS.get(t.strip().lower()) for t in _PARTS.split(traits)]
    written = " ".join(t for t, known in zip(_PARTS.split(traits), told, strict=True) if not known)
    concepts = [concept for concept in told if concept is not None]
    for text in (written, word):
        concepts += [concept for found in WORDS.find(text) for concept in found.concepts]
    figures = [*(c for c in concepts if isinstance(c, Figure))]
    character = Character(word, figures[0] if figures else Figure.PERSON)
    character.learn(tuple(concepts))
    pose = next((concept for concept in concepts if isinstance(concept, Pose)), Pose.STAND)
    return character.subject(pose)


def _first(*choices: Concept | None) -> Concept | None:
    return next((choice for choice in choices if choice is not None), None)
