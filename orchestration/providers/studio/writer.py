"""Writes a script from a story's own words: beats, titles, prompts and transitions.

Pure and deterministic: the same request gives the same script.
"""

import re
from dataclasses import replace

from domain import MAX_NARRATION_LENGTH, MAX_PROMPT_LENGTH, MAX_TITLE_LENGTH, Transition
from orchestration.providers.ports import Script, ScriptRequest, ScriptShot
from orchestration.providers.studio.beats import Beat, narration_of, split_beats
from orchestration.providers.studio.prompts import fallback_place, write_prompt
from orchestration.providers.studio.scene import (
    PEOPLE,
    Figure,
    Framing,
    Hints,
    Mood,
    Scene,
    Subject,
    Time,
    Weather,
)
from orchestration.providers.studio.sentences import (
    clean,
    has_words,
    is_chinese,
    part_heading,
    split_sentences,
)
from orchestration.providers.studio.words import is_pronoun, read_hints

_TITLE_LENGTHS = {True: 16, False: 60}
_SHOT_TITLE_LENGTHS = {True: 12, False: 36}
_CLAUSE_MARKS = re.compile(r"[，。！？；：、,!?;:\n]|[.](?:\s|$)")
_WRAPPING = " \t\"'“”‘’「」『』《》#*-—()（）[]{}<>,，。.!！?？:：;；、…"
_SPEECH = re.compile('[“「『"]|道：|说：')
_SUDDEN = re.compile(r"突然|忽然|猛地|\bsuddenly\b|\ball at once\b", re.IGNORECASE)


def write_script(request: ScriptRequest) -> Script:
    """Write the script; every text that holds anything gives one."""
    text = clean(request.content) or clean(request.title or "")
    in_chinese = _tells_chinese(request.language, text)
    heading, body = part_heading(text)
    body = body if has_words(body) else text or ("无题" if in_chinese else "Untitled")
    beats = split_beats(body, wished=request.shot_count)
    scenes = _scenes(beats, body)
    base = _base_scene(body)
    narrations = [_narration(beat, base, in_chinese=in_chinese) for beat in beats]
    shots = tuple(
        ScriptShot(
            title=_shot_title(narration, number, in_chinese=in_chinese),
            prompt=write_prompt(scene, narration, in_chinese=in_chinese)[:MAX_PROMPT_LENGTH],
            narration=narration,
            transition=_transition(narration, scene, scenes[number : number + 1]),
        )
        for number, (scene, narration) in enumerate(zip(scenes, narrations, strict=True), start=1)
    )
    title = clean(request.title or "") or heading or _title_from(body, in_chinese=in_chinese)
    language = request.language or ("zh" if in_chinese else "en")
    return Script(title=title[:MAX_TITLE_LENGTH], shots=shots, language=language)


def _tells_chinese(language: str | None, text: str) -> bool:
    if language is None:
        return is_chinese(text)
    return language.lower().partition("-")[0] in {"zh", "yue", "cmn"}


def _narration(beat: Beat, base: Scene, *, in_chinese: bool) -> str:
    if beat.step is not None:
        return beat.step.line(base, in_chinese=in_chinese)
    return narration_of(beat.text)[:MAX_NARRATION_LENGTH]


def _base_scene(text: str) -> Scene:
    """Where and with whom a story plays on the whole."""
    hints = read_hints(text)
    subjects = hints.subjects
    if not subjects and any(map(str.isalpha, text[:1_000])):
        subjects = (Subject(Figure.PERSON, "人物" if is_chinese(text) else "person"),)
    return Scene(
        place=hints.place or fallback_place(text),
        time=hints.time or Time.DAY,
        weather=hints.weather or Weather.CLEAR,
        mood=hints.mood or Mood.CALM,
        framing=Framing.WIDE,
        subjects=subjects,
    )


