"""Who may talk to us from a browser: the Host of every request, the Origin of what changes things.

A server without credentials on loopback can be reached by any website through DNS rebinding, or by
a form that needs no preflight; both carry a foreign name.
"""

import ipaddress
from collections.abc import Collection
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from web.envelope import fail

LOOPBACK_HOSTS = ("127.0.0.1", "localhost", "[::1]")
_SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
_POLICY_VIOLATION = 1008


class HostGuard:
    """Refuses a request for another host, and a change or a WebSocket from another site's page.

    Without credentials it also refuses whoever is not on this machine, however the server was
    started and whatever stands before it.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        hosts: Collection[str],
        origins: Collection[str],
        public_url: str | None,
        asks_credentials: bool = False,
    ) -> None:
        """`hosts` are names without a port; `origins` may change things beside our own pages.

        Where credentials are asked for, any host will do: a page of another name has none.
        """
        self._app = app
        self._is_open = asks_credentials
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
        headers = Headers(scope=scope)
        hosts = headers.getlist("host")
        if not self._is_open and not _is_on_this_machine(scope):
            message = (
                "Without credentials this server is for its own machine alone: its operator may "
                "set AI_STORY_AUTH."
            )
            await _refuse(403, message)(scope, receive, send)
        elif len(hosts) != 1 or not self._is_served(hosts[0]):
            message = "This host name is not served here; use localhost or the public address."
            await _refuse(400, message)(scope, receive, send)
        elif _changes_things(scope) and not self._is_welcome(headers.get("origin"), hosts[0]):
            message = "Pages of this origin may not do this; allow it in AI_STORY_CORS_ORIGINS."
            await _refuse(403, message)(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    def _is_served(self, host: str) -> bool:
        return self._is_open or _without_port(host.lower()) in self._hosts

    def _is_welcome(self, origin: str | None, host: str) -> bool:
        """No Origin is no browser. The scheme may differ from ours behind a proxy with TLS."""
        if origin is None or "*" in self._origins:
            return True
        origin = origin.lower()
        return origin in self._origins or origin.partition("://")[2] == host.lower()


def _is_on_this_machine(scope: Scope) -> bool:
    """Whether both ends are on loopback; a unix socket has no address, and a proxy tells whose."""
    return all(_is_loopback(end[0]) for end in (scope["client"], scope["server"]) if end)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return True  # a name, or the path of a socket


def _without_port(host: str) -> str:
    name, colon, port = host.rpartition(":")
    return name if colon and port.isdecimal() else host


def _changes_things(scope: Scope) -> bool:
    return scope["type"] == "websocket" or scope["method"] not in _SAFE_METHODS


def _refuse(status: int, message: str) -> ASGIApp:
    async def refuse(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" or "websocket.http.response" in scope.get("extensions", {}):
            await fail(status, message)(scope, receive, send)
        else:
            await send({"type": "websocket.close", "code": _POLICY_VIOLATION})

    return refuse
