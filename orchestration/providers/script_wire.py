"""A script as language models write it: every field may be missing, misnamed or of another type.

Coercion is total: no JSON object fails to validate. Limits of the domain are kept by cutting.
"""

import re
from typing import Annotated

from pydantic import AliasChoices, BaseModel, BeforeValidator, ConfigDict, Field

from domain import (
    MAX_LANGUAGE_LENGTH,
    MAX_NARRATION_LENGTH,
    MAX_PROMPT_LENGTH,
    MAX_SHOT_SECONDS,
    MAX_SHOTS_PER_STORY,
    MAX_TITLE_LENGTH,
    MIN_SHOT_SECONDS,
    Transition,
)
from orchestration.providers.loose_json import as_list, as_number, as_object, as_text
from orchestration.providers.ports import Script, ScriptShot

SHOT_LIST_NAMES = frozenset({"shots", "scenes", "storyboard", "分镜", "镜头"})

_SHOT_TITLE_LENGTH = 40
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{1,8})*")
_NOT_WORD = re.compile(r"[\W_]+")
_TRANSITIONS = {
    name: transition
    for transition, names in {
        Transition.KEN_BURNS: ("kenburns", "zoom", "pan", "肯伯恩斯", "推拉", "缩放", "平移"),
        Transition.CROSSFADE: (
            "crossfade",
            "fade",
            "dissolve",
            "交叉淡化",
            "交叉溶解",
            "叠化",
            "淡入淡出",
        ),
        Transition.VOLUME_MIX: ("volumemix", "audiomix", "音量混合", "混音", "音量渐变"),
        Transition.CUT: ("cut", "hardcut", "none", "硬切", "直切", "切换", "切"),
    }.items()
    for name in names
}


def to_transition(value: object) -> Transition:
    """The transition that the words mean, in English or Chinese; CROSSFADE for all others."""
    word = _NOT_WORD.sub("", as_text(value)).lower().removesuffix("效果")
    return _TRANSITIONS.get(word, Transition.CROSSFADE)


def _to_shots(value: object) -> list[dict[str, object]]:
    fields = as_object(value)
    items = list(fields.values()) if fields is not None else as_list(value) or []
    return [shot for shot in map(as_object, items) if shot is not None]


_Text = Annotated[str, BeforeValidator(as_text)]
_Number = Annotated[float | None, BeforeValidator(as_number)]


class _Wire(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class _ShotWire(_Wire):
    order: _Number = Field(
        None, validation_alias=AliasChoices("sortOrder", "sort_order", "order", "index", "position")
    )
    title: _Text = ""
    prompt: _Text = Field(
        "", validation_alias=AliasChoices("prompt", "image_prompt", "imagePrompt", "description")
    )
    narration: _Text = Field("", validation_alias=AliasChoices("narration", "voiceover", "text"))
    transition: Annotated[Transition, BeforeValidator(to_transition)] = Transition.CROSSFADE
    duration: _Number = Field(
        None, validation_alias=AliasChoices("duration", "durationSeconds", "duration_seconds")
    )

    def to_shot(self) -> ScriptShot:
        prompt = self.prompt or self.narration
        seconds = self.duration
        return ScriptShot(
            title=self.title[:MAX_TITLE_LENGTH] or _first_words(self.narration or prompt),
            prompt=prompt[:MAX_PROMPT_LENGTH],
            narration=self.narration[:MAX_NARRATION_LENGTH],
            transition=self.transition,
            duration_seconds=(
                min(max(seconds, MIN_SHOT_SECONDS), MAX_SHOT_SECONDS) if seconds else None
            ),
        )


class ScriptWire(_Wire):
    """The whole answer."""

    title: _Text = ""
    language: _Text = ""
    shots: Annotated[list[_ShotWire], BeforeValidator(_to_shots)] = Field(
        [], validation_alias=AliasChoices(*sorted(SHOT_LIST_NAMES))
    )

    def to_script(self, *, fallback_title: str) -> Script:
        """The script in playing order, without the shots that say nothing."""
        told = [shot for shot in self.shots if shot.prompt or shot.narration]
        ranked = sorted(enumerate(told), key=lambda item: _rank(*item))
        is_tag = _LANGUAGE.fullmatch(self.language[: MAX_LANGUAGE_LENGTH + 1])
        return Script(
            title=(self.title or as_text(fallback_title))[:MAX_TITLE_LENGTH],
            shots=tuple(shot.to_shot() for _, shot in ranked[:MAX_SHOTS_PER_STORY]),
            language=self.language
            if is_tag and len(self.language) <= MAX_LANGUAGE_LENGTH
            else None,
        )


def _rank(place: int, shot: _ShotWire) -> float:
    """Where a shot wants to stand; one without a number stands where it was written."""
    return shot.order if shot.order is not None else place + 1


def _first_words(text: str) -> str:
    line = text.partition("\n")[0]
    return line if len(line) <= _SHOT_TITLE_LENGTH else line[: _SHOT_TITLE_LENGTH - 1] + "…"
