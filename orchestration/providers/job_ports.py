"""What a workflow asks of a service that works in jobs: submit once, poll, download, cancel.

Adapters validate, and raise, as `ports` says.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, runtime_checkable

from domain import Status
from errors import ContentRejectedError, QuotaExceededError, StepError
from orchestration.providers.ports import ClipRequest, Image, ImageRequest, VideoRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteJob:
    """How a remote job stands. `progress` 0..1, None when unknown; `failure` only when FAILED.

    `is_rejected` says that it failed because its content was refused, `is_unpaid` that the account
    was empty.
    """

    status: Status
    progress: float | None = None
    result_url: str | None = None
    failure: str | None = None
    is_rejected: bool = False
    is_unpaid: bool = False

    def to_error(self) -> StepError:
        """Why there is no result, of a job that failed or was canceled."""
        message = self.failure or "The service canceled the job. Start it again."
        if self.is_rejected:
            return ContentRejectedError(message)
        if self.is_unpaid:
            return QuotaExceededError(message)
        return StepError(message, code="UPSTREAM_FAILED")


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


class FileJobs(RemoteJobs, Protocol):
    """Remote jobs that make a file too large for memory: a film, or a clip."""

    @property
    def model(self) -> str | None:
        """The model that is asked for; None where the service has but one."""
        ...

    async def download(self, url: str, destination: Path) -> None:
        """Fetch what a job made to a file; nothing is left there when it fails.

        Raises:
            ResultExpiredError: It is gone.
            StepError: The download may be repeated when `retryable`.
        """
        ...


@runtime_checkable
class VideoJobProvider(FileJobs, Protocol):
    """Renders a whole film as a remote job: submit once, poll, download."""

    async def submit(self, request: VideoRequest, *, idempotency_key: str) -> str:
        """Start the job and answer with its remote id.

        Raises:
            StepError: With its code. Retryable only when the job was certainly not accepted;
                SUBMIT_UNCERTAIN (not retryable) when it may have been.
        """
        ...


class ClipProvider(FileJobs, Protocol):
    """Sets a picture in motion as a remote job: submit once, poll, download."""

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
