"""The results of read queries: frozen rows whose attributes have the names of GraphQL fields."""

from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any, Generic, Self, TypeVar
from uuid import UUID

from domain import (
    EventType,
    Motion,
    ServiceKind,
    Status,
    StoryOptions,
    Transition,
    UsageUnit,
)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a step failed; `message` is safe to show."""

    code: str
    message: str
    retryable: bool
    provider: str | None
    attempt: int
    occurred_at: datetime

    @classmethod
    def now(
        cls, *, code: str, message: str, retryable: bool, provider: str | None, attempt: int
    ) -> Self:
        """A failure that happened now."""
        return cls(code, message, retryable, provider, attempt, datetime.now(UTC))

    @classmethod
    def from_json(cls, value: dict[str, Any] | None) -> Self | None:
        """Parse the jsonb column."""
        if value is None:
            return None
        fields: dict[str, Any] = dict(value)
        fields["occurred_at"] = datetime.fromisoformat(fields["occurred_at"])
        return cls(**fields)

    def to_json(self) -> dict[str, Any]:
        """The jsonb column's value."""
        return {**asdict(self), "occurred_at": self.occurred_at.isoformat()}


@dataclass(frozen=True, slots=True)
class VideoWarning:
    """Something that a film lacks, or will lack; `message` is safe to show and says what to do.

    `code` is one of `domain.WarningCode`; positions are those of the shots when it was made.
    """

    code: str
    message: str
    shot_positions: tuple[int, ...] = ()

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Self:
        """Parse one item of the jsonb column."""
        return cls(value["code"], value["message"], tuple(value["shot_positions"]))

    def to_json(self) -> dict[str, Any]:
        """One item of the jsonb column's value."""
        return asdict(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryRow(StoryOptions):
    """A story as clients see it, without its text, which is long and read only on request."""

    id: UUID
    owner_id: str
    revision: int
    status: Status
    failure: Failure | None
    attempt: int
    event_seq: int
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class ShotRow:
    """A shot as clients see it, with the picture of its selected take."""

    id: UUID
    story_id: UUID
    revision: int
    position: int
    title: str
    prompt: str
    narration: str
    transition: Transition
    motion: Motion
    duration_seconds: float
    duration_is_wished: bool
    status: Status
    progress: float | None
    attempt: int
    failure: Failure | None
    selected_take_id: UUID | None
    image_key: str | None
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class TakeRow:
    """A take as clients see it."""

    id: UUID
    shot_id: UUID
    number: int
    prompt: str
    seed: int | None
    provider: str
    model: str | None
    status: Status
    image_key: str | None
    width: int | None
    height: int | None
    failure: Failure | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class ClipRow:
    """A take's picture in motion, as clients see it."""

    id: UUID
    take_id: UUID
    revision: int
    status: Status
    progress: float | None
    attempt: int
    provider: str
    model: str | None
    media_key: str | None
    duration_seconds: float | None
    size_bytes: int | None
    width: int | None
    height: int | None
    failure: Failure | None
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class UsageLine:
    """The work of one model for a story; `price` None is unknown."""

    kind: ServiceKind
    provider: str
    model: str | None
    units: int
    price: float | None

    @property
    def unit(self) -> UsageUnit:
        """The unit of `units`."""
        return self.kind.unit


@dataclass(frozen=True, slots=True)
class VideoRow:
    """A film as clients see it; `title` is its story's."""

    id: UUID
    story_id: UUID
    revision: int
    title: str
    status: Status
    progress: float | None
    failure: Failure | None
    media_key: str | None
    thumbnail_key: str | None
    subtitles_key: str | None
    provider: str
    burn_subtitles: bool
    warnings: tuple[VideoWarning, ...]
    duration_seconds: float | None
    size_bytes: int | None
    width: int | None
    height: int | None
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class EventRow:
    """One entry of a story's log."""

    story_id: UUID
    seq: int
    type: EventType
    shot_id: UUID | None
    video_id: UUID | None
    payload: dict[str, Any] | None
    occurred_at: datetime


@dataclass(frozen=True, slots=True)
class NewEvent:
    """An event to append; the log assigns its seq."""

    type: EventType
    shot_id: UUID | None = None
    video_id: UUID | None = None
    payload: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class ShotCounts:
    """The counts of a story's shots by state.

    `drawn` have ended and show a picture, `awaiting_clips` are to show a clip that is being made,
    and `done` is the total progress of all of them (0..total).
    """

    total: int = 0
    pending: int = 0
    generating: int = 0
    completed: int = 0
    failed: int = 0
    canceled: int = 0
    drawn: int = 0
    awaiting_clips: int = 0
    done: float = 0.0

    @property
    def is_open(self) -> bool:
        """Whether pictures or clips are being made, or are waiting for it."""
        return self.pending + self.generating + self.awaiting_clips > 0

    @property
    def is_whole(self) -> bool:
        """Whether a film of them would be complete."""
        return self.drawn == self.total and not self.awaiting_clips


@dataclass(frozen=True, slots=True)
class Standing:
    """The state of a story besides its script, at one moment: its shots, and its film.

    `film` is the film's status, None without one; `plays` says whether a file is stored, even if it
    is the previous one.
    """

    shots: ShotCounts = ShotCounts()
    film: Status | None = None
    plays: bool = False


@dataclass(frozen=True, slots=True)
class StoryState:
    """A story, with its standing at the time it was read."""

    story: StoryRow
    standing: Standing


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """The position of a row in a sorted list: its ID, and its sort key as text."""

    id: UUID
    value: str | None = None


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """One page of a connection, in the requested order, and the position of each row."""

    nodes: list[T]
    positions: list[Position]
    has_next: bool
    has_previous: bool
