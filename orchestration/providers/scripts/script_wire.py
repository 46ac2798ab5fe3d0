"""A script in a language model's format: every field may be missing, misnamed or mistyped.

Coercion is total: every JSON object validates. Values beyond the domain's limits are cut.
"""

import re
from collections.abc import Sequence
from typing import Annotated

from pydantic import AliasChoices, BaseModel, BeforeValidator, ConfigDict, Field

from domain import (
    MAX_LANGUAGE_LENGTH,
    MAX_NARRATION_LENGTH,
    MAX_SHOT_SECONDS,
    MAX_SHOTS_PER_STORY,
    MAX_SYNOPSIS_LENGTH,
    MAX_TITLE_LENGTH,
    MIN_SHOT_SECONDS,
    Summary,
    Transition,
    built_from,
)
from orchestration.providers.http.loose_json import as_list, as_number, as_object, as_text
from orchestration.providers.ports import Script, ScriptRequest, ScriptShot
from orchestration.providers.scripts.cast import (
    MAX_APPEARANCE_LENGTH,
    MAX_NAME_LENGTH,
    Character,
    merge_casts,
    with_appearances,
)
from text.sentences import join
from text.shortening import cut_characters, cut_words

SHOT_LIST_NAMES = frozenset({"shots", "scenes", "storyboard", "分镜", "镜头"})

_TITLE_LENGTH = 60
_SHOT_TITLE_LENGTH = 40
_MAX_PASSAGES = 100_000
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{1,8})*")
_NOT_WORD = re.compile(r"[\W_]+")
_SEPARATOR = re.compile(r"[,，、;；]")
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
    """The transition named by the words, in English or Chinese; CROSSFADE for all others."""
    word = _NOT_WORD.sub("", as_text(value)).lower().removesuffix("效果")
    return _TRANSITIONS.get(word, Transition.CROSSFADE)


def fallback_title(request: ScriptRequest) -> str:
    """The title of a script without one: the user's, else from the beginning of the text."""
    return request.title or request.content.strip().partition("\n")[0][:_TITLE_LENGTH]


def _to_objects(value: object) -> list[dict[str, object]]:
    fields = as_object(value)
    items = list(fields.values()) if fields is not None else as_list(value) or []
    return [item for item in map(as_object, items) if item is not None]


def _to_names(value: object) -> list[str]:
    names = _SEPARATOR.split(value) if isinstance(value, str) else as_list(value) or []
    return [text for text in map(as_text, names) if text]


_Text = Annotated[str, BeforeValidator(as_text)]
_Number = Annotated[float | None, BeforeValidator(as_number)]


class _Wire(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class CharacterWire(_Wire):
    """One of the cast."""

    name: _Text = ""
    appearance: _Text = Field(
        "", validation_alias=AliasChoices("appearance", "description", "look", "looks")
    )

    def to_character(self) -> Character:
        """The character within the limits; None if a field is empty."""
        return Character(self.name[:MAX_NAME_LENGTH], self.appearance[:MAX_APPEARANCE_LENGTH])


class ShotWire(_Wire):
    """One shot; the passages are those of the story that it covers, if they have numbers."""

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
    characters: Annotated[list[str], BeforeValidator(_to_names)] = []
    first_passage: _Number = None
    last_passage: _Number = None

    @property
    def passages(self) -> tuple[int, int] | None:
        """The first and last passage that it covers; None if it does not list them."""
        first = self.first_passage if self.first_passage is not None else self.last_passage
        last = self.last_passage if self.last_passage is not None else first
        if first is None or last is None or not 0 < first <= last <= _MAX_PASSAGES:
            return None
        return int(first), int(last)

    def to_shot(self, cast: Sequence[Character] = ()) -> ScriptShot:
        """The shot within the limits; its prompt includes the looks of its characters."""
        prompt = self.prompt or self.narration
        seconds = self.duration
        return ScriptShot(
            title=cut_characters(self.title, MAX_TITLE_LENGTH)
            or _first_words(self.narration or prompt),
            prompt=with_appearances(prompt, self.characters, cast),
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
    synopsis: _Text = Field("", validation_alias=AliasChoices("synopsis", "logline", "summary"))
    characters: Annotated[list[CharacterWire], BeforeValidator(_to_objects)] = []
    shots: Annotated[list[ShotWire], BeforeValidator(_to_objects)] = Field(
        [], validation_alias=AliasChoices(*sorted(SHOT_LIST_NAMES))
    )

    @property
    def cast(self) -> tuple[Character, ...]:
        """The described characters, each once."""
        return merge_casts((), (character.to_character() for character in self.characters))

    @property
    def language_tag(self) -> str:
        """The language, if the value can be one."""
        is_tag = _LANGUAGE.fullmatch(self.language[: MAX_LANGUAGE_LENGTH + 1])
        return self.language if is_tag and len(self.language) <= MAX_LANGUAGE_LENGTH else ""

    @property
    def summary(self) -> Summary:
        """What it says about the whole story, within the limits."""
        return Summary(
            title=cut_characters(self.title, MAX_TITLE_LENGTH),
            language=self.language_tag,
            synopsis=_first_words(" ".join(self.synopsis.split()), MAX_SYNOPSIS_LENGTH) or None,
        )

    def ordered_shots(self) -> list[ShotWire]:
        """The shots in playing order, without empty ones."""
        told = [shot for shot in self.shots if shot.prompt or shot.narration]
        return [shot for _, shot in sorted(enumerate(told), key=lambda item: _rank(*item))]

    def to_script(self, *, fallback_title: str) -> Script:
        """The script within the limits."""
        cast, shots = self.cast, self.ordered_shots()[:MAX_SHOTS_PER_STORY]
        title = self.title or as_text(fallback_title)
        return built_from(
            self.summary,
            Script,
            title=cut_characters(title, MAX_TITLE_LENGTH),
            shots=tuple(shot.to_shot(cast) for shot in shots),
        )


def merge_shots(shots: Sequence[ShotWire], limit: int) -> list[ShotWire]:
    """At most this many shots that still cover everything: excess neighbours are merged.

    A merged shot shows the first one's picture and has the narrations of all.
    """
    count = min(limit, len(shots))
    groups = [
        shots[len(shots) * place // count : len(shots) * (place + 1) // count]
        for place in range(count)
    ]
    return [_merged(group) if len(group) > 1 else group[0] for group in groups]


def _merged(group: Sequence[ShotWire]) -> ShotWire:
    narration = join(tuple(shot.narration for shot in group if shot.narration))
    return group[0].model_copy(update={"narration": narration, "duration": None})


def _rank(place: int, shot: ShotWire) -> float:
    """The requested position of a shot; one without a number keeps its place."""
    return shot.order if shot.order is not None else place + 1


def _first_words(text: str, limit: int = _SHOT_TITLE_LENGTH) -> str:
    line = text.partition("\n")[0]
    if len(line) <= limit:
        return line
    shorter = cut_words(line, limit - 1) or cut_characters(line, limit - 1)
    return f"{shorter}…"