def _scenes(beats: list[Beat], body: str) -> list[Scene]:
    """One scene per beat; what a beat leaves open is as it was in the beat before."""
    base = _base_scene(body)
    tells_time = read_hints(body).time is not None
    last = replace(base, weather=Weather.CLEAR, mood=Mood.CALM)
    told = [read_hints(beat.text) if beat.step is None else Hints() for beat in beats]
    first_place = next((hints.place for hints in told if hints.place), base.place)
    first_time = next((hints.time for hints in told if hints.time), Time.DAY)
    last = replace(last, place=first_place, time=first_time)
    scenes: list[Scene] = []
    for index, (beat, hints) in enumerate(zip(beats, told, strict=True)):
        is_new_day = last.time is Time.DAWN and len(scenes) > 1 and scenes[-2].time is Time.DAWN
        time = Time.DAY if is_new_day else last.time
        if not tells_time:
            time = _hour(index, len(beats))
        scene = replace(
            last,
            place=hints.place or last.place,
            time=hints.time or time,
            weather=hints.weather or last.weather,
            mood=hints.mood or last.mood,
            subjects=_cast(hints, last),
            framing=_framing(beat, index, len(beats)),
        )
        if beat.step is not None:
            scene = replace(
                scene,
                mood=beat.step.mood,
                time=beat.step.time or scene.time,
                weather=beat.step.weather or scene.weather,
                framing=beat.step.framing,
            )
        scenes.append(scene)
        last = scene
    return scenes


def _hour(index: int, count: int) -> Time:
    """The time of a story that tells none: it takes a day from morning to night."""
    share = (index + 0.5) / count
    if share < 1 / 6:
        return Time.DAWN
    if share < 3 / 5:
        return Time.DAY
    return Time.DUSK if share < 5 / 6 else Time.NIGHT


def _cast(hints: Hints, last: Scene) -> tuple[Subject, ...]:
    """Who is there: those named now, else those of the shot before; a pronoun means the latter."""
    named = tuple(subject for subject in hints.subjects if not is_pronoun(subject))
    if named and len(named) == len(hints.subjects):
        return named
    if not named:
        return last.subjects or hints.subjects
    people = tuple(subject for subject in last.subjects if subject.figure in PEOPLE)
    return (people + named)[:3] if people else hints.subjects


def _framing(beat: Beat, index: int, count: int) -> Framing:
    if index in (0, count - 1):
        return Framing.WIDE
    if _SPEECH.search(beat.text):
        return Framing.CLOSE
    return Framing.MEDIUM if index % 3 else Framing.WIDE


def _transition(narration: str, scene: Scene, following: list[Scene]) -> Transition:
    """A new place or hour dissolves, speech lets the sound lead, a shock cuts, the rest drifts."""
    if _SUDDEN.search(narration):
        return Transition.CUT
    if following and (following[0].place, following[0].time) != (scene.place, scene.time):
        return Transition.CROSSFADE
    if _SPEECH.search(narration) or scene.mood is Mood.TENSE:
        return Transition.VOLUME_MIX
    return Transition.KEN_BURNS


def _title_from(text: str, *, in_chinese: bool) -> str:
    first = next(filter(has_words, split_sentences(text[:2_000])), text)
    return _clause(first, _TITLE_LENGTHS[in_chinese]) or ("无题" if in_chinese else "Untitled")


def _shot_title(narration: str, number: int, *, in_chinese: bool) -> str:
    numbered = f"第 {number} 镜" if in_chinese else f"Shot {number}"
    return _clause(narration, _SHOT_TITLE_LENGTHS[in_chinese]) or numbered


def _clause(sentence: str, limit: int) -> str:
    """The first clause that says something, cut at a word when it is too long."""
    for part in _CLAUSE_MARKS.split(sentence):
        clause = part.strip(_WRAPPING)
        if not has_words(clause):
            continue
        if len(clause) <= limit:
            return clause
        shorter = clause[:limit]
        return (shorter.rpartition(" ")[0] or shorter).rstrip(_WRAPPING) + "…"
    return ""
