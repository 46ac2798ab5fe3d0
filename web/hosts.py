"""Checks the Host of every request, and the origin of requests that change something.

Without credentials, any website could reach a server on loopback through DNS rebinding, through a
form that needs no preflight, or through a picture whose address is a query. All of these carry a
foreign name.
"""

import ipaddress
from collections.abc import Callable, Collection
from functools import lru_cache
from urllib.parse import urlsplit

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Receive, Scope, Send

from web.envelope import fail
from web.headers import first_headers, header_values
from web.proxies import may_be_for_others

LOOPBACK_HOSTS = ("127.0.0.1", "localhost", "[::1]")
_SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
_OWN_SITE = (b"same-origin", b"none")
"""Values of Sec-Fetch-Site: our own page, or the user. A site on another port is neither."""
_POLICY_VIOLATION = 1008


def _runs_nothing(scope: Scope) -> bool:
    _ = scope
    return False


class HostGuard:
    """Rejects requests for another host, and changes or WebSockets from a page of another site.

    Without credentials it also rejects clients that are not on this machine, whichever server or
    proxy is in front, and reads from a page of another site that execute something. With
    credentials, a request for another host is served under the address that it reached.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        hosts: Collection[str],
        origins: Collection[str],
        public_url: str | None,
        asks_credentials: bool = False,
        runs_something: Callable[[Scope], bool] = _runs_nothing,
    ) -> None:
        """`hosts` are names without a port; pages of `origins` may send changes, as our own may.

        With credentials any host is allowed, because a page of another name has none. But
        generated addresses never repeat a foreign name. `runs_something` decides which reads cost
        so much that they count as changes.
        """
        self._app = app
        self._is_open = asks_credentials
        self._runs_something = runs_something
        self._hosts = {host.lower() for host in (*LOOPBACK_HOSTS, *hosts)}
        self._origins = {origin.lower().rstrip("/") for origin in origins}
        if public_url is not None:
            public = urlsplit(public_url.lower())
            self._origins.add(f"{public.scheme}://{public.netloc}")
            self._hosts.add(_without_port(public.netloc))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        hosts = header_values(scope["headers"], b"host")
        is_ours = len(hosts) == 1 and self._is_ours(hosts[0])
        if not self._is_open and not _is_on_this_machine(scope):
            message = (
                "Without authentication this server only accepts local clients. The operator can "
                "set AI_STORY_AUTH."
            )
            await _refuse(403, message)(scope, receive, send)
        elif len(hosts) != 1 or not (self._is_open or is_ours):
            message = "Unknown host name. Use localhost, or add it to AI_STORY_ALLOWED_HOSTS."
            await _refuse(400, message)(scope, receive, send)
        elif self._does_something(scope) and not self._is_welcome(scope, hosts[0]):
            message = "This origin is not allowed. Add it to AI_STORY_CORS_ORIGINS."
            await _refuse(403, message)(scope, receive, send)
        else:
            if not is_ours and not _is_of_server(hosts[0].decode("latin-1"), scope):
                MutableHeaders(scope=scope)["host"] = _server_address(scope)
            await self._app(scope, receive, send)

    def _is_ours(self, host: bytes) -> bool:
        return _name_of(host) in self._hosts

    def _does_something(self, scope: Scope) -> bool:
        return _changes_things(scope) or (not self._is_open and self._runs_something(scope))

    def _is_welcome(self, scope: Scope, host: bytes) -> bool:
        """Whether no foreign page sent it; a client with neither header is not a browser.

        The scheme may differ from ours behind a proxy with TLS.
        """
        if "*" in self._origins:
            return True
        headers = first_headers(scope)
        if b"origin" not in headers:
            return headers.get(b"sec-fetch-site", b"none").lower() in _OWN_SITE
        origin = headers[b"origin"].decode("latin-1").lower()
        is_same = origin.partition("://")[2] == host.decode("latin-1").lower()
        return is_same or origin in self._origins


def _is_on_this_machine(scope: Scope) -> bool:
    """Whether both ends are on loopback. A unix socket has no address; a proxy names its client."""
    client, server = scope["client"], scope["server"]
    if (client and not _is_loopback(client[0])) or (server and not _is_loopback(server[0])):
        return False
    return not may_be_for_others(scope)


@lru_cache(maxsize=1_024)
def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return True  # a name, or the path of a socket


@lru_cache(maxsize=256)
def _name_of(host: bytes) -> str:
    """The host without its port, in lower case."""
    return _without_port(host.decode("latin-1").lower())


def _without_port(host: str) -> str:
    name, colon, port = host.rpartition(":")
    return name if colon and port.isdecimal() else host


def _is_of_server(host: str, scope: Scope) -> bool:
    """Whether it is the address to which the client connected, on any port."""
    server = scope["server"]
    return server is not None and _without_port(host).strip("[]") == server[0]


def _server_address(scope: Scope) -> str:
    """The address to which the client connected; a unix socket has none."""
    host, port = scope["server"] or ("", None)
    if port is None:
        return "localhost"
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _changes_things(scope: Scope) -> bool:
    return scope["type"] == "websocket" or scope["method"] not in _SAFE_METHODS


def _refuse(status: int, message: str) -> ASGIApp:
    async def refuse(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" or "websocket.http.response" in scope.get("extensions", {}):
            await fail(status, message)(scope, receive, send)
        else:
            await send({"type": "websocket.close", "code": _POLICY_VIOLATION})

    return refuse
