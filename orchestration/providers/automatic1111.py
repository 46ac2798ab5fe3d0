"""Pictures over /sdapi/v1/txt2img, from AUTOMATIC1111's Stable Diffusion WebUI or Forge.

Progress and interruption apply to the server, not to a call, and the server continues to draw when
a connection breaks. So we send one call at a time, and interrupt only while it runs.
"""

import asyncio
import base64
import json
from dataclasses import replace

import httpx
import structlog
from structlog.typing import FilteringBoundLogger

from domain import Style
from errors import SetupError, StepError
from orchestration.providers.deadline import LONGEST
from orchestration.providers.http.answers import (
    bad_body,
    parse_json_object,
    parse_object,
    require_success,
)
from orchestration.providers.http.exchange import Answer, Endpoint, exchange
from orchestration.providers.http.loose_json import as_list, as_number, as_object, as_text
from orchestration.providers.images.image_wishes import styled_prompt
from orchestration.providers.images.pictures import MAX_ENVELOPE_BYTES, Pictures
from orchestration.providers.ports import Call, Image, ImageRequest, Ready, ReportProgress

URL = "http://127.0.0.1:7860"
LOOK_EVERY_S = 1.0
CONTROL_TIMEOUT_S = 5.0
"""For reading the progress, and for an interruption."""
STOP_TIMEOUT_S = 10.0
"""A sampling step ends before the interrupted call does."""

_MAX_MODEL_LENGTH = 200

_logger: FilteringBoundLogger = structlog.get_logger(__name__)


def with_basic_auth(endpoint: Endpoint) -> Endpoint:
    """The endpoint with its key, "user:password" as in the server's --api-auth, as Basic.

    Raises:
        SetupError: The key does not have this form.
    """
    if endpoint.key is None:
        return endpoint
    if ":" not in endpoint.key:
        raise SetupError(f"{endpoint.setting('KEY')} must be user:password, as in --api-auth.")
    return replace(
        endpoint,
        key=base64.b64encode(endpoint.key.encode()).decode(),
        authorization="Basic",
    )


class Automatic1111ImageProvider:
    """Draws one picture at a time at one server, and reports the progress."""

    def __init__(
        self,
        client: httpx.AsyncClient,
        endpoint: Endpoint,
        *,
        pictures: Pictures,
        model: str | None = None,
        look_every_s: float = LOOK_EVERY_S,
    ) -> None:
        """`model` is a checkpoint's name; None is the one that the server has loaded."""
        self.name = endpoint.name
        self._client = client
        self._endpoint = endpoint
        self._pictures = pictures
        self._model = model
        self._look_every_s = look_every_s
        self._turn = asyncio.Lock()

    async def begin(self, request: ImageRequest, call: Call) -> Ready[Image]:
        """Make the picture; a cancellation interrupts the server.

        Raises:
            StepError: With its code; `retryable` says whether another try may help.
        """
        self._pictures.expect()
        async with self._turn:
            asking = asyncio.create_task(self._ask(request, key=call.idempotency_key))
            try:
                await self._follow(asking, call.report)
            except BaseException:
                await self._interrupt(asking)
                raise
            answer = await asking
            require_success(self._endpoint, answer)
            await self._require_whole()
        return Ready(await self._read(answer, request.style))

    async def fetch(self, url: str, style: Style = Style.MOVIE) -> Image:
        """Fetch and validate a picture; `begin` returns the bytes themselves.

        Raises:
            ResultExpiredError: It is gone.
            StepError: The download may be repeated when `retryable`.
        """
        return replace(await self._pictures.fetch(url, style), model=self._model)

    async def _ask(self, request: ImageRequest, *, key: str) -> Answer:
        payload: dict[str, object] = {
            "prompt": styled_prompt(request),
            "width": request.width,
            "height": request.height,
            "seed": request.seed,
            "n_iter": 1,  # one picture, whatever its web UI is set to
            "batch_size": 1,
        }
        if self._model is not None:
            payload["override_settings"] = {"sd_model_checkpoint": self._model}
            # If it were restored after every picture, two models would be loaded for each.
            payload["override_settings_restore_afterwards"] = False
        return await exchange(
            self._client,
            self._endpoint,
            method="POST",
            path="/sdapi/v1/txt2img",
            payload=payload,
            idempotency_key=key,
            timeout_s=LONGEST * self._endpoint.timeout_s,  # without progress, it is cut off sooner
            max_size_bytes=MAX_ENVELOPE_BYTES,
        )

    async def _follow(self, call: asyncio.Task[Answer], report: ReportProgress) -> None:
        """Report the progress until the call has ended."""
        while True:
            await asyncio.wait({call}, timeout=self._look_every_s)
            if call.done():
                return
            progress = as_number((await self._look()).get("progress"))
            if progress:  # 0 is reported when nothing runs
                await report(min(progress, 1.0))

    async def _look(self) -> dict[str, object]:
        """The progress of the server; None if it does not report it, which is not an error."""
        try:
            answer = await exchange(
                self._client,
                self._endpoint,
                method="GET",
                path="/sdapi/v1/progress",
                query={"skip_current_image": "true"},
                timeout_s=CONTROL_TIMEOUT_S,
            )
            return parse_json_object(self._endpoint, answer)
        except StepError as error:
            _logger.info("progress_unknown", provider=self._endpoint.name, code=error.code)
            return {}

    async def _interrupt(self, call: asyncio.Task[Answer]) -> None:
        """End our call early, and drop the partial picture that it then returns."""
        if not call.done():
            try:
                await exchange(
                    self._client,
                    self._endpoint,
                    method="POST",
                    path="/sdapi/v1/interrupt",
                    timeout_s=CONTROL_TIMEOUT_S,
                )
                await asyncio.wait({call}, timeout=STOP_TIMEOUT_S)
            except StepError as error:
                _logger.info("interrupt_failed", provider=self._endpoint.name, code=error.code)
            finally:
                call.cancel()
        await asyncio.gather(call, return_exceptions=True)

    async def _require_whole(self) -> None:
        """Accept a call that was not interrupted at the server; its mark stays until the next one.

        Raises:
            StepError: It was interrupted, and the result is part of a picture.
        """
        state = as_object((await self._look()).get("state")) or {}
        if state.get("interrupted") is True:
            raise StepError(
                f"{self._endpoint.label} was interrupted. Draw the shot again.",
                code="UPSTREAM_FAILED",
            )

    async def _read(self, answer: Answer, style: Style) -> Image:
        fields = parse_object(self._endpoint, answer, wanted="images")
        encoded = (as_list(fields["images"]) or [None])[0]
        if not isinstance(encoded, str) or not encoded:
            raise bad_body(self._endpoint, answer)
        picture = await self._pictures.read_base64(encoded, style)
        return replace(picture, model=self._model or self._told_model(fields))

    def _told_model(self, fields: dict[str, object]) -> str | None:
        """The checkpoint that was used, from the answer's `info`, which is JSON in a string."""
        try:
            told: object = json.loads(as_text(fields.get("info")) or "{}")
        except (ValueError, RecursionError):
            return None
        name = as_text((as_object(told) or {}).get("sd_model_name"))[:_MAX_MODEL_LENGTH]
        return None if self._endpoint.is_secret(name) else name or None
