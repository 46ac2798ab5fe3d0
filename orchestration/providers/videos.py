"""Films as remote jobs over the /v1/videos dialect: submit, poll, download.

A submit that may have been accepted is never repeated: it would be paid twice. An unknown status
counts as running, because services add words; the deadline is the workflow's.
"""

import math
import re
from pathlib import Path
from typing import Annotated
from urllib.parse import quote

import httpx
import structlog
from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError
from structlog.typing import FilteringBoundLogger

from domain import Status
from errors import (
    BadBodyError,
    ProviderTimeoutError,
    ProviderUnavailableError,
    ResultExpiredError,
    StepError,
)
from orchestration.providers.answers import (
    bad_body,
    error_codes,
    is_moderation,
    parse_object,
    require_success,
)
from orchestration.providers.download import Downloads
from orchestration.providers.http import Answer, Endpoint, NotReachedError, exchange
from orchestration.providers.loose_json import as_number, as_object, as_text
from orchestration.providers.ports import VideoJob, VideoRequest, VideoShot

MAX_PROMPT_LENGTH = 32_000
CONTROL_TIMEOUT_S = 30.0
"""For a poll or a cancel; the endpoint's own deadline is for the submit."""
POLL_INTERVAL_S = 5.0

_STATUSES = {
    "queued": Status.PENDING,
    "pending": Status.PENDING,
    "in_progress": Status.GENERATING,
    "processing": Status.GENERATING,
    "running": Status.GENERATING,
    "completed": Status.COMPLETED,
    "succeeded": Status.COMPLETED,
    "failed": Status.FAILED,
    "expired": Status.FAILED,
    "cancelled": Status.CANCELED,
    "canceled": Status.CANCELED,
}
_SAFE_CODE = re.compile(r"[A-Za-z0-9_.-]{1,64}")

_logger: FilteringBoundLogger = structlog.get_logger(__name__)


class _Wire(BaseModel):
    model_config = ConfigDict(extra="ignore")


class _Failure(_Wire):
    code: Annotated[str, BeforeValidator(as_text)] = ""


class _Job(_Wire):
    status: str
    progress: Annotated[float | None, BeforeValidator(as_number)] = None
    error: Annotated[_Failure | None, BeforeValidator(as_object)] = None


