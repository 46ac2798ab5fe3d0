"""The ports of model services: Protocols and frozen data, independent of vendors.

An adapter turns our request into the vendor's, validates the answer, and raises only StepError and
its subclasses. Every method may be called again with the same `idempotency_key` after a crash. For
job-based services see `job_ports`.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, runtime_checkable

from domain import Style, Transition

ReportProgress = Callable[[float], Awaitable[None]]
"""Called with 0..1 while a long step runs; may be called often, the receiver throttles."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptRequest:
    """A story to turn into a script.

    `shot_count` is a preference; `language` is a BCP 47 tag, None means the text's own.
    """

    content: str
    title: str | None = None
    style: Style = Style.MOVIE
    style_prompt: str | None = None
    language: str | None = None
    shot_count: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptShot:
    """One shot of the writer, in playing order.

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
    """One picture to make, in pixels. `seed` makes it repeatable if the service supports it."""

    prompt: str
    style: Style
    style_prompt: str | None
    width: int
    height: int
    seed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """One valid picture in stored form: the bytes, their type and size in pixels."""

    content: bytes
    media_type: str
    width: int
    height: int
    model: str | None = None


@dataclass(frozen=True, slots=True)
class ResultUrl:
    """The service made it and returned its address: from here on only the download is repeated."""

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
    """A picture to animate; sides in pixels, and `prompt` says what moves.

    Its length is a preference: services make clips of a few fixed lengths.
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

    With a length it is one valid WAV.
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
        """Write the script; a long one in several calls, each reported to `report`.

        Raises:
            StepError: With its code; `retryable` says whether another try may help.
        """
        ...

    async def count_shots(self, request: ScriptRequest) -> int:
        """The approximate number of shots; calls no service."""
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
        """Make the picture: its bytes, or its address at the service.

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
    """Converts a picture from outside to the stored form."""

    async def read(self, content: bytes) -> Image:
        """Decode the picture completely and re-encode it, outside of this process.

        Raises:
            BadBodyError: It is not a valid picture within the limits.
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
        """The requested model; None if the service has only one."""
        ...

    async def render(self, request: VideoRequest, *, idempotency_key: str) -> ResultUrl:
        """Render the film and return its address.

        Raises:
            StepError: With its code; `retryable` says whether another try may help.
        """
        ...

    async def download(self, url: str, destination: Path) -> None:
        """Download a film to a file; no file remains on failure.

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
        """The voice, in a few words for people."""
        ...

    @property
    def fingerprint(self) -> str | None:
        """Changes whenever the same text would sound different; None: speaking again is free."""
        ...

    async def speak(self, request: SpeechRequest, *, idempotency_key: str) -> Speech | None:
        """Speak the text; None if it contains nothing that this voice can speak.

        Raises:
            StepError: With its code; `retryable` says whether another try may help.
        """
        ...
