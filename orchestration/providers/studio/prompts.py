"""Spells a scene as a prompt that a person can edit, and reads a scene out of any prompt.

    Wide shot. Subjects: hare, tortoise. Place: meadow. Time: dawn. Weather: clear. Mood: calm.
    Story: A hare laughed at a tortoise for being slow.

A labelled line outranks the words of the story, so that editing it changes the picture.
"""

import hashlib
import re
from enum import StrEnum
from typing import TypeVar

from orchestration.providers.studio.scene import (
    Figure,
    Framing,
    Hints,
    Mood,
    Place,
    Scene,
    Subject,
    Time,
    Weather,
)
from orchestration.providers.studio.words import NAMES, read_hints

_EXCERPT_LENGTH = 240
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
_FRAMED = re.compile(r"^\W*(远景|中景|近景|特写|wide|medium|close)", re.IGNORECASE)
_STORY = re.compile(r"情节：|\bStory:")
_FALLBACK_PLACES = (Place.MEADOW, Place.SEA, Place.MOUNTAIN, Place.CITY, Place.FOREST)

Concept = TypeVar("Concept", bound=StrEnum)


def write_prompt(scene: Scene, story: str, *, in_chinese: bool) -> str:
    """The scene, label by label, and the beginning of what happens in it."""
    language = 0 if in_chinese else 1
    names = [NAMES[part][language] for part in (scene.place, scene.time, scene.weather, scene.mood)]
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
    """The scene a prompt asks for, whoever wrote it; what is left open follows from its words."""
    story = read_hints(prompt)
    place = _labelled(prompt, "place").place or story.place
    hints = read_hints(style_prompt or "")
    subjects = _labelled_subjects(prompt)
    return Scene(
        place=place or hints.place or fallback_place(prompt),
        time=_first(_labelled(prompt, "time").time, story.time, hints.time, default=Time.DAY),
        weather=_first(
            _labelled(prompt, "weather").weather,
            story.weather,
            hints.weather,
            default=Weather.CLEAR,
        ),
        mood=_first(_labelled(prompt, "mood").mood, hints.mood, story.mood, default=Mood.CALM),
        framing=_framing(prompt),
        subjects=story.subjects if subjects is None else subjects,
    )


def fallback_place(text: str) -> Place:
    """A place for a text that names none; the same text, the same place."""
    digest = hashlib.sha256(text.encode("utf-8", "replace")).digest()
    return _FALLBACK_PLACES[digest[0] % len(_FALLBACK_PLACES)]


def _spelled(subject: Subject, language: int) -> str:
    """The text's own word when it is of the prompt's language, else the figure's name."""
    if subject.word.isascii() == (language == 1) or language == 0:
        return subject.word
    return subject.figure.value


def _label_value(prompt: str, label: str) -> str | None:
    story = _STORY.search(prompt)
    match = _LABELLED[label].search(prompt, 0, story.start() if story else len(prompt))
    return match[1] if match else None


def _labelled(prompt: str, label: str) -> Hints:
    return read_hints(_label_value(prompt, label) or "")


def _labelled_subjects(prompt: str) -> tuple[Subject, ...] | None:
    """The figures of the label; none when a prompt of ours has no such label."""
    value = _label_value(prompt, "subjects")
    if value is not None:
        return read_hints(value).subjects or (Subject(Figure.PERSON, value.strip()),)
    return () if _label_value(prompt, "place") is not None else None


def _framing(prompt: str) -> Framing:
    match = _FRAMED.match(prompt)
    return (read_hints(match[1]).framing if match else None) or Framing.MEDIUM


def _first(*choices: Concept | None, default: Concept) -> Concept:
    return next((choice for choice in choices if choice is not None), default)
