"""Whole films as remote jobs, at any vendor that has a table."""

import math
from pathlib import Path

from orchestration.providers.http.download import Downloads
from orchestration.providers.jobs.service import JobService, TableProvider
from orchestration.providers.ports import Call, Submitted, VideoRequest, VideoShot

MAX_PROMPT_LENGTH = 32_000


class TableVideoProvider(TableProvider):
    """Submits, polls and downloads films by the vendor's table."""

    def __init__(
        self, jobs: JobService, *, downloads: Downloads, poll_interval_s: float | None = None
    ) -> None:
        super().__init__(jobs, jobs.vendor.video, poll_interval_s=poll_interval_s)
        self._downloads = downloads

    @property
    def model(self) -> str | None:
        """The requested model; None if the service has only one."""
        return self.jobs.model

    async def begin(self, request: VideoRequest, call: Call) -> Submitted:
        """Start the job.

        Raises:
            StepError: With its code. Retryable only when the job was certainly not accepted;
                SUBMIT_UNCERTAIN (not retryable) when it may have been.
        """
        seconds = sum(shot.duration_seconds for shot in request.shots)
        values = {
            "prompt": _prompt(request),
            "width": request.width,
            "height": request.height,
            "whole_seconds": str(math.ceil(seconds)),
        }
        return await self.jobs.submit(self.template, values, call)

    async def fetch(self, url: str, destination: Path) -> None:
        """Download a film to a file; no file remains on failure.

        Raises:
            ResultExpiredError: It is gone.
            StepError: The download may be repeated when `retryable`.
        """
        await self._downloads.fetch_to_file(url, destination)


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
