"""Authenticates clients by a JSON Web Token of an identity provider (RFC 7519, RFC 8725).

Tokens are verified here, against public keys that are fetched now and then. The identity provider
is not asked for each request.
"""

import asyncio
import json
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import aiohttp
import httpx
import jwt
import structlog

from domain import MAX_OWNER_LENGTH, Scope
from errors import AuthenticationDownError, UnauthenticatedError
from orchestration.providers.http.exchange import open_client
from orchestration.providers.http.transport import ProxyFailedError
from resolvers.policies import Viewer

_LOG = structlog.get_logger()
_ALGORITHMS = {
    "RSA": ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"),
    "EC": ("ES256", "ES384", "ES512"),
    "OKP": ("EdDSA",),
}
"""By type of key. No shared secrets: anyone who verifies tokens with one could also create them."""
_LEEWAY_S = 10
"""Clocks differ slightly."""
_FETCH_TIMEOUT_S = 5.0
_MAX_KEY_SET_BYTES = 1_048_576
_FRESH_S = 600.0
"""How long a key set is cached, and so how long a withdrawn key remains valid."""
_ASK_AGAIN_S = 15.0
"""A key that is not in the set may be new, but clients must not make us fetch all the time."""
_NOT_TO_BE_HAD = httpx.HTTPError, aiohttp.ClientError, OSError, ValueError
"""Errors of a file, an address, or their content."""
_NAME_CLAIMS = ("name", "preferred_username", "email", "sub")

_Jwk = dict[str, Any]


class KeySet:
    """The public keys of the token issuer, from a file or an address."""

    def __init__(
        self, source: str, *, fresh_s: float = _FRESH_S, ask_again_s: float = _ASK_AGAIN_S
    ) -> None:
        """`source` is the path of a JSON Web Key Set (RFC 7517), or its http(s) address."""
        self._source = source
        self._fresh_s = fresh_s
        self._ask_again_s = ask_again_s
        self._keys: Sequence[_Jwk] = ()
        self._read_at: float | None = None
        self._tried_at: float | None = None
        self._lock = asyncio.Lock()

    async def find(self, key_id: object, algorithm: object) -> jwt.PyJWK | None:
        """The key that a token names for its algorithm, if there is one.

        Raises:
            AuthenticationDownError: No key set could be loaded yet.
        """
        await self._renew(older_than_s=self._fresh_s)
        key = self._pick(key_id, algorithm)
        if key is None:
            await self._renew(older_than_s=self._ask_again_s)
            key = self._pick(key_id, algorithm)
        return key

    def _pick(self, key_id: object, algorithm: object) -> jwt.PyJWK | None:
        for key in self._keys:
            is_meant = key.get("kid") == key_id or (key_id is None and len(self._keys) == 1)
            fits = algorithm in _ALGORITHMS[key["kty"]]
            if is_meant and fits and key.get("alg", algorithm) == algorithm:
                return _parsed(key, str(algorithm))
        return None

    async def _renew(self, *, older_than_s: float) -> None:
        """Reload the set if it is older than that; keep the old one if loading fails."""
        if _is_within(self._read_at, older_than_s):
            return
        async with self._lock:
            pause_s = min(older_than_s, self._ask_again_s)
            if not (_is_within(self._read_at, older_than_s) or _is_within(self._tried_at, pause_s)):
                self._tried_at = time.monotonic()
                try:
                    self._keys = await self._read()
                    self._read_at = time.monotonic()
                except _NOT_TO_BE_HAD as error:
                    _LOG.warning(
                        "key set unavailable",
                        error=type(error).__name__,
                        reason=str(error) if isinstance(error, ProxyFailedError) else None,
                    )
            if self._read_at is None:
                raise AuthenticationDownError(
                    "The key set that verifies tokens is unavailable. Try again later."
                )

    async def _read(self) -> Sequence[_Jwk]:
        if self._source.startswith(("http://", "https://")):
            body = await _fetch(self._source)
        else:
            body = await asyncio.to_thread(Path(self._source).read_bytes)
        try:
            found: object = json.loads(body)
        except RecursionError:
            raise ValueError("not a key set") from None
        listed = cast("_Jwk", found).get("keys") if isinstance(found, dict) else None
        if not isinstance(listed, list):
            raise ValueError("not a key set")  # noqa: TRY004 - what was read is wrong, not its type
        keys = [cast("_Jwk", key) for key in cast("list[object]", listed) if _is_usable(key)]
        if not keys:
            raise ValueError("no usable key in the set")
        return keys


