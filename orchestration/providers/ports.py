"""The ports of model services: one Protocol, and the requests and products of each kind.

An adapter turns our request into the vendor's, validates the answer, and raises only StepError and
its subclasses. `begin` may be called again with the same idempotency key after a crash.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, Protocol, TypeAlias, TypeVar, runtime_checkable

from domain import Look, StoryRequest, Style, Summary, Transition
from text.formats.passages import Passage

ReportProgress = Callable[[float], Awaitable[None]]
"""Called with 0..1 while a long step runs; may be called often, the receiver throttles."""

Request_contra = TypeVar("Request_contra", contravariant=True)
Product_co = TypeVar("Product_co", covariant=True)


async def _no_report(_progress: float) -> None:
    """Drop the report."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """What accompanies a request: its idempotency key, and where progress and the end are reported.

    `webhook` is an address that the service calls when its job has ended.
    """

    idempotency_key: str
    report: ReportProgress = _no_report
    webhook: str | None = None


@dataclass(frozen=True, slots=True)
class Ready(Generic[Product_co]):
    """The service answered with the result."""

    product: Product_co


@dataclass(frozen=True, slots=True)
class At:
    """The result is at an address: from here on only the download is repeated."""

    url: str


@dataclass(frozen=True, slots=True)
class Submitted:
    """The service has accepted a job."""

    job_id: str


@dataclass(frozen=True, slots=True)
class Running:
    """The job has not ended. `progress` is 0..1, None when unknown."""

    progress: float | None = None


Begun: TypeAlias = Ready[Product_co] | At | Submitted


@dataclass(frozen=True, kw_only=True)
class ScriptRequest(StoryRequest):
    """All that the user gave; `shot_count` is a preference.

    `content` has the words of the text alone, which are also in `passages`, with headings apart. No
    shot should cross the end of a passage.
    """

    passages: tuple[Passage, ...] = ()


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
class Script(Summary):
    """The writer's structured answer: at least one shot, at most MAX_SHOTS_PER_STORY."""

    title: str = ""
    shots: tuple[ScriptShot, ...]
    model: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageRequest(Look):
    """One picture to make, in pixels. `seed` makes it repeatable if the service supports it."""

    prompt: str
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


class Provider(Protocol[Request_contra, Product_co]):
    """Makes one kind of product. A service that answers at once has no job to poll."""

    @property
    def name(self) -> str:
        """The provider's name as in settings."""
        ...

    async def begin(self, request: Request_contra, call: Call, /) -> Begun[Product_co]:
        """Ask for the product: the result, its address, or the ID of a job.

        Raises:
            StepError: With its code; `retryable` says whether another try may help. From a service
                that works in jobs it is retryable only when the job was certainly not accepted,
                and SUBMIT_UNCERTAIN when it may have been.
        """
        ...


@runtime_checkable
class RemoteJobs(Protocol):
    """What a service that works in jobs offers besides: polling and canceling."""

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
        """Whether it supports webhooks for ended jobs."""
        ...

    @property
    def knows_keys(self) -> bool:
        """Whether a second submission with the same key finds the first one's job."""
        ...

    async def poll(self, job_id: str, /) -> Running | At:
        """Whether the job still runs, or where its result is.

        Raises:
            ResultExpiredError: The service no longer knows the job.
            StepError: There is no result, or, when `retryable`, the poll failed.
        """
        ...

    async def cancel(self, job_id: str, /) -> None:
        """Ask the service to stop; best effort, never raises StepError."""
        ...


class ScriptProvider(Provider[ScriptRequest, Script], Protocol):
    """Writes the script of a story; of a long one in several calls, each of which is reported."""

    async def count_shots(self, request: ScriptRequest) -> int:
        """The approximate number of shots; calls no service."""
        ...


class ImageProvider(Provider[ImageRequest, Image], Protocol):
    """Draws pictures."""

    async def fetch(self, url: str, style: Style = Style.MOVIE, /) -> Image:
        """Download a picture, and convert it to what a story of this look shows of it.

        Raises:
            ResultExpiredError: It is gone.
            StepError: The download may be repeated when `retryable`.
        """
        ...


class FileProvider(Provider[Request_contra, Path], Protocol[Request_contra]):
    """Makes files too large for memory."""

    @property
    def model(self) -> str | None:
        """The requested model; None if the service has only one."""
        ...

    async def fetch(self, url: str, destination: Path, /) -> None:
        """Download to a file; no file remains on failure.

        Raises:
            ResultExpiredError: It is gone.
            StepError: The download may be repeated when `retryable`.
        """
        ...


class VideoProvider(FileProvider[VideoRequest], Protocol):
    """Renders whole films."""


class ClipProvider(FileProvider[ClipRequest], Protocol):
    """Animates pictures."""

    def seconds_for(self, wished: float) -> float:
        """The length of the clip that it makes for a shot of this many seconds."""
        ...


class VoiceProvider(Provider[SpeechRequest, Speech | None], Protocol):
    """Speaks one text per call. The product is None when there is nothing that it can speak."""

    @property
    def description(self) -> str:
        """The voice, in a few words for people."""
        ...

    @property
    def fingerprint(self) -> str | None:
        """Changes whenever the same text would sound different; None: speaking again is free."""
        ...


class PictureDecoder(Protocol):
    """Converts a picture from outside to the stored form, and a stored one to its variants."""

    async def read(self, content: bytes, style: Style = Style.MOVIE) -> Image:
        """Decode the picture completely and re-encode it, outside of this process.

        `style` is the look of its story.

        Raises:
            BadBodyError: It is not a valid picture within the limits.
        """
        ...

    async def scale(self, content: bytes, *, width: int, media_type: str) -> bytes:
        """A stored picture in this width, or its own if that is less, in one of the stored types.

        Raises:
            StepError: It could not be made.
            WorkInterruptedError: The process was told to stop.
        """
        ...
