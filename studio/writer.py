"""Writes a script from a story's own words: beats, titles, prompts and transitions.

Pure and deterministic: equal arguments give equal scripts.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from domain import MAX_NARRATION_LENGTH, MAX_PROMPT_LENGTH, MAX_TITLE_LENGTH, Transition
from studio.arc import ArcStep, Idea, grow
from studio.arc_places import HARDSHIP_WEATHER
from studio.beats import narration_of, split_beats
from studio.characters import Character
from studio.ideas import read_idea
from studio.moods import Mood
from studio.prompts import MAX_SUBJECTS, write_prompt
from studio.scene import (
    BUILDINGS,
    LIVING,
    PEOPLE,
    Figure,
    Pose,
    Scene,
    Time,
    Weather,
)
from studio.staging import Staging, frame, stage
from studio.titles import idea_title, shot_title, story_title, tidy
from text.formats.passages import Passage, StoryText
from text.formats.plain import read_plain
from text.sentences import (
    clean,
    is_chinese,
    without_dangling_quotes,
)
from text.shortening import cut_characters

_SPEECH = re.compile('[“「『"]|道：|说：|曰：')
_SUDDEN = re.compile(r"突然|忽然|猛地|霎时|\bsuddenly\b|\ball at once\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptShot:
    """One shot of a script: its picture, its narration, and its transition."""

    title: str
    prompt: str
    narration: str
    transition: Transition


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """A script: at least one shot, and the BCP 47 tag of its language."""

    title: str
    shots: tuple[ScriptShot, ...]
    language: str


def write_script(
    content: str,
    *,
    passages: Sequence[Passage] = (),
    title: str | None = None,
    language: str = "",
    shot_count: int | None = None,
) -> Script:
    """Write the script of a story; every text that is not empty gives one.

    `passages` have the words of the content, if it has been read before. An empty `language` means
    the text's own; `shot_count` is a preference.
    """
    text = clean(content) or clean(title or "")
    in_chinese = _tells_chinese(language, text)
    found = StoryText(clean(title or ""), tuple(passages)) if passages else read_plain(text)
    parts = found.passages or (Passage(text or ("无题" if in_chinese else "Untitled")),)
    plan = split_beats(parts, wished=shot_count, language=language)
    staging = stage(plan.beats, in_chinese=in_chinese)
    hero = _hero(staging)
    idea = read_idea(plan.beats[0], hero, in_chinese=in_chinese)
    before, after = grow(plan.missing)
    first, last = staging.scenes[0], _with_hero(staging.scenes[-1], hero)
    scenes = [
        *(_stepped(first, step, idea) for step in before),
        *staging.scenes,
        *(_stepped(last, step, idea) for step in after),
    ]
    narrations = [
        *(idea.tell(step, first, in_chinese=in_chinese) for step in before),
        *(without_dangling_quotes(narration_of(beat)) for beat in plan.beats),
        *(idea.tell(step, last, in_chinese=in_chinese) for step in after),
    ]
    headings = [*("" for _ in before), *plan.headings, *("" for _ in after)]
    shots = _shots(frame(scenes, narrations), narrations, headings, in_chinese=in_chinese)
    title = clean(title or "") or tidy(found.title)
    if not title and plan.is_idea:
        title = idea_title(plan.beats[0], idea, in_chinese=in_chinese)
    title = title or story_title(parts[0].text, staging.characters, in_chinese=in_chinese)
    language = language or ("zh" if in_chinese else "en")
    return Script(title=cut_characters(title, MAX_TITLE_LENGTH), shots=shots, language=language)


def _shots(
    scenes: Sequence[Scene], narrations: Sequence[str], headings: Sequence[str], *, in_chinese: bool
) -> tuple[ScriptShot, ...]:
    return tuple(
        ScriptShot(
            title=cut_characters(tidy(heading), MAX_TITLE_LENGTH)
            or shot_title(narration, number, in_chinese=in_chinese),
            prompt=write_prompt(scene, narration, in_chinese=in_chinese)[:MAX_PROMPT_LENGTH],
            narration=narration[:MAX_NARRATION_LENGTH],
            transition=_transition(narration, scene, scenes[number : number + 1]),
        )
        for number, (scene, narration, heading) in enumerate(
            zip(scenes, narrations, headings, strict=True), start=1
        )
    )


def _tells_chinese(language: str, text: str) -> bool:
    if not language:
        return is_chinese(text)
    return language.lower().partition("-")[0] in {"zh", "yue", "cmn"}


def _hero(staging: Staging) -> Character | None:
    """The subject of a one-line idea: the first living figure of its picture."""
    by_word = {character.word: character for character in staging.characters}
    return next(
        (
            by_word[s.word]
            for s in staging.scenes[0].subjects
            if s.word in by_word and s.figure in LIVING
        ),
        None,
    )


def _with_hero(scene: Scene, hero: Character | None) -> Scene:
    """The scene with the hero in it, the subject of the steps after it."""
    if hero is None or any(subject.word == hero.word for subject in scene.subjects):
        return scene
    others = scene.subjects[: MAX_SUBJECTS - 1]
    return replace(scene, subjects=(hero.subject(), *others))


def _stepped(scene: Scene, step: ArcStep, idea: Idea) -> Scene:
    """The idea's scene at another step of its arc."""
    weather = scene.weather
    if step.is_hard and weather in (Weather.CLEAR, Weather.CLOUDY):
        weather = HARDSHIP_WEATHER.get(scene.place, weather)
    elif not step.is_hard and step.time is not None and weather is not Weather.SNOW:
        weather = Weather.CLEAR
    time = step.time or scene.time
    living = [subject for subject in scene.subjects if subject.figure in LIVING]
    if idea.is_alone(step):
        living = living[:1]
    if living:
        living[0] = replace(living[0], pose=_pose(step, living[0].figure))
    living[1:] = [replace(subject, pose=Pose.STAND) for subject in living[1:]]
    subjects = (*living, *(s for s in scene.subjects if s.figure not in LIVING))
    if step.name == "opening":
        time = Time.DUSK if scene.time is Time.NIGHT else Time.DAWN
        weather = weather if weather is Weather.SNOW else Weather.CLEAR
        subjects = tuple(s for s in scene.subjects if s.figure in BUILDINGS)
    return replace(scene, mood=step.mood, time=time, weather=weather, subjects=subjects)


def _pose(step: ArcStep, figure: Figure) -> Pose:
    pose = _POSES.get(step.name, Pose.STAND)
    can_wave = figure in PEOPLE or figure is Figure.ROBOT
    return Pose.STAND if pose is Pose.WAVE and not can_wave else pose


_POSES = {
    "attempt": Pose.WALK,
    "far": Pose.WALK,
    "song": Pose.WALK,
    "failure": Pose.SIT,
    "doubt": Pose.SIT,
    "turn": Pose.SIT,
    "courage": Pose.WALK,
    "ending": Pose.WAVE,
}


def _transition(narration: str, scene: Scene, following: Sequence[Scene]) -> Transition:
    """A shock cuts, a new place or hour dissolves, in speech the sound leads, the rest drifts."""
    if _SUDDEN.search(narration):
        return Transition.CUT
    if following and following[0].place is not scene.place:
        return Transition.CROSSFADE
    if _SPEECH.search(narration) or scene.mood is Mood.TENSE:
        return Transition.VOLUME_MIX
    if following and following[0].time is not scene.time:
        return Transition.CROSSFADE
    return Transition.KEN_BURNS
