"""What a workflow asks of a model service: Protocols and frozen data, no vendor.

An adapter turns our request into the vendor's, validates the answer, and raises StepError and its
children only. Every method may be called again with the same `idempotency_key` after a crash.
Services that work in jobs are in `job_ports`.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, runtime_checkable

from domain import Style, Transition

ReportProgress = Callable[[float], Awaitable[None]]
"""Called with 0..1 while a long step runs; may be called often, the caller thins it out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptRequest:
    """A story to turn into a script.

    `shot_count` is a wish; `language` is a BCP 47 tag, None means the text's own.
    """

    content: str
    title: str | None = None
    style: Style = Style.MOVIE
    style_prompt: str | None = None
    language: str | None = None
    shot_count: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptShot:
    """One shot as the writer wants it, in playing order.

    `duration_seconds` None means that the narration decides.
    """

    title: str
    prompt: str
    narration: str
    transition: Transition
    duration_seconds: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """The writer's structured answer: at least one shot, at most MAX_SHOTS_PER_STORY."""

    title: str
    shots: tuple[ScriptShot, ...]
    language: str | None = None
    model: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageRequest:
    """One picture to make, in pixels. `seed` makes it repeatable where the service can."""

    prompt: str
    style: Style
    style_prompt: str | None
    width: int
    height: int
    seed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """One picture as it is stored, found sound: the bytes, their type and size in pixels."""

    content: bytes
    media_type: str
    width: int
    height: int
    model: str | None = None


@dataclass(frozen=True, slots=True)
class ResultUrl:
    """The service made it and tells where it lies: from here on only the download is repeated."""

    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoShot:
    """One shot of a film to render. `image_url` is a public address or a data URL."""

    image_url: str
    prompt: str
    narration: str
    transition: Transition
    duration_seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoRequest:
    """A whole film to render elsewhere, in pixels."""

    story_id: str
    title: str
    shots: tuple[VideoShot, ...]
    width: int
    height: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ClipRequest:
    """A picture to set in motion; sides in pixels, and `prompt` says what moves.

    How long it shall play is a wish: services make clips of a few fixed lengths.
    """

    image: bytes
    media_type: str
    prompt: str
    duration_seconds: float
    width: int
    height: int
    seed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeechRequest:
    """A narration to speak. `language` is a BCP 47 tag, None means the text's own."""

    text: str
    language: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Speech:
    """A spoken text as a sound of some type, in one file or several joined.

    With a length it is one sound WAV.
    """

    content: bytes
    media_type: str
    duration_seconds: float | None = None
    model: str | None = None


class ScriptProvider(Protocol):
    """Writes the script of a story."""

    @property
    def name(self) -> str:
        """The provider's name as in settings."""
        ...

    async def write(
        self,
        request: ScriptRequest,
        *,
        idempotency_key: str,
        report: ReportProgress | None = None,
    ) -> Script:
        """Write the script; a long one in several calls, which `report` hears of.

        Raises:
            StepError: With its code; `retryable` says whether another try may help.
        """
        ...

    async def count_shots(self, request: ScriptRequest) -> int:
        """About how many shots it will write; asks no service."""
        ...


class ImageProvider(Protocol):
    """Makes one picture per call."""

    @property
    def name(self) -> str:
        """The provider's name as in settings."""
        ...

    async def draw(
        self, request: ImageRequest, *, idempotency_key: str, report: ReportProgress
    ) -> Image | ResultUrl:
        """Make the picture: its bytes, or the address where the service put it.

        Raises:
            StepError: With its code; `retryable` says whether another try may help.
        """
        ...

    async def download(self, url: str) -> Image:
        """Fetch and validate a picture that `draw` made.

        Raises:
            ResultExpiredError: It is gone.
            StepError: The download may be repeated when `retryable`.
        """
        ...


class PictureDecoder(Protocol):
    """Makes of a picture from outside the one that is stored and shown."""

    async def read(self, content: bytes) -> Image:
        """Decode the picture whole and encode it anew, away from this process.

        Raises:
            BadBodyError: It is no sound picture within the bounds.
        """
        ...


@runtime_checkable
class VideoProvider(Protocol):
    """Renders a whole film in one long call, without a job id."""

    @property
    def name(self) -> str:
        """The provider's name as in settings."""
        ...

    @property
    def model(self) -> str | None:
        """The model that is asked for; None where the service has but one."""
        ...

    async def render(self, request: VideoRequest, *, idempotency_key: str) -> ResultUrl:
        """Render the film and tell where it lies.

        Raises:
            StepError: With its code; `retryable` says whether another try may help.
        """
        ...

    async def download(self, url: str, destination: Path) -> None:
        """Fetch a film to a file; nothing is left there when it fails.

        Raises:
            ResultExpiredError: It is gone.
            StepError: The download may be repeated when `retryable`.
        """
        ...


class VoiceProvider(Protocol):
    """Speaks one text per call."""

    @property
    def name(self) -> str:
        """The provider's name as in settings."""
        ...

    @property
    def description(self) -> str:
        """Who speaks, in a few words for people."""
        ...

    @property
    def fingerprint(self) -> str | None:
        """Changes whenever the same text would sound different; None: speaking again is free."""
        ...

    async def speak(self, request: SpeechRequest, *, idempotency_key: str) -> Speech | None:
        """Speak the text; None when it holds nothing that this voice can speak.

        Raises:
            StepError: With its code; `retryable` says whether another try may help.
        """
        ...
