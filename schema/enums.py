"""The domain's enums as GraphQL enums, registered once: annotate with the enum itself."""

from collections.abc import Mapping
from enum import StrEnum
from typing import cast

import strawberry
from strawberry.types.enum import StrawberryEnumDefinition

from domain import (
    AspectRatio,
    EventType,
    Motion,
    OrderDirection,
    ServiceKind,
    Status,
    StoryOrderField,
    StoryPhase,
    Style,
    SubtitleFormat,
    Transition,
    UsageUnit,
)

ENUM_VALUES: dict[str, list[str]] = {}
"""The names of every enum's values, by its name."""


def register_enum(
    enum: type[StrEnum], values: Mapping[StrEnum, str], *, name: str, description: str
) -> None:
    """Make it a GraphQL enum; a value without its description fails at import."""
    strawberry.enum(enum, name=name, description=description)
    definition = cast("StrawberryEnumDefinition", vars(enum)["__strawberry_definition__"])
    ENUM_VALUES[name] = [value.name for value in definition.values]
    for value in definition.values:
        value.description = values[enum(value.value)]


register_enum(
    Status,
    {
        Status.PENDING: "Accepted and waiting for a worker.",
        Status.GENERATING: "Being made right now, or waiting for another attempt.",
        Status.COMPLETED: "Done: the result is there.",
        Status.FAILED: "Ended without a result; `failure` says why. A retry starts it again.",
        Status.CANCELED: "Stopped by the user. A retry starts it again.",
    },
    name="Status",
    description="Where a story's script, a shot, a take, a clip or a video stands; the same five "
    "for all.",
)
register_enum(
    StoryPhase,
    {
        StoryPhase.WRITING: "The script is being written, or waits for it.",
        StoryPhase.DRAWING: "Pictures or clips of its shots are being made, or wait for it.",
        StoryPhase.READY: "Every shot has its picture, and there is no film yet.",
        StoryPhase.RENDERING: "The film is being made, or waits for it.",
        StoryPhase.DONE: "The film is there. `nextStep` says so where shots were not drawn.",
        StoryPhase.NEEDS_ATTENTION: "It does not go on by itself: the script, a shot or the film "
        "failed, or it has no shots. `nextStep` says what to do.",
        StoryPhase.CANCELED: "Stopped by the user before every shot had a picture; `nextStep` says "
        "how to go on.",
    },
    name="StoryPhase",
    description="Where a story stands as a whole: its script, its shots and its film in one word.",
)
register_enum(
    Style,
    {
        Style.MOVIE: "Like a still of a feature film.",
        Style.ANIMATION: "Like a drawn animation.",
        Style.REALISTIC: "Like a photograph.",
    },
    name="Style",
    description="The look of a story's pictures.",
)
register_enum(
    Transition,
    {
        Transition.KEN_BURNS: "The camera moves slowly over the picture.",
        Transition.CROSSFADE: "The picture fades into the next one.",
        Transition.VOLUME_MIX: "The sound of the two shots overlaps.",
        Transition.CUT: "The next picture follows at once.",
    },
    name="Transition",
    description="How a shot moves and hands over to the next one.",
)
register_enum(
    Motion,
    {
        Motion.STILL: "The camera moves over the picture.",
        Motion.CLIP: "The picture itself moves, in a clip that a service makes of it.",
    },
    name="Motion",
    description="What moves in a shot.",
)
register_enum(
    AspectRatio,
    {
        AspectRatio.WIDE_16_9: "Wide, 16:9, as on a television.",
        AspectRatio.TALL_9_16: "Tall, 9:16, as on a telephone.",
        AspectRatio.SQUARE_1_1: "Square, 1:1.",
    },
    name="AspectRatio",
    description="The shape of the pictures and of the film.",
)
register_enum(
    EventType,
    {
        EventType.SNAPSHOT: "The present state: everything before it is contained in it.",
        EventType.STORY_CREATED: "The story was accepted.",
        EventType.STORY_STATUS_CHANGED: "The story's script moved to another status.",
        EventType.STORY_UPDATED: "Something of the story itself was edited.",
        EventType.STORY_DELETED: "The story is gone; this is its last event.",
        EventType.SHOTS_ADDED: "The story has new shots: the script's, or one that was added.",
        EventType.SHOT_STATUS_CHANGED: "A shot moved to another status.",
        EventType.SHOT_UPDATED: "A shot was edited, another take selected, or its clip moved on.",
        EventType.SHOT_DELETED: "A shot is gone; `deletedId` names it.",
        EventType.SHOTS_REORDERED: "The shots play in another order.",
        EventType.TAKE_ADDED: "A shot is drawn anew.",
        EventType.VIDEO_STATUS_CHANGED: "The film moved to another status.",
        EventType.PROGRESS: "A shot or the film came further; only the latest value is sent.",
    },
    name="StoryEventType",
    description="What happened to a story. More may be added: on an unknown one, read the story.",
)
register_enum(
    StoryOrderField,
    {
        StoryOrderField.CREATED_AT: "When it was made.",
        StoryOrderField.UPDATED_AT: "When it last changed; a story that changes moves in the list.",
        StoryOrderField.TITLE: "Its title; stories without one count as having an empty one.",
    },
    name="StoryOrderField",
    description="By what a list of stories is sorted.",
)
register_enum(
    OrderDirection,
    {
        OrderDirection.ASC: "The smallest, earliest or first in the alphabet comes first.",
        OrderDirection.DESC: "The largest, latest or last in the alphabet comes first.",
    },
    name="OrderDirection",
    description="Which end of a sorted list comes first.",
)
register_enum(
    SubtitleFormat,
    {
        SubtitleFormat.SRT: "SubRip, for players and editing programs.",
        SubtitleFormat.VTT: "WebVTT, for the `track` of an HTML video.",
    },
    name="SubtitleFormat",
    description="How subtitles are written down.",
)

register_enum(
    ServiceKind,
    {
        ServiceKind.SCRIPT: "The script of a story.",
        ServiceKind.IMAGE: "A picture of a shot.",
        ServiceKind.VIDEO: "A whole film.",
        ServiceKind.VOICE: "A spoken narration.",
        ServiceKind.CLIP: "A picture set in motion.",
    },
    name="ServiceKind",
    description="What a model service makes.",
)
register_enum(
    UsageUnit,
    {
        UsageUnit.SCRIPT: "Scripts, however many calls each took.",
        UsageUnit.PICTURE: "Pictures.",
        UsageUnit.FILM: "Films.",
        UsageUnit.CHARACTER: "Characters of the narrations that were spoken.",
        UsageUnit.SECOND: "Seconds of clips.",
    },
    name="UsageUnit",
    description="What the work of model services is counted in.",
)

ENUMS: tuple[type[StrEnum], ...] = (Status, Style, Transition, AspectRatio, EventType)
"""The registered ones, for the schema."""
