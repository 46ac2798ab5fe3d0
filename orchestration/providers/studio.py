"""Connects the built-in studio to the ports, with the latency and faults in its address.

Importing it is cheap: the painter's libraries are loaded only in worker processes.
"""

import asyncio
from functools import partial

from domain import Size
from errors import ProviderRefusedError
from orchestration.providers.images.worker_pool import WorkerPool
from orchestration.providers.ports import (
    Call,
    Image,
    ImageRequest,
    Ready,
    ReportProgress,
    Script,
    ScriptRequest,
    ScriptShot,
    Speech,
    SpeechRequest,
)
from studio.faults import PictureFaults, check_script
from studio.painting import check_size, paint_picture
from studio.settings import StudioSettings
from studio.voice import Voice
from studio.writer import write_script

PAINTER = "studio-painter"

_LONG_TEXT = 20_000
"""Longer texts take more than about 30 ms, so a worker process reads them."""
_REPORT_EVERY_S = 0.5
_WAITED = 0.9
"""The progress reached during the configured latency."""


class StudioScriptProvider:
    """Writes scripts on this machine, without a model, in Chinese and English."""

    name = "studio"

    def __init__(self, pool: WorkerPool, *, settings: StudioSettings | None = None) -> None:
        self._pool = pool
        self._settings = settings or StudioSettings()

    async def begin(
        self,
        request: ScriptRequest,
        call: Call,  # noqa: ARG002 - writing twice costs nothing, and is done at once
    ) -> Ready[Script]:
        """Write the script; every text gives one.

        Raises:
            StepError: The settings request failures of scripts.
            ProviderUnavailableError: The worker process died, or the pool is closed.
        """
        if self._settings.latency_s:
            await asyncio.sleep(self._settings.latency_s)
        check_script(self._settings)
        return Ready(await self._write(request))

    async def count_shots(self, request: ScriptRequest) -> int:
        """The exact number of shots, because writing costs nothing."""
        return len((await self._write(request)).shots)

    async def _write(self, request: ScriptRequest) -> Script:
        write = partial(
            write_script,
            request.content,
            passages=request.passages,
            title=request.title,
            language=request.language,
            shot_count=request.shot_count,
        )
        is_long = len(request.content) > _LONG_TEXT
        script = await (self._pool.run(write) if is_long else asyncio.to_thread(write))
        shots = tuple(
            ScriptShot(
                title=shot.title,
                prompt=shot.prompt,
                narration=shot.narration,
                transition=shot.transition,
            )
            for shot in script.shots
        )
        return Script(title=script.title, shots=shots, language=script.language)


class StudioImageProvider:
    """Paints pictures on this machine, without a model; equal requests give equal bytes."""

    name = "studio"

    def __init__(self, pool: WorkerPool, *, settings: StudioSettings | None = None) -> None:
        self._pool = pool
        self._settings = settings or StudioSettings()
        self._faults = PictureFaults(self._settings)

    async def begin(self, request: ImageRequest, call: Call) -> Ready[Image]:
        """Paint the picture in a worker process.

        Raises:
            ProviderRefusedError: The size is not supported.
            ProviderUnavailableError: The worker process died, or the pool is closed.
            StepError: The settings request a failure of this picture.
        """
        size = Size(request.width, request.height).shrunk(self._settings.shrink)
        check_size(size.width, size.height)
        await self._wait(call.report)
        self._faults.check(request.prompt)
        content = await self._pool.run(
            paint_picture,
            request.prompt,
            style=request.style,
            style_prompt=request.style_prompt,
            width=size.width,
            height=size.height,
            seed=request.seed,
        )
        painted = Image(
            content=content,
            media_type="image/jpeg",
            width=size.width,
            height=size.height,
            model=PAINTER,
        )
        return Ready(painted)

    async def fetch(self, *_: object) -> Image:
        """Refuse: `begin` returns the bytes themselves.

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


class StudioVoiceProvider:
    """Speaks on this machine; a preview voice. Equal texts give equal bytes."""

    name = "studio"
    description = "espeak-ng, a preview voice"
    fingerprint = None

    def __init__(self, voice: Voice) -> None:
        self._voice = voice

    @classmethod
    def find(cls) -> "StudioVoiceProvider | None":
        """The voice, if its library is installed."""
        voice = Voice.find()
        return None if voice is None else cls(voice)

    async def begin(
        self,
        request: SpeechRequest,
        call: Call,  # noqa: ARG002 - speaking twice costs nothing and sounds the same
    ) -> Ready[Speech | None]:
        """Speak the text in a helper process; canceling the call kills it.

        Raises:
            ProviderTimeoutError: The helper did not finish in time.
            ProviderUnavailableError: The helper failed.
            BadBodyError: The helper's output is not a sound file.
        """
        spoken = await self._voice.speak(request.text, language=request.language)
        if spoken is None:
            return Ready(None)
        return Ready(
            Speech(content=spoken.content, media_type="audio/wav", duration_seconds=spoken.seconds)
        )
