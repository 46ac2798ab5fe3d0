"""The vocabulary of all packages: statuses, styles, limits and the transition table.

Standard library only, so that every package can import it.
"""

from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any, TypeVar, cast

T = TypeVar("T")

BUILT_IN = "studio"
"""The provider that needs no service; as the provider of films it is our own composition."""
UPLOAD = "upload"
"""The provider of an uploaded picture."""
NOBODY = "none"
"""The provider of a stage for which the operator has chosen none."""
MAX_CONTENT_LENGTH = 200_000
"""Characters of a story's text."""
MAX_TITLE_LENGTH = 200
MAX_SYNOPSIS_LENGTH = 500
MAX_PROMPT_LENGTH = 8_000
MAX_NARRATION_LENGTH = 4_000
MAX_STYLE_PROMPT_LENGTH = 1_000
MAX_LANGUAGE_LENGTH = 35
"""Characters of a BCP 47 tag, by RFC 5646's recommendation."""
MIN_SHOTS_WISHED = 1
MAX_SHOTS_PER_STORY = 200
MAX_PAGE_SIZE = 100
DEFAULT_PAGE_SIZE = 20
MAX_SEARCH_LENGTH = 200
MAX_EVENTS_PAGE = 500
MAX_LIST_LENGTH = 1_000
"""Items of a list that a client sends; the longest useful one names all shots of a story."""
MAX_IDEMPOTENCY_KEY_LENGTH = 200
MAX_OWNER_LENGTH = 255
"""Characters of an owner's ID; OpenID Connect allows as many for a subject."""
MIN_SHOT_SECONDS = 0.5
MAX_SHOT_SECONDS = 60.0


class Status(StrEnum):
    """The status of a story's script, a shot, a take, a clip or a video; the same five for all."""

    PENDING = "PENDING"
    GENERATING = "GENERATING"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"
    CANCELED = "CANCELED"


class StoryPhase(StrEnum):
    """The state of a whole story: its script, its shots and its film in one word."""

    WRITING = "WRITING"
    DRAWING = "DRAWING"
    READY = "READY"
    RENDERING = "RENDERING"
    DONE = "DONE"
    NEEDS_ATTENTION = "NEEDS_ATTENTION"
    CANCELED = "CANCELED"


class NextStepCode(StrEnum):
    """What a user can do to continue a story; shown as text, so that more can be added."""

    RETRY_SCRIPT = "RETRY_SCRIPT"
    ADD_SHOTS = "ADD_SHOTS"
    RETRY_SHOTS = "RETRY_SHOTS"
    MAKE_FILM = "MAKE_FILM"
    RETRY_FILM = "RETRY_FILM"


class Scope(StrEnum):
    """The permissions of a viewer; each includes those before it."""

    READ = "read"
    WRITE = "write"
    ADMIN = "admin"

    def includes(self, other: "Scope") -> bool:
        """Whether this scope includes the required one."""
        order = list(Scope)
        return order.index(self) >= order.index(other)


class UsageUnit(StrEnum):
    """The units in which the work of model services is counted."""

    SCRIPT = "SCRIPT"
    PICTURE = "PICTURE"
    FILM = "FILM"
    CHARACTER = "CHARACTER"
    SECOND = "SECOND"


class ServiceKind(StrEnum):
    """The output of a model service."""

    SCRIPT = "SCRIPT"
    IMAGE = "IMAGE"
    VIDEO = "VIDEO"
    VOICE = "VOICE"
    CLIP = "CLIP"

    @property
    def word(self) -> str:
        """Its name in sentences, and in names of the queue and of settings: "image"."""
        return self.lower()

    def setting(self, name: str, place: int = 1) -> str:
        """The environment variable of a service's setting, such as AI_STORY_IMAGE_2_URL.

        `place` counts from 1 in the order in which the kind's services are asked.
        """
        number = "" if place == 1 else f"_{place}"
        return f"AI_STORY_{self}{number}_{name}"

    @property
    def unit(self) -> UsageUnit:
        """The unit of its work: for a voice, the characters that it was given to speak."""
        units = {
            ServiceKind.SCRIPT: UsageUnit.SCRIPT,
            ServiceKind.IMAGE: UsageUnit.PICTURE,
            ServiceKind.VIDEO: UsageUnit.FILM,
            ServiceKind.VOICE: UsageUnit.CHARACTER,
            ServiceKind.CLIP: UsageUnit.SECOND,
        }
        return units[self]


