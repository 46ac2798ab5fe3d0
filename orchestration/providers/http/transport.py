"""The connections below the HTTP client: direct, or through the environment's proxy.

httpx's own pool needs 23 s for 1,000 calls of 1 s, the aiohttp transport 1.5-2.0. A proxy resolves
names itself, so it cannot be given an address to dial. A name that leads into a private network by
our own lookup is refused beforehand; one that only the proxy can resolve is left to it.
"""

import asyncio
import functools
import os
import socket
import ssl
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager, suppress
from contextvars import ContextVar

import aiohttp
import httpx
from aiohttp.abc import AbstractResolver
from aiohttp.connector import Connection
from aiohttp.tracing import Trace
from httpx_aiohttp import AiohttpTransport

from orchestration.outbound import Outbound, Proxy

MAX_CONNECTIONS = 2_000
"""A number is needed: None leaves aiohttp's limit of 100."""
KEEPALIVE_S = 3.0
"""Less than the 5 s after which common servers close, so a POST seldom meets a closing socket."""
_LOOKUP_TIMEOUT_S = 5.0
_PROXY_AUTHENTICATION_REQUIRED = 407
_AUTHORIZATION = "Proxy-Authorization"

_AT_THE_PROXY = (
    aiohttp.ClientProxyConnectionError,
    aiohttp.ClientConnectorDNSError,  # through a proxy, no other name is resolved
    aiohttp.ConnectionTimeoutError,
)


_before_sending: ContextVar[Callable[[], Awaitable[None]] | None] = ContextVar(
    "before_sending", default=None
)


@contextmanager
def before_sending(action: Callable[[], Awaitable[None]]) -> Generator[None]:
    """Run the action before each request inside is sent, once its connection is established.

    Exceptions of the action are raised by the request, which is then not sent.
    """
    token = _before_sending.set(action)
    try:
        yield
    finally:
        _before_sending.reset(token)


class _Connector(aiohttp.TCPConnector):
    """Connects as usual, then runs the action before bytes are sent."""

    async def connect(
        self,
        req: aiohttp.ClientRequest,
        traces: list[Trace],
        timeout: aiohttp.ClientTimeout,  # noqa: ASYNC109 - the base class's own
    ) -> Connection:
        connection = await super().connect(req, traces, timeout)
        action = _before_sending.get()
        if action is not None:
            try:
                await action()
            except BaseException:
                connection.close()
                raise
        return connection


class ProxyFailedError(httpx.ProxyError):
    """The request failed at the proxy; the message continues after "cannot be reached: "."""


class RoutedTransport(httpx.AsyncBaseTransport):
    """Sends each request by the route from `Outbound`, which is read when this is created.

    `resolver` decides which addresses may be dialled. Without reuse every request opens its own
    connection.
    """

    def __init__(self, *, resolver: AbstractResolver | None, reuse_connections: bool) -> None:
        self._outbound = Outbound()
        self._resolver = resolver
        self._reuse_connections = reuse_connections
        self._direct = self._open(None)
        self._proxied: dict[Proxy, AiohttpTransport] = {}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send the request.

        Raises:
            ProxyFailedError: It failed at the proxy, which forwarded nothing.
            AddressRefusedError: The resolver refused the address.
            httpx.TransportError: Anything else below the answer.
        """
        url = request.url
        proxy = self._outbound.proxy_for(url.scheme, url.host, url.port)
        if proxy is None:
            return await self._direct.handle_async_request(request)
        await self._check_name(url)
        if proxy.authorization is not None and url.scheme == "http":  # a tunnel has its own headers
            request.headers[_AUTHORIZATION] = proxy.authorization
        try:
            response = await self._through(proxy).handle_async_request(request)
        except httpx.TransportError as error:
            if reason := _reason(error.__cause__):
                raise ProxyFailedError(f"{proxy.label} {reason}") from None
            raise
        if response.status_code == _PROXY_AUTHENTICATION_REQUIRED:
            await response.aclose()
            raise ProxyFailedError(f"{proxy.label} {_refusal(response.status_code)}")
        return response

    async def aclose(self) -> None:
        """Close every connection."""
        for transport in (self._direct, *self._proxied.values()):
            await transport.aclose()

    def _through(self, proxy: Proxy) -> AiohttpTransport:
        if proxy not in self._proxied:
            headers = {_AUTHORIZATION: proxy.authorization} if proxy.authorization else None
            try:
                way = httpx.Proxy(proxy.address or "", headers=headers)
            except (ValueError, httpx.InvalidURL):
                raise ProxyFailedError(
                    f"{proxy.setting} must be the URL of an http or https proxy"
                ) from None
            self._proxied[proxy] = self._open(way)
        return self._proxied[proxy]

    def _open(self, proxy: httpx.Proxy | None) -> AiohttpTransport:
        def open_session() -> aiohttp.ClientSession:
            connector = _Connector(
                limit=MAX_CONNECTIONS,
                ssl=tls_context(),
                resolver=self._resolver if proxy is None else None,
                keepalive_timeout=KEEPALIVE_S if self._reuse_connections else None,
                force_close=not self._reuse_connections,
            )
            return aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar())

        return AiohttpTransport(verify=tls_context(), client=open_session, proxy=proxy)

    async def _check_name(self, url: httpx.URL) -> None:
        if self._resolver is None:
            return
        with suppress(OSError, TimeoutError):
            async with asyncio.timeout(_LOOKUP_TIMEOUT_S):
                await self._resolver.resolve(url.host, url.port or 0, socket.AF_UNSPEC)


def _reason(cause: BaseException | None) -> str | None:
    """How the proxy failed; None if it was not the proxy."""
    if isinstance(cause, aiohttp.ClientHttpProxyError):
        return _refusal(cause.status)
    return "does not answer" if isinstance(cause, _AT_THE_PROXY) else None


def _refusal(status: int) -> str:
    if status == _PROXY_AUTHENTICATION_REQUIRED:
        return f"requires a valid user and password (HTTP {status})"
    return f"does not pass requests on to it (HTTP {status})"


def tls_context() -> ssl.SSLContext:
    """The trusted certificates: SSL_CERT_FILE or SSL_CERT_DIR, else certifi's."""
    return _tls_context(os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR"))


@functools.cache
def _tls_context(_file: str | None, _folder: str | None) -> ssl.SSLContext:
    return httpx.create_ssl_context()
