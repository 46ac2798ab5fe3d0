"""Animated pictures as remote jobs, at any vendor that has a table."""

import base64
from math import gcd
from pathlib import Path

from errors import SetupError
from orchestration.providers.http.download import Downloads
from orchestration.providers.jobs.service import JobService, TableProvider
from orchestration.providers.jobs.vendor import Value
from orchestration.providers.ports import Call, ClipRequest, Submitted

MAX_CLIP_BYTES = 256 * 2**20


class TableClipProvider(TableProvider):
    """Submits, polls and downloads clips by the vendor's table."""

    def __init__(
        self, jobs: JobService, *, downloads: Downloads, poll_interval_s: float | None = None
    ) -> None:
        table = jobs.vendor.clip
        if table is None:
            raise SetupError(f"The table of {jobs.endpoint.name!r} does not support clips.")
        super().__init__(jobs, table.body, poll_interval_s=poll_interval_s)
        self._table = table
        self._downloads = downloads

    @property
    def model(self) -> str | None:
        """The requested model; None if the service has only one."""
        return self.jobs.model

    def seconds_for(self, wished: float) -> float:
        """The shortest available length that is long enough, else the longest."""
        lengths = sorted(self._table.seconds)
        return next((length for length in lengths if length >= wished), lengths[-1])

    async def begin(self, request: ClipRequest, call: Call) -> Submitted:
        """Start the job.

        Raises:
            StepError: With its code. Retryable only when the job was certainly not accepted;
                SUBMIT_UNCERTAIN (not retryable) when it may have been.
        """
        part = gcd(request.width, request.height)
        seconds = self.seconds_for(request.duration_seconds)
        values: dict[str, Value] = {
            "image": f"data:{request.media_type};base64,{base64.b64encode(request.image).decode()}",
            "prompt": request.prompt,
            "width": request.width,
            "height": request.height,
            "aspect_ratio": f"{request.width // part}:{request.height // part}",
            "seed": request.seed,
            "seconds": int(seconds) if seconds.is_integer() else seconds,
            "whole_seconds": f"{seconds:g}",
        }
        return await self.jobs.submit(self.template, values, call, path=self._table.path)

    async def fetch(self, url: str, destination: Path) -> None:
        """Download a clip to a file; no file remains on failure.

        Raises:
            ResultExpiredError: It is gone.
            StepError: The download may be repeated when `retryable`.
        """
        await self._downloads.fetch_to_file(url, destination, max_size_bytes=MAX_CLIP_BYTES)
