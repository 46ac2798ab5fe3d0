"""The built-in writer as a ScriptProvider: the story's own words, cut into shots."""

import asyncio

from orchestration.providers.ports import ReportProgress, Script, ScriptRequest
from orchestration.providers.worker_pool import WorkerPool
from studio.faults import check_script
from studio.settings import StudioSettings
from studio.writer import write_script

_LONG_TEXT = 20_000
"""From here on a text takes more than some 30 ms, and a worker process reads it."""


class StudioScriptProvider:
    """Writes scripts on this machine, without a model, in Chinese and English."""

    name = "studio"

    def __init__(self, pool: WorkerPool, *, settings: StudioSettings | None = None) -> None:
        self._pool = pool
        self._settings = settings or StudioSettings()

    async def write(
        self,
        request: ScriptRequest,
        *,
        idempotency_key: str,  # noqa: ARG002 - writing twice costs nothing
        report: ReportProgress | None = None,  # noqa: ARG002 - it is done before anybody looks
    ) -> Script:
        """Write the script; every text gives one.

        Raises:
            StepError: The settings want scripts to fail.
            ProviderUnavailableError: The worker process died, or the pool is closed.
        """
        if self._settings.latency_s:
            await asyncio.sleep(self._settings.latency_s)
        check_script(self._settings)
        return await self._write(request)

    async def count_shots(self, request: ScriptRequest) -> int:
        """How many shots it will write: exactly, for writing costs nothing."""
        return len((await self._write(request)).shots)

    async def _write(self, request: ScriptRequest) -> Script:
        if len(request.content) > _LONG_TEXT:
            return await self._pool.run(write_script, request)
        return await asyncio.to_thread(write_script, request)
