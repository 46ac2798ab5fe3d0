"""Pictures as remote jobs, at any vendor that has a table."""

from dataclasses import replace
from math import gcd

from domain import Style
from orchestration.providers.images.image_wishes import styled_prompt
from orchestration.providers.images.pictures import Pictures
from orchestration.providers.jobs.service import JobService, TableProvider
from orchestration.providers.ports import Call, Image, ImageRequest, Submitted


class TableImageProvider(TableProvider):
    """Submits, polls and downloads pictures by the vendor's table."""

    def __init__(
        self, jobs: JobService, *, pictures: Pictures, poll_interval_s: float | None = None
    ) -> None:
        super().__init__(jobs, jobs.vendor.image, poll_interval_s=poll_interval_s)
        self._pictures = pictures

    async def begin(self, request: ImageRequest, call: Call) -> Submitted:
        """Start the job.

        Raises:
            StepError: With its code. Retryable only when the job was certainly not accepted;
                SUBMIT_UNCERTAIN (not retryable) when it may have been.
        """
        self._pictures.expect()
        part = gcd(request.width, request.height)
        values = {
            "prompt": styled_prompt(request),
            "width": request.width,
            "height": request.height,
            "aspect_ratio": f"{request.width // part}:{request.height // part}",
            "seed": request.seed,
        }
        return await self.jobs.submit(self.template, values, call)

    async def fetch(self, url: str, style: Style = Style.MOVIE) -> Image:
        """Fetch and validate a picture that a job made.

        Raises:
            ResultExpiredError: It is gone.
            StepError: The download may be repeated when `retryable`.
        """
        return replace(await self._pictures.fetch(url, style), model=self.jobs.model)