class VideosJobProvider:
    """POST /v1/videos, GET and DELETE /v1/videos/{id}, GET /v1/videos/{id}/content.

    `submit_client` opens a fresh connection per call (see open_client): on a socket that the
    service was just closing, a submit would be uncertain for no reason.
    """

    name = "videos"

    def __init__(
        self,
        client: httpx.AsyncClient,
        endpoint: Endpoint,
        *,
        submit_client: httpx.AsyncClient,
        downloads: Downloads,
        model: str | None = None,
        poll_interval_s: float = POLL_INTERVAL_S,
    ) -> None:
        self._client = client
        self._endpoint = endpoint
        self._submit_client = submit_client
        self._downloads = downloads
        self._model = model
        self._poll_interval_s = poll_interval_s

    @property
    def poll_interval_s(self) -> float:
        """Seconds between two polls."""
        return self._poll_interval_s

    async def submit(self, request: VideoRequest, *, idempotency_key: str) -> str:
        """Start the job and answer with its remote id.

        Raises:
            StepError: With its code. Retryable only when the job was certainly not accepted;
                SUBMIT_UNCERTAIN (not retryable) when it may have been.
        """
        seconds = math.ceil(sum(shot.duration_seconds for shot in request.shots))
        payload: dict[str, object] = {
            "prompt": _prompt(request),
            "seconds": str(seconds),
            "size": f"{request.width}x{request.height}",
        }
        if self._model is not None:
            payload["model"] = self._model
        try:
            answer = await exchange(
                self._submit_client,
                self._endpoint,
                method="POST",
                path=self._route(),
                payload=payload,
                idempotency_key=idempotency_key,
            )
        except NotReachedError:
            raise
        except (ProviderUnavailableError, ProviderTimeoutError, BadBodyError) as error:
            raise self._uncertain() from error
        return self._accepted_id(answer)

    async def poll(self, remote_job_id: str) -> VideoJob:
        """How the job stands.

        Raises:
            ResultExpiredError: The service no longer knows the job.
            StepError: The poll failed; the job itself goes on when `retryable`.
        """
        answer = await self._control("GET", remote_job_id)
        if answer.status in (404, 410):
            raise ResultExpiredError(f"{self._endpoint.label} no longer knows the job.")
        fields = parse_object(self._endpoint, answer, wanted="status")
        try:
            job = _Job.model_validate(fields)
        except ValidationError:
            raise bad_body(self._endpoint, answer) from None
        status = _STATUSES.get(job.status.lower())
        if status is None:
            _logger.warning("unknown_job_status", provider=self.name, status=job.status[:64])
            status = Status.GENERATING
        is_done = status is Status.COMPLETED
        return VideoJob(
            status=status,
            progress=1.0 if is_done else _fraction(job.progress),
            result_url=self._result_url(remote_job_id) if is_done else None,
            failure=self._failure(job) if status is Status.FAILED else None,
        )

    async def cancel(self, remote_job_id: str) -> None:
        """Ask the service to stop; best effort, never raises StepError."""
        try:
            require_success(self._endpoint, await self._control("DELETE", remote_job_id))
        except StepError as error:
            _logger.info("cancel_failed", provider=self.name, code=error.code)

    async def download(self, url: str, destination: Path) -> None:
        """Fetch a film to a file; nothing is left there when it fails.

        Raises:
            ResultExpiredError: It is gone.
            StepError: The download may be repeated when `retryable`.
        """
        await self._downloads.fetch_to_file(url, destination)

    async def _control(self, method: str, remote_job_id: str) -> Answer:
        return await exchange(
            self._client,
            self._endpoint,
            method=method,
            path=self._route(remote_job_id),
            timeout_s=min(CONTROL_TIMEOUT_S, self._endpoint.timeout_s),
        )

    def _accepted_id(self, answer: Answer) -> str:
        is_gateway_trouble = answer.status >= 500 and answer.status != 503
        if is_gateway_trouble and not any(error_codes(answer.body)):
            raise self._uncertain()
        require_success(self._endpoint, answer)
        try:
            job_id = parse_object(self._endpoint, answer, wanted="id")["id"]
        except BadBodyError as error:
            raise self._uncertain() from error
        if not isinstance(job_id, str) or not 0 < len(job_id) <= 512:
            raise self._uncertain()
        return job_id

    def _uncertain(self) -> StepError:
        return StepError(
            f"{self._endpoint.label} may have accepted the film but did not confirm it. Look there "
            "before it is started again.",
            code="SUBMIT_UNCERTAIN",
            retryable=False,
        )

    def _failure(self, job: _Job) -> str:
        """Our own sentence; of the service's words only a code that looks like one."""
        code = job.error.code if job.error else ""
        if is_moderation(code):
            return f"{self._endpoint.label} refuses this content."
        suffix = f" ({code})" if _SAFE_CODE.fullmatch(code) else ""
        return f"{self._endpoint.label} reports that the film failed{suffix}."

    def _result_url(self, remote_job_id: str) -> str:
        return str(self._endpoint.url(self._route(remote_job_id, "content")))

    def _route(self, *parts: str) -> str:
        """A path below the base address, which may itself end in /v1 as this dialect's often do."""
        has_version = httpx.URL(self._endpoint.base_url).path.rstrip("/").endswith("/v1")
        names = ("videos", *(quote(part, safe="") for part in parts))
        return "/".join(("" if has_version else "/v1", *names))


def _fraction(percent: float | None) -> float | None:
    return None if percent is None else min(max(percent / 100, 0.0), 1.0)


def _prompt(request: VideoRequest) -> str:
    """The title and every shot in order; in a long film each shot gets an equal share."""
    shots = [_shot_text(number, shot) for number, shot in enumerate(request.shots, start=1)]
    whole = "\n".join([request.title, *shots])
    if len(whole) <= MAX_PROMPT_LENGTH:
        return whole
    share = (MAX_PROMPT_LENGTH - len(request.title)) // max(len(shots), 1) - 1
    return "\n".join([request.title, *(shot[:share] for shot in shots)])


def _shot_text(number: int, shot: VideoShot) -> str:
    narration = f' Narration: "{shot.narration}"' if shot.narration else ""
    return f"Shot {number} ({shot.duration_seconds:g} s): {shot.prompt}.{narration}"
