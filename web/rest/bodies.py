"""The request and response bodies of REST, from which the OpenAPI document is generated."""

from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema
from pydantic.alias_generators import to_camel

from db.rows import ShotRow, Standing, StoryRow, VideoRow
from domain import (
    MAX_CONTENT_LENGTH,
    MAX_NARRATION_LENGTH,
    MAX_PROMPT_LENGTH,
    Status,
    StoryPhase,
    Style,
    Transition,
)
from orchestration.media.links import WIDTH_PARAMETER
from orchestration.media.variants import WIDTHS
from resolvers.context import Context
from resolvers.phases import phase_of
from web.rest.words import transition_name


def _one_of(*words: str) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "enum": list(words)})


_StatusName = Annotated[str, _one_of(*(status.lower() for status in Status))]
_PhaseName = Annotated[
    str,
    _one_of(*(phase.lower() for phase in StoryPhase)),
    Field(description="Overall status of the story: script, pictures and film."),
]
_StyleName = Annotated[str, _one_of(*(style.lower() for style in Style))]
_TransitionName = Annotated[str, _one_of(*map(transition_name, Transition))]
_Percent = Annotated[
    int | None, Field(ge=0, le=100, description="Progress in percent; null if unknown.")
]
_IN_WIDTHS = (
    f"Add `{WIDTH_PARAMETER}=640` to its query for a picture of that width; the next of "
    f"{', '.join(map(str, WIDTHS))} pixels is sent, and never more than the picture has."
)
_StoryTitle = Annotated[str, Field(description="Empty until the script provides a title.")]


class Body(BaseModel):
    """camelCase in JSON, snake_case in Python."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        field_title_generator=lambda name, _info: to_camel(name),
        populate_by_name=True,
        frozen=True,
    )


class CreateStoryBody(Body):
    """A story from which to make a film."""

    content: str = Field(
        description="The story's text.", json_schema_extra={"maxLength": MAX_CONTENT_LENGTH}
    )
    style: str | None = Field(
        None,
        description="Free text such as movie, animation, realistic, 电影, 动画 or 写实. "
        "Any other text selects movie.",
    )


class UpdateShotBody(Body):
    """The changes of a shot. A field that is omitted, null or empty is not changed."""

    prompt: str | None = Field(
        None,
        description="A changed prompt, or any prompt of a failed shot, regenerates the picture.",
        json_schema_extra={"maxLength": MAX_PROMPT_LENGTH},
    )
    narration: str | None = Field(None, json_schema_extra={"maxLength": MAX_NARRATION_LENGTH})
    transition: str | None = Field(
        None,
        description="Ken Burns, Crossfade, Volume Mix or Cut. Case-insensitive.",
    )


class StoryBrief(Body):
    """The status of a story; COMPLETED means that its shots exist, not that they are drawn."""

    story_id: UUID
    title: _StoryTitle
    status: _StatusName
    phase: _PhaseName
    created_at: datetime

    @classmethod
    def of(cls, story: StoryRow, standing: Standing, *, status: str | None = None) -> Self:
        """From the row and its standing; `status` replaces the row's status."""
        return cls(
            story_id=story.id,
            title=story.title or "",
            status=status or story.status.lower(),
            phase=phase_of(story.status, standing).lower(),
            created_at=story.created_at,
        )


class StoryDetail(Body):
    """A story with its text."""

    id: UUID
    title: _StoryTitle
    content: str
    style: _StyleName
    status: _StatusName
    phase: _PhaseName
    created_at: datetime

    @classmethod
    def of(cls, story: StoryRow, standing: Standing, *, content: str) -> Self:
        """From the row, its standing, and the text, which is not part of the row."""
        return cls(
            id=story.id,
            title=story.title or "",
            content=content,
            style=story.style.lower(),
            status=story.status.lower(),
            phase=phase_of(story.status, standing).lower(),
            created_at=story.created_at,
        )


class Shot(Body):
    """One camera set-up of a story."""

    id: UUID
    story_id: UUID
    sort_order: int = Field(ge=1, description="Position in the film, from 1.")
    title: str
    prompt: str
    narration: str
    transition: _TransitionName
    status: _StatusName
    image_url: str | None = Field(
        description="The previous picture until a new one is completed; null before the first. "
        + _IN_WIDTHS
    )
    progress: _Percent
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, shot: ShotRow, context: Context) -> Self:
        """From the row; the context makes the address absolute."""
        return cls(
            id=shot.id,
            story_id=shot.story_id,
            sort_order=shot.position,
            title=shot.title,
            prompt=shot.prompt,
            narration=shot.narration,
            transition=transition_name(shot.transition),
            status=shot.status.lower(),
            image_url=context.media_url(shot.image_key),
            progress=_percent(shot.status, shot.progress),
            created_at=shot.created_at,
            updated_at=shot.updated_at,
        )


class StoryShots(Body):
    """A story's shots in playing order."""

    story_id: UUID
    story_title: _StoryTitle
    shots: list[Shot]


class ShotStatus(Body):
    """The status of a shot after a change."""

    status: _StatusName


class Asset(Body):
    """The film of a story."""

    id: UUID
    story_id: UUID
    title: _StoryTitle
    video_url: str | None = Field(
        description="The previous film until a new one is completed; null before the first."
    )
    thumbnail_url: str | None = Field(description=_IN_WIDTHS)
    duration: int | None = Field(description="Whole seconds.")
    status: _StatusName
    progress: _Percent
    created_at: datetime

    @classmethod
    def of(cls, video: VideoRow, context: Context) -> Self:
        """From the row; the context makes the addresses absolute."""
        seconds = video.duration_seconds
        return cls(
            id=video.id,
            story_id=video.story_id,
            title=video.title,
            video_url=context.media_url(video.media_key),
            thumbnail_url=context.media_url(video.thumbnail_key),
            duration=None if seconds is None else round(seconds),
            status=video.status.lower(),
            progress=_percent(video.status, video.progress),
            created_at=video.created_at,
        )


class AssetId(Body):
    """The film that is being rendered."""

    id: UUID


def _percent(status: Status, progress: float | None) -> int | None:
    """Rounded down, so that only finished work has 100."""
    if status is Status.COMPLETED:
        return 100
    return None if progress is None else int(progress * 100)
