"""The built-in painter as an ImageProvider: pictures from words, numpy and a seed."""

import asyncio

from errors import ProviderRefusedError
from orchestration.providers.ports import Image, ImageRequest, ReportProgress
from orchestration.providers.worker_pool import WorkerPool
from studio.faults import PictureFaults
from studio.painting import paint_picture
from studio.settings import StudioSettings

MODEL = "studio-painter"
MIN_SIDE = 16
MAX_SIDE = 4_096

_REPORT_EVERY_S = 0.5
_WAITED = 0.9
"""How far the progress gets while the settings' latency passes."""


class StudioImageProvider:
    """Paints pictures on this machine, without a model; the same request, the same bytes."""

    name = "studio"

    def __init__(self, pool: WorkerPool, *, settings: StudioSettings | None = None) -> None:
        self._pool = pool
        self._settings = settings or StudioSettings()
        self._faults = PictureFaults(self._settings)

    async def draw(
        self,
        request: ImageRequest,
        *,
        idempotency_key: str,  # noqa: ARG002 - painting twice costs nothing and looks the same
        report: ReportProgress,
    ) -> Image:
        """Paint the picture in a worker process.

        Raises:
            ProviderRefusedError: No picture has such a size.
            ProviderUnavailableError: The worker process died, or the pool is closed.
            StepError: The settings want this picture to fail.
        """
        sides = (request.width, request.height)
        if not MIN_SIDE <= min(sides) <= max(sides) <= MAX_SIDE:
            raise ProviderRefusedError(
                f"The studio paints {MIN_SIDE} to {MAX_SIDE} pixels a side,"
                f" not {request.width}x{request.height}."
            )
        await self._wait(report)
        self._faults.check(request.prompt)
        content = await self._pool.run(paint_picture, request)
        return Image(
            content=content,
            media_type="image/jpeg",
            width=request.width,
            height=request.height,
            model=MODEL,
        )

    async def download(self, url: str) -> Image:  # noqa: ARG002 - there is no such address
        """Refuse: `draw` answers with the bytes themselves.

        Raises:
            ProviderRefusedError: Always.
        """
        raise ProviderRefusedError("The studio hands its pictures over at once; it has no links.")

    async def _wait(self, report: ReportProgress) -> None:
        latency_s = self._settings.latency_s
        waited_s = 0.0
        while waited_s < latency_s:
            await report(_WAITED * waited_s / latency_s)
            pause_s = min(_REPORT_EVERY_S, latency_s - waited_s)
            await asyncio.sleep(pause_s)
            waited_s += pause_s