class Style(StrEnum):
    """The look of a story's pictures."""

    MOVIE = "MOVIE"
    ANIMATION = "ANIMATION"
    REALISTIC = "REALISTIC"


class Transition(StrEnum):
    """The camera motion of a shot and the transition to the next."""

    KEN_BURNS = "KEN_BURNS"
    CROSSFADE = "CROSSFADE"
    VOLUME_MIX = "VOLUME_MIX"
    CUT = "CUT"


class WarningCode(StrEnum):
    """What a film lacks; stored and shown as text, so that more can be added."""

    NARRATION_LOST = "NARRATION_LOST"
    CLIP_LEFT_OUT = "CLIP_LEFT_OUT"
    MEDIA_MISSING = "MEDIA_MISSING"
    MISSING_GLYPHS = "MISSING_GLYPHS"


class TextFormat(StrEnum):
    """How a story's text is written."""

    PLAIN = "PLAIN"
    MARKDOWN = "MARKDOWN"
    HTML = "HTML"
    FOUNTAIN = "FOUNTAIN"
    LIST = "LIST"
    LYRICS = "LYRICS"
    CHAPTERS = "CHAPTERS"


class Motion(StrEnum):
    """What moves in a shot: the camera over a picture, or the picture itself."""

    STILL = "STILL"
    CLIP = "CLIP"


