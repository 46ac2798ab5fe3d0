"""Downloads the results of a service. Their addresses come from outside, so every hop is checked.

Allowed are the service's own host and port, hosts from a setting, and public https addresses; the
last are dialled through a resolver that refuses private networks. A key is sent only to the
service's own host.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import aclosing, asynccontextmanager
from pathlib import Path
from typing import NoReturn, TypeVar

import httpx

from children.deadline import Deadline
from errors import (
    BadBodyError,
    ProviderTimeoutError,
    ProviderUnavailableError,
    RateLimitedError,
    ResultExpiredError,
    StepError,
)
from orchestration.providers.http.addresses import (
    AddressRefusedError,
    is_address,
    is_public_address,
)
from orchestration.providers.http.exchange import Endpoint, transport_failures
from orchestration.providers.http.refusals import retry_after_s

MAX_PICTURE_BYTES = 30 * 2**20
MAX_FILM_BYTES = 2 * 2**30
MAX_REDIRECTS = 5
PICTURE_TIMEOUT_S = 120.0
FILM_TIMEOUT_S = 1_800.0
STALL_TIMEOUT_S = 30.0
"""This long without a byte ends one try; the total deadline ends them all."""
RESULT_HOSTS_SETTING = "AI_STORY_RESULT_HOSTS"

PAUSES_S = (0.2, 0.8)
"""Between three tries in place; after them the queue has its own, longer delays."""
_WRITE_BYTES = 2**20
_DEFAULT_PORTS = {"http": 80, "https": 443}

T = TypeVar("T")


class Downloads:
    """The results of one service.

    `client` dials any address, for the service's own and the allowed hosts ("host" or "host:port");
    `public_client` dials only public addresses, see PublicResolver.
    """

    def __init__(
        self,
        client: httpx.AsyncClient,
        endpoint: Endpoint,
        *,
        public_client: httpx.AsyncClient,
        allowed_hosts: tuple[str, ...] = (),
        pauses_s: tuple[float, ...] = PAUSES_S,
    ) -> None:
        self._client = client
        self._endpoint = endpoint
        self._public_client = public_client
        self._pauses_s = pauses_s
        self._allowed_hosts = frozenset(host.lower() for host in allowed_hosts)

    async def fetch(
        self,
        url: str,
        *,
        max_size_bytes: int = MAX_PICTURE_BYTES,
        timeout_s: float = PICTURE_TIMEOUT_S,
    ) -> bytes:
        """Read a small result into memory; tried three times.

        Raises:
            ResultExpiredError: It is gone.
            BadBodyError: It is empty, a web page, too large, or its address is not allowed.
            StepError: Anything else; the download may be repeated when `retryable`.
        """

        async def read() -> bytes:
            async with aclosing(self._chunks(url, max_size_bytes=max_size_bytes)) as chunks:
                return b"".join([chunk async for chunk in chunks])

        return await self._persist(read, timeout_s=timeout_s)

    async def fetch_to_file(
        self,
        url: str,
        destination: Path,
        *,
        max_size_bytes: int = MAX_FILM_BYTES,
        timeout_s: float = FILM_TIMEOUT_S,
    ) -> None:
        """Stream a large result to a file; tried three times, and no file remains on failure.

        Raises:
            ResultExpiredError: It is gone.
            BadBodyError: It is empty, a web page, too large, or its address is not allowed.
            StepError: Anything else; the download may be repeated when `retryable`.
        """
        part = destination.with_name(destination.name + ".part")

        async def write() -> None:
            async with aclosing(self._chunks(url, max_size_bytes=max_size_bytes)) as chunks:
                await _write(chunks, part)

        try:
            await self._persist(write, timeout_s=timeout_s)
            await asyncio.to_thread(part.replace, destination)
        finally:
            part.unlink(missing_ok=True)

    async def _persist(self, attempt: Callable[[], Awaitable[T]], *, timeout_s: float) -> T:
        try:
            async with Deadline(timeout_s):
                for pause_s in self._pauses_s:
                    try:
                        return await attempt()
                    except StepError as error:
                        if not error.retryable or isinstance(error, RateLimitedError):
                            raise
                    await asyncio.sleep(pause_s)
                return await attempt()
        except TimeoutError:
            raise ProviderTimeoutError(
                f"{self._endpoint.label} did not deliver its result in time."
            ) from None

    async def _chunks(self, url: str, *, max_size_bytes: int) -> AsyncGenerator[bytes]:
        size_bytes = 0
        with transport_failures(self._endpoint):
            async with self._open(url) as response:
                async for chunk in response.aiter_bytes():
                    if size_bytes == 0 and _is_text(chunk):
                        self._fail("text instead of the result")
                    size_bytes += len(chunk)
                    if size_bytes > max_size_bytes:
                        self._fail(f"more than {max_size_bytes} bytes", retryable=False)
                    yield chunk
        if size_bytes == 0:
            self._fail("an empty result")

    @asynccontextmanager
    async def _open(self, url: str) -> AsyncGenerator[httpx.Response]:
        target = self._endpoint.address
        for _ in range(MAX_REDIRECTS + 1):
            target = self._join(target, url)
            response = await self._send(target)
            try:
                if not response.has_redirect_location:
                    self._require_success(response)
                    yield response
                    return
            finally:
                await response.aclose()
            url = response.headers["location"]
        self._fail("too many redirects instead of its result")

    def _join(self, origin: httpx.URL, url: str) -> httpx.URL:
        try:
            return origin.join(url)
        except httpx.InvalidURL:
            self._refuse()

    async def _send(self, target: httpx.URL) -> httpx.Response:
        client, headers = self._route(target)
        request = client.build_request(
            "GET",
            target,
            headers={"Accept": "*/*", "Accept-Encoding": "identity", **headers},
            timeout=httpx.Timeout(STALL_TIMEOUT_S, pool=None),
        )
        try:
            return await client.send(request, stream=True)
        except (AddressRefusedError, httpx.UnsupportedProtocol):
            self._refuse()

    def _route(self, target: httpx.URL) -> tuple[httpx.AsyncClient, dict[str, str]]:
        """The client that may dial the address, and the headers to send."""
        own = httpx.URL(self._endpoint.base_url)
        if target.scheme not in _DEFAULT_PORTS or not target.host:
            self._refuse()
        if (target.host, _port(target)) == (own.host, _port(own)):
            is_same_scheme = target.scheme == own.scheme
            return self._client, self._endpoint.auth_headers if is_same_scheme else {}
        if self._allowed_hosts & {target.host, f"{target.host}:{_port(target)}"}:
            return self._client, {}
        is_private = is_address(target.host) and not is_public_address(target.host)
        if target.scheme != "https" or target.userinfo or is_private:
            self._refuse()
        return self._public_client, {}

    def _require_success(self, response: httpx.Response) -> None:
        label, status = self._endpoint.label, response.status_code
        if status in (403, 404, 410):
            raise ResultExpiredError(f"{label} no longer has the result (HTTP {status}).")
        if status == 429:
            raise RateLimitedError(
                f"{label} limits the rate of requests.",
                retry_after_s=retry_after_s(response.headers),
            )
        if not 200 <= status < 300:
            raise ProviderUnavailableError(f"{label} did not deliver the result (HTTP {status}).")

    def _fail(self, what: str, *, retryable: bool = True) -> NoReturn:
        raise BadBodyError(f"{self._endpoint.label} delivered {what}.", retryable=retryable)

    def _refuse(self) -> NoReturn:
        raise BadBodyError(
            f"{self._endpoint.label} returned a result URL that is neither on its own host nor "
            f"public https. Add trusted hosts to {RESULT_HOSTS_SETTING}.",
            code="RESULT_URL_REFUSED",
            retryable=False,
        )


def _port(url: httpx.URL) -> int | None:
    return url.port or _DEFAULT_PORTS.get(url.scheme)


def _is_text(chunk: bytes) -> bool:
    """Whether it is a page or JSON; no picture or film begins like that."""
    return chunk.lstrip(b"\xef\xbb\xbf \r\n\t").startswith((b"<", b"{", b"["))


async def _write(chunks: AsyncIterator[bytes], path: Path) -> None:
    """Write in large pieces in a thread: a disk may be slow."""
    file = await asyncio.to_thread(path.open, "wb")
    try:
        pending = bytearray()
        async for chunk in chunks:
            pending += chunk
            if len(pending) >= _WRITE_BYTES:
                await asyncio.to_thread(file.write, bytes(pending))
                pending.clear()
        await asyncio.to_thread(file.write, bytes(pending))
    finally:
        await asyncio.to_thread(file.close)
