"""Pictures from outside: fetched within limits, decoded once and completely before use."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import ParamSpec, TypeVar
from urllib.parse import unquote

from children.deadline import Deadline
from domain import Style
from errors import (
    BadBodyError,
    ProcessKilledError,
    ProviderUnavailableError,
    WorkInterruptedError,
)
from orchestration.providers.http.addresses import is_data_url
from orchestration.providers.http.download import MAX_PICTURE_BYTES, Downloads
from orchestration.providers.images.decoding import (
    call_prepared,
    decode,
    decode_base64,
    prepare,
)
from orchestration.providers.images.scaling import scale
from orchestration.providers.images.worker_pool import WorkerPool
from orchestration.providers.ports import Image

DECODE_TIMEOUT_S = 60.0
"""A picture at the limit takes 1 to 6 s of an idle CPU."""
DECODERS = 2
"""Two limit the memory. While it is decoded, a phone's JPEG takes up to 250 MB, a PNG at the limit
550, a WebP 770, and a progressive JPEG at its limit 950.
"""

MAX_BASE64_LENGTH = MAX_PICTURE_BYTES * 3 // 2
"""Of a picture at the limit, in lines, with JSON's escapes of their ends."""
MAX_ENVELOPE_BYTES = MAX_BASE64_LENGTH + 64 * 2**10
"""Of an answer with a picture in base64."""

P = ParamSpec("P")
T = TypeVar("T")

_DIED = ProviderUnavailableError, ProcessKilledError, WorkInterruptedError


class PictureReader:
    """Decodes uploads, and scales stored pictures. `decoders` are separate worker processes."""

    def __init__(self, decoders: WorkerPool, *, decode_timeout_s: float = DECODE_TIMEOUT_S) -> None:
        self._decoders = decoders
        self._decode_timeout_s = decode_timeout_s
        self._starting: asyncio.Task[None] | None = None

    def expect(self) -> None:
        """Start a decoder while the service draws: it takes a quarter of a second."""
        if not self._decoders.worker_pids and (self._starting is None or self._starting.done()):
            self._starting = asyncio.create_task(self._start())

    async def read(self, content: bytes, style: Style = Style.MOVIE) -> Image:
        """Convert the bytes to the stored picture of a story with this look.

        Raises:
            BadBodyError: It is not a valid picture within the limits.
            ProcessKilledError: The decoder was killed twice.
            WorkInterruptedError: It was told to stop.
        """
        return await self._run(decode, content, style)

    async def read_base64(self, encoded: str, style: Style = Style.MOVIE) -> Image:
        """Decode a picture in base64, bare or in a `data:` URL.

        Raises:
            BadBodyError: It is too large, not base64, or not a valid picture.
        """
        if is_data_url(encoded):
            head, _, encoded = encoded.partition(",")
            if not head.rstrip().lower().endswith(";base64"):
                raise BadBodyError("The picture's data URL is not base64.", retryable=False)
            encoded = unquote(encoded)
        if len(encoded) > MAX_BASE64_LENGTH:
            raise BadBodyError("The picture is too large.", retryable=False)
        return await self._run(decode_base64, encoded, style, max_size_bytes=MAX_PICTURE_BYTES)

    async def scale(self, content: bytes, *, width: int, media_type: str) -> bytes:
        """A stored picture in this width, or its own if that is less.

        Raises:
            BadBodyError: It is not a picture that was stored here, or takes too long.
            ProcessKilledError: The decoder was killed twice.
            WorkInterruptedError: It was told to stop.
        """
        return await self._run(scale, content, width=width, media_type=media_type)

    async def _run(self, decoder: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Decode in a worker; one that takes too long, or crashes on the picture, is ended.

        The picture may have been paid for, so a worker that dies is replaced once.
        """
        try:
            async with Deadline(self._decode_timeout_s):
                try:
                    return await self._decoders.run(call_prepared, decoder, *args, **kwargs)
                except _DIED:
                    return await self._decoders.run(call_prepared, decoder, *args, **kwargs)
        except TimeoutError:
            raise BadBodyError("Decoding the picture timed out.", retryable=False) from None
        except ProcessKilledError:  # the next picture would be paid for, and need as much memory
            raise ProcessKilledError("Decoding the picture", retryable=False) from None
        except ProviderUnavailableError:
            if self._decoders.is_closed:
                raise
            raise BadBodyError("Decoding the picture crashed.", retryable=False) from None

    async def _start(self) -> None:
        with suppress(*_DIED):  # the next call starts one
            await self._decoders.run(prepare)


class Pictures(PictureReader):
    """The pictures of one service."""

    def __init__(
        self,
        downloads: Downloads,
        decoders: WorkerPool,
        *,
        decode_timeout_s: float = DECODE_TIMEOUT_S,
    ) -> None:
        super().__init__(decoders, decode_timeout_s=decode_timeout_s)
        self._downloads = downloads

    async def fetch(self, url: str, style: Style = Style.MOVIE) -> Image:
        """Download the picture, or decode it from a data URL.

        Raises:
            ResultExpiredError: It is gone.
            BadBodyError: It is not a valid picture, or its address is not allowed.
            StepError: The download may be repeated when `retryable`.
        """
        if is_data_url(url):
            return await self.read_base64(url, style)
        return await self.read(await self._downloads.fetch(url), style)
