"""Ports of job-based services: submit once, poll, download, cancel.

Adapters validate, and raise, as described in `ports`.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, runtime_checkable

from domain import Status
from errors import ContentRejectedError, QuotaExceededError, StepError
from orchestration.providers.ports import ClipRequest, Image, ImageRequest, VideoRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteJob:
    """The state of a remote job. `progress` 0..1, None if unknown; `failure` only if FAILED.

    `is_rejected` says that its content was refused, `is_unpaid` that the account was empty.
    """

    status: Status
    progress: float | None = None
    result_url: str | None = None
    failure: str | None = None
    is_rejected: bool = False
    is_unpaid: bool = False

    def to_error(self) -> StepError:
        """The reason why a failed or canceled job has no result."""
        message = self.failure or "The service canceled the job. Start it again."
        if self.is_rejected:
            return ContentRejectedError(message)
        if self.is_unpaid:
            return QuotaExceededError(message)
        return StepError(message, code="UPSTREAM_FAILED")


@runtime_checkable
class RemoteJobs(Protocol):
    """Work of a service in jobs: submitted once, then polled until they have ended."""

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

    async def poll(self, remote_job_id: str) -> RemoteJob:
        """The state of the job.

        Raises:
            ResultExpiredError: The service no longer knows the job.
            StepError: The poll failed; the job itself continues when `retryable`.
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
        """Start the job and return its remote ID; the service calls `webhook` when it has ended.

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
    """Its jobs have our IDs: a submission in doubt is looked up, and never repeated."""

    async def find(self, idempotency_key: str) -> str | None:
        """The ID of the job that was submitted with the key, if the service knows it.

        Raises:
            StepError: The service does not respond.
        """
        ...


class FileJobs(RemoteJobs, Protocol):
    """Remote jobs whose result is too large for memory: a film, or a clip."""

    @property
    def model(self) -> str | None:
        """The requested model; None if the service has only one."""
        ...

    async def download(self, url: str, destination: Path) -> None:
        """Download the job's result to a file; no file remains on failure.

        Raises:
            ResultExpiredError: It is gone.
            StepError: The download may be repeated when `retryable`.
        """
        ...


@runtime_checkable
class VideoJobProvider(FileJobs, Protocol):
    """Renders a whole film as a remote job: submit once, poll, download."""

    async def submit(self, request: VideoRequest, *, idempotency_key: str) -> str:
        """Start the job and return its remote ID.

        Raises:
            StepError: With its code. Retryable only when the job was certainly not accepted;
                SUBMIT_UNCERTAIN (not retryable) when it may have been.
        """
        ...


class ClipProvider(FileJobs, Protocol):
    """Animates a picture as a remote job: submit once, poll, download."""

    def seconds_for(self, wished: float) -> float:
        """The length of the clip that it makes for a shot of this many seconds."""
        ...

    async def submit(
        self, request: ClipRequest, *, idempotency_key: str, webhook: str | None = None
    ) -> str:
        """Start the job and return its remote ID; the service calls `webhook` when it has ended.

        Raises:
            StepError: With its code. Retryable only when the job was certainly not accepted;
                SUBMIT_UNCERTAIN (not retryable) when it may have been.
        """
        ...
