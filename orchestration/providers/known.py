"""What is known of the configured model services without a call that costs something."""

import asyncio
import time
from urllib.parse import urlsplit

_CONNECT_S = 1.0
_KNOWN_FOR_S = 5.0
_PORTS = {"http": 80, "https": 443}


class KnownService:
    """One kind of work and who does it; whether it is there is asked by opening a connection."""

    def __init__(
        self, kind: str, name: str, *, url: str | None = None, model: str | None = None
    ) -> None:
        """`url` is None for what is built in; `model` is the one that it was told to use."""
        self.kind = kind
        self.name = name
        self.models = [] if model is None else [model]
        self._address = None if url is None else _address_of(url)
        self._is_available = True
        self._looked_at = -_KNOWN_FOR_S
        self._looking = asyncio.Lock()

    async def is_available(self) -> bool:
        """Whether it is built in, or somebody listens at its address; known for five seconds."""
        if self._address is None:
            return True
        async with self._looking:
            if time.monotonic() - self._looked_at >= _KNOWN_FOR_S:
                self._is_available = await _listens(*self._address)
                self._looked_at = time.monotonic()
        return self._is_available


def _address_of(url: str) -> tuple[str, int]:
    parts = urlsplit(url)
    return parts.hostname or "", parts.port or _PORTS.get(parts.scheme, 80)


async def _listens(host: str, port: int) -> bool:
    try:
        async with asyncio.timeout(_CONNECT_S):
            _, writer = await asyncio.open_connection(host, port)
    except (OSError, TimeoutError, UnicodeError):
        return False
    writer.close()
    return True