@dataclass(frozen=True, slots=True)
class Size:
    """Width and height in pixels."""

    width: int
    height: int

    def shrunk(self, by: int) -> "Size":
        """This shape with sides divided by the number."""
        return Size(self.width // by, self.height // by)


class AspectRatio(StrEnum):
    """The shape of the pictures and the film."""

    WIDE_16_9 = "WIDE_16_9"
    TALL_9_16 = "TALL_9_16"
    SQUARE_1_1 = "SQUARE_1_1"

    @property
    def size(self) -> Size:
        """The pixels of a picture and of the film in this shape."""
        return _SIZES[self]


_SIZES = {
    AspectRatio.WIDE_16_9: Size(1280, 720),
    AspectRatio.TALL_9_16: Size(720, 1280),
    AspectRatio.SQUARE_1_1: Size(960, 960),
}


@dataclass(frozen=True, kw_only=True)  # no slots: a story inherits from this and the next
class Summary:
    """A story in short, in the user's words or else in the script's.

    `title` is None while neither gave one; `language` is a BCP 47 tag, empty for the text's own.
    """

    title: str | None = None
    language: str = ""
    synopsis: str | None = None
    """One or two sentences; only some scripts have them."""


@dataclass(frozen=True, kw_only=True)
class Look:
    """How a story's pictures are to look."""

    style: Style = Style.MOVIE
    style_prompt: str | None = None
    """More about the look, in the user's words."""


@dataclass(frozen=True, kw_only=True)
class StoryOptions(Summary, Look):
    """What a user can wish of a story beside its text: the one list of it, and of the defaults."""

    aspect_ratio: AspectRatio = AspectRatio.WIDE_16_9
    shot_count: int | None = None
    """About how many shots; None lets the writer decide."""
    text_format: TextFormat | None = None
    """How the text is written; None lets the program recognize it."""
    auto_render: bool = False
    motion: Motion = Motion.STILL
    """Of new shots."""


@dataclass(frozen=True, kw_only=True)
class StoryRequest(StoryOptions):
    """A story to make: its text, and what is wished of it."""

    content: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ShotOptions:
    """What a user can say about a shot; None leaves it as it is, or to the program."""

    title: str | None = None
    prompt: str | None = None
    narration: str | None = None
    transition: Transition | None = None
    duration_seconds: float | None = None
    motion: Motion | None = None


def built_from(source: object, kind: type[T], **others: object) -> T:
    """A dataclass with what the source has under the names of its fields; `others` come first.

    What neither has keeps its default. So a new field is carried from door to door by its name.
    """
    names = {field.name for field in fields(cast("Any", kind))} - others.keys()
    found = {name: getattr(source, name) for name in names if hasattr(source, name)}
    return kind(**others, **found)


class EventType(StrEnum):
    """A past-tense fact about a story; SNAPSHOT and PROGRESS are never in the log."""

    SNAPSHOT = "SNAPSHOT"
    STORY_CREATED = "STORY_CREATED"
    STORY_STATUS_CHANGED = "STORY_STATUS_CHANGED"
    STORY_UPDATED = "STORY_UPDATED"
    STORY_DELETED = "STORY_DELETED"
    SHOTS_ADDED = "SHOTS_ADDED"
    SHOT_STATUS_CHANGED = "SHOT_STATUS_CHANGED"
    SHOT_UPDATED = "SHOT_UPDATED"
    SHOT_DELETED = "SHOT_DELETED"
    SHOTS_REORDERED = "SHOTS_REORDERED"
    TAKE_ADDED = "TAKE_ADDED"
    VIDEO_STATUS_CHANGED = "VIDEO_STATUS_CHANGED"
    PROGRESS = "PROGRESS"


class OrderDirection(StrEnum):
    """Which end of a sorted list comes first."""

    ASC = "ASC"
    DESC = "DESC"


class StoryOrderField(StrEnum):
    """The sort key of a list of stories."""

    CREATED_AT = "CREATED_AT"
    UPDATED_AT = "UPDATED_AT"
    TITLE = "TITLE"


class SubtitleFormat(StrEnum):
    """The file format of subtitles."""

    SRT = "SRT"
    VTT = "VTT"


class Noun(StrEnum):
    """Everything that has a lifecycle."""

    STORY = "STORY"
    SHOT = "SHOT"
    TAKE = "TAKE"
    CLIP = "CLIP"
    VIDEO = "VIDEO"


class Action(StrEnum):
    """What changes a row's status: a user's request or a worker's step."""

    CLAIM = "CLAIM"
    COMPLETE = "COMPLETE"
    FAIL = "FAIL"
    CANCEL = "CANCEL"
    RETRY = "RETRY"
    REGENERATE = "REGENERATE"
    UPLOAD = "UPLOAD"
    RENDER = "RENDER"


_P, _G, _C = Status.PENDING, Status.GENERATING, Status.COMPLETED
_F, _X = Status.FAILED, Status.CANCELED
_STEPS: dict[tuple[Status, Action], Status] = {
    (_P, Action.CLAIM): _G,
    (_G, Action.CLAIM): _G,  # the next attempt, or another worker after a crash
    (_G, Action.COMPLETE): _C,
    (_P, Action.FAIL): _F,
    (_G, Action.FAIL): _F,
    (_P, Action.CANCEL): _X,
    (_G, Action.CANCEL): _X,
}
_RETRY: dict[tuple[Status, Action], Status] = {
    (_F, Action.RETRY): _P,
    (_X, Action.RETRY): _P,
}

TRANSITIONS: dict[Noun, dict[tuple[Status, Action], Status]] = {
    Noun.STORY: {**_STEPS, **_RETRY},
    Noun.SHOT: {
        **_STEPS,
        **_RETRY,
        (_C, Action.REGENERATE): _P,
        (_F, Action.REGENERATE): _P,
        (_X, Action.REGENERATE): _P,
        (_C, Action.UPLOAD): _C,
        (_F, Action.UPLOAD): _C,
        (_X, Action.UPLOAD): _C,
    },
    # A take is one generation: the next one is another take.
    Noun.TAKE: _STEPS,
    Noun.CLIP: {
        **_STEPS,
        **_RETRY,
        (_C, Action.REGENERATE): _P,
        (_F, Action.REGENERATE): _P,
        (_X, Action.REGENERATE): _P,
    },
    Noun.VIDEO: {
        **_STEPS,
        **_RETRY,
        (_C, Action.RENDER): _P,
        (_F, Action.RENDER): _P,
        (_X, Action.RENDER): _P,
    },
}
"""(status, action) -> the next status; a pair that is missing is INVALID_STATE."""


def next_status(noun: Noun, status: Status, action: Action) -> Status | None:
    """The status after the action, or None if the lifecycle forbids it."""
    return TRANSITIONS[noun].get((status, action))


def statuses_that_allow(noun: Noun, action: Action) -> tuple[Status, ...]:
    """Every status from which the action may start; the WHERE of a conditional update."""
    return tuple(status for status, act in TRANSITIONS[noun] if act is action)


OPEN_STATUSES = statuses_that_allow(Noun.TAKE, Action.CANCEL)
"""The work has not ended."""
CLAIMABLE_STATUSES = statuses_that_allow(Noun.TAKE, Action.CLAIM)
"""A worker may take the work."""
RESTARTABLE_STATUSES = statuses_that_allow(Noun.STORY, Action.RETRY)
"""The statuses that a retry starts again."""
