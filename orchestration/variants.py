"""Makes the variants of pictures on their first request, and keeps them beside the picture.

A few are made at once, whatever is requested; who asks for the same one waits for the same. What
cannot be made now is no error: the picture itself is shown in its place.
"""

import asyncio
import time
from collections.abc import Callable

import structlog

from errors import AIStoryError, NotFoundError
from orchestration.media.store import MediaInfo, MediaStore
from orchestration.media.variants import variant_key
from orchestration.providers.ports import PictureDecoder

_LOG = structlog.get_logger()
_AT_ONCE = 2
"""As many as decoders: whoever has a new picture decoded waits for two of these at most."""
_WAITING = 400
"""As many as can be made in the time that a request waits, 40 a second."""
_PATIENCE_S = 10.0
_AGAIN_AFTER_S = 60.0
_FAILURES = 1_000


class Variants:
    """The variants of the pictures in a store; one per process."""

    def __init__(
        self,
        store: MediaStore,
        decoder: PictureDecoder,
        *,
        patience_s: float = _PATIENCE_S,
        again_after_s: float = _AGAIN_AFTER_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """A request waits `patience_s`; one that failed is made again after `again_after_s`."""
        self._store = store
        self._decoder = decoder
        self._patience_s = patience_s
        self._again_after_s = again_after_s
        self._clock = clock
        self._turns = asyncio.Semaphore(_AT_ONCE)
        self._making: dict[str, asyncio.Task[bool]] = {}
        self._failed: dict[str, float] = {}
        """When each may be made again."""

    async def find(
        self, picture: str, *, width: int, media_type: str
    ) -> tuple[str, MediaInfo] | None:
        """The variant's key and properties; it is made if it does not exist.

        None if that cannot be done now, or there is no such picture.

        Raises:
            ProviderUnavailableError: The store does not answer.
        """
        key = variant_key(picture, width=width, media_type=media_type)
        try:
            return key, await self._store.head(key)
        except NotFoundError:
            pass
        if not await self._made(picture, key, width=width, media_type=media_type):
            return None
        try:
            return key, await self._store.head(key)
        except NotFoundError:  # deleted together with its picture at this moment
            return None

    async def _made(self, picture: str, key: str, *, width: int, media_type: str) -> bool:
        making = self._making.get(key)
        if making is None:
            if len(self._making) >= _WAITING or self._failed.get(key, 0) > self._clock():
                return False
            making = asyncio.create_task(
                self._make(picture, key, width=width, media_type=media_type)
            )
            self._making[key] = making
            making.add_done_callback(lambda _: self._making.pop(key))
        try:
            async with asyncio.timeout(self._patience_s):
                return await asyncio.shield(making)  # others wait for it too
        except TimeoutError:
            return False

    async def _make(self, picture: str, key: str, *, width: int, media_type: str) -> bool:
        try:
            async with self._turns:
                content = await self._store.get_bytes(picture)
                scaled = await self._decoder.scale(content, width=width, media_type=media_type)
                await self._store.put_bytes(key, scaled)
            if await self._store.has(picture):
                return True
            await self._store.delete([key])
        except NotFoundError:
            return False
        except AIStoryError as error:
            self._remember_failure(key)
            _LOG.warning("variant of a picture not made", key=key, code=error.code)
        except Exception:
            self._remember_failure(key)
            _LOG.exception("variant of a picture not made", key=key)
        return False

    def _remember_failure(self, key: str) -> None:
        self._failed.pop(key, None)
        self._failed[key] = self._clock() + self._again_after_s
        if len(self._failed) > _FAILURES:
            del self._failed[next(iter(self._failed))]
