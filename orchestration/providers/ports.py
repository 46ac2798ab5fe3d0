"""What a workflow asks of a model service: Protocols and frozen data, no vendor.

An adapter turns our request into the vendor's, validates the answer, and raises StepError and its
children only. Every method may be called again with the same `idempotency_key` after a crash.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, runtime_checkable

from domain import Status, Style, Transition
from errors import ContentRejectedError, StepError

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
    """One picture, decoded once and found sound: the bytes, their type and size in pixels."""

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
class RemoteJob:
    """How a remote job stands. `progress` 0..1, None when unknown; `failure` only when FAILED.

    `is_rejected` says that it failed because its content was refused.
    """

    status: Status
    progress: float | None = None
    result_url: str | None = None
    failure: str | None = None
    is_rejected: bool = False

    def to_error(self) -> StepError:
        """Why there is no result, of a job that failed or was canceled."""
        message = self.failure or "The service gave the job up; start it again."
        if self.is_rejected:
            return ContentRejectedError(message)
        return StepError(message, code="UPSTREAM_FAILED")


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeechRequest:
    """A narration to speak. `language` is a BCP 47 tag, None means the text's own."""

    text: str
    language: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Speech:
    """A spoken text as audio/wav or audio/mpeg: the bytes, their type, their length if known."""

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
    """Looks at a picture from outside before anybody uses it."""

    async def read(self, content: bytes) -> Image:
        """Decode the picture whole, away from this process; the bytes stay as they came.

        Raises:
            BadBodyError: It is no sound picture within the bounds.
        """
        ...


@runtime_checkable
class RemoteJobs(Protocol):
    """Work that a service does in jobs: submitted once, then polled until it has ended."""

    @property
    def name(self) -> str:
        """The provider's name as in settings."""
        ...

    @property
    def poll_interval_s(self) -> float:
        """Seconds between two polls."""
        ...

    @property
    def calls_back(self) -> bool:
        """Whether it can be told where to call when a job has ended."""
        ...

    async def poll(self, remote_job_id: str) -> RemoteJob:
        """How the job stands.

        Raises:
            ResultExpiredError: The service no longer knows the job.
            StepError: The poll failed; the job itself goes on when `retryable`.
        """
        ...

    async def cancel(self, remote_job_id: str) -> None:
        """Ask the service to stop; best effort, never raises StepError."""
        ...


@runtime_checkable
class ImageJobProvider(RemoteJobs, Protocol):
    """Makes a picture as a remote job: submit once, poll, download."""

    async def submit(
        self, request: ImageRequest, *, idempotency_key: str, webhook: str | None = None
    ) -> str:
        """Start the job and answer with its remote id; `webhook` is called when it has ended.

        Raises:
            StepError: With its code. Retryable only when the job was certainly not accepted;
                SUBMIT_UNCERTAIN (not retryable) when it may have been.
        """
        ...

    async def download(self, url: str) -> Image:
        """Fetch and validate a picture that a job made.

        Raises:
            ResultExpiredError: It is gone.
            StepError: The download may be repeated when `retryable`.
        """
        ...


@runtime_checkable
class FindsJobs(Protocol):
    """Its jobs have ids of ours: a submission in doubt is looked up, and never made twice."""

    async def find(self, idempotency_key: str) -> str | None:
        """The id of the job that was submitted with the key, if the service knows it.

        Raises:
            StepError: It cannot be asked.
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


@runtime_checkable
class VideoJobProvider(RemoteJobs, Protocol):
    """Renders a whole film as a remote job: submit once, poll, download."""

    @property
    def model(self) -> str | None:
        """The model that is asked for; None where the service has but one."""
        ...

    async def submit(self, request: VideoRequest, *, idempotency_key: str) -> str:
        """Start the job and answer with its remote id.

        Raises:
            StepError: With its code. Retryable only when the job was certainly not accepted;
                SUBMIT_UNCERTAIN (not retryable) when it may have been.
        """
        ...

    async def download(self, url: str, destination: Path) -> None:
        """Fetch a film to a file; nothing is left there when it fails.

        Raises:
            ResultExpiredError: It is gone.
            StepError: The download may be repeated when `retryable`.
        """
        ...


class ClipProvider(RemoteJobs, Protocol):
    """Sets a picture in motion as a remote job: submit once, poll, download."""

    @property
    def model(self) -> str | None:
        """The model that is asked for; None where the service has but one."""
        ...

    def seconds_for(self, wished: float) -> float:
        """How long a clip it makes for a shot of so many seconds."""
        ...

    async def submit(
        self, request: ClipRequest, *, idempotency_key: str, webhook: str | None = None
    ) -> str:
        """Start the job and answer with its remote id; `webhook` is called when it has ended.

        Raises:
            StepError: With its code. Retryable only when the job was certainly not accepted;
                SUBMIT_UNCERTAIN (not retryable) when it may have been.
        """
        ...

    async def download(self, url: str, destination: Path) -> None:
        """Fetch a clip to a file; nothing is left there when it fails.

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
