"""Counts connections per address, and closes clients that are too slow.

One timer checks all connections; a timer for each would cost as much as what it limits.
"""

import asyncio
import ipaddress
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import structlog
import uvicorn
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from web.graphql.connections import Connections

_LOG = structlog.get_logger()
_AT_ONCE = 50
"""How many are checked before other tasks run: closing one takes 0.1 ms, and clients that
connected together are late together.
"""
_NETWORK_BITS = 64
"""Of an IPv6 address: one customer has at least all addresses that share them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """The resources that a client may use."""

    per_address: int = 500
    """Connections from one address, or from one network of IPv6."""
    patience_s: float = 10.0
    """For a whole head, and for a body to begin."""
    idle_s: float = 5.0
    """For the next request, after a response."""
    body_bytes_per_s: float = 1_024.0
    """The minimum rate of a body; data that arrived faster allows slower data later."""
    stall_s: float = 30.0
    """How long a body that arrived faster may pause."""
    unread_s: float = 300.0
    """How long a client may read nothing of a response. The network of a slow reader takes many
    bytes at once, and a paused player requests the rest again.
    """
    look_s: float = 1.0
    """How often all of them are checked."""


class Client(Protocol):
    """A connection that is checked."""

    def look(self, elapsed_s: float) -> None:
        """Close it if it is late; this much time has passed since the last check."""
        ...


class Clients:
    """Counts connections by address, and checks those that may be late."""

    def __init__(self, bounds: Bounds, *, is_proxy: Callable[[str], bool]) -> None:
        """Proxies, as `is_proxy` reports, are not counted."""
        self.bounds = bounds
        self._is_proxy = is_proxy
        self._open = Connections()
        self._watched: set[Client] = set()
        self._looked_at = 0.0
        self._is_due = False
        self._refused = 0

    def enter(self, address: str | None) -> bool:
        """Add one, unless its address has reached the limit; a unix socket has no address."""
        if address is None or self._is_proxy(address):
            return True
        is_in = self._open.enter(_network(address), limit=self.bounds.per_address)
        self._refused += not is_in
        return is_in

    def leave(self, address: str | None) -> None:
        """Subtract one that was added."""
        if address is not None and not self._is_proxy(address):
            self._open.leave(_network(address))

    def watch(self, client: Client) -> None:
        """Check it from now on."""
        self._watched.add(client)
        if not self._is_due:
            self._look_later()

    def forget(self, client: Client) -> None:
        """Stop checking it."""
        self._watched.discard(client)

    def _look_later(self) -> None:
        loop = asyncio.get_running_loop()
        self._looked_at = loop.time()
        self._is_due = True
        loop.call_later(self.bounds.look_s, self._look)

    def _look(self) -> None:
        # If this process was busy, data that clients have sent meanwhile is not read yet.
        elapsed_s = asyncio.get_running_loop().time() - self._looked_at
        elapsed_s = min(elapsed_s, 2 * self.bounds.look_s)
        self._is_due = False
        if self._watched:
            self._look_later()
        self._look_at([*self._watched], elapsed_s)
        if self._refused:
            _LOG.warning("too many connections from one address", refused=self._refused)
            self._refused = 0

    def _look_at(self, clients: list[Client], elapsed_s: float) -> None:
        """Check some of them, and soon the others."""
        for client in clients[-_AT_ONCE:]:
            if client in self._watched:  # it may have disconnected since the check began
                client.look(elapsed_s)
        del clients[-_AT_ONCE:]
        if clients:
            asyncio.get_running_loop().call_soon(self._look_at, clients, elapsed_s)


def _network(address: str) -> str:
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    if found.version == 4:
        return address
    return str(ipaddress.ip_network((found, _NETWORK_BITS), strict=False))


class Configuration(uvicorn.Config):
    """How the application is served, and to which clients."""

    def __init__(self, app: Callable[..., Any], *, bounds: Bounds, **options: Any) -> None:
        """`options` are uvicorn's, which reads the proxies from FORWARDED_ALLOW_IPS."""
        super().__init__(app, **options)
        proxies = ProxyHeadersMiddleware(app, self.forwarded_allow_ips).trusted_hosts
        self.clients = Clients(bounds, is_proxy=proxies.__contains__)
