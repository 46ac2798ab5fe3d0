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
    TextFormat,
    Transition,
    UsageUnit,
)

ENUM_VALUES: dict[str, list[str]] = {}
"""The names of each enum's values, by enum name."""


def register_enum(
    enum: type[StrEnum], values: Mapping[StrEnum, str], *, name: str, description: str
) -> None:
    """Make it a GraphQL enum; a value without a description fails at import."""
    strawberry.enum(enum, name=name, description=description)
    definition = cast("StrawberryEnumDefinition", vars(enum)["__strawberry_definition__"])
    ENUM_VALUES[name] = [value.name for value in definition.values]
    for value in definition.values:
        value.description = values[enum(value.value)]


register_enum(
    Status,
    {
        Status.PENDING: "Accepted and waiting for a worker.",
        Status.GENERATING: "In progress, or waiting for another attempt.",
        Status.COMPLETED: "Completed; the result is available.",
        Status.FAILED: "Failed; see `failure`. A retry starts it again.",
        Status.CANCELED: "Canceled by the user. A retry starts it again.",
    },
    name="Status",
    description="Status of a script, shot, take, clip or video.",
)
register_enum(
    StoryPhase,
    {
        StoryPhase.WRITING: "The script is pending or being written.",
        StoryPhase.DRAWING: "Pictures or clips are pending or being generated.",
        StoryPhase.READY: "All pictures are completed, and there is no film yet.",
        StoryPhase.RENDERING: "The film is pending or being rendered.",
        StoryPhase.DONE: "The film is completed. `nextStep` is set if it lacks shots.",
        StoryPhase.NEEDS_ATTENTION: "The script, a shot or the film failed, or there are no "
        "shots. See `nextStep`.",
        StoryPhase.CANCELED: "Canceled by the user before all pictures were completed. See "
        "`nextStep`.",
    },
    name="StoryPhase",
    description="Overall status of a story: script, shots and film.",
)
register_enum(
    Style,
    {
        Style.MOVIE: "Film still.",
        Style.ANIMATION: "Drawn animation.",
        Style.REALISTIC: "Photograph.",
    },
    name="Style",
    description="Visual style of the pictures.",
)
register_enum(
    Transition,
    {
        Transition.KEN_BURNS: "The camera slowly pans and zooms.",
        Transition.CROSSFADE: "Fades into the next shot.",
        Transition.VOLUME_MIX: "The audio of both shots overlaps.",
        Transition.CUT: "Cuts to the next shot.",
    },
    name="Transition",
    description="Camera movement and transition to the next shot.",
)
register_enum(
    Motion,
    {
        Motion.STILL: "A still picture with camera movement.",
        Motion.CLIP: "A clip that a clip provider makes from the picture.",
    },
    name="Motion",
    description="Kind of motion of a shot.",
)
register_enum(
    TextFormat,
    {
        TextFormat.PLAIN: "Plain text. A line of marks alone, such as `***`, divides it.",
        TextFormat.MARKDOWN: "Markdown. Headings divide the text; pictures and tables are left "
        "out.",
        TextFormat.HTML: "HTML, a page or a part of one. Headings divide the text; pictures, "
        "tables and scripts are left out.",
        TextFormat.FOUNTAIN: "A screenplay in Fountain. Scene headings divide it and name places, "
        "and cues name speakers.",
        TextFormat.LIST: "A numbered list. The numbers are not spoken.",
        TextFormat.LYRICS: "A song. Stanzas divide it; lines such as `[Chorus]` are not spoken.",
        TextFormat.CHAPTERS: "Chapters, each below a line such as `Chapter 3`.",
    },
    name="TextFormat",
    description="How the text of a story is written. Only its words are spoken and shown.",
)
register_enum(
    AspectRatio,
    {
        AspectRatio.WIDE_16_9: "Landscape, 16:9.",
        AspectRatio.TALL_9_16: "Portrait, 9:16.",
        AspectRatio.SQUARE_1_1: "Square, 1:1.",
    },
    name="AspectRatio",
    description="Aspect ratio of the pictures and the film.",
)
register_enum(
    EventType,
    {
        EventType.SNAPSHOT: "The current state, which includes all earlier events.",
        EventType.STORY_CREATED: "The story was created.",
        EventType.STORY_STATUS_CHANGED: "The status of the script changed.",
        EventType.STORY_UPDATED: "The story was edited.",
        EventType.STORY_DELETED: "The story was deleted. This is its last event.",
        EventType.SHOTS_ADDED: "Shots were added, by the script or by the user.",
        EventType.SHOT_STATUS_CHANGED: "The status of a shot changed.",
        EventType.SHOT_UPDATED: "A shot was edited, another take was selected, or the status of a "
        "clip changed.",
        EventType.SHOT_DELETED: "A shot was deleted; see `deletedId`.",
        EventType.SHOTS_REORDERED: "The playback order changed.",
        EventType.TAKE_ADDED: "A new take of a shot was started.",
        EventType.VIDEO_STATUS_CHANGED: "The status of the film changed.",
        EventType.PROGRESS: "The progress of a shot or the film. Intermediate values may be "
        "skipped.",
    },
    name="StoryEventType",
    description="Type of a story event. More may be added. On an unknown type, query the story.",
)
register_enum(
    StoryOrderField,
    {
        StoryOrderField.CREATED_AT: "Creation time.",
        StoryOrderField.UPDATED_AT: "Time of the last change. A changed story moves in the list.",
        StoryOrderField.TITLE: "Title. Stories without a title sort as empty.",
    },
    name="StoryOrderField",
    description="Sort field of stories.",
)
register_enum(
    OrderDirection,
    {
        OrderDirection.ASC: "Ascending.",
        OrderDirection.DESC: "Descending.",
    },
    name="OrderDirection",
    description="Sort direction.",
)
register_enum(
    SubtitleFormat,
    {
        SubtitleFormat.SRT: "SubRip, for video players and editors.",
        SubtitleFormat.VTT: "WebVTT, for the `track` of an HTML video.",
    },
    name="SubtitleFormat",
    description="Format of subtitles.",
)

register_enum(
    ServiceKind,
    {
        ServiceKind.SCRIPT: "Script of a story.",
        ServiceKind.IMAGE: "Picture of a shot.",
        ServiceKind.VIDEO: "Film.",
        ServiceKind.VOICE: "Spoken narration.",
        ServiceKind.CLIP: "Animated picture.",
    },
    name="ServiceKind",
    description="Stage of the pipeline that a provider serves.",
)
register_enum(
    UsageUnit,
    {
        UsageUnit.SCRIPT: "Scripts, regardless of the number of calls.",
        UsageUnit.PICTURE: "Pictures.",
        UsageUnit.FILM: "Films.",
        UsageUnit.CHARACTER: "Characters of spoken narration.",
        UsageUnit.SECOND: "Seconds of clips.",
    },
    name="UsageUnit",
    description="Unit of usage.",
)

ENUMS: tuple[type[StrEnum], ...] = (Status, Style, Transition, AspectRatio, EventType)
"""The registered enums, for the schema."""
