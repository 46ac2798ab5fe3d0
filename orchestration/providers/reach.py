"""Whether a model service can be reached: a connection, and no call that costs anything."""

import asyncio
import time
from dataclasses import dataclass
from urllib.parse import urlsplit

_PATIENCE_S = 1.0
_KNOWN_FOR_S = 15.0
_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class ProviderFacts:
    """One configured provider: what it makes, its name, its models, and where it is.

    `url` is None for what is built in; `place` counts in the order in which they are asked.
    """

    kind: str
    name: str
    models: tuple[str, ...] = ()
    url: str | None = None
    place: int = 1


class Reach:
    """Remembers for a moment who could be reached."""

    def __init__(self, *, known_for_s: float = _KNOWN_FOR_S) -> None:
        """What was found is taken for true for so many seconds."""
        self._known_for_s = known_for_s
        self._found: dict[tuple[str, int], tuple[float, asyncio.Task[bool]]] = {}

    async def is_reachable(self, facts: ProviderFacts) -> bool:
        """Whether somebody accepts connections at the provider's address; what is built in does."""
        address = _address(facts.url)
        if address is None:
            return True
        looked_at, looking = self._found.get(address, (0.0, None))
        if looking is None or time.monotonic() - looked_at > self._known_for_s:
            looking = asyncio.create_task(_connect(*address), name="reach")
            self._found[address] = time.monotonic(), looking
        return await asyncio.shield(looking)


def _address(url: str | None) -> tuple[str, int] | None:
    parts = urlsplit(url or "")
    if parts.scheme not in _PORTS or parts.hostname is None:
        return None
    return parts.hostname, parts.port or _PORTS[parts.scheme]


async def _connect(host: str, port: int) -> bool:
    try:
        async with asyncio.timeout(_PATIENCE_S):
            _, writer = await asyncio.open_connection(host, port)
    except (OSError, TimeoutError):
        return False
    writer.close()
    return True
