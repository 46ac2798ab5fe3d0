"""Whether a model service is reachable: a connection, without a call that costs anything."""

import asyncio
import time
from dataclasses import dataclass
from urllib.parse import urlsplit

from domain import ServiceKind

_PATIENCE_S = 1.0
_KNOWN_FOR_S = 15.0
_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class ProviderFacts:
    """One configured provider: its kind of work, its name, its models, and its address.

    `url` is None for built-in ones; `place` counts in the order of fallbacks.
    """

    kind: ServiceKind
    name: str
    models: tuple[str, ...] = ()
    url: str | None = None
    place: int = 1


class Reach:
    """Checks which services are reachable, and caches the results briefly."""

    def __init__(self, *, known_for_s: float = _KNOWN_FOR_S) -> None:
        """A result is valid for this many seconds."""
        self._known_for_s = known_for_s
        self._found: dict[tuple[str, int], tuple[float, asyncio.Task[bool]]] = {}

    async def is_reachable(self, facts: ProviderFacts) -> bool:
        """Whether the provider's address accepts connections; built-in ones always do."""
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
