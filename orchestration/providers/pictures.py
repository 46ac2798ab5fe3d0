"""Pictures from outside: fetched within bounds, decoded once and whole before anybody uses them."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import ParamSpec

from errors import BadBodyError, ProviderUnavailableError
from orchestration.providers.decoding import decode, decode_base64, prepare
from orchestration.providers.download import MAX_PICTURE_BYTES, Downloads
from orchestration.providers.ports import Image
from orchestration.providers.worker_pool import WorkerPool

DECODE_TIMEOUT_S = 30.0
DECODERS = 2
"""Two bound the memory: a picture at the bound takes 136 MB while it is decoded."""

P = ParamSpec("P")


class PictureReader:
    """Decodes what somebody sends. `decoders` are worker processes of their own kind."""

    def __init__(self, decoders: WorkerPool, *, decode_timeout_s: float = DECODE_TIMEOUT_S) -> None:
        self._decoders = decoders
        self._decode_timeout_s = decode_timeout_s
        self._starting: asyncio.Task[None] | None = None

    def expect(self) -> None:
        """Start a decoder while the service draws: it takes a quarter of a second."""
        if not self._decoders.worker_pids and (self._starting is None or self._starting.done()):
            self._starting = asyncio.create_task(self._start())

    async def read(self, content: bytes) -> Image:
        """Decode the picture.

        Raises:
            BadBodyError: It is no sound picture within the bounds.
        """
        return await self._run(decode, content)

    async def read_base64(self, encoded: str) -> Image:
        """Decode a picture in base64.

        Raises:
            BadBodyError: It is too large, not base64, or no sound picture.
        """
        if len(encoded) > MAX_PICTURE_BYTES * 4 // 3 + 4:
            raise BadBodyError("The picture is too large.", retryable=False)
        return await self._run(decode_base64, encoded)

    async def read_data_url(self, url: str) -> Image:
        """Decode the picture inside a `data:` URL.

        Raises:
            BadBodyError: It is too large, not base64, or no sound picture.
        """
        head, _, encoded = url.partition(",")
        if not head.endswith(";base64"):
            raise BadBodyError("The picture's data URL is not base64.", retryable=False)
        return await self.read_base64(encoded)

    async def _run(self, decoder: Callable[P, Image], *args: P.args, **kwargs: P.kwargs) -> Image:
        """Decode in a worker; one that takes too long, or dies of the picture, is let go."""
        try:
            async with asyncio.timeout(self._decode_timeout_s):
                try:
                    return await self._decoders.run(decoder, *args, **kwargs)
                except ProviderUnavailableError:  # perhaps killed by somebody else: once more
                    return await self._decoders.run(decoder, *args, **kwargs)
        except TimeoutError:
            raise BadBodyError("The picture takes too long to decode.", retryable=False) from None
        except ProviderUnavailableError:
            if self._decoders.is_closed:
                raise
            raise BadBodyError("The picture breaks its decoder.", retryable=False) from None

    async def _start(self) -> None:
        with suppress(ProviderUnavailableError):  # whoever needs a decoder starts it then
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

    async def fetch(self, url: str) -> Image:
        """Download the picture, or read it out of a data URL.

        Raises:
            ResultExpiredError: It is gone.
            BadBodyError: It is no sound picture, or its address is not allowed.
            StepError: The download may be repeated when `retryable`.
        """
        if url.startswith("data:"):
            return await self.read_data_url(url)
        return await self.read(await self._downloads.fetch(url))
