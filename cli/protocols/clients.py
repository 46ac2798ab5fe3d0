"""Who is connected, how many from one address, and how long each of them is waited for.

One timer looks at all connections; a timer for each would cost as much as what it bounds.
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
"""How many are looked at before others have their turn: to end one costs 0.1 ms, and a crowd that
came at once is late at once.
"""
_NETWORK_BITS = 64
"""Of an IPv6 address: one customer has at least all that share them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """What a client may take."""

    per_address: int = 500
    """Connections from one address, or from one network of IPv6."""
    patience_s: float = 10.0
    """For a whole head, and for a body to begin."""
    idle_s: float = 5.0
    """For the next request, after an answer."""
    body_bytes_per_s: float = 1_024.0
    """What a body must bring; what came faster may be slower later."""
    stall_s: float = 30.0
    """How long a body may rest that came faster."""
    unread_s: float = 300.0
    """How long not a byte of an answer need be taken; a slow reader's network takes many at once,
    and a player that is paused asks again for the rest.
    """
    look_s: float = 1.0
    """How often all of them are looked at."""


class Client(Protocol):
    """A connection that is looked at."""

    def look(self, elapsed_s: float) -> None:
        """End it if it is late; so much time has passed since the last look."""
        ...


class Clients:
    """Counts them by address, and looks at those that may be late."""

    def __init__(self, bounds: Bounds, *, is_proxy: Callable[[str], bool]) -> None:
        """Addresses that speak for others, as `is_proxy` tells, are not counted."""
        self.bounds = bounds
        self._is_proxy = is_proxy
        self._open = Connections()
        self._watched: set[Client] = set()
        self._looked_at = 0.0
        self._is_due = False
        self._refused = 0

    def enter(self, address: str | None) -> bool:
        """Count one more, unless its address has as many as it may; a unix socket has none."""
        if address is None or self._is_proxy(address):
            return True
        is_in = self._open.enter(_network(address), limit=self.bounds.per_address)
        self._refused += not is_in
        return is_in

    def leave(self, address: str | None) -> None:
        """Count one less that has entered."""
        if address is not None and not self._is_proxy(address):
            self._open.leave(_network(address))

    def watch(self, client: Client) -> None:
        """Look at it from now on."""
        self._watched.add(client)
        if not self._is_due:
            self._look_later()

    def forget(self, client: Client) -> None:
        """Look at it no longer."""
        self._watched.discard(client)

    def _look_later(self) -> None:
        loop = asyncio.get_running_loop()
        self._looked_at = loop.time()
        self._is_due = True
        loop.call_later(self.bounds.look_s, self._look)

    def _look(self) -> None:
        # When we were busy ourselves, what clients have sent meanwhile is not read yet.
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
        """Look at some of them, and soon at the others."""
        for client in clients[-_AT_ONCE:]:
            if client in self._watched:  # it may have gone since the look began
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
    """How the application is served, and to whom."""

    def __init__(self, app: Callable[..., Any], *, bounds: Bounds, **options: Any) -> None:
        """`options` are uvicorn's, which reads from FORWARDED_ALLOW_IPS who is a proxy."""
        super().__init__(app, **options)
        proxies = ProxyHeadersMiddleware(app, self.forwarded_allow_ips).trusted_hosts
        self.clients = Clients(bounds, is_proxy=proxies.__contains__)
