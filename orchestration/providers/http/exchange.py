"""The shared HTTP client of the model services: bounded exchanges under one total deadline.

The transport turns a reset and a refused connection into the same httpx error, so failures are
distinguished by their cause. `orchestration.outbound` decides on proxies; .netrc is not read.
"""

import base64
import logging
from collections.abc import Generator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.cookiejar import CookieJar, DefaultCookiePolicy

import aiohttp
import httpx
from aiohttp.abc import AbstractResolver

from children.deadline import Deadline
from domain import ServiceKind
from errors import BadBodyError, ProviderTimeoutError, ProviderUnavailableError
from orchestration.providers.http.meanings import Meaning, Words
from orchestration.providers.http.transport import ProxyFailedError, RoutedTransport

CONNECT_TIMEOUT_S = 10.0
MAX_ANSWER_BYTES = 8 * 2**20
"""An answer in JSON, including a picture as a data URL."""
USER_AGENT = "AI-Story"

_NEVER_SENT = (
    aiohttp.ClientConnectorError,
    aiohttp.ConnectionTimeoutError,
    aiohttp.InvalidURL,
    UnicodeError,  # a host name that cannot be encoded
)
_NOT_HTTP = (httpx.DecodingError, httpx.RemoteProtocolError, aiohttp.ClientResponseError)


# Its line per request contains the whole address, and the address of a result may be signed.
logging.getLogger("httpx").setLevel(logging.WARNING)


class NotReachedError(ProviderUnavailableError):
    """No connection was established: the service has certainly not received the request."""


def service_label(kind: ServiceKind, name: str) -> str:
    """Begins a sentence about a service."""
    return f"The {kind.word} service '{name}'"


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """One configured model service: its address, and its name in messages.

    `timeout_s` bounds one exchange.
    """

    kind: ServiceKind
    name: str
    base_url: str
    timeout_s: float
    key: str | None = field(default=None, repr=False)
    authorization: str = "Bearer"
    """The word before the key in its header."""
    place: int = 1
    """Its position in the order of its kind."""
    words: Words = field(default_factory=dict[Meaning, tuple[str, ...]])
    """The service's own error words."""

    @property
    def label(self) -> str:
        """Begins a sentence about the service."""
        return service_label(self.kind, self.name)

    @property
    def auth_headers(self) -> dict[str, str]:
        """Our credentials; only for the service's own host."""
        if self.key is not None:
            return {"Authorization": f"{self.authorization} {self.key}"}
        user = httpx.URL(self.base_url)
        if not user.userinfo:
            return {}
        pair = f"{user.username}:{user.password}".encode()
        return {"Authorization": f"Basic {base64.b64encode(pair).decode()}"}

    @property
    def address(self) -> httpx.URL:
        """The base URL without its user part, which `auth_headers` holds."""
        return httpx.URL(self.base_url).copy_with(userinfo=b"")

    def is_secret(self, words: str) -> bool:
        """Whether the service's words contain our credentials, which must not be shown."""
        scheme, _, sent = self.auth_headers.get("Authorization", "").partition(" ")
        secrets = {sent}
        if scheme == "Basic":
            with suppress(ValueError):
                secrets.add(base64.b64decode(sent).decode().partition(":")[2])
        return any(secret in words for secret in secrets if secret)

    def setting(self, suffix: str) -> str:
        """The environment variable that configures a part of it: URL, KEY, MODEL, TIMEOUT_S."""
        return self.kind.setting(suffix, self.place)

    def url(self, path: str) -> httpx.URL:
        """The address of a route; a query in the base URL stays."""
        base = self.address
        return base.copy_with(path=base.path.rstrip("/") + path)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The answer of a service, complete and decoded, whatever its status."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def media_type(self) -> str:
        """The content type without parameters, in lower case."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()


def open_client(
    *, resolver: AbstractResolver | None = None, reuse_connections: bool = True
) -> httpx.AsyncClient:
    """A client for up to MAX_CONNECTIONS concurrent calls that follows no redirect; close it.

    `resolver` decides which addresses may be dialled. Without reuse every call opens its own
    connection, so that a failure never comes from a socket that the service was just closing.
    """
    return httpx.AsyncClient(
        transport=RoutedTransport(resolver=resolver, reuse_connections=reuse_connections),
        timeout=httpx.Timeout(None, connect=CONNECT_TIMEOUT_S),
        headers={"User-Agent": USER_AGENT},
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),
        follow_redirects=False,
        trust_env=False,
    )


async def exchange(
    client: httpx.AsyncClient,
    endpoint: Endpoint,
    *,
    method: str,
    path: str,
    payload: Mapping[str, object] | None = None,
    query: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
    idempotency_key: str | None = None,
    timeout_s: float | None = None,
    max_size_bytes: int = MAX_ANSWER_BYTES,
) -> Answer:
    """Send one request and read the whole answer, whatever its status.

    The deadline (`timeout_s`, else the endpoint's) covers everything, including a slow body.

    Raises:
        NotReachedError: No connection; the service has not received the request.
        ProviderUnavailableError: The connection broke during the exchange.
        ProviderTimeoutError: The deadline passed.
        BadBodyError: The answer is too large or not HTTP.
    """
    sent = {**(headers or {}), **endpoint.auth_headers}
    if idempotency_key is not None:
        sent["Idempotency-Key"] = idempotency_key
    url = endpoint.url(path).copy_merge_params(query or {})
    request = client.build_request(method, url, json=payload, headers=sent)
    try:
        async with Deadline(timeout_s or endpoint.timeout_s):
            with transport_failures(endpoint):
                return await _receive(client, request, endpoint, max_size_bytes=max_size_bytes)
    except TimeoutError:
        raise ProviderTimeoutError(
            f"{endpoint.label} did not answer in time. {endpoint.setting('TIMEOUT_S')} sets the "
            "timeout."
        ) from None


async def _receive(
    client: httpx.AsyncClient, request: httpx.Request, endpoint: Endpoint, *, max_size_bytes: int
) -> Answer:
    response = await client.send(request, stream=True)
    try:
        body = bytearray()
        async for chunk in response.aiter_bytes():
            body += chunk
            if len(body) > max_size_bytes:
                raise BadBodyError(f"{endpoint.label} returned more than {max_size_bytes} bytes.")
    finally:
        await response.aclose()
    return Answer(status=response.status_code, headers=response.headers, body=bytes(body))


@contextmanager
def transport_failures(endpoint: Endpoint) -> Generator[None]:
    """Turn failures below the answer into our errors. Belongs inside the deadline.

    Raises:
        NotReachedError: No connection; the service has not received the request.
        ProviderUnavailableError: The connection broke during the exchange.
        BadBodyError: The answer is not HTTP, or not in the encoding that it claims.
    """
    try:
        yield
    except _NOT_HTTP as error:
        raise BadBodyError(f"{endpoint.label} returned an invalid HTTP response.") from error
    except ProxyFailedError as error:
        raise NotReachedError(f"{endpoint.label} cannot be reached: {error}.") from None
    except (httpx.HTTPError, aiohttp.ClientError, OSError, UnicodeError) as error:
        if isinstance(error, _NEVER_SENT) or isinstance(error.__cause__, _NEVER_SENT):
            raise NotReachedError(
                f"{endpoint.label} cannot be reached. Check {endpoint.setting('URL')}."
            ) from error
        raise ProviderUnavailableError(f"{endpoint.label} closed the connection.") from error