def _is_usable(found: object) -> bool:
    """Whether it is a public signature key; RFC 7517 requires ignoring others one by one."""
    if not isinstance(found, dict):
        return False
    key = cast("_Jwk", found)
    algorithms = _ALGORITHMS.get(str(key.get("kty")), ())
    if not algorithms or key.get("use", "sig") != "sig":
        return False
    return _parsed(key, str(key.get("alg", algorithms[0]))) is not None


def _parsed(key: _Jwk, algorithm: str) -> jwt.PyJWK | None:
    """The key for the algorithm; None if the values are invalid."""
    try:
        return jwt.PyJWK(key, algorithm=algorithm)
    except Exception as error:  # errors of PyJWT and cryptography on invalid numbers
        _LOG.warning("unusable key in the key set", error=type(error).__name__)
        return None


def _is_within(moment: float | None, seconds: float) -> bool:
    return moment is not None and time.monotonic() - moment < seconds


async def _fetch(url: str) -> bytes:
    body = bytearray()
    async with (
        asyncio.timeout(_FETCH_TIMEOUT_S),
        open_client() as client,
        client.stream("GET", url, headers={"Accept": "application/json"}) as response,
    ):
        response.raise_for_status()
        async for piece in response.aiter_bytes():
            body += piece
            if len(body) > _MAX_KEY_SET_BYTES:
                raise ValueError("the key set is too large")
    return bytes(body)


class TokenAuthentication:
    """Bearer tokens of one issuer for one audience."""

    def __init__(
        self,
        keys: KeySet,
        *,
        issuer: str,
        audience: str,
        default_scope: Scope = Scope.WRITE,
        leeway_s: float = _LEEWAY_S,
    ) -> None:
        """`default_scope` is for tokens whose `scope` names none of ours.

        A token is valid `leeway_s` longer than it says.
        """
        self._keys = keys
        self._issuer = issuer
        self._audience = audience
        self._default_scope = default_scope
        self._leeway_s = leeway_s

    async def recognise(self, credentials: str | None) -> Viewer:
        """The subject of the token.

        Raises:
            UnauthenticatedError: It is invalid, has expired, or is for another audience.
            AuthenticationDownError: The public keys are not available.
        """
        if credentials is None:
            raise UnauthenticatedError("Send an access token: Authorization: Bearer ...")
        try:
            header = jwt.get_unverified_header(credentials)
            key = await self._keys.find(header.get("kid"), header.get("alg"))
            if key is None:
                raise UnauthenticatedError(
                    "The signature of the token is not trusted. Sign in again."
                )
            claims = jwt.decode(
                credentials,
                key,
                algorithms=[str(header.get("alg"))],
                issuer=self._issuer,
                audience=self._audience,
                leeway=self._leeway_s,
                options={"require": ["exp", "sub"]},
            )
        except jwt.ExpiredSignatureError:
            message = "The token has expired. Get a new one."
            raise UnauthenticatedError(message, is_expired=True) from None
        except (jwt.PyJWTError, ValueError) as error:
            _LOG.info("token refused", reason=type(error).__name__)
            raise UnauthenticatedError("The token is invalid. Sign in again.") from None
        return self._viewer(claims)

    def _viewer(self, claims: Mapping[str, Any]) -> Viewer:
        subject = claims["sub"]
        if not isinstance(subject, str) or not subject.strip() or not subject.isprintable():
            raise UnauthenticatedError("The subject (sub) of the token is invalid. Sign in again.")
        if len(subject) > MAX_OWNER_LENGTH:
            raise UnauthenticatedError("The subject (sub) of the token is too long. Sign in again.")
        try:
            expires_at = datetime.fromtimestamp(float(claims["exp"]), UTC)
        except (OverflowError, OSError, ValueError, TypeError):
            raise UnauthenticatedError(
                "The expiry (exp) of the token is invalid. Sign in again."
            ) from None
        names = [claims.get(claim) for claim in _NAME_CLAIMS]
        name = next(name for name in names if isinstance(name, str) and name.strip())
        return Viewer(subject, name[:MAX_OWNER_LENGTH], self._scope(claims), expires_at=expires_at)

    def _scope(self, claims: Mapping[str, Any]) -> Scope:
        """The widest of our scopes in `scope` (RFC 8693, a string) or `scp` (often a list)."""
        told: object = claims.get("scope") or claims.get("scp") or ""
        words = told.split() if isinstance(told, str) else told
        ours = [scope for scope in Scope if isinstance(words, list) and scope in words]
        return ours[-1] if ours else self._default_scope
